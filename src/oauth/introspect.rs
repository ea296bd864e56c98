//! Introspection (RFC 7662): a confidential client learns of its own tokens, a protected server of the access tokens that
//! are meant for it. Everybody else learns that a token is not active, and nothing more.

use serde::Serialize;

use super::{
    client_auth::{self, Presented, Proven},
    error::OAuthError,
    params::Params,
    token::issue::{Act, Claims, Confirmation},
};
use crate::base::{
    grant::{Grant, Refresh},
    issuer::Issuer,
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Plain,
    time::Time,
    token::TokenKind,
};

/// Who asks, as presented.
pub enum Asking {
    /// A protected server with its own credential.
    Resource(Plain),
    /// A client.
    Client(Box<Presented>),
}

/// Who asks, as proven.
pub enum Caller<'a> {
    /// A protected server, by its URL.
    Resource(&'a ResourceUri),
    /// A client.
    Client(&'a Proven),
}

/// The answer (RFC 7662 section 2.2).
#[derive(PartialEq, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the members have their names and meaning from RFC 7662 section 2.2")]
pub struct Reply<'a> {
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'a ScopeSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<&'a Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<&'a Act>,
}

/// Reads who asks. A protected server's credential is known by its prefix, sent as a bearer token or in the place of a
/// client's secret; its URL may stand where a client's id stands, and is not needed.
pub fn asking(authorization: Option<&str>, params: &Params) -> Result<Asking, OAuthError> {
    let credential = |text: &str| Plain::parse(TokenKind::ResourceSecret, text);
    let bearer = authorization
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| credential(token.trim()));
    if let Some(secret) = bearer {
        return Ok(Asking::Resource(secret));
    }
    let presented = client_auth::presented(authorization, params)?;
    // A URL in the place of the id has a colon of its own: what counts stands behind the last one.
    let in_its_place = presented.secrets().iter().find_map(|s| s.expose().rsplit(':').next().and_then(credential));
    Ok(in_its_place.map_or_else(|| Asking::Client(Box::new(presented)), Asking::Resource))
}

/// An access token with a good signature. `in_force`: nothing that it hangs on has been revoked.
pub fn access<'a>(claims: &'a Claims, in_force: bool, caller: &Caller<'_>, now: Time) -> Reply<'a> {
    let may_know = match caller {
        Caller::Resource(uri) => claims.aud.names_same_as(uri),
        Caller::Client(client) => client.is_confidential() && client.id == claims.client_id,
    };
    if !may_know || !in_force || now >= claims.exp {
        return Reply::default();
    }
    Reply {
        active: true,
        scope: Some(&claims.scope).filter(|scope| !scope.is_empty()),
        client_id: Some(claims.client_id.as_str()),
        username: Some(claims.username.as_str()).filter(|name| !name.is_empty()),
        token_type: Some(claims.token_type()),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.as_str()),
        aud: Some(claims.aud.as_str()),
        iss: Some(&claims.iss),
        jti: Some(claims.jti.as_str()),
        cnf: claims.cnf.as_ref(),
        act: claims.act.as_ref(),
    }
}

/// A refresh token: only its own client may know.
pub fn refresh<'a>(
    token: &'a Refresh,
    grant: &'a Grant,
    issuer: &'a Issuer,
    caller: &Caller<'_>,
    now: Time,
) -> Reply<'a> {
    let own = match caller {
        Caller::Resource(_) => false,
        Caller::Client(client) => client.is_confidential() && client.id == token.client && grant.id == token.grant,
    };
    if !own || token.spent_at.is_some() || now >= token.expires_at || !grant.is_live(now) {
        return Reply::default();
    }
    Reply {
        active: true,
        scope: Some(&grant.scope).filter(|scope| !scope.is_empty()),
        client_id: Some(token.client.as_str()),
        exp: Some(token.expires_at),
        sub: Some(grant.user.as_str()),
        aud: Some(grant.audience.as_str()),
        iss: Some(issuer.as_str()),
        ..Reply::default()
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::{json, to_value};

    use super::*;
    use crate::{
        base::{
            client::AuthMethod,
            id::{AccessId, ClientId, GrantId, UserId},
            redirect::RedirectUri,
            secret::Digest,
        },
        oauth::client_auth::tests::{NOON, client, proven},
    };

    fn at(seconds: i64) -> Time {
        Time::from_unix(NOON.unix() + seconds)
    }

    fn uri(text: &str) -> ResourceUri {
        ResourceUri::parse(text).unwrap()
    }

    fn claims(owner: &str) -> Claims {
        Claims {
            iss: "https://door.example".into(),
            sub: UserId::new("github:1"),
            aud: uri("https://files.example"),
            client_id: ClientId::new(owner),
            scope: ScopeSet::parse("mcp"),
            jti: AccessId::new("j1"),
            grant: GrantId::new("g1"),
            iat: NOON,
            exp: at(3_600),
            auth_time: Some(NOON),
            cnf: None,
            act: None,
            username: "octavia-k".into(),
            name: None,
            email: None,
        }
    }

    fn caller(method: AuthMethod) -> Proven {
        proven(client(method, "https://a.example/cb"))
    }

    #[test]
    fn rfc7662_2_2_who_may_learn_of_an_access_token() {
        let (secretive, public) = (caller(AuthMethod::ClientSecretBasic), caller(AuthMethod::None));
        let (files, slashed, other) =
            (uri("https://files.example"), uri("https://files.example/"), uri("https://o.example"));
        for (owner, in_force, who, now, active) in [
            ("client_a", true, Caller::Client(&secretive), 0, true),
            ("client_a", true, Caller::Client(&secretive), 3_600, false),
            ("client_a", false, Caller::Client(&secretive), 0, false),
            ("client_b", true, Caller::Client(&secretive), 0, false),
            ("client_a", true, Caller::Client(&public), 0, false),
            ("client_b", true, Caller::Resource(&files), 0, true),
            ("client_b", true, Caller::Resource(&slashed), 0, true),
            ("client_b", true, Caller::Resource(&other), 0, false),
            ("client_b", false, Caller::Resource(&files), 0, false),
        ] {
            let claims = claims(owner);
            let reply = to_value(access(&claims, in_force, &who, at(now))).unwrap();
            if active {
                assert_eq!(
                    reply,
                    json!({
                        "active": true, "scope": "mcp", "client_id": owner, "username": "octavia-k",
                        "token_type": "Bearer", "exp": NOON.unix() + 3_600, "iat": NOON.unix(), "sub": "github:1",
                        "aud": "https://files.example", "iss": "https://door.example", "jti": "j1"
                    })
                );
            } else {
                assert_eq!(reply, json!({"active": false}));
            }
        }
    }

    #[test]
    fn rfc7662_2_2_refresh_tokens_are_known_to_their_client_only() {
        let token = Refresh {
            digest: Digest::from_hex("r"),
            grant: GrantId::new("g1"),
            client: ClientId::new("client_a"),
            key: None,
            expires_at: at(100),
            spent_at: None,
        };
        let grant = Grant {
            id: GrantId::new("g1"),
            client: ClientId::new("client_a"),
            user: UserId::new("github:1"),
            scope: ScopeSet::parse("mcp"),
            audience: uri("https://files.example"),
            redirect_uri: Some(RedirectUri::stored("https://a.example/cb")),
            auth_time: NOON,
            created_at: NOON,
            expires_at: None,
            ended_at: None,
            last_used_at: None,
        };
        let (secretive, public) = (caller(AuthMethod::ClientSecretBasic), caller(AuthMethod::None));
        let foreign = Refresh { client: ClientId::new("client_b"), ..token.clone() };
        let spent = Refresh { spent_at: Some(NOON), ..token.clone() };
        let ended = Grant { ended_at: Some(NOON), ..grant.clone() };
        let (files, issuer) = (uri("https://files.example"), Issuer::parse("https://door.example").unwrap());
        for (token, grant, who, now, active) in [
            (&token, &grant, Caller::Client(&secretive), 0, true),
            (&token, &grant, Caller::Client(&secretive), 100, false),
            (&token, &grant, Caller::Client(&public), 0, false),
            (&token, &grant, Caller::Resource(&files), 0, false),
            (&foreign, &grant, Caller::Client(&secretive), 0, false),
            (&spent, &grant, Caller::Client(&secretive), 0, false),
            (&token, &ended, Caller::Client(&secretive), 0, false),
        ] {
            let reply = refresh(token, grant, &issuer, &who, at(now));
            assert_eq!((reply.active, reply.sub.is_some()), (active, active));
        }
    }

    #[test]
    fn a_protected_server_may_show_its_credential_in_three_ways() {
        let credential = format!("dbk_{}", "A".repeat(43));
        let basic = |id: &str| format!("Basic {}", STANDARD.encode(format!("{id}:{credential}")));
        for (header, form, resource) in [
            (Some(format!("Bearer {credential}")), String::new(), true),
            (Some(format!("bearer {credential}")), String::new(), true),
            (Some(basic("files")), String::new(), true),
            (Some(basic("https%3A%2F%2Ffiles.example")), String::new(), true),
            (Some(basic("https://files.example")), String::new(), true),
            (None, format!("client_id=files&client_secret={credential}"), true),
            (None, "client_id=client_a&client_secret=dbs_x".into(), false),
        ] {
            let read = asking(header.as_deref(), &Params::parse(form.as_bytes()).unwrap()).ok().unwrap();
            assert_eq!(matches!(read, Asking::Resource(_)), resource, "{header:?} {form}");
        }
        let no_one = asking(Some("Bearer x"), &Params::default()).err().unwrap();
        assert_eq!((no_one.status(), no_one.code()), (401, "invalid_client"));
    }
}
