//! The kinds of opaque strings that Doorbook hands out, told apart by prefixes that never change: leak scanners and old
//! databases know them, and a code sent where a refresh token belongs is refused before anything is looked up.

use std::borrow::Cow;

/// A kind of opaque random string.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenKind {
    /// Authorization code (RFC 6749 section 4.1.2).
    Code,
    /// Refresh token (RFC 6749 section 1.5).
    Refresh,
    /// A device code (RFC 8628).
    Device,
    /// Registration access token (RFC 7592 section 3).
    Registration,
    /// Initial access token (RFC 7591 section 3).
    Initial,
    /// Client secret (RFC 6749 section 2.3.1).
    ClientSecret,
    /// A protected server's own credential for introspection.
    ResourceSecret,
    /// The link that makes the first administrator.
    Claim,
    /// A parked authorization request; also the `state` that Doorbook sends to GitHub.
    Request,
    /// A pushed authorization request (RFC 9126 section 2.2).
    Pushed,
    /// A browser session.
    Session,
    /// A token of the dashboard's API.
    Api,
}

impl TokenKind {
    /// Every kind there is.
    pub const ALL: [Self; 12] = [
        Self::Code,
        Self::Refresh,
        Self::Device,
        Self::Registration,
        Self::Initial,
        Self::ClientSecret,
        Self::ResourceSecret,
        Self::Claim,
        Self::Request,
        Self::Pushed,
        Self::Session,
        Self::Api,
    ];

    /// What every string of this kind begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "dbc_",
            Self::Refresh => "dbr_",
            Self::Device => "dbd_",
            Self::Registration => "reg-",
            Self::Initial => "dbi_",
            Self::ClientSecret => "dbs_",
            Self::ResourceSecret => "dbk_",
            Self::Claim => "dbl_",
            Self::Request => "dbp_",
            Self::Pushed => "dbu_",
            Self::Session => "dbo_",
            Self::Api => "dbt_",
        }
    }

    /// The time with which a refresh token begins, in twelve hexadecimal digits; those of old begin with none.
    pub fn time_in(text: &str) -> Option<&str> {
        let body = text.strip_prefix(Self::Refresh.prefix()).filter(|body| body.len() == Self::TIME + SHORTEST_BODY)?;
        body.get(..Self::TIME).filter(|time| time.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    }

    /// How many digits that time has.
    pub const TIME: usize = 12;

    /// Whether `text` has the shape of this kind: its prefix and 43 to 96 characters of base64url.
    pub fn is_shape_of(self, text: &str) -> bool {
        text.strip_prefix(self.prefix()).is_some_and(|body| {
            (SHORTEST_BODY..=96).contains(&body.len())
                && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
    }
}

/// `text` without what opens something: of each token of ours only its prefix is left, and of a JWT its first letters. For what
/// strangers sent, which is kept for people to read: programs put secrets where they do not belong.
pub fn masked(text: &str) -> Cow<'_, str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let words = || {
        text.split_inclusive(|c| !is_part(c)).map(|word| word.split_at(word.trim_end_matches(|c| !is_part(c)).len()))
    };
    if words().all(|(word, _)| opening(word).is_none()) {
        return Cow::Borrowed(text);
    }
    words()
        .map(|(word, end)| match opening(word) {
            Some(shown) => format!("{shown}…{end}"),
            None => format!("{word}{end}"),
        })
        .collect()
}

/// What may be shown of a word that opens something.
fn opening(word: &str) -> Option<&'static str> {
    let is_long = |prefix: &str| word.len() >= prefix.len() + SHORTEST_BODY;
    let ours = || TokenKind::ALL.into_iter().map(TokenKind::prefix).find(|p| word.starts_with(p) && is_long(p));
    let is_jwt = word.starts_with(JWT) && word.matches('.').count() >= 2;
    if is_jwt { Some(JWT) } else { ours() }
}

/// 256 random bits in base64url.
const SHORTEST_BODY: usize = 43;
/// What every JWT begins with: `{"` in base64url (RFC 7515 section 3).
const JWT: &str = "eyJ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refresh_token_of_that_length_begins_with_its_time() {
        let random = "A".repeat(43);
        assert_eq!(TokenKind::time_in(&format!("dbr_0192f3a4b5c6{random}")), Some("0192f3a4b5c6"));
        for other in ["dbr_", "dbc_0192f3a4b5c6", "dbr_0192f3a4b5c", "dbr_0192F3A4B5C6", "dbr_0192f3a4b5\u{e9}"] {
            assert_eq!(TokenKind::time_in(&format!("{other}{random}")), None, "{other}");
        }
    }

    #[test]
    fn nothing_that_opens_something_is_kept() {
        let body = "A".repeat(43);
        for kind in TokenKind::ALL {
            let prefix = kind.prefix();
            assert_eq!(masked(&format!("{prefix}{body}")), format!("{prefix}…"));
            assert_eq!(masked(&format!("token={prefix}{body}&x=1")), format!("token={prefix}…&x=1"));
        }
        assert_eq!(masked("Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"), "Bearer eyJ…");
        for plain in ["", "authorization_code", "https://app.example/cb?a=b", "dbr_short", "eyJ", "é → ß"] {
            assert_eq!(masked(plain), plain);
        }
    }

    #[test]
    fn no_kind_is_taken_for_another() {
        let body = "A".repeat(43);
        for kind in TokenKind::ALL {
            let text = format!("{}{body}", kind.prefix());
            let taken: Vec<_> = TokenKind::ALL.into_iter().filter(|k| k.is_shape_of(&text)).collect();
            assert_eq!(taken, [kind]);
            assert!(!kind.is_shape_of(&text[..20]));
            assert!(!kind.is_shape_of(&format!("{text}\0")));
        }
    }
}
