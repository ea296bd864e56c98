//! Redirect URIs: which ones may be registered (RFC 8252 section 7, RFC 9700 section 4.1) and how a requested one is
//! matched (exact strings; on loopback the port floats, RFC 8252 section 7.3). The registered string is what counts: it is
//! parsed to be judged, and never normalised.

use std::{fmt, net::Ipv4Addr};

use serde::{Deserialize, Serialize};
use url::Url;

/// The out-of-band URI: the code is shown on `/success` for the person to copy.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Schemes that run or read something on the person's machine: never allowed, whatever the administrator's list says.
const EXECUTING: [&str; 8] = ["javascript", "data", "vbscript", "file", "blob", "filesystem", "about", "intent"];

/// A redirect URI that was judged good, byte for byte as registered.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Which redirect URIs beyond `https` and loopback this server takes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RedirectRules {
    /// Private-use schemes without a period that are allowed all the same (`cursor`, `vscode` ...), in lower case.
    #[serde(rename = "redirect_schemes")]
    pub schemes: Vec<String>,
    /// Whether [`OUT_OF_BAND`] is allowed.
    pub out_of_band: bool,
}

/// Why a redirect URI is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RedirectProblem {
    /// Over 2,000 characters.
    TooLong,
    /// Control characters, spaces, backslashes or anything but ASCII.
    Characters,
    /// Not an absolute URI.
    NotAbsolute,
    /// It has a `#`.
    Fragment,
    /// It has `user@` in it.
    UserInfo,
    /// A `*` in the host.
    Wildcard,
    /// No host, or one that browsers would read as another.
    Host,
    /// `http` to a host that is not this computer.
    PlainHttp,
    /// A scheme that executes or reads files.
    ExecutingScheme,
    /// A private-use scheme that is not on the list; the administrator can add it.
    UnknownScheme(String),
    /// The out-of-band URI, while it is switched off.
    OutOfBandOff,
}

/// Where a redirect URI sends people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Destination {
    /// A web site, by its host.
    Site(String),
    /// A program that listens on the person's own computer, on any port.
    ThisComputer,
    /// A program that owns a private-use scheme.
    Program(String),
    /// Nowhere: the code is shown.
    Shown,
}

impl RedirectUri {
    /// Judges a redirect URI that somebody wants to register.
    pub fn judge(text: &str, rules: &RedirectRules) -> Result<Self, RedirectProblem> {
        use RedirectProblem as No;
        if text.len() > 2_000 {
            return Err(No::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) || text.contains(['\\', '<', '>', '"', '`']) {
            return Err(No::Characters);
        }
        if text == OUT_OF_BAND {
            return if rules.out_of_band { Ok(Self(text.to_owned())) } else { Err(No::OutOfBandOff) };
        }
        if text.contains('#') {
            return Err(No::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(No::NotAbsolute)?;
        let scheme = scheme.to_ascii_lowercase();
        let url = Url::parse(text).map_err(|_| if is_web(&scheme) { No::Host } else { No::NotAbsolute })?;
        if EXECUTING.contains(&scheme.as_str()) || scheme.starts_with("ms-") {
            return Err(No::ExecutingScheme);
        }
        if let Some(authority) = authority(rest) {
            if authority.contains('@') {
                return Err(No::UserInfo);
            }
            if authority.contains('*') {
                return Err(No::Wildcard);
            }
        }
        match scheme.as_str() {
            "https" => same_host(rest, &url).then_some(()).ok_or(No::Host)?,
            "http" => loopback(text).map(|_| ()).ok_or(No::PlainHttp)?,
            _ if rest.is_empty() || rest == "//" => return Err(No::NotAbsolute),
            _ if scheme.contains('.') || rules.schemes.contains(&scheme) => (),
            _ => return Err(No::UnknownScheme(scheme)),
        }
        Ok(Self(text.to_owned()))
    }

    /// What the database holds: it was judged when it went in.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a requested redirect URI is this registered one.
    pub fn matches(&self, requested: &str) -> bool {
        if self.0 == requested {
            return true;
        }
        match (loopback(&self.0), loopback(requested)) {
            (Some(ours), Some(theirs)) => {
                let clean = requested.bytes().all(|b| b.is_ascii_graphic()) && !requested.contains(['\\', '#']);
                clean && ours.host == theirs.host && ours.rest == theirs.rest
            }
            _ => false,
        }
    }

    /// Where it sends people.
    pub fn destination(&self) -> Destination {
        if self.0 == OUT_OF_BAND {
            return Destination::Shown;
        }
        if loopback(&self.0).is_some() {
            return Destination::ThisComputer;
        }
        let Ok(url) = Url::parse(&self.0) else { return Destination::Program(String::new()) };
        match (url.scheme(), url.host_str()) {
            ("https", Some(host)) => Destination::Site(match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            }),
            (scheme, _) => Destination::Program(scheme.to_owned()),
        }
    }

    /// Its shape with a loopback port taken out: registrations that differ only there are alike.
    pub fn shape(&self) -> String {
        loopback(&self.0).map_or_else(|| self.0.clone(), |l| format!("http://{}{}", l.host, l.rest))
    }
}

/// A loopback URI in its parts, as text.
struct Loopback<'a> {
    host: &'a str,
    rest: &'a str,
}

/// Takes apart `http://HOST[:PORT]REST` where HOST is literally 127.x.x.x, `[::1]` or `localhost`.
fn loopback(text: &str) -> Option<Loopback<'_>> {
    let after = text.strip_prefix("http://")?;
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end)?;
    let (host, port) = match authority.strip_prefix("[::1]") {
        Some("") => ("[::1]", None),
        Some(tail) => ("[::1]", Some(tail.strip_prefix(':')?)),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let ours = host == "[::1]" || host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    let good_port =
        port.is_none_or(|p| p.bytes().all(|b| b.is_ascii_digit()) && !p.starts_with('0') && p.parse::<u16>().is_ok());
    (ours && good_port).then_some(Loopback { host, rest })
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

/// What stands between `//` and the next `/` or `?`.
fn authority(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix("//")?;
    after.split(['/', '?']).next()
}

/// Whether the host as written is the host that a browser would go to.
fn same_host(rest: &str, url: &Url) -> bool {
    let Some(written) = authority(rest) else { return false };
    let host = url.host_str().unwrap_or_default();
    let written_host = match written.rfind(':') {
        Some(colon) if !written.ends_with(']') => written.split_at(colon).0,
        _ => written,
    };
    !host.is_empty() && written_host.eq_ignore_ascii_case(host) && !host.ends_with('.')
}

impl RedirectProblem {
    /// The problem and its cure in a sentence that any client may see.
    pub fn explain(&self) -> String {
        match self {
            Self::TooLong => "A redirect URI is longer than 2000 characters".into(),
            Self::Characters => "A redirect URI has characters that do not belong in one; percent-encode them".into(),
            Self::NotAbsolute => "A redirect URI must be absolute, as in https://example.com/callback".into(),
            Self::Fragment => "A redirect URI must not have a fragment".into(),
            Self::UserInfo => "A redirect URI must not have a user name or password".into(),
            Self::Wildcard => "A redirect URI must name its host in full, without a wildcard".into(),
            Self::Host => "The host of a redirect URI is missing or is not written the way browsers read it".into(),
            Self::PlainHttp => {
                "HTTP redirect URIs are only allowed for localhost, 127.0.0.1 and [::1]; use https for other hosts"
                    .into()
            }
            Self::ExecutingScheme => "A redirect URI must not use a scheme that runs code or reads files".into(),
            Self::UnknownScheme(scheme) => {
                let name: String = scheme.chars().take(32).collect();
                format!(
                    "The redirect URI scheme {name} is not on the list of this server; its administrator can add it"
                )
            }
            Self::OutOfBandOff => "Out-of-band redirect URIs are switched off at this server".into(),
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(host) => write!(f, "the site {host}"),
            Self::ThisComputer => f.write_str("a program on this computer"),
            Self::Program(scheme) => write!(f, "the program that owns {scheme}:"),
            Self::Shown => f.write_str("nowhere: the code is shown to copy"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RedirectRules {
        RedirectRules { schemes: vec!["cursor".into()], out_of_band: true }
    }

    #[test]
    fn rfc8252_7_takes_what_real_clients_register() {
        for good in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://example.com:8443/cb?x=1",
            "http://localhost:54545/callback",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "http://[::1]:1234/cb",
            "http://localhost",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "com.example.app:/callback",
            OUT_OF_BAND,
        ] {
            assert_eq!(RedirectUri::judge(good, &rules()).map(|u| u.0), Ok(good.to_owned()), "{good}");
        }
    }

    #[test]
    fn rfc9700_4_1_refuses_hostile_forms() {
        for bad in [
            "",
            "/callback",
            "callback",
            "https://",
            "https:///cb",
            "https://a.example/#",
            "https://a.example/cb#frag",
            "https://user@a.example/cb",
            "https://user:pw@a.example/cb",
            "https://a.example@evil.example/",
            "https://*.example/cb",
            "https://a.example\\@evil.example/",
            "https://a.example/cb\r\nX: y",
            "https://a.example/ cb",
            "https://a.example/\u{e9}",
            "https://b\u{fc}cher.example/",
            "https://a.example./cb",
            "https://0x7f.1/",
            "https://2130706433/",
            "http://a.example/cb",
            "http://localhost.evil.com/cb",
            "http://localhost./cb",
            "http://localhost:abc/cb",
            "http://localhost:0/cb",
            "http://localhost:99999/cb",
            "http://localhost@evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://127.1/",
            "http://0.0.0.0/",
            "http://[::]/",
            "http://[::1].evil.example/",
            "HTTP://localhost/cb",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a.example/x",
            "filesystem:https://a.example/x",
            "about:blank",
            "intent://x",
            "ms-msdt:/id",
            "ftp://localhost/",
            "unknown://cb",
            "cursor:",
        ] {
            assert!(RedirectUri::judge(bad, &rules()).is_err(), "{bad:?}");
        }
        assert!(RedirectUri::judge(OUT_OF_BAND, &RedirectRules::default()).is_err());
    }

    #[test]
    fn a_refused_scheme_is_named() {
        let problem = RedirectUri::judge("windsurf://cb", &rules()).unwrap_err();
        assert_eq!(problem, RedirectProblem::UnknownScheme("windsurf".into()));
        assert!(problem.explain().contains("windsurf"));
    }

    #[test]
    fn rfc8252_7_3_the_port_floats_on_loopback_and_nothing_else_does() {
        for (registered, requested, same) in [
            ("https://a.example/cb", "https://a.example/cb", true),
            ("https://a.example/cb", "https://a.example/cb/", false),
            ("https://a.example/cb", "https://a.example/CB", false),
            ("https://a.example/cb", "https://a.example:443/cb", false),
            ("https://a.example/cb", "https://a.example/cb?x=1", false),
            ("https://a.example/cb", "https://a.example/./cb", false),
            ("http://127.0.0.1/", "http://127.0.0.1:59656/", true),
            ("http://127.0.0.1:33418/", "http://127.0.0.1/", true),
            ("http://localhost:54545/callback", "http://localhost:61999/callback", true),
            ("http://[::1]:1/cb", "http://[::1]:2/cb", true),
            ("http://localhost/cb", "http://127.0.0.1/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.2/cb", false),
            ("http://localhost/cb", "https://localhost/cb", false),
            ("http://localhost/cb", "http://localhost:80/cb?x=1", false),
            ("http://localhost/cb", "http://localhost.evil.com/cb", false),
            ("http://localhost/cb", "http://localhost:1@evil.com/cb", false),
            ("http://localhost/cb", "http://localhost:99999/cb", false),
            ("http://localhost/cb", "http://localhost:1/cb#x", false),
            ("http://localhost/cb", "http://localhost:1/\\cb", false),
            ("http://localhost", "http://localhost:8080", true),
            ("http://localhost", "http://localhost:8080/", false),
            ("cursor://a/cb", "cursor://a/cb", true),
            ("cursor://a/cb", "cursor://a:1/cb", false),
        ] {
            assert_eq!(RedirectUri::stored(registered).matches(requested), same, "{registered} {requested}");
        }
    }

    #[test]
    fn says_in_words_where_it_goes() {
        for (uri, words) in [
            ("http://localhost:1/cb", "a program on this computer"),
            ("https://Claude.ai/cb", "the site claude.ai"),
            ("cursor://x/cb", "the program that owns cursor:"),
        ] {
            assert_eq!(RedirectUri::stored(uri).destination().to_string(), words);
        }
    }
}
