//! Software statements (RFC 7591 section 2.3): what somebody whom the configuration trusts says of a client, signed. Read here
//! before anything is believed, then judged; whether its issuer is trusted and signed it is for the flow to say. A statement is no
//! secret: whoever has a copy can register with it. So it vouches for a client only when it says where codes are sent to, and when
//! they cannot be had in another way, at a device.

use serde_json::{Map, Value};

use super::Request;
use crate::{
    base::{
        client::{GrantType, Statement as Kept},
        issuer::Issuer,
        time::Time,
    },
    oauth::{
        error::{OAuthError, invalid_software_statement},
        sent_jwt::{ALGORITHMS, LEEWAY, Sent, Signature, moment},
        why::Why,
    },
};

/// The member of a registration that it stands in.
pub const MEMBER: &str = "software_statement";
/// What its claims say of itself (RFC 7519 section 4.1), and what only this server says of a client.
const NOT_OF_THE_CLIENT: [&str; 14] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    MEMBER,
    "client_id",
    "client_secret",
    "client_secret_expires_at",
    "client_id_issued_at",
    "registration_access_token",
    "registration_client_uri",
];

/// A software statement as it was sent: nothing in it is proven.
pub struct Statement {
    text: String,
    sent: Sent<Map<String, Value>>,
}

impl Statement {
    /// Reads the one among the members of a registration, if there is one.
    pub fn among(members: &Map<String, Value>) -> Result<Option<Self>, OAuthError> {
        let text = match members.get(MEMBER) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(invalid_software_statement(Why::StatementMalformed)),
        };
        let sent = Sent::read(&text).filter(|sent| ALGORITHMS.contains(&sent.signature().algorithm));
        let sent = sent.ok_or_else(|| invalid_software_statement(Why::StatementMalformed))?;
        Ok(Some(Self { text, sent }))
    }

    /// Who says it.
    pub fn issuer(&self) -> &str {
        self.sent.claims().get("iss").and_then(Value::as_str).unwrap_or_default()
    }

    /// How it says it was signed.
    pub fn signature(&self) -> Signature<'_> {
        self.sent.signature()
    }

    /// Judges all but the signature: it has begun, is not over, and is for us, as far as it says anything about that.
    pub fn check(&self, issuer: &Issuer, now: Time) -> Result<(), OAuthError> {
        let claims = self.sent.claims();
        let at = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(date) => match date.as_f64() {
                Some(date) => Ok(Some(moment(date))),
                None => Err(invalid_software_statement(Why::StatementMalformed)),
            },
        };
        let is_over = at("exp")?.is_some_and(|end| end + LEEWAY <= now);
        let begins_later = [at("nbf")?, at("iat")?].into_iter().flatten().any(|begin| begin > now + LEEWAY);
        if is_over || begins_later {
            return Err(invalid_software_statement(Why::StatementTime));
        }
        let is_us =
            |name: &Value| name.as_str().is_some_and(|name| name == issuer.as_str() || name == issuer.url("/register"));
        match claims.get("aud") {
            Some(Value::Array(several)) if several.iter().any(is_us) => Ok(()),
            Some(one) if is_us(one) => Ok(()),
            None => Ok(()),
            Some(_) => Err(invalid_software_statement(Why::StatementAudience)),
        }
    }

    /// The registration with what the statement says over what the client says, once its signature was found good.
    pub fn over(self, mut members: Map<String, Value>) -> Result<Request, OAuthError> {
        let issuer = self.issuer().to_owned();
        let claims = self.sent.claims().iter().filter(|(name, value)| is_of_the_client(name) && !value.is_null());
        let claims: Vec<(String, Value)> = claims.map(|(name, value)| (name.clone(), value.clone())).collect();
        let says = |member: &str| claims.iter().any(|(name, _)| name == member);
        let (says_where, says_how) = (says("redirect_uris"), says("grant_types"));
        for (name, value) in claims {
            // What it says in one language, or in one way, is not said otherwise beside it.
            members.retain(|other, _| other.strip_prefix(&*name).is_none_or(|rest| !rest.starts_with('#')));
            match name.as_str() {
                "jwks" => drop(members.remove("jwks_uri")),
                "jwks_uri" => drop(members.remove("jwks")),
                _ => (),
            }
            members.insert(name, value);
        }
        let request = Request::of(members)?;
        let at_a_device = request.grant_types.iter().any(|grant| grant == GrantType::DeviceCode.as_str());
        let vouches = (says_where && (says_how || !at_a_device)).then_some(issuer);
        Ok(Request { statement: Some(Kept { text: self.text, vouches }), ..request })
    }
}

fn is_of_the_client(name: &str) -> bool {
    !NOT_OF_THE_CLIENT.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oauth::sent_jwt::tests::unsigned;

    const NOON: Time = Time::from_unix(1_800_000_000);

    fn read(claims: &Value) -> Statement {
        let body = json!({ MEMBER: unsigned(&json!({"alg": "ES256"}), claims) });
        Statement::among(body.as_object().unwrap()).unwrap().unwrap()
    }

    #[test]
    fn only_a_signed_jwt_is_a_statement() {
        let header = |alg: &str| unsigned(&json!({ "alg": alg }), &json!({}));
        for (statement, is_none) in [
            (json!(null), true),
            (json!(""), true),
            (json!(5), false),
            (json!("x"), false),
            (json!(header("none")), false),
            (json!(header("HS256")), false),
        ] {
            let body = json!({ MEMBER: statement });
            match Statement::among(body.as_object().unwrap()) {
                Ok(found) => assert!(is_none && found.is_none(), "{body}"),
                Err(error) => assert!(!is_none && error.why() == Why::StatementMalformed, "{body}"),
            }
        }
    }

    #[test]
    fn rfc7519_4_1_what_a_statement_says_of_itself_is_judged() {
        let issuer = Issuer::parse("https://auth.example").unwrap();
        for (claims, why) in [
            (json!({}), None),
            (json!({"exp": 1_800_000_000, "iat": 1_800_000_010}), None),
            (json!({"exp": 1_799_999_970}), Some(Why::StatementTime)),
            (json!({"nbf": 1_800_000_031}), Some(Why::StatementTime)),
            (json!({"iat": 1_800_000_031}), Some(Why::StatementTime)),
            (json!({"exp": "soon"}), Some(Why::StatementMalformed)),
            (json!({"aud": "https://auth.example"}), None),
            (json!({"aud": ["https://other.example", "https://auth.example/register"]}), None),
            (json!({"aud": "https://other.example"}), Some(Why::StatementAudience)),
        ] {
            assert_eq!(read(&claims).check(&issuer, NOON).err().map(|error| error.why()), why, "{claims}");
        }
    }

    #[test]
    fn its_claims_win_and_say_nothing_that_only_we_say() {
        let statement = read(&json!({
            "iss": "https://names.example", "client_name": "Notebook", "jwks_uri": "https://a.example/keys",
            "client_id": "chosen", "logo_uri": null,
        }));
        let members = json!({
            "client_name": "Claude", "client_name#de": "Claude", "logo_uri": "https://a.example/logo",
            "jwks": {"keys": []}, "redirect_uris": ["https://a.example/cb"],
        });
        let request = statement.over(members.as_object().unwrap().clone()).unwrap();
        assert_eq!(request.client_name.as_deref(), Some("Notebook"));
        assert!(request.localized.is_empty() && request.jwks.is_none() && request.server_set.client_id.is_none());
        assert_eq!(request.logo_uri.as_deref(), Some("https://a.example/logo"));
        assert_eq!(request.statement.unwrap().vouches, None, "anybody could send codes elsewhere with a copy of it");

        let statement = read(&json!({"iss": "https://names.example", "redirect_uris": ["https://b.example/cb"]}));
        let request = statement.over(members.as_object().unwrap().clone()).unwrap();
        assert_eq!(request.redirect_uris, ["https://b.example/cb"]);
        assert_eq!(request.statement.unwrap().vouches.as_deref(), Some("https://names.example"));

        let device = json!({"grant_types": ["authorization_code", GrantType::DeviceCode.as_str()]});
        let says_where = json!({"redirect_uris": ["https://b.example/cb"]});
        let request = read(&says_where).over(device.as_object().unwrap().clone()).unwrap();
        assert_eq!(request.statement.unwrap().vouches, None, "nobody is sent anywhere to allow a device");
    }
}
