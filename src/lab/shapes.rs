//! The shapes of the clients: what each of them truly sends. One file a client, in the program itself, so that whoever has the
//! program has them; the same files are what the tests of the wire send.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What one client sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Its short name.
    #[serde(skip)]
    pub name: &'static str,
    /// Its name for people.
    pub client: String,
    /// What is special about it.
    pub note: String,
    /// The document that it comes with where those are taken.
    pub document: Option<String>,
    /// Where it runs, when that is a browser.
    pub origin: Option<String>,
    /// What it registers.
    pub register: Value,
    /// What its registration must then say.
    pub becomes: Becomes,
    /// How it asks for authorization.
    pub authorize: Authorize,
    /// How it speaks with the token endpoint.
    pub token: Token,
}

/// What a registration must say that was sent so.
#[derive(Clone, Debug, Deserialize)]
pub struct Becomes {
    /// Whether there is a secret in it.
    pub secret: bool,
    /// Members, as they must be.
    #[serde(flatten)]
    pub members: Map<String, Value>,
}

/// An authorization request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorize {
    /// Where the code is to be sent: on loopback at a port that was not registered.
    pub redirect_uri: String,
    /// The scope, when it asks for one.
    pub scope: Option<String>,
    /// Parameters that only it sends.
    #[serde(default)]
    pub more: Map<String, Value>,
    /// The state, when its is a special one.
    pub state: Option<String>,
    /// Whether it looks at the page without a browser before it opens one.
    #[serde(default)]
    pub looks_first: bool,
}

/// How it speaks with the token endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// How it says who it is.
    pub method: Method,
    /// Whether it sends the redirect URI again.
    #[serde(default = "yes")]
    pub redirect_uri: bool,
    /// Whether it names the resource again.
    #[serde(default)]
    pub resource: bool,
    /// Whether it names the scope when it refreshes.
    #[serde(default)]
    pub scope_at_refresh: bool,
}

/// How a client says who it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Its id in the form.
    None,
    /// Id and secret in the header.
    Basic,
    /// The same, and its id in the form as well.
    BasicWithId,
    /// Id and secret in the form.
    Post,
}

const fn yes() -> bool {
    true
}

/// The files, by the short names of the clients.
const FILES: [(&str, &str); 18] = [
    ("claude-web", include_str!("clients/claude-web.json")),
    ("claude-code", include_str!("clients/claude-code.json")),
    ("claude-desktop", include_str!("clients/claude-desktop.json")),
    ("chatgpt", include_str!("clients/chatgpt.json")),
    ("cursor", include_str!("clients/cursor.json")),
    ("vscode", include_str!("clients/vscode.json")),
    ("gemini-cli", include_str!("clients/gemini-cli.json")),
    ("copilot-cli", include_str!("clients/copilot-cli.json")),
    ("codex", include_str!("clients/codex.json")),
    ("inspector", include_str!("clients/inspector.json")),
    ("mcp-remote", include_str!("clients/mcp-remote.json")),
    ("lm-studio", include_str!("clients/lm-studio.json")),
    ("zed", include_str!("clients/zed.json")),
    ("ts-sdk-v1", include_str!("clients/ts-sdk-v1.json")),
    ("ts-sdk-v2", include_str!("clients/ts-sdk-v2.json")),
    ("python-sdk-v1", include_str!("clients/python-sdk-v1.json")),
    ("python-sdk-v2", include_str!("clients/python-sdk-v2.json")),
    ("fastmcp", include_str!("clients/fastmcp.json")),
];

/// The short names of all clients.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// All clients, or the one of that name. Nothing: there is none of that name.
pub fn named(name: &str) -> Vec<Shape> {
    let wanted = FILES.iter().filter(|(known, _)| name == "all" || *known == name);
    wanted.filter_map(|(name, text)| Some(Shape { name, ..serde_json::from_str(text).ok()? })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::redirect::{RedirectRules, RedirectUri};

    #[test]
    fn every_file_is_read_and_says_what_it_must() {
        let all = named("all");
        assert_eq!(all.len(), FILES.len());
        for shape in &all {
            let name = shape.name;
            assert_eq!(named(name).len(), 1);
            assert!(!shape.client.is_empty() && shape.note.len() > 10, "{name}");
            let registered = shape.register["redirect_uris"].as_array().unwrap();
            let rules = RedirectRules { schemes: vec!["cursor".into(), "claude".into()], out_of_band: false };
            let fits = |uri: &Value| {
                RedirectUri::judge(uri.as_str().unwrap(), &rules).unwrap().matches(&shape.authorize.redirect_uri)
            };
            assert!(registered.iter().any(fits), "{name} comes back to an address that it did not register");
            assert_eq!(shape.becomes.secret, shape.token.method != Method::None, "{name}");
        }
        assert!(named("netscape").is_empty());
    }
}
