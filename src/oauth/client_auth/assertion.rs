//! Client assertions (RFC 7523 section 3): a JWT that the client signed to say who it is. Read here before anything is
//! believed, then judged against the client that it names; the signature and its single use are the flow's to check.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    base::{
        client::Client,
        issuer::Issuer,
        secret::Plain,
        time::{Span, Time},
    },
    oauth::{
        error::{OAuthError, invalid_client},
        why::Why,
    },
};

/// The one `client_assertion_type` (RFC 7523 section 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What may sign an assertion, under the names of RFC 7518, RFC 8037 and RFC 9864; never `none`, and nothing symmetric.
pub const ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
/// For how long an assertion counts, whatever it says: libraries write an hour into them.
const LONGEST: Span = Span::minutes(5);
/// By how much clocks may differ.
const LEEWAY: Span = Span::seconds(30);
/// Where assertions are shown. Besides the issuer, these are the names under which libraries address us (RFC 7523 section 3;
/// RFC 9126 section 2 demands the first two).
const ENDPOINTS: [&str; 5] = ["/token", "/par", "/introspect", "/revoke", "/device_authorization"];
const LONGEST_TEXT: usize = 8_192;
const LONGEST_ID: usize = 400;

/// An assertion as it was sent: nothing in it is proven.
pub struct Assertion {
    text: Plain,
    header: Header,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// RFC 7515 section 4.1.11: what must be understood. We understand nothing of the kind.
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
}

/// One audience, written either way.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What must be kept of an assertion so that it works only once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Once {
    /// Whose it is, and its `jti`.
    pub key: String,
    /// Until when it must be kept.
    pub until: Time,
}

impl Assertion {
    /// Reads what was sent.
    pub(super) fn read(text: &str) -> Result<Self, OAuthError> {
        let malformed = || invalid_client(Why::AssertionMalformed);
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        if text.len() > LONGEST_TEXT {
            return Err(malformed());
        }
        let header = json(header).filter(|header: &Header| header.crit.is_none()).ok_or_else(malformed)?;
        let claims = json(claims).ok_or_else(malformed)?;
        Ok(Self { text: Plain::new(text.to_owned()), header, claims })
    }

    /// Who it says it is.
    pub fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// The whole of it.
    pub const fn text(&self) -> &Plain {
        &self.text
    }

    /// What it says it was signed with: one of [`ALGORITHMS`] once it was judged.
    pub fn algorithm(&self) -> &str {
        &self.header.alg
    }

    /// Which key it says signed it.
    pub fn key(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Judges all but the signature (RFC 7523 section 3).
    pub fn check(&self, client: &Client, issuer: &Issuer, now: Time) -> Result<Once, OAuthError> {
        let refuse = |why| Err(invalid_client(why));
        let claims = &self.claims;
        let registered = client.metadata.token_endpoint_auth_signing_alg.as_deref();
        if !ALGORITHMS.contains(&self.algorithm()) || registered.is_some_and(|alg| alg != self.algorithm()) {
            return refuse(Why::AssertionAlgorithm);
        }
        if claims.iss != client.id.as_str() || claims.sub != client.id.as_str() {
            return refuse(Why::AssertionSubject);
        }
        // One audience only: an assertion for several servers could be used at one by another.
        let audience = match &claims.aud {
            Audience::One(one) => Some(one.as_str()),
            Audience::Several(several) => match several.as_slice() {
                [one] => Some(one.as_str()),
                _ => None,
            },
        };
        if !audience.is_some_and(|audience| names(audience, issuer)) {
            return refuse(Why::AssertionAudience);
        }
        let soon = now + LEEWAY;
        let begun = |at: Option<f64>| at.is_none_or(|at| moment(at) <= soon);
        let exp = moment(claims.exp);
        let end = claims.iat.map_or(exp, |made| exp.min(moment(made) + LONGEST));
        if end + LEEWAY <= now || end > soon + LONGEST || !begun(claims.nbf) || !begun(claims.iat) {
            return refuse(Why::AssertionTime);
        }
        match claims.jti.as_deref().filter(|jti| !jti.is_empty() && jti.len() <= LONGEST_ID) {
            Some(jti) => Ok(Once { key: format!("{}\n{jti}", client.id), until: end + LEEWAY }),
            None => refuse(Why::AssertionId),
        }
    }
}

/// Whether an audience names this server: the issuer or one of its endpoints. The first generation of MCP's Python SDK writes a
/// slash behind an issuer that has no path.
fn names(audience: &str, issuer: &Issuer) -> bool {
    let plain = audience.strip_suffix('/').filter(|_| issuer.path().is_empty()).unwrap_or(audience);
    plain == issuer.as_str() || ENDPOINTS.iter().any(|endpoint| audience == issuer.url(endpoint))
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// NumericDate (RFC 7519 section 2) may have a fraction.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a number out of range gives the nearest one in it")]
fn moment(date: f64) -> Time {
    Time::from_unix(date as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        base::client::AuthMethod,
        oauth::client_auth::tests::{NOON, client},
    };

    fn assertion(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(header), part(claims))
    }

    #[test]
    fn rfc7523_3_every_claim_is_judged() {
        let issuer = Issuer::parse("https://door.example/auth").unwrap();
        let mut who = client(AuthMethod::PrivateKeyJwt, "https://a.example/cb");
        let noon = NOON.unix();
        let good = json!({
            "iss": "client_a", "sub": "client_a", "aud": "https://door.example/auth", "exp": noon + 60, "iat": noon, "jti": "1"
        });
        for (header, change, why) in [
            (json!({"alg": "ES256"}), json!({}), None),
            (
                json!({"alg": "ES256", "typ": "JWT", "kid": "k"}),
                json!({"aud": "https://door.example/auth/token"}),
                None,
            ),
            (json!({"alg": "ES256"}), json!({"aud": ["https://door.example/auth"]}), None),
            (json!({"alg": "ES256"}), json!({"aud": "https://door.example/auth/par"}), None),
            (json!({"alg": "ES256"}), json!({"exp": noon + 330, "iat": null}), None),
            (json!({"alg": "ES256"}), json!({"exp": noon + 3_600}), None),
            (json!({"alg": "ES256"}), json!({"exp": noon + 3_600, "iat": noon - 329}), None),
            (json!({"alg": "ES256"}), json!({"exp": noon - 29}), None),
            (json!({"alg": "ES256"}), json!({"iat": noon as f64 + 0.5}), None),
            (json!({"alg": "none"}), json!({}), Some(Why::AssertionAlgorithm)),
            (json!({"alg": "None"}), json!({}), Some(Why::AssertionAlgorithm)),
            (json!({"alg": "HS256"}), json!({}), Some(Why::AssertionAlgorithm)),
            (json!({"alg": "RS384"}), json!({}), Some(Why::AssertionAlgorithm)),
            (json!({"alg": "ES256"}), json!({"iss": "client_b"}), Some(Why::AssertionSubject)),
            (json!({"alg": "ES256"}), json!({"sub": "client_b"}), Some(Why::AssertionSubject)),
            (json!({"alg": "ES256"}), json!({"aud": "https://door.example"}), Some(Why::AssertionAudience)),
            (json!({"alg": "ES256"}), json!({"aud": "https://door.example/auth/"}), Some(Why::AssertionAudience)),
            (json!({"alg": "ES256"}), json!({"aud": "https://door.example/auth/verify"}), Some(Why::AssertionAudience)),
            (json!({"alg": "ES256"}), json!({"aud": []}), Some(Why::AssertionAudience)),
            (
                json!({"alg": "ES256"}),
                json!({"aud": ["https://door.example/auth", "https://door.example/auth/token"]}),
                Some(Why::AssertionAudience),
            ),
            (json!({"alg": "ES256"}), json!({"exp": noon - 30}), Some(Why::AssertionTime)),
            (json!({"alg": "ES256"}), json!({"exp": noon + 331, "iat": null}), Some(Why::AssertionTime)),
            (json!({"alg": "ES256"}), json!({"exp": noon + 3_600, "iat": noon - 330}), Some(Why::AssertionTime)),
            (json!({"alg": "ES256"}), json!({"exp": 1e300, "iat": null}), Some(Why::AssertionTime)),
            (json!({"alg": "ES256"}), json!({"nbf": noon + 31}), Some(Why::AssertionTime)),
            (json!({"alg": "ES256"}), json!({"iat": noon + 31}), Some(Why::AssertionTime)),
            (json!({"alg": "ES256"}), json!({"jti": null}), Some(Why::AssertionId)),
            (json!({"alg": "ES256"}), json!({"jti": ""}), Some(Why::AssertionId)),
            (json!({"alg": "ES256"}), json!({"jti": "x".repeat(401)}), Some(Why::AssertionId)),
        ] {
            let mut claims = good.clone();
            for (name, value) in change.as_object().unwrap() {
                claims[name] = value.clone();
            }
            let read = Assertion::read(&assertion(&header, &claims)).map_err(|e| e.why()).unwrap();
            assert_eq!(read.check(&who, &issuer, NOON).err().map(|e| e.why()), why, "{header} {change}");
        }
        who.metadata.token_endpoint_auth_signing_alg = Some("PS256".into());
        let read = Assertion::read(&assertion(&json!({"alg": "ES256"}), &good)).map_err(|e| e.why()).unwrap();
        assert_eq!(read.check(&who, &issuer, NOON).unwrap_err().why(), Why::AssertionAlgorithm);
    }

    #[test]
    fn a_slash_behind_an_issuer_without_a_path_is_no_other_server() {
        for (issuer, audience, same) in [
            ("https://door.example", "https://door.example", true),
            ("https://door.example", "https://door.example/", true),
            ("https://door.example", "https://door.example//", false),
            ("https://door.example", "https://door.example/token", true),
            ("https://door.example", "https://door.example/token/", false),
            ("https://door.example/auth", "https://door.example/auth/", false),
        ] {
            assert_eq!(names(audience, &Issuer::parse(issuer).unwrap()), same, "{audience} at {issuer}");
        }
    }

    #[test]
    fn what_is_no_assertion_is_not_read() {
        let claims = json!({"iss": "a", "sub": "a", "aud": "b", "exp": 1, "jti": "1"});
        let good = assertion(&json!({"alg": "ES256"}), &claims);
        assert!(Assertion::read(&good).is_ok());
        for text in [
            "",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            &format!("{good}.e30"),
            &assertion(&json!({"alg": 1}), &claims),
            &assertion(&json!({}), &claims),
            &assertion(&json!({"alg": "ES256", "crit": ["exp"]}), &claims),
            &assertion(&json!({"alg": "ES256"}), &json!({"iss": "a"})),
            &assertion(&json!({"alg": "ES256"}), &json!([])),
            &(good.clone() + &"A".repeat(8_192)),
        ] {
            assert_eq!(Assertion::read(text).err().map(|e| e.why()), Some(Why::AssertionMalformed), "{text}");
        }
    }
}
