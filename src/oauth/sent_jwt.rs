//! A JWT that somebody else signed, taken apart before anything in it is believed (RFC 7515 section 3.1, RFC 7519 section 4.1):
//! what an assertion of a client and one about a person have in common.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};

use crate::base::{
    secret::Plain,
    time::{Span, Time},
};

/// What may have signed it, under the names of RFC 7518, RFC 8037 and RFC 9864; never `none`, and nothing symmetric.
pub const ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
/// By how much clocks may differ.
pub const LEEWAY: Span = Span::seconds(30);
const LONGEST_TEXT: usize = 8_192;
const LONGEST_ID: usize = 400;

/// A JWT as it was sent: nothing in it is proven.
pub struct Sent<C> {
    text: Plain,
    header: Header,
    claims: C,
}

/// How a JWT says it was signed.
#[derive(Clone, Copy)]
pub struct Signature<'a> {
    /// The whole of it.
    pub text: &'a Plain,
    /// With what: one of [`ALGORITHMS`] once it was judged.
    pub algorithm: &'a str,
    /// With which key.
    pub key: Option<&'a str>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    /// RFC 7515 section 4.1.11: what must be understood. We understand nothing of the kind.
    crit: Option<IgnoredAny>,
}

/// What must be kept of a JWT so that it works only once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Once {
    /// Whose it is, and its `jti`.
    pub key: String,
    /// Until when it must be kept.
    pub until: Time,
}

/// Audiences, written either way.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One text.
    One(String),
    /// A list.
    More(Vec<String>),
}

impl OneOrMore {
    /// The only one, if there is only one.
    pub fn only(&self) -> Option<&str> {
        match self.all() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(several) => several,
        }
    }
}

impl<C: DeserializeOwned> Sent<C> {
    /// Reads what was sent; `None`: it is no signed JWT with such claims.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let header = json(header).filter(|header: &Header| header.crit.is_none())?;
        Some(Self { text: Plain::new(text.to_owned()), header, claims: json(claims)? })
    }
}

impl<C> Sent<C> {
    /// What it claims.
    pub const fn claims(&self) -> &C {
        &self.claims
    }

    /// How it says it was signed.
    pub fn signature(&self) -> Signature<'_> {
        Signature { text: &self.text, algorithm: &self.header.alg, key: self.header.kid.as_deref() }
    }

    /// Whether it says that it is of that type (RFC 7515 section 4.1.9: a media type, the prefix of which may be left out).
    pub fn is_of_type(&self, name: &str) -> bool {
        let typ = self.header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ) == name
    }
}

/// A `jti` that can be kept.
pub fn usable_id(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
}

/// NumericDate (RFC 7519 section 2) may have a fraction.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a number out of range gives the nearest one in it")]
pub fn moment(date: f64) -> Time {
    Time::from_unix(date as i64)
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A JWT that nobody signed.
    pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(header), part(claims))
    }

    #[test]
    fn rfc7515_4_1_9_a_type_is_a_media_type() {
        for (typ, same) in [
            (json!("oauth-id-jag+jwt"), true),
            (json!("OAuth-ID-JAG+jwt"), true),
            (json!("application/oauth-id-jag+jwt"), true),
            (json!("JWT"), false),
            (json!("text/oauth-id-jag+jwt"), false),
            (Value::Null, false),
        ] {
            let sent = Sent::<Value>::read(&unsigned(&json!({"alg": "ES256", "typ": typ}), &json!({}))).unwrap();
            assert_eq!(sent.is_of_type("oauth-id-jag+jwt"), same, "{typ}");
        }
    }
}
