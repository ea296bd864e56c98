//! Spending a refresh token (RFC 6749 section 6, RFC 9700 section 4.14.2). Every use rotates. Two processes of one client that
//! refresh at once get the same reply; anything else that shows a replaced token ends its family.

use super::{Grantable, RefreshRequest, same_resource};
use crate::{
    base::{
        client::GrantType,
        grant::{Grant, Refresh},
        time::{Span, Time},
    },
    oauth::{
        client_auth::Proven,
        dpop,
        error::{OAuthError, invalid_grant, invalid_scope, unauthorized_client},
        why::Why,
    },
};

/// What to do with a refresh token that belongs to this client.
#[derive(PartialEq, Debug)]
pub enum Decision {
    /// Spend it and issue its successor.
    Rotate(Box<Grantable>),
    /// It was spent a moment ago by the same request: give the reply that was given then.
    SameReplyAgain,
    /// It was replaced: end the grant and answer [`reused`].
    Reuse,
}

/// Decides. `answered`: the parameters of the request that spent it, while the reply that was given then is still there and the
/// token that took its place still waits.
pub fn check(
    token: &Refresh,
    grant: &Grant,
    by: &Proven,
    request: &RefreshRequest,
    answered: Option<&str>,
    grace: Span,
    now: Time,
) -> Result<Decision, OAuthError> {
    if !by.may_use(GrantType::RefreshToken) {
        return Err(unauthorized_client(Why::GrantNotRegistered));
    }
    if token.client != by.id || grant.client != by.id || grant.id != token.grant {
        return Err(invalid_grant(Why::RefreshOtherClient));
    }
    dpop::may_spend(token.key.as_deref(), request.key.as_deref())?;
    if grant.ran_out(now) {
        return Err(invalid_grant(Why::GrantTimeOver).describe("The time for which the person allowed this is over"));
    }
    if !grant.is_live(now) {
        return Err(invalid_grant(Why::GrantOver));
    }
    if let Some(spent_at) = token.spent_at {
        let just_now = now.since(spent_at) <= grace;
        let same_request = answered == Some(request.spent_for().as_str());
        return Ok(if just_now && same_request { Decision::SameReplyAgain } else { Decision::Reuse });
    }
    if now >= token.expires_at {
        return Err(invalid_grant(Why::RefreshExpired));
    }
    same_resource(grant, request.resource.as_ref())?;
    let scope = match &request.scope {
        None => grant.scope.clone(),
        Some(less) if less.is_subset_of(&grant.scope) => less.clone(),
        Some(_) => return Err(invalid_scope(Why::ScopeWider)),
    };
    let granted = Grantable::of(grant, scope, true, by, request.key.as_deref());
    Ok(Decision::Rotate(Box::new(granted)))
}

/// The answer to a reuse.
pub const fn reused() -> OAuthError {
    invalid_grant(Why::RefreshReused)
}
