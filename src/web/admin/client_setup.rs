//! Ready configuration for a client that was written into the book by hand: which text goes where. What kind of client it is, its
//! redirect addresses tell.

use super::guard::Admin;
use crate::{
    base::{
        client::{AuthMethod, Client, GrantType, Origin},
        register::Resource,
    },
    web::view::{Bit, Code},
};

/// What stands where its secret goes, which was shown once.
const SECRET: &str = "ITS-SECRET";
/// What is asked for where the register is empty.
const SOME_SERVER: (&str, &str) = ("my-server", "https://mcp.example.com/mcp");
/// How many servers are written out.
const MOST_SERVERS: usize = 5;
/// Where Claude Code listens when it is told to; on loopback every port fits.
const PORT: &str = "8765";

/// What people have, as far as it can be told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Claude,
    ChatGpt,
    Cursor,
    VsCode,
    CommandLine,
    Website,
    Service,
    Company,
}

impl Kind {
    fn of(client: &Client) -> Option<Self> {
        const BEGINS: [(&str, Kind); 7] = [
            ("cursor://anysphere.cursor-mcp/", Kind::Cursor),
            ("https://vscode.dev/", Kind::VsCode),
            ("https://claude.ai/", Kind::Claude),
            ("https://chatgpt.com/", Kind::ChatGpt),
            ("http://localhost", Kind::CommandLine),
            ("http://127.0.0.1", Kind::CommandLine),
            ("https://", Kind::Website),
        ];
        let uris = &client.metadata.redirect_uris;
        let known = BEGINS.iter().find(|(begin, _)| uris.iter().any(|uri| uri.as_str().starts_with(begin)));
        let alone = [(GrantType::ClientCredentials, Self::Service), (GrantType::JwtBearer, Self::Company)];
        let alone = || alone.into_iter().find(|(grant, _)| client.may_use(*grant)).map(|(_, kind)| kind);
        known.map(|(_, kind)| *kind).or_else(alone)
    }
}

/// What is pasted where, with its secret if that is known now. Nothing for a client that came by itself: it knows.
pub(super) fn block(admin: &Admin, client: &Client, secret: Option<&str>) -> Option<Code> {
    let by_hand = matches!(client.origin, Origin::Administrator | Origin::Configured);
    let kind = Kind::of(client).filter(|_| by_hand)?;
    let method = client.metadata.token_endpoint_auth_method;
    let setup = Setup {
        id: client.id.as_str(),
        secret: method.has_secret().then(|| secret.unwrap_or(SECRET)),
        in_form: method == AuthMethod::ClientSecretPost,
        back: client.metadata.redirect_uris.first().map(|uri| uri.as_str()),
        issuer: admin.desk.config.issuer.as_str(),
        token: &admin.desk.config.issuer.url("/token"),
        servers: &servers(admin.desk.store.standing().register().entries()),
    };
    let (title, text) = setup.text(kind);
    Some(Code { title: title.into(), id: "setup".into(), bits: text.0 })
}

/// What clients may want to use; of two with one name the second goes by its URL.
fn servers(register: &[Resource]) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    for resource in register.iter().take(MOST_SERVERS) {
        let name = slug(&resource.name);
        let is_taken = servers.iter().any(|server| server.name == name);
        let name = if is_taken { slug(resource.uri.as_str()) } else { name };
        servers.push(Server { name, url: resource.uri.to_string() });
    }
    if servers.is_empty() {
        servers.push(Server { name: SOME_SERVER.0.into(), url: SOME_SERVER.1.into() });
    }
    servers
}

/// A protected server under the name that it gets in a configuration.
struct Server {
    name: String,
    url: String,
}

/// What goes into the texts.
struct Setup<'a> {
    id: &'a str,
    secret: Option<&'a str>,
    in_form: bool,
    back: Option<&'a str>,
    issuer: &'a str,
    token: &'a str,
    servers: &'a [Server],
}

impl Setup<'_> {
    /// Where it goes, and what.
    fn text(&self, kind: Kind) -> (&'static str, Text) {
        match kind {
            Kind::Claude => ("Claude: Settings, Connectors, Add custom connector, Advanced settings", self.connector()),
            Kind::ChatGpt => ("ChatGPT: Settings, Connectors, Create, with OAuth", self.connector()),
            Kind::Cursor => ("~/.cursor/mcp.json, or .cursor/mcp.json in a project", self.cursor()),
            Kind::VsCode => (".vscode/mcp.json, or MCP: Open User Configuration", self.vscode()),
            Kind::CommandLine => ("In a terminal, for Claude Code", self.claude_code()),
            Kind::Website => ("In the environment of the site", self.website()),
            Kind::Service => ("In a terminal: the answer has an access token", self.service()),
            Kind::Company => ("In a terminal, with what the identity provider said", self.company()),
        }
    }

    /// The fields of a form.
    fn connector(&self) -> Text {
        let start =
            self.servers.iter().fold(Text::default(), |text, server| text.plain("URL: ").own(&server.url).line());
        let text = start.plain("OAuth Client ID: ").own(self.id);
        match self.secret {
            Some(secret) => text.line().plain("OAuth Client Secret: ").own(secret),
            None => text,
        }
    }

    fn cursor(&self) -> Text {
        self.file("mcpServers", |text, server| {
            let text = text.plain("\"url\": ").quoted(&server.url).plain(",\n      \"auth\": { \"CLIENT_ID\": ");
            let text = text.quoted(self.id);
            let text = match self.secret {
                Some(secret) => text.plain(", \"CLIENT_SECRET\": ").quoted(secret),
                None => text,
            };
            text.plain(" }")
        })
    }

    fn vscode(&self) -> Text {
        self.file("servers", |text, server| {
            let text = text.plain("\"type\": \"http\",\n      \"url\": ").quoted(&server.url);
            text.plain(",\n      \"oauth\": { \"clientId\": ").quoted(self.id).plain(" }")
        })
    }

    /// A file with one entry a server.
    fn file(&self, member: &str, entry: impl Fn(Text, &Server) -> Text) -> Text {
        let mut text = Text::default().plain(&format!("{{\n  \"{member}\": {{"));
        for (at, server) in self.servers.iter().enumerate() {
            let begins = text.plain(if at == 0 { "\n    " } else { ",\n    " }).quoted(&server.name);
            text = entry(begins.plain(": {\n      "), server).plain("\n    }");
        }
        text.plain("\n  }\n}")
    }

    fn claude_code(&self) -> Text {
        let secret = if self.secret.is_some() { " --client-secret" } else { "" };
        let command = |text: Text, (at, server): (usize, &Server)| {
            let text = if at == 0 { text } else { text.line() };
            let text = text.plain("claude mcp add --transport http --client-id ").own(self.id).plain(secret);
            let text = text.plain(&format!(" --callback-port {PORT} ")).own(&server.name);
            text.plain(" '").own(&server.url).plain("'")
        };
        self.servers.iter().enumerate().fold(Text::default(), command)
    }

    fn website(&self) -> Text {
        let all = [
            ("OAUTH_ISSUER", Some(self.issuer)),
            ("OAUTH_CLIENT_ID", Some(self.id)),
            ("OAUTH_CLIENT_SECRET", self.secret),
            ("OAUTH_REDIRECT_URI", self.back),
            ("OAUTH_RESOURCE", self.servers.first().map(|server| server.url.as_str())),
        ];
        let given = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.enumerate().fold(Text::default(), |text, (at, (name, value))| {
            let text = if at == 0 { text } else { text.line() };
            text.plain(name).plain("=").own(value)
        })
    }

    fn service(&self) -> Text {
        let resource = self.servers.first().map_or(SOME_SERVER.1, |server| &server.url);
        let text =
            Text::default().plain("curl -d grant_type=client_credentials --data-urlencode 'resource=").own(resource);
        self.proven(text.plain("' \\\n  "))
    }

    fn company(&self) -> Text {
        let text =
            Text::default().plain("curl -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer -d assertion=");
        self.proven(text.own("THE-ID-JAG").plain(" \\\n  "))
    }

    /// How it says who it is, and to whom.
    fn proven(&self, text: Text) -> Text {
        let text = match self.secret {
            Some(secret) if self.in_form => {
                text.plain("-d client_id=").own(self.id).plain(" -d client_secret=").own(secret)
            }
            Some(secret) => text.plain("-u ").own(self.id).plain(":").own(secret),
            None => {
                let kind = "-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\\n  ";
                text.plain(kind).plain("-d client_assertion=").own("WHAT-IT-SIGNED")
            }
        };
        text.plain(" \\\n  ").own(self.token)
    }
}

/// A text in pieces, the reader's own apart from the rest.
#[derive(Default)]
struct Text(Vec<Bit>);

impl Text {
    fn bit(mut self, text: &str, own: bool) -> Self {
        self.0.push(Bit { text: text.to_owned(), own });
        self
    }

    fn plain(self, text: &str) -> Self {
        self.bit(text, false)
    }

    fn own(self, text: &str) -> Self {
        self.bit(text, true)
    }

    /// As JSON writes it.
    fn quoted(self, text: &str) -> Self {
        self.own(&serde_json::Value::from(text).to_string())
    }

    fn line(self) -> Self {
        self.plain("\n")
    }
}

/// A name as configurations like it.
fn slug(name: &str) -> String {
    let letters = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let words: Vec<String> =
        letters.collect::<String>().split('-').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if words.is_empty() { SOME_SERVER.0.to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::resource::ResourceUri;

    fn text(kind: Kind, secret: Option<&str>, servers: &[Server]) -> String {
        let setup = Setup {
            id: "client_1",
            secret,
            in_form: false,
            back: Some("https://site.example/cb"),
            issuer: "https://auth.example",
            token: "https://auth.example/token",
            servers,
        };
        setup.text(kind).1.0.into_iter().map(|bit| bit.text).collect()
    }

    fn servers() -> [Server; 2] {
        let server = |name: &str| Server { name: slug(name), url: format!("https://{name}.example/mcp") };
        [server("notes"), server("files")]
    }

    #[test]
    fn what_goes_into_a_file_is_json_with_every_server() {
        let cursor: serde_json::Value = serde_json::from_str(&text(Kind::Cursor, Some("s"), &servers())).unwrap();
        let entry = serde_json::json!({
            "url": "https://files.example/mcp", "auth": { "CLIENT_ID": "client_1", "CLIENT_SECRET": "s" }
        });
        assert_eq!(cursor["mcpServers"]["files"], entry);
        let code: serde_json::Value = serde_json::from_str(&text(Kind::VsCode, None, &servers())).unwrap();
        let entry = serde_json::json!({
            "type": "http", "url": "https://notes.example/mcp", "oauth": { "clientId": "client_1" }
        });
        assert_eq!(code["servers"]["notes"], entry);
    }

    #[test]
    fn commands_and_fields_name_the_client() {
        let command = text(Kind::CommandLine, None, &servers()[..1]);
        let expected = "claude mcp add --transport http --client-id client_1 --callback-port 8765 notes 'https://notes.example/mcp'";
        assert_eq!(command, expected);
        let form = text(Kind::Claude, Some("s"), &servers());
        assert!(form.ends_with("OAuth Client ID: client_1\nOAuth Client Secret: s"), "{form}");
        let service = text(Kind::Service, Some("s"), &servers());
        assert!(service.ends_with("-u client_1:s \\\n  https://auth.example/token"), "{service}");
        let signed = text(Kind::Company, None, &servers());
        assert!(
            signed.contains("assertion=THE-ID-JAG") && signed.contains("client_assertion=WHAT-IT-SIGNED"),
            "{signed}"
        );
        let site = text(Kind::Website, None, &servers());
        assert!(site.contains("OAUTH_REDIRECT_URI=https://site.example/cb\n") && !site.contains("SECRET"), "{site}");
    }

    #[test]
    fn no_two_servers_go_by_one_name() {
        let resource = |url: &str| {
            let resource = Resource::new(ResourceUri::parse(url).unwrap());
            Resource { name: "Tools".into(), ..resource }
        };
        let named = super::servers(&[resource("https://a.example/mcp"), resource("https://b.example/mcp")]);
        let named: Vec<_> = named.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(named, ["tools", "https-b-example-mcp"]);
        assert_eq!(super::servers(&[])[0].url, SOME_SERVER.1);
    }

    #[test]
    fn names_are_plain() {
        assert_eq!((slug("My Notes (new)"), slug("書庫")), ("my-notes-new".into(), "my-server".into()));
    }
}
