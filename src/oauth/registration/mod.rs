//! Registration (RFC 7591): the list of checks, in order. What comes in is a [`Request`]; what goes on is the effective
//! [`Metadata`], defaults included.

pub mod checks;
pub mod edit;
pub mod manage;
pub mod policy;
pub mod reply;
pub mod request;
pub mod statement;

pub use self::request::Request;
use super::error::OAuthError;
use crate::base::{client::Metadata, initial_token::InitialToken, policy::Policy, registration::RegistrationPolicy};

/// Who asks for a registration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registrant<'a> {
    /// A client at the endpoint.
    Stranger,
    /// A client with an initial access token, or one that came with it.
    Invited(&'a InitialToken),
    /// A client that is in the book already and that an administrator made or vouches for.
    VouchedFor,
    /// An administrator in the dashboard or at the command line.
    Administrator,
}

/// A new registration.
pub fn check(
    request: Request,
    policy: &Policy,
    rules: &RegistrationPolicy,
    registrant: Registrant<'_>,
) -> Result<Metadata, OAuthError> {
    policy::may_register(rules, registrant)?;
    effective(request, policy, rules, registrant)
}

/// A client that a document describes. Whether it may come in is not asked here.
pub(super) fn described(request: Request, policy: &Policy, rules: &RegistrationPolicy) -> Result<Metadata, OAuthError> {
    effective(request, policy, rules, Registrant::Stranger)
}

/// The checks that hold for new registrations and for updates alike (RFC 7592 section 2.2).
fn effective(
    request: Request,
    policy: &Policy,
    rules: &RegistrationPolicy,
    registrant: Registrant<'_>,
) -> Result<Metadata, OAuthError> {
    let grant_types = checks::grant_types(&request.grant_types, policy, registrant)?;
    let response_types = checks::response_types(&request.response_types, &grant_types)?;
    let redirect_uris = checks::redirect_uris(&request.redirect_uris, &grant_types, &rules.redirects)?;
    if registrant != Registrant::Administrator {
        policy::sites(&redirect_uris, rules)?;
        policy::invited_to(&redirect_uris, registrant)?;
        policy::names(request.names(), &redirect_uris, rules)?;
    }
    let token_endpoint_auth_method = checks::auth_method(request.token_endpoint_auth_method.as_deref())?;
    checks::own_name(token_endpoint_auth_method, &grant_types)?;
    checks::keys(token_endpoint_auth_method, request.jwks.as_ref(), request.jwks_uri.as_deref())?;
    let signing_alg = request.token_endpoint_auth_signing_alg.as_deref();
    let token_endpoint_auth_signing_alg = checks::signing_alg(token_endpoint_auth_method, signing_alg)?;
    let text = |member: &str, sent| checks::text(sent).map_err(|error| error.about(member));
    let uri = |member: &str, sent| checks::uri(sent).map_err(|error| error.about(member));
    Ok(Metadata {
        redirect_uris,
        token_endpoint_auth_method,
        token_endpoint_auth_methods_supported: Vec::new(),
        token_endpoint_auth_signing_alg,
        grant_types,
        response_types,
        client_name: text("client_name", request.client_name)?,
        client_uri: uri("client_uri", request.client_uri)?,
        logo_uri: uri("logo_uri", request.logo_uri)?,
        tos_uri: uri("tos_uri", request.tos_uri)?,
        policy_uri: uri("policy_uri", request.policy_uri)?,
        jwks_uri: uri("jwks_uri", request.jwks_uri)?,
        jwks: request.jwks,
        scope: policy::scope(request.scope.as_deref(), policy, registrant)?,
        contacts: checks::contacts(request.contacts).map_err(|error| error.about("contacts"))?,
        software_id: text("software_id", request.software_id)?,
        software_version: text("software_version", request.software_version)?,
        application_type: request.application_type.filter(|t| matches!(t.as_str(), "native" | "web")),
        require_pushed_authorization_requests: request.require_pushed_authorization_requests,
        dpop_bound_access_tokens: request.dpop_bound_access_tokens,
        mcp_version: text("mcp_version", request.mcp_version)?,
        mcp_capabilities: checks::capabilities(request.mcp_capabilities)?,
        localized: checks::localized(request.localized)?,
    })
}

#[cfg(test)]
mod tests;
