//! What an update may change (RFC 7592 section 2.2). It replaces: what it leaves out returns to its default.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Registrant, Request, effective, reply, request::ServerSet};
use crate::{
    base::{
        client::{Client, Metadata, Origin, Terms},
        initial_token::InitialToken,
        issuer::Issuer,
        policy::Policy,
        redirect::RedirectUri,
        registration::{RegistrationMode, RegistrationPolicy},
        secret::Plain,
    },
    crypto::digest::constant_time_eq,
    oauth::{
        challenge::REGISTRATION_TOKEN,
        client_auth::SecretVerdict,
        error::{OAuthError, invalid_client_metadata, invalid_token},
        why::Why,
    },
};

/// What becomes of the client's secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretChange {
    /// It stays as it is.
    Keep,
    /// The client had none and now needs one.
    Issue,
    /// The client becomes a public one: its secrets end.
    Withdraw,
}

/// A permitted update.
#[derive(Clone, PartialEq, Debug)]
pub struct Update {
    /// What is in force from now on.
    pub metadata: Metadata,
    /// What becomes of the secret.
    pub secret: SecretChange,
    /// Whether the client is another one now to the people who let it in: its name, redirect URIs, keys or method changed.
    /// Remembered consents end then.
    pub is_another: bool,
    /// On which terms it is in the book from now on.
    pub terms: Terms,
    /// Whether an administrator goes on vouching for it.
    pub trusted: bool,
}

impl Update {
    /// The client as it is from now on, but for its secrets.
    pub fn onto(&self, client: &Client) -> Client {
        Client { metadata: self.metadata.clone(), terms: self.terms.clone(), trusted: self.trusted, ..client.clone() }
    }
}

/// What the rule must know to compare the members that only this server sets.
pub struct Facts<'a> {
    /// Our own name.
    pub issuer: &'a Issuer,
    /// The registration access token that opened the door.
    pub token: &'a Plain,
    /// What comparing [`ServerSet::secret`] with the live secrets gave.
    pub secret: SecretVerdict,
    /// The initial access token that the client came with.
    pub invitation: Option<&'a InitialToken>,
}

/// Checks an update with the same list as a registration.
pub fn replace(
    client: &Client,
    request: Request,
    facts: &Facts<'_>,
    policy: &Policy,
    rules: &RegistrationPolicy,
) -> Result<Update, OAuthError> {
    server_set(client, &request.server_set, facts)?;
    let registrant = match facts.invitation {
        _ if client.is_vouched_for() => Registrant::VouchedFor,
        Some(token) => Registrant::Invited(token),
        None => Registrant::Stranger,
    };
    let statement = request.statement.clone();
    let waits = if request.is_stated() { false } else { waits_unstated(client, rules) };
    let mut metadata = effective(request, policy, rules, registrant)?;
    if client.origin == Origin::Administrator {
        // Made by hand: its scopes, or that it has no limit, are an administrator's to say.
        metadata.scope.clone_from(&client.metadata.scope);
    } else if let Some(most) = &client.terms.most_scope {
        // The answer tells the truth: an administrator may have said that it gets less.
        let kept = metadata.scope.intersection(most);
        metadata.scope = if kept.is_empty() { most.clone() } else { kept };
    }
    let is_another = is_another(&client.metadata, &metadata);
    Ok(Update {
        secret: secret_change(&client.metadata, &metadata),
        metadata,
        is_another,
        terms: Terms { waits, statement, ..client.terms.clone() },
        trusted: client.trusted && !is_another,
    })
}

/// Whether an administrator has to approve a client whose software statement, if it came in by one, holds no longer.
pub(super) fn waits_unstated(client: &Client, rules: &RegistrationPolicy) -> bool {
    match client.stated_by() {
        Some(_) => rules.mode != RegistrationMode::Open && client.terms.initial_token.is_none(),
        None => client.terms.waits,
    }
}

/// What another method makes of the secret.
pub(super) fn secret_change(before: &Metadata, after: &Metadata) -> SecretChange {
    let has_secret = |metadata: &Metadata| metadata.token_endpoint_auth_method.has_secret();
    match (has_secret(before), has_secret(after)) {
        (false, true) => SecretChange::Issue,
        (true, false) => SecretChange::Withdraw,
        _ => SecretChange::Keep,
    }
}

/// The one answer for a missing, wrong or foreign registration access token and for an unknown client.
pub fn token_refused(why: Why) -> OAuthError {
    invalid_token(why).with_challenge(REGISTRATION_TOKEN)
}

/// `client_id` and `client_secret` must match; the rest may be repeated but not changed.
fn server_set(client: &Client, sent: &ServerSet, facts: &Facts<'_>) -> Result<(), OAuthError> {
    if sent.client_id.as_ref().is_some_and(|id| id.as_str() != Some(client.id.as_str())) {
        return Err(invalid_client_metadata(Why::UpdateClientId));
    }
    if sent.client_secret.is_some() && (sent.secret().is_none() || facts.secret != SecretVerdict::Matches) {
        return Err(invalid_client_metadata(Why::UpdateSecret));
    }
    let text = |value: &Option<Value>, ours: &str| {
        value.as_ref().is_none_or(|v| v.as_str().is_some_and(|v| constant_time_eq(v.as_bytes(), ours.as_bytes())))
    };
    let number = |value: &Option<Value>, ours: i64| value.as_ref().is_none_or(|v| v.as_i64() == Some(ours));
    let same = text(&sent.registration_access_token, facts.token.expose())
        && text(&sent.registration_client_uri, &reply::management_uri(facts.issuer, client))
        && number(&sent.client_id_issued_at, client.created_at.unix())
        && number(&sent.client_secret_expires_at, reply::secret_expires_at(client).unwrap_or_default());
    if same { Ok(()) } else { Err(invalid_client_metadata(Why::UpdateServerMember)) }
}

/// Whether a client is another one now to the people who let it in: its name, redirect URIs, keys or method changed.
pub fn is_another(before: &Metadata, after: &Metadata) -> bool {
    let uris = |m: &Metadata| m.redirect_uris.iter().map(RedirectUri::to_string).collect::<BTreeSet<_>>();
    before.client_name != after.client_name
        || before.localized != after.localized
        || before.jwks != after.jwks
        || before.jwks_uri != after.jwks_uri
        || before.token_endpoint_auth_method != after.token_endpoint_auth_method
        || before.token_endpoint_auth_methods_supported != after.token_endpoint_auth_methods_supported
        || uris(before) != uris(after)
}
