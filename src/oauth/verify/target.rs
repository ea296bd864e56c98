//! What a proxy says it guards: origin and path of the forwarded request, read so strictly that proxy, gate and guarded
//! server cannot mean different things by it.

use url::Url;

use crate::oauth::{
    error::{OAuthError, invalid_request},
    why::Why,
};

/// Origin and path of the request that the proxy asks about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    origin: String,
    path: String,
}

impl Target {
    /// Reads `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Uri`.
    pub fn parse(proto: &str, host: &str, uri: &str) -> Result<Self, OAuthError> {
        let bad = || invalid_request(Why::TargetMalformed);
        let scheme = match proto.to_ascii_lowercase().as_str() {
            "https" | "wss" => "https",
            "http" | "ws" => "http",
            _ => return Err(bad()),
        };
        let clean_host = !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
        if !clean_host {
            return Err(bad());
        }
        let url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| bad())?;
        let path = uri.split('?').next().unwrap_or_default();
        if is_plain(path) {
            Ok(Self { origin: url.origin().ascii_serialization(), path: path.to_owned() })
        } else {
            Err(bad())
        }
    }

    /// Reads `X-Original-URL`, an absolute address.
    pub fn parse_url(url: &str) -> Result<Self, OAuthError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| invalid_request(Why::TargetMalformed))?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, uri) = rest.split_at_checked(end).unwrap_or_default();
        Self::parse(scheme, host, if uri.starts_with('/') { uri } else { "/" })
    }

    /// `scheme://host[:port]`, without a default port and in lower case.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path, as it was written.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// A path that everybody reads the same way: absolute, printable, no empty segments but a last one, no dot segments, no `;`
/// (some servers cut a segment there), and only escapes that mean the same when they are decoded.
fn is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let printable = path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#' | b';'));
    let mut segments: Vec<_> = rest.split('/').collect();
    segments.pop_if(|last| last.is_empty());
    let escapes = path.split('%').skip(1).map(|behind| behind.get(..2).unwrap_or_default());
    printable
        && segments.iter().all(|segment| !matches!(*segment, "" | "." | ".."))
        && escapes.into_iter().all(is_inert)
}

/// Whether an escape stands for a character that must be escaped and parts nothing: a letter, a digit and `-._~` are read as if
/// they were not escaped (RFC 3986 section 6.2.2.2), and so some servers do with `/`, `\\`, `;`, `%` and control characters.
fn is_inert(escape: &str) -> bool {
    let byte = escape.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(escape, 16).ok()).flatten();
    byte.is_some_and(|b| !b.is_ascii_alphanumeric() && !b.is_ascii_control() && !b"-._~/\\;%".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_request_is_read_strictly() {
        for (proto, host, uri, origin, path) in [
            ("https", "Files.example", "/mcp?x=/../", "https://files.example", "/mcp"),
            ("https", "files.example:443", "/", "https://files.example", "/"),
            ("wss", "files.example:8443", "/mcp/", "https://files.example:8443", "/mcp/"),
            ("http", "[::1]:9000", "/a%20b/c.d/..e", "http://[::1]:9000", "/a%20b/c.d/..e"),
            ("ws", "127.0.0.1", "/x,v=1/%C3%A9", "http://127.0.0.1", "/x,v=1/%C3%A9"),
        ] {
            let target = Target::parse(proto, host, uri).unwrap();
            assert_eq!((target.origin(), target.path()), (origin, path));
        }
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        for (proto, host, uri) in [
            ("ftp", "a.example", "/"),
            ("", "a.example", "/"),
            ("https,http", "a.example", "/"),
            ("https", "", "/"),
            ("https", "a.example, b.example", "/"),
            ("https", "u@a.example", "/"),
            ("https", "a.example/x", "/"),
            ("https", "a.example:x", "/"),
            ("https", "a.example", ""),
            ("https", "a.example", "mcp"),
            ("https", "a.example", "https://b.example/"),
            ("https", "a.example", "*"),
            ("https", "a.example", "//b.example/"),
            ("https", "a.example", "/a//b"),
            ("https", "a.example", "/a//"),
            ("https", "a.example", "/."),
            ("https", "a.example", "/a/.."),
            ("https", "a.example", "/a/../b"),
            ("https", "a.example", "/a/..;/b"),
            ("https", "a.example", "/a/;x/b"),
            ("https", "a.example", "/a/%2E%2e/b"),
            ("https", "a.example", "/a/.%2e/b"),
            ("https", "a.example", "/a%2Fb"),
            ("https", "a.example", "/a%5cb"),
            ("https", "a.example", "/a\\b"),
            ("https", "a.example", "/a%00"),
            ("https", "a.example", "/a%252e"),
            ("https", "a.example", "/%61dmin"),
            ("https", "a.example", "/admi%6E/x"),
            ("https", "a.example", "/a%7Eb"),
            ("https", "a.example", "/a%2Db"),
            ("https", "a.example", "/a%3bb"),
            ("https", "a.example", "/a%0ab"),
            ("https", "a.example", "/a%"),
            ("https", "a.example", "/a%4"),
            ("https", "a.example", "/a%+1"),
            ("https", "a.example", "/admin;a/x"),
            ("https", "a.example", "/x;v=1"),
            ("https", "a.example", "/a#b"),
            ("https", "a.example", "/a b"),
            ("https", "a.example", "/\u{e9}"),
        ] {
            let error = Target::parse(proto, host, uri).unwrap_err();
            assert_eq!((error.status(), error.why()), (400, Why::TargetMalformed), "{proto} {host} {uri}");
        }
    }

    #[test]
    fn reads_nginx_addresses() {
        for (url, read) in [
            ("https://a.example/mcp?x", Some(("https://a.example", "/mcp"))),
            ("https://a.example", Some(("https://a.example", "/"))),
            ("https://a.example?x=//", Some(("https://a.example", "/"))),
            ("https://a.example//", None),
            ("https://a@b.example/", None),
            ("a.example/mcp", None),
        ] {
            let target = Target::parse_url(url).ok();
            assert_eq!(target.as_ref().map(|t| (t.origin(), t.path())), read, "{url}");
        }
    }
}
