//! Client id metadata documents (draft-ietf-oauth-client-id-metadata-document): which ids lead to one, and what one must say.
//! Fetching is somebody else's work; what a document may register is judged by the list of registration.

use serde_json::Value;
use url::Url;

use super::{
    error::{OAuthError, invalid_client},
    registration::{self, Request},
    sent_jwt::ALGORITHMS,
    why::Why,
};
use crate::base::{
    attempt::{Attempt, Way},
    client::{AuthMethod, Metadata},
    id::ClientId,
    policy::Policy,
    registration::RegistrationPolicy,
    resource::is_loopback,
    time::Span,
};

/// A document is looked at again after this at the earliest.
pub const SHORTEST: Span = Span::minutes(5);
/// And after this at the latest.
pub const LONGEST: Span = Span::days(1);
/// How long a document stands in while its host cannot be reached.
pub const STALE: Span = Span::days(1);

const LONGEST_URL: usize = 2_000;

/// Whether an id claims to lead to a document. Ids given here never do.
pub fn is_url(id: &ClientId) -> bool {
    ["https:", "http:"]
        .iter()
        .any(|scheme| id.as_str().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// The host of an id that may lead to a document (section 3). Anything that is not written as browsers write it is refused:
/// two spellings of one address would be two clients, and dot segments do not survive being read. `local`: plain `http` on
/// loopback will do.
pub fn host(id: &ClientId, local: bool) -> Result<String, OAuthError> {
    let refused = || invalid_client(Why::DocumentUrl).about(id.as_str());
    let url = Url::parse(id.as_str()).ok().filter(|url| url.as_str() == id.as_str()).ok_or_else(refused)?;
    let transport = url.scheme() == "https" || (local && url.scheme() == "http" && is_loopback(&url));
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let short = id.as_str().len() <= LONGEST_URL && id.as_str().bytes().all(|b| b.is_ascii_graphic());
    let has_path = url.path().len() > 1;
    match url.host_str() {
        Some(host) if transport && plain && short && has_path => Ok(host.to_owned()),
        _ => Err(refused()),
    }
}

/// What a document says of its client, if it may say so (section 4).
pub fn document(
    id: &ClientId,
    body: Value,
    policy: &Policy,
    rules: &RegistrationPolicy,
) -> Result<Metadata, OAuthError> {
    let invalid = |what: &str| invalid_client(Why::DocumentInvalid).about(what);
    let Value::Object(mut members) = body else { return Err(invalid("it is not a JSON object")) };
    match members.get("client_id").and_then(Value::as_str) {
        Some(own) if own == id.as_str() => (),
        Some(_) => return Err(invalid("its client_id is not the address that it stands at")),
        None => return Err(invalid("it has no client_id")),
    }
    if ["client_secret", "client_secret_expires_at"].iter().any(|secret| members.contains_key(*secret)) {
        return Err(invalid("it speaks of a secret, and everybody can read it"));
    }
    if members.get("client_name").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
        return Err(invalid("it has no client_name"));
    }
    let mut methods = methods(&members).map_err(invalid)?;
    let has_keys = ["jwks", "jwks_uri"].iter().any(|keys| members.get(*keys).is_some_and(|keys| !keys.is_null()));
    methods.retain(|method| *method != AuthMethod::PrivateKeyJwt || has_keys);
    let method = *methods.first().ok_or_else(|| invalid("it offers no way to authenticate that is known here"))?;
    members.insert("token_endpoint_auth_method".into(), method.as_str().into());
    members.remove("software_statement");
    let signs = methods.contains(&AuthMethod::PrivateKeyJwt);
    let alg = members.get("token_endpoint_auth_signing_alg").and_then(Value::as_str).filter(|_| signs);
    if alg.is_some_and(|alg| !ALGORITHMS.contains(&alg)) {
        return Err(invalid("it signs with an algorithm that is not taken here"));
    }
    let alg = alg.map(str::to_owned);
    let wrong = |error: OAuthError| match error.value() {
        Some(value) => invalid(&format!("{}: {value}", error.description())),
        None => invalid(error.description()),
    };
    let metadata =
        Request::of(members).and_then(|request| registration::described(request, policy, rules)).map_err(wrong)?;
    let several = if methods.len() > 1 { methods } else { Vec::new() };
    Ok(Metadata { token_endpoint_auth_methods_supported: several, token_endpoint_auth_signing_alg: alg, ..metadata })
}

/// What is kept of a document at that host as an attempt to come in.
pub fn attempt(host: &str, body: &Value) -> Attempt {
    let way = Way::Document(host.to_owned());
    let request = body.as_object().and_then(|members| Request::of(members.clone()).ok());
    request.unwrap_or_default().attempt(way)
}

/// The methods that a document offers and that need no secret, its own choice first. Some documents name one, some list
/// several, some do both; one that says nothing means a public client, because it cannot mean the default of RFC 7591.
fn methods(members: &serde_json::Map<String, Value>) -> Result<Vec<AuthMethod>, &'static str> {
    let chosen = members.get("token_endpoint_auth_method").and_then(Value::as_str);
    let listed = members.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
    let named = chosen.into_iter().chain(listed.into_iter().flatten().filter_map(Value::as_str));
    let mut methods = Vec::new();
    let mut said = false;
    for name in named {
        said = true;
        match AuthMethod::parse(name) {
            Some(method) if method.has_secret() && chosen == Some(name) => {
                return Err("its way to authenticate needs a secret, and everybody can read it");
            }
            Some(method) if !method.has_secret() && !methods.contains(&method) => methods.push(method),
            _ => (),
        }
    }
    Ok(if said { methods } else { vec![AuthMethod::None] })
}

#[cfg(test)]
mod tests;
