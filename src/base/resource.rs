//! Protected resources by their URL (RFC 8707 section 2, RFC 9728).

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The URL that names a protected MCP server, byte for byte as it was registered or sent.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceUri(String);

impl ResourceUri {
    /// Takes an absolute `https` URL, or `http` on loopback, without fragment and credentials.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let transport = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        let clean = text.len() <= 2_000 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        (transport && plain && clean && url.host().is_some()).then(|| Self(text.to_owned()))
    }

    /// What the database holds: it was parsed when it went in.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name the same resource: letter by letter, except that a bare origin may be spelt with or without its
    /// slash (typescript SDKs add it, others strip it). Paths are never touched.
    pub fn names_same_as(&self, other: &Self) -> bool {
        self.0 == other.0 || matches!((self.bare_origin(), other.bare_origin()), (Some(a), Some(b)) if a == b)
    }

    /// `https://host` when there is nothing behind it but perhaps a slash.
    fn bare_origin(&self) -> Option<&str> {
        let text = self.0.strip_suffix('/').unwrap_or(&self.0);
        let (_, authority) = text.split_once("://")?;
        (!authority.contains(['/', '?'])).then_some(text)
    }

    /// `scheme://host[:port]`, with the default port left out and the host in lower case.
    pub fn origin(&self) -> String {
        Url::parse(&self.0).map(|u| u.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Its host as people know it, with the port when one is written.
    pub fn host(&self) -> String {
        let origin = self.origin();
        origin.split_once("://").map(|(_, host)| host.to_owned()).unwrap_or(origin)
    }

    /// Its path, without a slash at the end; empty for a bare origin.
    pub fn path(&self) -> String {
        Url::parse(&self.0).map(|u| u.path().trim_end_matches('/').to_owned()).unwrap_or_default()
    }

    /// Whether a request for `origin` and `path` falls under this resource: the same origin, and its path a prefix by
    /// whole segments.
    pub fn covers(&self, origin: &str, path: &str) -> bool {
        let own = self.path();
        let under =
            own.is_empty() || path.strip_prefix(&own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.origin() == origin && under
    }
}

/// Whether the URL's host is this machine: `localhost`, 127.0.0.0/8 or ::1.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    #[test]
    fn rfc8707_2_an_absolute_uri_without_fragment() {
        for good in [
            "https://mcp.example",
            "https://mcp.example/",
            "https://a.example:8443/mcp?x=1",
            "http://127.0.0.1:9000/mcp",
        ] {
            assert!(ResourceUri::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "mcp",
            "/mcp",
            "http://mcp.example",
            "https://a.example/#f",
            "https://u:p@a.example",
            "urn:x:y",
            "https://a\\b",
            "https://a.example/\u{e9}",
        ] {
            assert!(ResourceUri::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_a_bare_origin_has_two_spellings() {
        assert!(uri("https://a.example").names_same_as(&uri("https://a.example/")));
        assert!(!uri("https://a.example/mcp").names_same_as(&uri("https://a.example/mcp/")));
        assert!(!uri("https://a.example").names_same_as(&uri("https://a.example:8443")));
    }

    #[test]
    fn covers_by_whole_segments() {
        let mcp = uri("https://a.example/mcp");
        for (path, covered) in [("/mcp", true), ("/mcp/", true), ("/mcp/tools", true), ("/mcpx", false), ("/", false)] {
            assert_eq!(mcp.covers("https://a.example", path), covered, "{path}");
        }
        assert!(!mcp.covers("https://b.example", "/mcp"));
        assert!(uri("https://a.example/").covers("https://a.example", "/anything"));
    }
}
