//! Polling for a person's answer (RFC 8628 section 3.4). Whoever asks too often waits longer; the answer is given once, and to
//! nobody but the client that began.

use super::{DeviceRequest, Grantable, same_resource};
use crate::{
    base::{
        client::GrantType,
        grant::{Device, Grant},
        time::{Span, Time},
    },
    oauth::{
        client_auth::Proven,
        error::{
            OAuthError, access_denied, authorization_pending, expired_token, invalid_grant, slow_down,
            unauthorized_client,
        },
        why::Why,
    },
};

/// How long a device waits between two polls at first (RFC 8628 section 3.2).
pub const INTERVAL: Span = Span::seconds(5);
/// By how many seconds that grows for one that asks too often (RFC 8628 section 3.5).
const SLOWER: i64 = 5;
/// The network may bring two polls so many seconds closer together than they were sent.
const JITTER: i64 = 1;

/// What to do with a poll.
#[derive(PartialEq, Debug)]
pub enum Decision {
    /// Nobody has answered: note the poll and the interval from now on, and say this.
    Wait(Span, Box<OAuthError>),
    /// Spend the code and issue.
    Give(Box<Grantable>),
}

/// Decides. `grant`: what the person allowed, if they did.
pub fn check(
    device: &Device,
    grant: Option<&Grant>,
    by: &Proven,
    request: &DeviceRequest,
    now: Time,
) -> Result<Decision, OAuthError> {
    if !by.may_use(GrantType::DeviceCode) {
        return Err(unauthorized_client(Why::GrantNotRegistered));
    }
    if device.client != by.id {
        return Err(invalid_grant(Why::DeviceOtherClient));
    }
    if device.spent_at.is_some() {
        return Err(invalid_grant(Why::DeviceSpent));
    }
    if now >= device.expires_at {
        return Err(expired_token());
    }
    if device.decided_at.is_none() {
        let too_fast =
            device.polled_at.is_some_and(|last| now.since(last) < Span::seconds(device.interval.as_seconds() - JITTER));
        return Ok(if too_fast {
            Decision::Wait(Span::seconds(device.interval.as_seconds() + SLOWER), Box::new(slow_down()))
        } else {
            Decision::Wait(device.interval, Box::new(authorization_pending()))
        });
    }
    let grant = grant.ok_or_else(|| access_denied(Why::PersonDenied).with_status(400))?;
    if grant.client != by.id || device.grant.as_ref() != Some(&grant.id) {
        return Err(invalid_grant(Why::DeviceOtherClient));
    }
    if !grant.is_live(now) {
        return Err(access_denied(Why::GrantOver).describe("What was allowed has ended").with_status(400));
    }
    same_resource(grant, request.resource.as_ref())?;
    let refreshable = by.may_use(GrantType::RefreshToken);
    let granted = Grantable::of(grant, grant.scope.clone(), refreshable, by, request.key.as_deref());
    Ok(Decision::Give(Box::new(granted)))
}
