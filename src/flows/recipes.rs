//! Ready configuration of a proxy for one resource: the very text of `docs/PROXIES.md`, with its names and addresses in place of
//! those of the page. What is shown, what is explained and what the tests run in real proxies is so the same.

use url::Url;

use crate::base::{issuer::Issuer, resource::ResourceUri};

const PAGE: &str = include_str!("../../docs/PROXIES.md");
/// Names and addresses on the page.
const ISSUER: &str = "auth.example.com";
const RESOURCE: &str = "mcp.example.com";
const DOORBOOK: &str = "127.0.0.1:8000";
const BEHIND: &str = "127.0.0.1:9000";
const CERTIFICATE: &str =
    "    ssl_certificate /etc/ssl/example.com.pem;\n    ssl_certificate_key /etc/ssl/example.com.key;\n";

/// A proxy that the page has a recipe for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proxy {
    /// Traefik, by the file provider.
    Traefik,
    /// nginx.
    Nginx,
    /// Caddy, by a Caddyfile.
    Caddy,
}

impl Proxy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Traefik, Self::Nginx, Self::Caddy];

    /// What `DOORBOOK_PROXY_HEADERS` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traefik => "traefik",
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
        }
    }

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traefik => "Traefik",
            Self::Nginx => "nginx",
            Self::Caddy => "Caddy",
        }
    }

    /// Reads what `DOORBOOK_PROXY_HEADERS` calls it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proxy| proxy.as_str() == text)
    }

    /// The language of its blocks on the page.
    const fn fence(self) -> &'static str {
        match self {
            Self::Traefik => "```yaml\n",
            Self::Nginx => "```nginx\n",
            Self::Caddy => "```caddyfile\n",
        }
    }
}

/// Where everything is.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The public URL of this server.
    pub issuer: &'a Issuer,
    /// `address:port` at which the proxy reaches it.
    pub doorbook: &'a str,
    /// The resource.
    pub resource: &'a ResourceUri,
    /// `address:port` at which the proxy reaches the server behind the resource.
    pub behind: &'a str,
}

/// A piece of a recipe; `own` marks what belongs to this server and this resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it was filled in.
    pub own: bool,
}

/// What was typed as the address of a server, if it can stand in any configuration: a host or an address, and a port.
pub fn address(typed: &str) -> Option<&str> {
    let typed = typed.trim();
    let (host, port) = typed.rsplit_once(':')?;
    let plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let good = match bracketed {
        Some(inside) => inside.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.len() <= 253 && plain(host),
    };
    (good && port.parse::<u16>().is_ok_and(|port| port > 0)).then_some(typed)
}

/// The configuration, filled in, block by block.
pub fn recipe(proxy: Proxy, places: &Places<'_>) -> Vec<Vec<Piece>> {
    let (issuer, resource) = (Host::of(places.issuer.as_str()), Host::of(places.resource.as_str()));
    let changes =
        [listens(ISSUER, &issuer), listens(RESOURCE, &resource), names(ISSUER, &issuer), names(RESOURCE, &resource)];
    let mut changes: Vec<(String, String)> = changes.concat();
    changes.push((DOORBOOK.into(), places.doorbook.into()));
    changes.push((BEHIND.into(), places.behind.into()));
    let blocks = PAGE.split(proxy.fence()).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| filled_in(block, &changes)).collect()
}

/// The same as one text.
pub fn text(proxy: Proxy, places: &Places<'_>) -> String {
    recipe(proxy, places).concat().into_iter().map(|piece| piece.text).collect()
}

/// A host as the configurations write it.
struct Host {
    https: bool,
    name: String,
    port: u16,
}

impl Host {
    fn of(url: &str) -> Self {
        let url = Url::parse(url).ok();
        Self {
            https: url.as_ref().is_some_and(|url| url.scheme() == "https"),
            name: url.as_ref().and_then(Url::host_str).unwrap_or_default().to_owned(),
            port: url.as_ref().and_then(Url::port_or_known_default).unwrap_or(443),
        }
    }

    /// With its port where that is not the one of its scheme.
    fn authority(&self) -> String {
        let usual = if self.https { 443 } else { 80 };
        if self.port == usual { self.name.clone() } else { format!("{}:{}", self.name, self.port) }
    }

    fn origin(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.authority())
    }
}

/// How nginx listens for a host: without certificates where there is no TLS.
fn listens(on_page: &str, host: &Host) -> Vec<(String, String)> {
    let from = format!("listen 443 ssl;\n    server_name {on_page};\n{CERTIFICATE}");
    let (tls, certificate) = if host.https { (" ssl", CERTIFICATE) } else { ("", "") };
    vec![(from, format!("listen {}{tls};\n    server_name {};\n{certificate}", host.port, host.name))]
}

/// The other places where the name of a host stands: as an origin, as the address of a Caddy site, in a rule of Traefik, in
/// headers.
fn names(on_page: &str, host: &Host) -> Vec<(String, String)> {
    let site = if host.https { host.authority() } else { host.origin() };
    vec![
        (format!("https://{on_page}"), host.origin()),
        (format!("{on_page} {{"), format!("{site} {{")),
        (format!("Host(`{on_page}`)"), format!("Host(`{}`)", host.name)),
        (on_page.to_owned(), host.authority()),
    ]
}

/// The text with every `from` replaced, the first that fits at each place.
fn filled_in(block: &str, changes: &[(String, String)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = block;
    loop {
        let found = changes.iter().filter_map(|(from, to)| Some((rest.find(from.as_str())?, from, to)));
        // Of two at the same place the longer one says more.
        let Some((at, from, to)) = found.min_by_key(|(at, from, _)| (*at, usize::MAX - from.len())) else { break };
        let (before, after) = rest.split_at(at);
        pieces.push(Piece { text: before.to_owned(), own: false });
        pieces.push(Piece { text: to.clone(), own: true });
        rest = after.strip_prefix(from.as_str()).unwrap_or_default();
    }
    pieces.push(Piece { text: rest.to_owned(), own: false });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(proxy: Proxy, issuer: &str, resource: &str) -> String {
        let (issuer, resource) = (Issuer::parse(issuer).unwrap(), ResourceUri::parse(resource).unwrap());
        let places = Places { issuer: &issuer, doorbook: "10.0.0.2:8100", resource: &resource, behind: "notes:9100" };
        text(proxy, &places)
    }

    #[test]
    fn every_name_and_address_of_the_page_is_replaced() {
        for proxy in Proxy::ALL {
            for (issuer, resource) in [
                ("https://door.example", "https://notes.example/mcp"),
                ("http://127.0.0.1:8100", "http://127.0.0.1:9001"),
                ("https://door.example:8443/auth", "https://notes.example:9443/"),
            ] {
                let text = written(proxy, issuer, resource);
                for left in ["auth.example.com", "mcp.example.com", DOORBOOK, BEHIND] {
                    assert!(!text.contains(left), "{proxy:?} {issuer}: {left} is left in\n{text}");
                }
                assert!(text.contains("10.0.0.2:8100") && text.contains("notes:9100"), "{text}");
            }
        }
    }

    #[test]
    fn hosts_are_written_as_each_proxy_wants_them() {
        let (https, http) = ("https://notes.example:9443/mcp", "http://127.0.0.1:9001/mcp");
        for (proxy, resource, parts) in [
            (
                Proxy::Nginx,
                https,
                &["listen 9443 ssl;\n    server_name notes.example;", "X-Forwarded-Host notes.example:9443;"][..],
            ),
            (Proxy::Nginx, https, &["X-Original-URL https://notes.example:9443$request_uri;", "ssl_certificate_key"]),
            (
                Proxy::Nginx,
                http,
                &["listen 9001;\n    server_name 127.0.0.1;", "X-Original-URL http://127.0.0.1:9001$request"],
            ),
            (Proxy::Caddy, https, &["\nnotes.example:9443 {", "door.example {\n"]),
            (Proxy::Caddy, http, &["\nhttp://127.0.0.1:9001 {"]),
            (
                Proxy::Traefik,
                https,
                &["rule: Host(`notes.example`)\n", "Host(`door.example`)", "http://10.0.0.2:8100/verify"],
            ),
        ] {
            let text = written(proxy, "https://door.example", resource);
            for part in parts {
                assert!(text.contains(part), "{proxy:?}: {part} is not in\n{text}");
            }
        }
        assert!(!written(Proxy::Nginx, "http://127.0.0.1:8100", http).contains("ssl"));
    }

    #[test]
    fn nothing_but_an_address_gets_into_a_configuration() {
        for good in ["127.0.0.1:9000", "notes:80", " [::1]:9000 ", "my_server.internal:65535"] {
            assert_eq!(address(good), Some(good.trim()));
        }
        for bad in [
            "",
            "notes",
            ":80",
            "notes:0",
            "notes:65536",
            "notes:80;",
            "a b:80",
            "a\n:80",
            "http://a:80",
            "[x]:1",
            "a}:1",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
