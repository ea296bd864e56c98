//! Spending an authorization code (RFC 6749 section 4.1.3, OAuth 2.1 section 4.1.3). The proof comes first, the single-use
//! guard of the store second, the clock last: so only the right client with the right verifier can end what a spent code
//! gave, and a late replay still does.

use super::{CodeExchange, Grantable, same_resource};
use crate::{
    base::{
        client::GrantType,
        grant::{Code, Grant},
        time::Time,
    },
    oauth::{
        client_auth::Proven,
        dpop,
        error::{OAuthError, invalid_grant, unauthorized_client},
        pkce,
        why::Why,
    },
};

/// Whether this client, with this proof, may spend this code, and for what.
pub fn check(code: &Code, grant: &Grant, by: &Proven, request: &CodeExchange) -> Result<Grantable, OAuthError> {
    if !by.may_use(GrantType::AuthorizationCode) {
        return Err(unauthorized_client(Why::GrantNotRegistered));
    }
    if code.client != by.id || grant.client != by.id || grant.id != code.grant {
        return Err(invalid_grant(Why::CodeOtherClient));
    }
    if let Some(other) = request.redirect_uri.as_ref().filter(|uri| *uri != code.redirect_uri.as_str()) {
        return Err(invalid_grant(Why::CodeRedirectDiffers).about(other));
    }
    pkce::check(&code.challenge, &request.verifier)?;
    dpop::may_spend(code.key.as_deref(), request.key.as_deref())?;
    same_resource(grant, request.resource.as_ref())?;
    let refreshable = by.may_use(GrantType::RefreshToken);
    let granted = Grantable::of(grant, grant.scope.clone(), refreshable, by, request.key.as_deref());
    Ok(Grantable { nonce: code.nonce.clone(), ..granted })
}

/// Judged last, after the code is spent.
pub fn in_time(code: &Code, grant: &Grant, now: Time) -> Result<(), OAuthError> {
    if now >= code.expires_at {
        return Err(invalid_grant(Why::CodeExpired));
    }
    if !grant.is_live(now) {
        return Err(invalid_grant(Why::GrantOver).describe("Invalid or expired authorization code"));
    }
    Ok(())
}
