//! From what may be issued to what is issued: the claims of the access token (RFC 9068 section 2.2) and the reply (RFC 6749
//! section 5.1). One place for every grant.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Grantable, exchange};
use crate::base::{
    grant::{Access, is_itself},
    id::{AccessId, ClientId, GrantId, UserId},
    issuer::Issuer,
    resource::ResourceUri,
    scope::{self, ScopeSet},
    secret::{Digest, Plain},
    time::{Span, Time},
    user::User,
};

/// The claims of an access token.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The person; the client, when it acts in its own name.
    pub sub: UserId,
    /// The resource, byte for byte as registered.
    pub aud: ResourceUri,
    /// The client.
    pub client_id: ClientId,
    /// What it may do.
    #[serde(default)]
    pub scope: ScopeSet,
    /// The token's own id.
    pub jti: AccessId,
    /// The grant that gave it (a private claim): the gate asks in memory whether it still stands.
    pub grant: GrantId,
    /// When it was issued.
    pub iat: Time,
    /// When it runs out.
    pub exp: Time,
    /// When the person had signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Time>,
    /// The key that it is bound to (RFC 9449 section 6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// The server that acts with it, when it stands behind another one (RFC 8693 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// The person's login; empty for a client in its own name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// The person's display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's e-mail address, when they allowed that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The `cnf` claim (RFC 7800) of a token that is bound to a key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Confirmation {
    /// The thumbprint of the key.
    pub jkt: String,
}

/// The `act` claim (RFC 8693 section 4.1): a protected server that acts for the subject, and behind it those before it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Act {
    /// The server, by its resource.
    pub sub: ResourceUri,
    /// The one that acted before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Claims {
    /// Those who act, the last of them first.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        std::iter::successors(self.act.as_ref(), |act| act.act.as_deref())
    }

    /// Who acts when the server of that resource takes this token further.
    pub fn acted_on_by(&self, server: &ResourceUri) -> Act {
        Act { sub: server.clone(), act: self.act.clone().map(Box::new) }
    }

    /// Whether a person stands behind the token.
    pub fn has_person(&self) -> bool {
        !is_itself(&self.sub, &self.client_id)
    }
}

/// The claims of a token that is issued now. It does not outlive its grant. Without a person the client acts in its own name.
pub fn claims(
    granted: &Grantable,
    issuer: &Issuer,
    person: Option<&User>,
    jti: AccessId,
    lifetime: Span,
    now: Time,
) -> Claims {
    let end = now + lifetime;
    let email = person.filter(|_| granted.scope.contains(scope::EMAIL)).and_then(|person| person.email.clone());
    Claims {
        iss: issuer.as_str().to_owned(),
        sub: granted.user.clone(),
        aud: granted.audience.clone(),
        client_id: granted.client.clone(),
        scope: granted.scope.clone(),
        jti,
        grant: granted.grant.clone(),
        iat: now,
        exp: granted.until.map_or(end, |until| until.min(end)),
        auth_time: person.map(|_| granted.auth_time),
        cnf: granted.key.clone().map(|jkt| Confirmation { jkt }),
        act: granted.act.clone(),
        username: person.map(|person| person.login.clone()).unwrap_or_default(),
        name: person.and_then(|person| person.name.clone()),
        email,
    }
}

impl Claims {
    /// How such a token is presented.
    pub const fn token_type(&self) -> &'static str {
        if self.cnf.is_some() { "DPoP" } else { "Bearer" }
    }
}

/// What is kept of a token of that digest with these claims.
pub fn record(claims: &Claims, digest: Digest) -> Access {
    Access {
        id: claims.jti.clone(),
        digest: Some(digest),
        grant: claims.grant.clone(),
        client: claims.client_id.clone(),
        user: claims.sub.clone(),
        audience: claims.aud.clone(),
        scope: claims.scope.clone(),
        issued_at: claims.iat,
        expires_at: claims.exp,
        revoked_at: None,
    }
}

/// The successful answer. It holds tokens and so has no `Debug`; a racer is given the stored text of the very same one.
#[derive(Serialize, Deserialize)]
pub struct TokenReply {
    access_token: String,
    /// Only in place of a token that was shown (RFC 8693 section 2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<Cow<'static, str>>,
    token_type: String,
    expires_in: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    scope: ScopeSet,
}

impl TokenReply {
    /// The answer for a signed token, and perhaps a refresh token and an `id_token`.
    pub fn new(access_token: String, refresh_token: Option<&Plain>, id_token: Option<String>, claims: &Claims) -> Self {
        Self {
            access_token,
            issued_token_type: claims.act.as_ref().map(|_| Cow::Borrowed(exchange::ACCESS_TOKEN)),
            token_type: claims.token_type().to_owned(),
            expires_in: claims.exp.since(claims.iat).as_seconds(),
            refresh_token: refresh_token.map(|token| token.expose().to_owned()),
            id_token,
            scope: claims.scope.clone(),
        }
    }
}
