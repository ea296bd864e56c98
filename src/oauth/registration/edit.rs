//! What an administrator may change of a client's metadata. A change names members (RFC 7591 section 2): what is named takes the
//! place of what was there, `null` takes it out, and what is not named stays (RFC 7396). The checks are those of registration, with
//! an administrator's exceptions.

use serde_json::{Map, Value};

use super::{
    Registrant, Request, effective,
    manage::{Update, is_another, secret_change, waits_unstated},
    policy,
    request::is_localized,
};
use crate::{
    base::{
        client::{Client, GrantType, Metadata, Origin, Terms},
        policy::Policy,
        registration::RegistrationPolicy,
        scope::ScopeSet,
    },
    oauth::{
        error::{OAuthError, invalid_client_metadata, invalid_request},
        why::Why,
    },
};

/// The members that an administrator changes; beside them a name and addresses in other languages. `response_types` follows from the
/// grants.
const MEMBERS: [&str; 18] = [
    "redirect_uris",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "grant_types",
    "client_name",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "jwks_uri",
    "jwks",
    "scope",
    "contacts",
    "software_id",
    "software_version",
    "application_type",
    "require_pushed_authorization_requests",
    "dpop_bound_access_tokens",
];

/// Judges a change.
pub fn edit(
    client: &Client,
    changes: Map<String, Value>,
    policy: &Policy,
    rules: &RegistrationPolicy,
) -> Result<Update, OAuthError> {
    changes_here(client)?;
    let scope_is_named = changes.contains_key("scope");
    let request = Request::of(with(&client.metadata, changes)?)?;
    policy::may_limit_to(request.scope.as_deref(), policy, &client.metadata.scope)?;
    let mut metadata = effective(request, policy, rules, Registrant::Administrator)?;
    if !scope_is_named {
        // What is on offer may have changed since it registered: that is not for this change to say.
        metadata.scope.clone_from(&client.metadata.scope);
    }
    let is_another = is_another(&client.metadata, &metadata);
    let update = Update {
        secret: secret_change(&client.metadata, &metadata),
        terms: terms(client, &metadata, is_another, policy, rules),
        metadata,
        is_another,
        trusted: client.trusted,
    };
    in_its_own_name(client, &update)?;
    Ok(update)
}

/// Whether it is changed here at all: what a document or the configuration says is changed there.
pub fn changes_here(client: &Client) -> Result<(), OAuthError> {
    match client.origin {
        Origin::Dynamic | Origin::Administrator => Ok(()),
        Origin::Configured => Err(invalid_request(Why::ClientConfigured).with_status(409)),
        Origin::Document => Err(invalid_request(Why::ClientDescribed).with_status(409)),
    }
}

/// The members as they are to be.
fn with(metadata: &Metadata, changes: Map<String, Value>) -> Result<Map<String, Value>, OAuthError> {
    let mut members = match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    if let Some(name) = changes.keys().find(|name| !MEMBERS.contains(&name.as_str()) && !is_localized(name)) {
        return Err(invalid_client_metadata(Why::ClientMember).about(name));
    }
    let brings = |name: &str| changes.get(name).is_some_and(|value| !value.is_null());
    // Keys stand in one place: those that are named take the place of the others.
    match (brings("jwks"), brings("jwks_uri")) {
        (true, false) => drop(members.remove("jwks_uri")),
        (false, true) => drop(members.remove("jwks")),
        _ => (),
    }
    members.remove("response_types");
    members.extend(changes);
    Ok(members)
}

/// What was said of it in a software statement is no longer so once it is another client; and a scope that an administrator chose is
/// the most that it may ask for, unless it is everything.
fn terms(client: &Client, after: &Metadata, is_another: bool, policy: &Policy, rules: &RegistrationPolicy) -> Terms {
    let mut terms = client.terms.clone();
    if is_another {
        terms.waits = waits_unstated(client, rules);
        terms.statement = None;
    }
    if client.origin == Origin::Dynamic && after.scope != client.metadata.scope {
        terms.most_scope = Some(after.scope.clone()).filter(|scope| !scope.is_empty() && *scope != policy.scopes);
    }
    terms
}

/// A client that nobody vouches for gets no token in its own name, so it is not told that it may.
fn in_its_own_name(client: &Client, update: &Update) -> Result<(), OAuthError> {
    let after = update.onto(client);
    let is_new = after.may_use(GrantType::ClientCredentials) && !client.may_use(GrantType::ClientCredentials);
    if is_new && !after.may_act_for_itself() {
        return Err(invalid_client_metadata(Why::ClientNotVouchedFor));
    }
    Ok(())
}

/// What a client lost with a change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lost {
    /// Codes go there no longer.
    pub redirect_uris: Vec<String>,
    /// It may no longer use these.
    pub grant_types: Vec<GrantType>,
    /// The most that it may have, where that is another than before.
    pub most_scope: Option<ScopeSet>,
    /// It no longer acts in its own name.
    pub itself: bool,
    /// Whose software statement says of it what is no longer so.
    pub statement: Option<String>,
}

/// What a client loses that becomes another.
pub fn lost(before: &Client, after: &Client) -> Lost {
    let acts = |client: &Client| client.may_use(GrantType::ClientCredentials) && client.may_act_for_itself();
    let kept = &after.metadata.redirect_uris;
    let uris = before.metadata.redirect_uris.iter().filter(|uri| !kept.contains(uri));
    let most = after.most_scope().filter(|most| before.most_scope() != Some(*most));
    Lost {
        redirect_uris: uris.map(ToString::to_string).collect(),
        grant_types: before.metadata.grant_types.iter().copied().filter(|grant| !after.may_use(*grant)).collect(),
        most_scope: most.cloned(),
        itself: acts(before) && !acts(after),
        statement: before.stated_by().filter(|_| after.stated_by().is_none()).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests;
