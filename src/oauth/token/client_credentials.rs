//! A client in its own name (RFC 6749 section 4.4): no person is asked, so only clients that an administrator made or vouches
//! for, and that prove who they are, may do it.

use super::{Allowed, ClientRequest};
use crate::{
    base::{client::GrantType, policy::Policy, register::ResourceBook, scope::ScopeSet},
    oauth::{
        authorize::checks::{meant_audience, meant_scope},
        client_auth::Proven,
        error::{OAuthError, unauthorized_client},
        why::Why,
    },
};

/// Whether this client may act in its own name, and for what. Scope and resource follow the rules of authorization.
pub fn check(
    by: &Proven,
    request: &ClientRequest,
    book: &ResourceBook,
    policy: &Policy,
) -> Result<Allowed, OAuthError> {
    if !by.may_use(GrantType::ClientCredentials) {
        return Err(unauthorized_client(Why::GrantNotRegistered));
    }
    if !by.is_confidential() {
        return Err(unauthorized_client(Why::GrantNeedsSecret));
    }
    if !by.may_act_for_itself() {
        return Err(unauthorized_client(Why::ClientNotVouchedFor));
    }
    let asked: Vec<&str> = request.resources.iter().map(String::as_str).collect();
    let audience = meant_audience(&asked, book)?.uri;
    // There is nobody who could be away or be asked about, and no refresh token (RFC 6749 section 4.4.3).
    let scope = meant_scope(&request.scope, by, &audience, book, policy).difference(&ScopeSet::of_server());
    Ok(Allowed { scope, audience })
}
