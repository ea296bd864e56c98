//! What this server's administrator decided about registrations: who may come in, under which names, where codes may be sent,
//! which scopes there are, how many fit.

use super::{Registrant, checks};
use crate::{
    base::{
        attempt::{Attempt, Way},
        client::{Client, Origin},
        initial_token::{InitialToken, TokenState},
        policy::Policy,
        redirect::{Destination, RedirectUri},
        registration::{LookAlikes, RegistrationMode, RegistrationPolicy, Trust, lists},
        scope::ScopeSet,
        time::{Span, Time},
    },
    oauth::{
        authorize::look_alike::{is_like, looks_like},
        challenge::Bearer,
        error::{
            OAuthError, invalid_client, invalid_client_metadata, invalid_redirect_uri, invalid_request, invalid_token,
            too_many,
        },
        why::Why,
    },
};

/// A dynamic registration that nobody ever authorized makes room for a new one once it is this old.
pub const MAKES_ROOM_AFTER: Span = Span::hours(1);

const LONGEST_SCOPE: usize = 4_000;

/// While registration is closed the endpoint is not there for strangers (404).
pub fn may_register(rules: &RegistrationPolicy, registrant: Registrant<'_>) -> Result<(), OAuthError> {
    match (rules.mode, registrant) {
        (_, Registrant::Administrator | Registrant::VouchedFor) => Ok(()),
        (RegistrationMode::Open | RegistrationMode::Approval, _) => Ok(()),
        (RegistrationMode::Token, Registrant::Invited(_)) => Ok(()),
        (RegistrationMode::Token, Registrant::Stranger) => {
            Err(invalid_token(Why::InitialTokenMissing).with_challenge(Bearer::default().value()))
        }
        (RegistrationMode::Closed, Registrant::Stranger | Registrant::Invited(_)) => Err(closed()),
    }
}

fn closed() -> OAuthError {
    invalid_request(Why::RegistrationClosed).with_status(404)
}

/// Whether an initial access token that was shown works.
pub fn invitation(token: Option<InitialToken>, now: Time) -> Result<InitialToken, OAuthError> {
    let token = token.ok_or_else(|| token_refused(Why::InitialTokenWrong))?;
    match token.state(now) {
        TokenState::Good => Ok(token),
        TokenState::Spent => Err(token_refused(Why::InitialTokenSpent)),
        TokenState::Expired => Err(token_refused(Why::InitialTokenExpired)),
        TokenState::Revoked => Err(token_refused(Why::InitialTokenRevoked)),
    }
}

/// The one answer for an initial access token that does not work.
pub fn token_refused(why: Why) -> OAuthError {
    let error = invalid_token(why);
    let challenge = Bearer { error: Some(error.kind()), ..Bearer::default() };
    error.with_challenge(challenge.value())
}

/// How a client comes in that may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Admission {
    /// It can be let in by the people it asks.
    Enters,
    /// An administrator has to approve it first.
    Waits,
}

/// Whether documents of that host may describe clients here. Only the host of the id decides, never what a document says.
pub fn may_describe(rules: &RegistrationPolicy, host: &str, is_approved: bool) -> Result<Admission, OAuthError> {
    match rules.trust() {
        _ if lists(&rules.client_document_hosts, host) => Ok(Admission::Enters),
        Trust::Open => Ok(Admission::Enters),
        Trust::Ask if is_approved => Ok(Admission::Enters),
        Trust::Ask => Ok(Admission::Waits),
        Trust::Closed => Err(invalid_client(Why::DocumentsClosed).about(host)),
    }
}

/// Whether a client that tried to come in may, by everything that policy says. What is no matter of policy was judged when it
/// tried.
pub fn admit(
    attempt: &Attempt,
    rules: &RegistrationPolicy,
    is_approved: impl Fn(&str) -> bool,
) -> Result<Admission, OAuthError> {
    let admission = match &attempt.way {
        Way::Stranger => {
            may_register(rules, Registrant::Stranger)?;
            if rules.mode == RegistrationMode::Approval { Admission::Waits } else { Admission::Enters }
        }
        // Whatever the token allows, only a closed door refuses it.
        Way::Invited if rules.mode == RegistrationMode::Closed => return Err(closed()),
        Way::Invited => Admission::Enters,
        Way::Stated => {
            may_register(rules, Registrant::Stranger)?;
            Admission::Enters
        }
        Way::Document(host) => may_describe(rules, host, is_approved(host))?,
    };
    let uris = checks::redirect_uris(&attempt.redirect_uris, &[], &rules.redirects)?;
    sites(&uris, rules)?;
    names(attempt.names.iter().map(String::as_str), &uris, rules)?;
    Ok(admission)
}

/// Whether an administrator has to approve a client before it gets anything. One that nobody vouches for and that came in while
/// approval was asked for goes on waiting until it is, or until anybody may register.
pub fn needs_approval(client: &Client, rules: &RegistrationPolicy, is_approved: impl Fn(&str) -> bool) -> bool {
    match (client.origin, client.described_by()) {
        _ if client.trusted => false,
        (Origin::Dynamic, _) => client.terms.waits && rules.mode != RegistrationMode::Open,
        (Origin::Document, Some(host)) => may_describe(rules, &host, is_approved(&host)) == Ok(Admission::Waits),
        (Origin::Document | Origin::Administrator | Origin::Configured, _) => false,
    }
}

/// Whether a refusal is a matter of policy: another policy would have let the client in.
pub const fn decides(why: Why) -> bool {
    matches!(
        why,
        Why::RegistrationClosed
            | Why::InitialTokenMissing
            | Why::DocumentsClosed
            | Why::RedirectUnknownScheme
            | Why::RedirectOutOfBandOff
            | Why::RedirectHostDenied
            | Why::RedirectHostUnlisted
            | Why::NameRefused
            | Why::NameLookAlike
    )
}

/// The sites that codes may be sent to. Programs on people's own computers are a matter of schemes.
pub(super) fn sites(uris: &[RedirectUri], rules: &RegistrationPolicy) -> Result<(), OAuthError> {
    for uri in uris {
        let Some(host) = site(uri) else { continue };
        let why = if lists(&rules.denied_redirect_hosts, &host) {
            Why::RedirectHostDenied
        } else if !rules.allowed_redirect_hosts.is_empty() && !lists(&rules.allowed_redirect_hosts, &host) {
            Why::RedirectHostUnlisted
        } else {
            continue;
        };
        let words = format!("This server sends no codes to {host}; its administrator can allow it");
        return Err(invalid_redirect_uri(why).describe(words).about(uri.as_str()));
    }
    Ok(())
}

/// The sites that an initial access token is for.
pub(super) fn invited_to(uris: &[RedirectUri], registrant: Registrant<'_>) -> Result<(), OAuthError> {
    let Registrant::Invited(token) = registrant else { return Ok(()) };
    if token.redirect_hosts.is_empty() {
        return Ok(());
    }
    match uris.iter().find(|uri| site(uri).is_some_and(|host| !lists(&token.redirect_hosts, &host))) {
        Some(uri) => Err(invalid_redirect_uri(Why::InitialTokenHost).about(uri.as_str())),
        None => Ok(()),
    }
}

/// The host of the site that a redirect URI leads to, if it leads to one.
fn site(uri: &RedirectUri) -> Option<String> {
    let Destination::Site(site) = uri.destination() else { return None };
    Some(site.rsplit_once(':').map_or(site.as_str(), |(host, _)| host).to_owned())
}

/// Names that nobody may have, and names of known products whose answers go elsewhere.
pub(super) fn names<'a>(
    names: impl IntoIterator<Item = &'a str>,
    uris: &[RedirectUri],
    rules: &RegistrationPolicy,
) -> Result<(), OAuthError> {
    for name in names {
        if rules.refused_names.iter().any(|refused| is_like(name, refused)) {
            return Err(invalid_client_metadata(Why::NameRefused).about(name));
        }
        if rules.look_alikes == LookAlikes::Warn {
            continue;
        }
        if let Some(known) = uris.iter().find_map(|uri| looks_like(name, &uri.destination())) {
            let words = format!("This client has the name of {} and does not belong to it", known.name);
            return Err(invalid_client_metadata(Why::NameLookAlike).describe(words).about(name));
        }
    }
    Ok(())
}

/// The most that a client may ever ask for, where its initial access token says so.
pub fn most_scope(registrant: Registrant<'_>) -> Option<ScopeSet> {
    match registrant {
        Registrant::Invited(token) => Some(token.scopes.clone()).filter(|scopes| !scopes.is_empty()),
        Registrant::Stranger | Registrant::VouchedFor | Registrant::Administrator => None,
    }
}

/// Whether a new client that comes in by itself needs an old one to make room.
pub const fn is_full(registrations: i64, rules: &RegistrationPolicy) -> bool {
    registrations >= rules.most_clients
}

/// Whether an administrator should know how full it is: from four fifths of what there may be.
pub const fn is_nearly_full(registrations: i64, rules: &RegistrationPolicy) -> bool {
    registrations.saturating_mul(5) >= rules.most_clients.saturating_mul(4)
}

/// The answer when there is no room and no registration that could make it.
pub fn no_room() -> OAuthError {
    too_many(Why::RegistrationsFull, MAKES_ROOM_AFTER)
}

/// An administrator draws a limit by naming scopes: each must be on offer, or one of those that the client has. One that is not is
/// no limit, and would go without a word.
pub fn may_limit_to(sent: Option<&str>, policy: &Policy, has: &ScopeSet) -> Result<(), OAuthError> {
    let unknown = ScopeSet::parse(sent.unwrap_or_default()).difference(&policy.scopes).difference(has);
    if unknown.is_empty() {
        return Ok(());
    }
    Err(invalid_client_metadata(Why::ScopeUnoffered)
        .describe(format!("This server does not offer {unknown}"))
        .about(&unknown.to_string()))
}

/// The registered scope: what was named, as far as it is on offer. For those who name nothing, everything on offer; for an
/// administrator, who draws a limit by naming some, none: so that the scopes of servers that come later are no exception.
pub(super) fn scope(sent: Option<&str>, policy: &Policy, registrant: Registrant<'_>) -> Result<ScopeSet, OAuthError> {
    let sent = sent.unwrap_or_default();
    if sent.len() > LONGEST_SCOPE {
        return Err(invalid_client_metadata(Why::MetadataTooLong));
    }
    let offered = match most_scope(registrant) {
        Some(most) => policy.scopes.intersection(&most),
        None => policy.scopes.clone(),
    };
    let kept = ScopeSet::parse(sent).intersection(&offered);
    let unnamed = if registrant == Registrant::Administrator { ScopeSet::default() } else { offered };
    Ok(if kept.is_empty() { unnamed } else { kept })
}
