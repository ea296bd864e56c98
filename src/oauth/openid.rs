//! OpenID Connect Core: clients that ask for `openid` learn who signed in, from an `id_token` in the answer of the token endpoint
//! and at the userinfo endpoint. It is on while that scope is among those on offer.

use serde::{Deserialize, Serialize};

use super::token::issue::Claims;
use crate::{
    base::{
        id::{ClientId, UserId},
        issuer::Issuer,
        policy::Policy,
        register::Resource,
        resource::ResourceUri,
        scope::{self, ScopeSet},
        time::Time,
        user::User,
    },
    crypto::digest,
};

/// Where clients ask about the person.
pub const USERINFO: &str = "/userinfo";

/// The claims of an `id_token` (section 2). What is said about the person beyond their id stands at the userinfo endpoint
/// (section 5.4).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct IdToken {
    iss: String,
    sub: UserId,
    aud: ClientId,
    exp: Time,
    iat: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    at_hash: String,
}

/// The `id_token` that goes with an access token of these claims; `None` when the client did not ask for one, or no person
/// stands behind it. At a refresh there is no nonce (section 12.2).
pub fn id_token(claims: &Claims, nonce: Option<&str>, access_token: &str) -> Option<IdToken> {
    let asked = claims.scope.contains(scope::OPENID) && claims.has_person();
    asked.then(|| IdToken {
        iss: claims.iss.clone(),
        sub: claims.sub.clone(),
        aud: claims.client_id.clone(),
        exp: claims.exp,
        iat: claims.iat,
        auth_time: claims.auth_time,
        nonce: nonce.map(str::to_owned),
        at_hash: digest::half_sha256_base64url(access_token.as_bytes()),
    })
}

/// What is looked at in an `id_token` that comes back as a hint (section 3.1.2.1), however long ago it was given.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Hint {
    sub: UserId,
    aud: ClientId,
}

impl Hint {
    /// Whom it names to the client that it was given to.
    pub fn person_for(self, client: &ClientId) -> Option<UserId> {
        (self.aud == *client).then_some(self.sub)
    }
}

/// What the userinfo endpoint answers (section 5.3.2): what the scopes of the token stand for (section 5.4).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UserInfo {
    sub: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

/// What a client with this scope may know of a person.
pub fn user_info(person: &User, allowed: &ScopeSet) -> UserInfo {
    let profile = allowed.contains(scope::PROFILE);
    let email = person.email.clone().filter(|_| allowed.contains(scope::EMAIL));
    UserInfo {
        sub: person.id.clone(),
        name: person.name.clone().filter(|_| profile),
        preferred_username: profile.then(|| person.login.clone()),
        // Only verified addresses are kept.
        email_verified: email.is_some().then_some(true),
        email,
    }
}

/// The userinfo endpoint as the protected resource that it is (RFC 9728).
pub fn resource(issuer: &Issuer, policy: &Policy) -> Resource {
    let known = ScopeSet::parse("openid profile email").intersection(&policy.scopes);
    Resource {
        name: format!("People of {}", issuer.authority()),
        scopes: known.iter().map(|name| (name.to_owned(), String::new())).collect(),
        required_scopes: ScopeSet::parse(scope::OPENID),
        ..Resource::new(ResourceUri::stored(issuer.url(USERINFO)))
    }
}

/// What discovery says beyond the metadata of OAuth (OpenID Connect Discovery section 3).
#[derive(Clone, Debug, Serialize)]
pub struct Discovery {
    userinfo_endpoint: String,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
}

/// It, while clients may ask who signed in.
pub fn discovery(issuer: &Issuer, policy: &Policy) -> Option<Discovery> {
    let offered = |name: &str, claims: &'static [&'static str]| if policy.scopes.contains(name) { claims } else { &[] };
    let always: &[_] = &["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"];
    let profile = offered(scope::PROFILE, &["name", "preferred_username"]);
    let email = offered(scope::EMAIL, &["email", "email_verified"]);
    policy.has_openid().then(|| Discovery {
        userinfo_endpoint: issuer.url(USERINFO),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        claims_supported: [always, profile, email].concat(),
        claims_parameter_supported: false,
        request_parameter_supported: false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;
    use crate::base::{
        grant::itself,
        id::{AccessId, GrantId},
    };

    const NOON: Time = Time::from_unix(1_800_000_000);

    fn claims(scope: &str) -> Claims {
        Claims {
            iss: "https://door.example".into(),
            sub: UserId::new("github:1"),
            aud: ResourceUri::stored("https://files.example/mcp".into()),
            client_id: ClientId::new("client_a"),
            scope: ScopeSet::parse(scope),
            jti: AccessId::new("j1"),
            grant: GrantId::new("g1"),
            iat: NOON,
            exp: Time::from_unix(NOON.unix() + 600),
            auth_time: Some(Time::from_unix(NOON.unix() - 100)),
            cnf: None,
            act: None,
            username: "ada".into(),
            name: None,
            email: None,
        }
    }

    fn ada() -> User {
        User {
            id: UserId::new("github:1"),
            login: "ada".into(),
            name: Some("Ada L".into()),
            suspended_at: None,
            created_at: NOON,
            last_seen_at: NOON,
            email: Some("ada@ada.example".into()),
            email_asked_at: Some(NOON),
        }
    }

    #[test]
    fn oidc_core_2_the_id_token_is_for_the_client_and_names_the_person_and_nothing_more() {
        // The access token of OpenID Connect Core appendix A.3, whose hash stands there.
        let said = id_token(&claims("mcp openid email"), Some("n-0S6"), "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(
            to_value(said).unwrap(),
            json!({
                "iss": "https://door.example", "sub": "github:1", "aud": "client_a", "exp": NOON.unix() + 600,
                "iat": NOON.unix(), "auth_time": NOON.unix() - 100, "nonce": "n-0S6",
                "at_hash": "77QmUPtjPfzWtF2AnpK9RQ"
            })
        );
        assert_eq!(id_token(&claims("mcp profile"), None, "a"), None);
        let nobody = Claims { sub: itself(&ClientId::new("client_a")), ..claims("openid") };
        assert_eq!(id_token(&nobody, None, "a"), None);
    }

    #[test]
    fn oidc_core_5_4_each_scope_stands_for_its_claims() {
        for (scope, known) in [
            ("openid", json!({"sub": "github:1"})),
            ("openid profile", json!({"sub": "github:1", "name": "Ada L", "preferred_username": "ada"})),
            ("openid email", json!({"sub": "github:1", "email": "ada@ada.example", "email_verified": true})),
        ] {
            assert_eq!(to_value(user_info(&ada(), &ScopeSet::parse(scope))).unwrap(), known);
        }
        let shy = User { email: None, name: None, ..ada() };
        let known = to_value(user_info(&shy, &ScopeSet::parse("openid profile email"))).unwrap();
        assert_eq!(known, json!({"sub": "github:1", "preferred_username": "ada"}));
    }
}
