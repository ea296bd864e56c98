//! Client assertions (RFC 7523 section 3): a JWT that the client signed to say who it is. Read here before anything is
//! believed, then judged against the client that it names; the signature and its single use are the flow's to check.

use serde::Deserialize;

use crate::{
    base::{
        client::Client,
        issuer::Issuer,
        time::{Span, Time},
    },
    oauth::{
        error::{OAuthError, invalid_client},
        sent_jwt::{ALGORITHMS, LEEWAY, Once, OneOrMore, Sent, Signature, moment, usable_id},
        why::Why,
    },
};

/// The one `client_assertion_type` (RFC 7523 section 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// For how long an assertion counts, whatever it says: libraries write an hour into them.
const LONGEST: Span = Span::minutes(5);
/// Where assertions are shown. Besides the issuer, these are the names under which libraries address us (RFC 7523 section 3;
/// RFC 9126 section 2 demands the first two).
const ENDPOINTS: [&str; 5] = ["/token", "/par", "/introspect", "/revoke", "/device_authorization"];

/// An assertion as it was sent: nothing in it is proven.
pub struct Assertion(Sent<Claims>);

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMore,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    jti: Option<String>,
}

impl Assertion {
    /// Reads what was sent.
    pub(super) fn read(text: &str) -> Result<Self, OAuthError> {
        Sent::read(text).map(Self).ok_or_else(|| invalid_client(Why::AssertionMalformed))
    }

    /// Who it says it is.
    pub fn subject(&self) -> &str {
        &self.0.claims().sub
    }

    /// How it says it was signed.
    pub fn signature(&self) -> Signature<'_> {
        self.0.signature()
    }

    /// Judges all but the signature (RFC 7523 section 3).
    pub fn check(&self, client: &Client, issuer: &Issuer, now: Time) -> Result<Once, OAuthError> {
        let refuse = |why| Err(invalid_client(why));
        let claims = self.0.claims();
        let algorithm = self.signature().algorithm;
        let registered = client.metadata.token_endpoint_auth_signing_alg.as_deref();
        if !ALGORITHMS.contains(&algorithm) || registered.is_some_and(|alg| alg != algorithm) {
            return refuse(Why::AssertionAlgorithm);
        }
        if claims.iss != client.id.as_str() || claims.sub != client.id.as_str() {
            return refuse(Why::AssertionSubject);
        }
        // One audience only: an assertion for several servers could be used at one by another.
        if !claims.aud.only().is_some_and(|audience| names(audience, issuer)) {
            return refuse(Why::AssertionAudience);
        }
        let soon = now + LEEWAY;
        let begun = |at: Option<f64>| at.is_none_or(|at| moment(at) <= soon);
        let exp = moment(claims.exp);
        let end = claims.iat.map_or(exp, |made| exp.min(moment(made) + LONGEST));
        if end + LEEWAY <= now || end > soon + LONGEST || !begun(claims.nbf) || !begun(claims.iat) {
            return refuse(Why::AssertionTime);
        }
        match usable_id(claims.jti.as_deref()) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::client::AuthMethod,
        oauth::{
            client_auth::tests::{NOON, client},
            sent_jwt::tests::unsigned as assertion,
        },
    };

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
