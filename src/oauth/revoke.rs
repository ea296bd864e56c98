//! Revocation (RFC 7009): a client ends its own tokens. Whatever the token was, the answer is 200; of foreign and unknown
//! ones nothing is said and nothing ends.

use memchr::memchr_iter;

use super::{
    client_auth::Proven,
    error::{OAuthError, invalid_request},
    params::Params,
    token::issue::Claims,
    why::Why,
};
use crate::base::{
    grant::Refresh,
    id::{AccessId, GrantId},
    secret::Plain,
    token::TokenKind,
};

/// A token that was shown to be revoked or introspected, by its shape. The `token_type_hint` is only a hint.
pub enum Shown<'a> {
    /// A refresh token.
    Refresh(Plain),
    /// Perhaps an access token.
    Access(&'a str),
    /// Neither.
    Other,
}

/// Reads the `token` of a revocation or introspection request.
pub fn shown(params: &Params) -> Result<Shown<'_>, OAuthError> {
    params.repeats_only(&[])?;
    let text = params.one("token")?.ok_or_else(|| invalid_request(Why::TokenParameterMissing))?;
    if let Some(refresh) = Plain::parse(TokenKind::Refresh, text) {
        return Ok(Shown::Refresh(refresh));
    }
    let jwt = memchr_iter(b'.', text.as_bytes()).count() == 2;
    Ok(if jwt { Shown::Access(text) } else { Shown::Other })
}

/// What ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ends {
    /// Nothing: it is not this client's.
    Nothing,
    /// One access token.
    Access(AccessId),
    /// A grant with all its tokens: revoking a refresh token ends what it gave (RFC 7009 section 2.1).
    Grant(GrantId),
}

/// For a refresh token, spent or not.
pub fn refresh(token: &Refresh, by: &Proven) -> Ends {
    if token.client == by.id { Ends::Grant(token.grant.clone()) } else { Ends::Nothing }
}

/// For an access token with a good signature.
pub fn access(claims: &Claims, by: &Proven) -> Ends {
    if claims.client_id == by.id { Ends::Access(claims.jti.clone()) } else { Ends::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{
            client::AuthMethod,
            id::{ClientId, UserId},
            resource::ResourceUri,
            scope::ScopeSet,
            secret::Digest,
        },
        oauth::client_auth::tests::{NOON, client, proven},
    };

    #[test]
    fn rfc7009_2_1_tokens_are_told_apart_by_shape() {
        let refresh = format!("dbr_{}", "A".repeat(43));
        for (form, kind) in [
            (format!("token={refresh}"), "refresh"),
            (format!("token={refresh}&token_type_hint=access_token"), "refresh"),
            ("token=a.b.c".into(), "access"),
            ("token=a.b.c&token_type_hint=refresh_token".into(), "access"),
            ("token=junk".into(), "other"),
            (format!("token=dbc_{}", "A".repeat(43)), "other"),
            ("".into(), "missing"),
            ("token=".into(), "missing"),
            ("token=a&token=b".into(), "missing"),
        ] {
            let read = match shown(&Params::parse(form.as_bytes()).unwrap()) {
                Ok(Shown::Refresh(_)) => "refresh",
                Ok(Shown::Access(_)) => "access",
                Ok(Shown::Other) => "other",
                Err(e) => {
                    assert_eq!((e.code(), e.status()), ("invalid_request", 400));
                    "missing"
                }
            };
            assert_eq!(read, kind, "{form}");
        }
    }

    #[test]
    fn rfc7009_2_1_only_ones_own_tokens_end() {
        let token = |owner: &str| Refresh {
            digest: Digest::from_hex("r"),
            grant: GrantId::new("g1"),
            client: ClientId::new(owner),
            key: None,
            expires_at: NOON,
            spent_at: Some(NOON),
        };
        let claims = |owner: &str| Claims {
            iss: String::new(),
            sub: UserId::new("github:1"),
            aud: ResourceUri::parse("https://a.example").unwrap(),
            client_id: ClientId::new(owner),
            scope: ScopeSet::empty(),
            jti: AccessId::new("j1"),
            grant: GrantId::new("g1"),
            iat: NOON,
            exp: NOON,
            auth_time: Some(NOON),
            cnf: None,
            act: None,
            username: String::new(),
            name: None,
            email: None,
        };
        let us = proven(client(AuthMethod::None, "https://a.example/cb"));
        assert_eq!(refresh(&token("client_a"), &us), Ends::Grant(GrantId::new("g1")));
        assert_eq!(refresh(&token("client_b"), &us), Ends::Nothing);
        assert_eq!(access(&claims("client_a"), &us), Ends::Access(AccessId::new("j1")));
        assert_eq!(access(&claims("client_b"), &us), Ends::Nothing);
    }
}
