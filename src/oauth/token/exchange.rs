//! Token exchange (RFC 8693): a protected server that was shown a token calls another one in the same name. It brings the token
//! and gets one for the other server, when an administrator listed the pair: never for more, never for longer, under the same
//! grant, with itself named as the one who acts.

use super::{Grantable, issue::Claims};
use crate::{
    base::{
        policy::Policy,
        register::{Resource, ResourceBook},
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Plain,
        time::Time,
    },
    oauth::{
        authorize::checks::offered,
        dpop::Proof,
        error::{OAuthError, invalid_dpop_proof, invalid_request, invalid_scope, invalid_target},
        params::Params,
        why::Why,
    },
};

/// Its `grant_type`.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The type of what is issued, and of what may be brought (RFC 8693 section 3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What may be brought under its form's name as well.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// How many servers may stand behind one another.
const LONGEST_CHAIN: usize = 8;

/// A protected server that wants to call another one.
pub struct ExchangeRequest {
    /// The token that it was shown.
    pub subject: Plain,
    /// Less than the token allows, when named.
    scope: Option<ScopeSet>,
    /// Whom it wants to call, by `resource` and `audience`.
    targets: Vec<String>,
}

impl ExchangeRequest {
    /// Whether a request is one.
    pub fn is_meant(params: &Params) -> Result<bool, OAuthError> {
        Ok(params.one("grant_type")? == Some(GRANT_TYPE))
    }

    /// Reads the form (RFC 8693 section 2.1).
    pub fn parse(params: &Params) -> Result<Self, OAuthError> {
        params.repeats_only(&["resource", "audience"])?;
        let subject = params.one("subject_token")?.ok_or_else(|| invalid_request(Why::ExchangeTokenMissing))?;
        if !matches!(params.one("subject_token_type")?, Some(ACCESS_TOKEN | JWT)) {
            return Err(invalid_request(Why::ExchangeTokenType));
        }
        if !matches!(params.one("requested_token_type")?, None | Some(ACCESS_TOKEN)) {
            return Err(invalid_request(Why::ExchangeWantedType));
        }
        // Who acts is who asks; another one would have to be judged by what it cannot show.
        if params.one("actor_token")?.is_some() || params.one("actor_token_type")?.is_some() {
            return Err(invalid_request(Why::ExchangeActor));
        }
        let targets = [params.many("resource"), params.many("audience")].concat();
        Ok(Self {
            subject: Plain::new(subject.to_owned()),
            scope: params.one("scope")?.map(ScopeSet::parse).filter(|scope| !scope.is_empty()),
            targets: targets.into_iter().map(str::to_owned).collect(),
        })
    }
}

/// What the server of `caller` may have for a token with these claims, which nothing speaks against.
pub fn check(
    request: &ExchangeRequest,
    claims: &Claims,
    caller: &ResourceUri,
    proof: Option<&Proof>,
    book: &ResourceBook,
    policy: &Policy,
) -> Result<Grantable, OAuthError> {
    if !claims.aud.names_same_as(caller) {
        return Err(invalid_request(Why::ExchangeTokenElsewhere).about(claims.aud.as_str()));
    }
    // A token that is worth nothing without a key does not become one that anybody can use.
    if claims.cnf.is_some() && proof.is_none() {
        return Err(invalid_dpop_proof(Why::ProofMissing));
    }
    if claims.acts().count() >= LONGEST_CHAIN {
        return Err(invalid_request(Why::ExchangeChain));
    }
    let target = target(request, caller, book)?;
    let scope = scope(request, claims, target, policy)?;
    Ok(Grantable {
        grant: claims.grant.clone(),
        client: claims.client_id.clone(),
        user: claims.sub.clone(),
        scope,
        audience: target.uri.clone(),
        auth_time: claims.auth_time.unwrap_or(claims.iat),
        until: Some(claims.exp),
        refreshable: false,
        key: proof.map(|proof| proof.key().to_owned()),
        refresh_key: None,
        act: Some(claims.acted_on_by(caller)),
        nonce: None,
    })
}

/// The one server that is meant: of the listed ones, and the only one of them when none is named (RFC 8693 section 2.2.2).
fn target<'a>(
    request: &ExchangeRequest,
    caller: &ResourceUri,
    book: &'a ResourceBook,
) -> Result<&'a Resource, OAuthError> {
    let refuse = |why| invalid_target(why).about(&format!("{caller} to {}", request.targets.join(" ")));
    let mut named = request.targets.iter().map(|text| ResourceUri::parse(text));
    let Some(first) = named.next() else {
        let mut listed = book.called_by(caller);
        return match (listed.next(), listed.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(refuse(Why::ExchangeTargetMissing)),
        };
    };
    let first = first.ok_or_else(|| refuse(Why::ExchangeNotListed))?;
    if !named.all(|other| other.is_some_and(|other| other.names_same_as(&first))) {
        return Err(refuse(Why::ResourceSeveral));
    }
    let mut listed = book.called_by(caller);
    listed.find(|target| target.uri.names_same_as(&first)).ok_or_else(|| refuse(Why::ExchangeNotListed))
}

/// What the token allows, as far as the other server knows it; less when less is asked for.
fn scope(
    request: &ExchangeRequest,
    claims: &Claims,
    target: &Resource,
    policy: &Policy,
) -> Result<ScopeSet, OAuthError> {
    let allowed = claims.scope.intersection(&offered(Some(target), policy));
    let allowed = allowed.difference(&ScopeSet::of_server());
    let scope = match &request.scope {
        Some(asked) => asked.intersection(&allowed),
        None => allowed,
    };
    match scope.is_empty() && !(claims.scope.is_empty() && request.scope.is_none()) {
        true => Err(invalid_scope(Why::ExchangeScope).about(&claims.scope.to_string())),
        false => Ok(scope),
    }
}

/// Whether a token is one that may be brought at all: ours, and in time. What it hangs on is asked elsewhere.
pub fn in_time(claims: &Claims, now: Time) -> Result<(), OAuthError> {
    if now < claims.exp { Ok(()) } else { Err(invalid_request(Why::ExchangeTokenOver)) }
}

#[cfg(test)]
mod tests;
