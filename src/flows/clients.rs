//! What an administrator does to a client, from the dashboard or the command line. Everything is in force when it is
//! answered: what is refused from now on is announced in the same transaction.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    base::{
        call::Call,
        client::{Client, Departure, Origin, StoredSecret},
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        id::{ClientId, UserId},
        scope::ScopeSet,
        secret::Plain,
        time::{Span, Time},
        token::TokenKind,
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult, departures, register, statements},
    oauth::{
        error::{invalid_request, not_found},
        registration::{self, Registrant, Request, reply},
        why::Why,
    },
    store::{
        Stop, StoreError, Tx, audit, clients, consents,
        grants::{self, Of},
    },
};

pub use super::departures::revive;

/// The longest time that an old secret works beside the new one.
pub const LONGEST_OVERLAP: Span = Span::days(30);
/// How much of a reason is kept.
const LONGEST_REASON: usize = 300;

/// A client whose secret was just rotated.
pub struct Rotated {
    /// The client as it is now.
    pub client: Client,
    /// The new secret, shown once.
    pub secret: Plain,
    /// Until when the old one works; `None`: it has ended.
    pub old_until: Option<Time>,
}

/// A client that was just made, with what is shown once.
pub struct Created {
    /// The client.
    pub client: Client,
    /// Its secret, when it has one.
    pub secret: Option<Plain>,
    /// Its registration access token.
    pub registration_token: Option<Plain>,
}

/// Makes a client for somebody. The rules are those of registration, but an administrator may while it is closed.
pub async fn create(desk: &Arc<Desk>, call: &Call, actor: &Actor, request: Request) -> FlowResult<Created> {
    let rules = desk.store.standing().registration();
    let offers = desk.offers();
    registration::policy::may_limit_to(request.scope.as_deref(), &offers, &ScopeSet::default())?;
    let metadata = registration::check(request, &offers, &rules, Registrant::Administrator)?;
    let new = register::prepare(desk, call, metadata, Origin::Administrator, person(actor)).await?;
    let (entry, call, actor) = (new.client.clone(), call.clone(), actor.clone());
    desk.store
        .record(move |tx| {
            clients::insert(tx, &entry)?;
            let event = Event::ClientCreated { client: entry.id.clone(), name: entry.name().to_owned() };
            audit::record(tx, &call, &actor, &event)
        })
        .await?;
    Ok(Created { client: new.client, secret: new.secret, registration_token: Some(new.registration_token) })
}

/// The same from a body as a client would send it (RFC 7591 section 3.1).
pub async fn create_from(desk: &Arc<Desk>, call: &Call, actor: &Actor, body: &[u8]) -> FlowResult<Created> {
    let request = statements::read(desk, call, Request::members(body)?).await?;
    create(desk, call, actor, request).await
}

impl Created {
    /// What the client would have been told had it registered by itself (RFC 7591 section 3.2.1), secrets included.
    pub fn reply(&self, desk: &Desk) -> Value {
        reply::reply(&self.client, &desk.config.issuer, self.secret.as_ref(), self.registration_token.as_ref())
    }
}

/// Keeps a client out until it is enabled again. Nothing ends; all of it is refused meanwhile.
pub async fn disable(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<()> {
    set_disabled(desk, call, actor, id, true).await
}

/// Lets a disabled client in again.
pub async fn enable(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<()> {
    set_disabled(desk, call, actor, id, false).await
}

/// Revokes a registration, finally: it leaves the book, its grants, codes and waiting requests end with it, and its
/// tombstone keeps the id from coming back. Of one that left for good already nothing more ends.
pub async fn revoke(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId, reason: &str) -> FlowResult<Ended> {
    let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
    let reason = Some(reason).filter(|reason| !reason.is_empty());
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let Some(client) = clients::find(tx, &id)? else { return departures::is_final(tx, &id) };
            not_configured(&client)?;
            let ended = departures::strike_out(tx, &call, client, Departure::Revoked, person(&actor))?;
            audit::record(tx, &call, &actor, &Event::ClientRevoked { client: id, reason, ended })?;
            Ok(ended)
        })
        .await
}

/// What the configuration lists would come back with the next start, and changes only there.
fn not_configured(client: &Client) -> FlowResult<()> {
    match client.origin {
        Origin::Configured => Err(invalid_request(Why::ClientConfigured).with_status(409).into()),
        Origin::Dynamic | Origin::Administrator | Origin::Document => Ok(()),
    }
}

/// Gives a client a new secret. The old one goes on for the overlap, so that the client can be changed over in peace.
pub async fn rotate_secret(
    desk: &Arc<Desk>,
    call: &Call,
    actor: &Actor,
    id: &ClientId,
    overlap: Span,
) -> FlowResult<Rotated> {
    let wanted = id.clone();
    let seen = desk.store.read(move |reader| clients::find(reader, &wanted)).await?.ok_or_else(not_found)?;
    if !seen.has_secret() {
        return Err(invalid_request(Why::SecretOfPublic).with_status(409).into());
    }
    let (secret, stored) = register::hashed(desk, call, desk.secrets.draw(id), seen.origin).await?;
    let now = call.now;
    let client = change(desk, call, actor, id, move |client| {
        if client.secret != seen.secret || !client.has_secret() {
            // Somebody else was faster, and would lose the secret that they were just shown.
            return Err(Stop::Fail(StoreError::Busy));
        }
        client.old_secret = client.secret.take().and_then(|old| outlived(old, overlap, now));
        client.secret = Some(stored);
        let old_works_until = client.old_secret.as_ref().and_then(|old| old.expires_at);
        Ok(Some(Event::SecretRotated { client: client.id.clone(), old_works_until }))
    })
    .await?;
    desk.secrets.forget();
    let old_until = client.old_secret.as_ref().and_then(|old| old.expires_at);
    Ok(Rotated { client, secret, old_until })
}

/// Ends the overlap of a rotation at once.
pub async fn end_old_secret(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<()> {
    change(desk, call, actor, id, |client| {
        let ended = client.old_secret.take();
        Ok(ended.map(|_| Event::OldSecretEnded { client: client.id.clone() }))
    })
    .await?;
    desk.secrets.forget();
    Ok(())
}

/// Gives a client a new registration access token; the old one is good for nothing from now on.
pub async fn rotate_registration_token(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<Plain> {
    let token = random::token(TokenKind::Registration);
    let (key, now) = (digest::of(&token), call.now);
    change(desk, call, actor, id, move |client| {
        not_configured(client)?;
        client.registration_token = Some(key);
        client.registration_token_at = Some(now);
        Ok(Some(Event::RegistrationTokenRotated { client: client.id.clone() }))
    })
    .await?;
    Ok(token)
}

/// Takes a client's registration access token away: it can no longer change or delete its registration.
pub async fn revoke_registration_token(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<()> {
    change(desk, call, actor, id, |client| {
        client.registration_token_at = None;
        let ended = client.registration_token.take();
        Ok(ended.map(|_| Event::RegistrationTokenRevoked { client: client.id.clone() }))
    })
    .await?;
    Ok(())
}

/// Vouches for a client, so that consent may be remembered for it, or no longer: people are then asked again.
pub async fn trust(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId, trusted: bool) -> FlowResult<()> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let client = found(tx, &id)?;
            if client.trusted == trusted {
                return Ok(());
            }
            let client = Client { trusted, ..client };
            clients::update(tx, &client, call.now)?;
            if !trusted {
                consents::forget_client(tx, &id)?;
            }
            if !client.may_act_for_itself() {
                grants::end_all(tx, &Of::Itself(id.clone()), GrantEnd::TrustEnded, call.now)?;
            }
            Ok(audit::record(tx, &call, &actor, &Event::ClientTrusted { client: id, trusted })?)
        })
        .await
}

/// Ends everything that people allowed a client, and so all its tokens. It stays in the book; people are asked again.
pub async fn revoke_tokens(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<Ended> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            found(tx, &id)?;
            let ended = grants::end_all(tx, &Of::Client(id.clone()), GrantEnd::TakenBack, call.now)?;
            consents::forget_client(tx, &id)?;
            audit::record(tx, &call, &actor, &Event::TokensRevoked { client: Some(id), user: None, ended })?;
            Ok(ended)
        })
        .await
}

async fn set_disabled(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId, disabled: bool) -> FlowResult<()> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            found(tx, &id)?;
            if !clients::set_disabled(tx, &id, disabled, call.now)? {
                return Ok(());
            }
            let event = match disabled {
                true => Event::ClientDisabled { client: id, reason: None },
                false => Event::ClientEnabled { client: id },
            };
            Ok(audit::record(tx, &call, &actor, &event)?)
        })
        .await
}

/// Changes a client as it is now. The change says what happened, or that there was nothing to do.
async fn change<F>(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId, change: F) -> FlowResult<Client>
where
    F: FnOnce(&mut Client) -> FlowResult<Option<Event>> + Send + 'static,
{
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let mut client = found(tx, &id)?;
            if let Some(event) = change(&mut client)? {
                clients::update(tx, &client, call.now)?;
                audit::record(tx, &call, &actor, &event)?;
            }
            Ok(client)
        })
        .await
}

fn found(tx: &mut Tx<'_>, id: &ClientId) -> FlowResult<Client> {
    Ok(clients::find(tx, id)?.ok_or_else(not_found)?)
}

/// The old secret for as long as it goes on; never longer than it would have anyway.
fn outlived(old: StoredSecret, overlap: Span, now: Time) -> Option<StoredSecret> {
    let end = now + overlap.min(LONGEST_OVERLAP);
    let end = old.expires_at.map_or(end, |own| own.min(end));
    Some(StoredSecret { expires_at: Some(end), ..old }).filter(|old| old.is_live(now))
}

/// The administrator in the dashboard or behind a token of its API, if it is one.
pub(super) fn person(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User(id) | Actor::ApiToken(_, id) => Some(id.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
