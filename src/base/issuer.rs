//! The issuer: the configured public URL, kept as a string without a slash at the end, and never derived from a request.

use url::{Host, Url};

use super::resource::is_loopback;

/// The public URL of this server and, byte for byte, its issuer identifier (RFC 8414 section 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// Takes an `https` URL, or `http` on loopback, without query, fragment and credentials. A slash at the end is taken off.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('/');
        let url = Url::parse(text).ok()?;
        let transport = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        let clean = text.bytes().all(|b| b.is_ascii_graphic()) && !text.contains(['\\', '"']);
        (transport && plain && clean && url.password().is_none() && url.host().is_some())
            .then(|| Self { text: text.to_owned(), url })
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// An absolute URL below the issuer; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The path of the issuer without a slash at the end; empty for most.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// `scheme://host[:port]` as browsers send it in `Origin`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// `host[:port]` as browsers send it in `Host`.
    pub fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether people reach it over TLS; decides the cookies' attributes.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is on this computer.
    pub fn is_loopback(&self) -> bool {
        matches!(self.url.host(), Some(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_))) && is_loopback(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_keeps_its_bytes_and_loses_its_last_slash() {
        let issuer = Issuer::parse("https://Door.example/auth/").unwrap();
        assert_eq!(issuer.as_str(), "https://Door.example/auth");
        assert_eq!(issuer.url("/token"), "https://Door.example/auth/token");
        assert_eq!((issuer.path(), issuer.authority().as_str()), ("/auth", "door.example"));
        assert_eq!(Issuer::parse("http://127.0.0.1:8000").unwrap().authority(), "127.0.0.1:8000");
        for bad in
            ["", "door.example", "http://door.example", "https://door.example/?x", "https://u@door.example", "https://"]
        {
            assert!(Issuer::parse(bad).is_none(), "{bad}");
        }
    }
}
