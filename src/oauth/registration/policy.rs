//! What this server's administrator decided about registrations: who may register, which scopes there are, how many fit.

use super::Registrant;
use crate::{
    base::{
        policy::{Policy, RegistrationMode},
        scope::ScopeSet,
        time::Span,
    },
    oauth::{
        error::{OAuthError, invalid_client_metadata, invalid_request, too_many},
        why::Why,
    },
};

/// A dynamic registration that nobody ever authorized makes room for a new one once it is this old.
pub const MAKES_ROOM_AFTER: Span = Span::hours(1);

const LONGEST_SCOPE: usize = 4_000;

/// While registration is closed the endpoint is not there for strangers (404).
pub fn may_register(policy: &Policy, registrant: Registrant) -> Result<(), OAuthError> {
    match (policy.registration, registrant) {
        (RegistrationMode::Open, _) | (_, Registrant::Administrator) => Ok(()),
        (RegistrationMode::Closed, Registrant::Stranger) => {
            Err(invalid_request(Why::RegistrationClosed).with_status(404))
        }
    }
}

/// Whether a new client that comes in by itself needs an old one to make room.
pub const fn is_full(registrations: i64, policy: &Policy) -> bool {
    registrations >= policy.most_clients
}

/// The answer when there is no room and no registration that could make it.
pub fn no_room() -> OAuthError {
    too_many(Why::RegistrationsFull, MAKES_ROOM_AFTER)
}

/// The registered scope: what was named, as far as it is on offer; for those who name nothing, everything on offer.
pub(super) fn scope(sent: Option<&str>, policy: &Policy) -> Result<ScopeSet, OAuthError> {
    let sent = sent.unwrap_or_default();
    if sent.len() > LONGEST_SCOPE {
        return Err(invalid_client_metadata(Why::MetadataTooLong));
    }
    let kept = ScopeSet::parse(sent).intersection(&policy.scopes);
    Ok(if kept.is_empty() { policy.scopes.clone() } else { kept })
}
