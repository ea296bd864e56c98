//! A client manages its own registration (RFC 7592): read, replace, delete. Whoever does not bring the right token hears the
//! same, whatever was wrong.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    base::{
        call::Call,
        client::{Client, Departure, StoredSecret},
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        id::ClientId,
        initial_token::InitialToken,
        secret::{Digest, Plain},
        token::TokenKind,
    },
    crypto::digest,
    flows::{Desk, FlowResult, departures, register, statements},
    oauth::{
        client_auth::{self, SecretVerdict},
        registration::{
            Request,
            edit::{self, Lost},
            manage::{self as rule, Facts, SecretChange, Update},
            reply,
        },
        why::Why,
    },
    store::{
        Reader, Stop, StoreError, StoreResult, Tx, audit, clients, consents,
        grants::{self, Beyond, Of},
        initial_tokens,
    },
};

/// Reads the registration (RFC 7592 section 2.1). Gives the body of the answer: the token that was shown, never a secret.
pub async fn read(desk: &Arc<Desk>, call: &Call, id: &ClientId, token: Option<&str>) -> FlowResult<Value> {
    let result = async {
        let (client, token) = opened(desk, id, token).await?;
        Ok(reply::reply(&client, &desk.config.issuer, None, Some(&token)))
    };
    noted(desk, call, id, result.await)
}

/// Replaces it (RFC 7592 section 2.2). Gives the body of the answer, with a secret if one was made.
pub async fn replace(
    desk: &Arc<Desk>,
    call: &Call,
    id: &ClientId,
    token: Option<&str>,
    body: &[u8],
) -> FlowResult<Value> {
    let result = async {
        let (client, token) = opened(desk, id, token).await?;
        let request = statements::read(desk, call, Request::members(body)?).await?;
        let secret = compare(desk, call, &client, request.server_set.secret()).await?;
        let invitation = invitation(desk, &client).await?;
        let facts = Facts { issuer: &desk.config.issuer, token: &token, secret, invitation: invitation.as_ref() };
        let rules = desk.store.standing().registration();
        let update = rule::replace(&client, request, &facts, &desk.config.policy, &rules)?;
        let (shown, stored) = secret_for(desk, call, &client, update.secret).await?;
        let (call, key) = (call.clone(), digest::of(&token));
        let client = desk.store.write(move |tx| put(tx, &call, &client, &key, update, stored)).await?;
        Ok(reply::reply(&client, &desk.config.issuer, shown.as_ref(), Some(&token)))
    };
    noted(desk, call, id, result.await)
}

/// Deletes it (RFC 7592 section 2.3), and in the same transaction everything that hangs on it.
pub async fn delete(desk: &Arc<Desk>, call: &Call, id: &ClientId, token: Option<&str>) -> FlowResult<()> {
    let result = async {
        let (client, token) = opened(desk, id, token).await?;
        let (call, key) = (call.clone(), digest::of(&token));
        desk.store.write(move |tx| strike_out(tx, &call, &client.id, &key)).await
    };
    noted(desk, call, id, result.await)
}

/// The initial access token that a client came with: what it may register goes on being what that token says.
async fn invitation(desk: &Desk, client: &Client) -> FlowResult<Option<InitialToken>> {
    let Some(id) = client.terms.initial_token.clone() else { return Ok(None) };
    Ok(desk.store.glance(move |reader| initial_tokens::find(reader, &id)).await?)
}

/// The client whose registration access token this is. Unknown clients and wrong tokens cost the same.
async fn opened(desk: &Arc<Desk>, id: &ClientId, token: Option<&str>) -> FlowResult<(Client, Plain)> {
    let text = token.ok_or_else(|| rule::token_refused(Why::RegistrationTokenMissing))?;
    let shown = Plain::parse(TokenKind::Registration, text);
    let wanted = id.clone();
    let client = desk.store.glance(move |reader| clients::find(reader, &wanted)).await?;
    let wrong = || Stop::Refuse(rule::token_refused(Why::RegistrationTokenWrong));
    let shown = shown.ok_or_else(wrong)?;
    let client = client.filter(|client| opens(client, &digest::of(&shown))).ok_or_else(wrong)?;
    Ok((client, shown))
}

fn opens(client: &Client, key: &Digest) -> bool {
    let ours = client.registration_token.as_ref();
    ours.is_some_and(|ours| digest::constant_time_eq(ours.hex().as_bytes(), key.hex().as_bytes()))
}

/// Compares the secret that an update repeats with the live ones.
async fn compare(desk: &Arc<Desk>, call: &Call, client: &Client, sent: Option<&str>) -> FlowResult<SecretVerdict> {
    let Some(sent) = sent else { return Ok(SecretVerdict::NotAsked) };
    let secret = Plain::new(sent.to_owned());
    if !desk.secrets.is_genuine(&client.id, &secret) {
        return Ok(SecretVerdict::Differs);
    }
    let live = client_auth::live_secrets(client, call.now);
    let hashes: Vec<String> = live.into_iter().map(|secret| secret.hash.clone()).collect();
    let id = client.id.clone();
    let matches = desk.hash(move |known| hashes.iter().any(|hash| known.matches(&id, &secret, hash))).await?;
    Ok(if matches { SecretVerdict::Matches } else { SecretVerdict::Differs })
}

/// Makes the secret that a client needs from now on, if it needs one: to be shown, and to be kept.
pub(super) async fn secret_for(
    desk: &Arc<Desk>,
    call: &Call,
    client: &Client,
    change: SecretChange,
) -> FlowResult<(Option<Plain>, Option<StoredSecret>)> {
    if change != SecretChange::Issue {
        return Ok((None, None));
    }
    let (shown, stored) = register::hashed(desk, call, desk.secrets.draw(&client.id), client.origin).await?;
    Ok((Some(shown), Some(stored)))
}

fn put(
    tx: &mut Tx<'_>,
    call: &Call,
    seen: &Client,
    key: &Digest,
    update: Update,
    made: Option<StoredSecret>,
) -> FlowResult<Client> {
    let client = still_open(tx, &seen.id, key)?;
    as_judged(&client, seen)?;
    let (changed, _) = rewrite(tx, call, &Actor::Client(client.id.clone()), client, update, made)?;
    Ok(changed)
}

/// Whether a client is still the one that a change was judged against.
pub(super) fn as_judged(client: &Client, seen: &Client) -> FlowResult<()> {
    // Else somebody was faster: what was judged is no longer what is there, so it is asked again.
    let is_same = client.metadata == seen.metadata
        && client.terms == seen.terms
        && client.trusted == seen.trusted
        && client.secret == seen.secret;
    if is_same { Ok(()) } else { Err(Stop::Fail(StoreError::Busy)) }
}

/// Writes an update over a registration, and ends what goes beyond what it may have from now on.
pub(super) fn rewrite(
    tx: &mut Tx<'_>,
    call: &Call,
    actor: &Actor,
    client: Client,
    update: Update,
    made: Option<StoredSecret>,
) -> FlowResult<(Client, Ended)> {
    let (secret, old_secret) = match update.secret {
        SecretChange::Keep => (client.secret.clone(), client.old_secret.clone()),
        SecretChange::Issue => (made, None),
        SecretChange::Withdraw => (None, None),
    };
    let changed = Client { secret, old_secret, updated_at: call.now, ..update.onto(&client) };
    clients::update(tx, &changed, call.now)?;
    if update.is_another {
        consents::forget_client(tx, &changed.id)?;
    }
    let beyond = beyond(tx, call, &client, &edit::lost(&client, &changed))?;
    let ended = grants::end_all(tx, &beyond, GrantEnd::ClientChanged, call.now)?;
    let (before, after) = (json!(client.metadata), json!(changed.metadata));
    audit::record(tx, call, actor, &Event::ClientUpdated { client: client.id, before, after, ended })?;
    Ok((changed, ended))
}

/// The grants of a client that go beyond what a change leaves it.
pub(super) fn beyond(reader: &mut Reader<'_>, call: &Call, client: &Client, lost: &Lost) -> StoreResult<Of> {
    let scopes = match &lost.most_scope {
        Some(most) => {
            let mut all = grants::scopes(reader, &client.id, call.now)?;
            all.retain(|scope| !scope.is_subset_of(most));
            all
        }
        None => Vec::new(),
    };
    Ok(Of::Beyond(client.id.clone(), Beyond { scopes, itself: lost.itself }))
}

fn strike_out(tx: &mut Tx<'_>, call: &Call, id: &ClientId, key: &Digest) -> FlowResult<()> {
    let client = still_open(tx, id, key)?;
    let leaving = client.id.clone();
    let ended = departures::strike_out(tx, call, client, Departure::Deleted, None)?;
    let event = Event::ClientDeleted { client: leaving.clone(), ended };
    Ok(audit::record(tx, call, &Actor::Client(leaving), &event)?)
}

/// The client as it is now, if the token still opens it.
fn still_open(tx: &mut Tx<'_>, id: &ClientId, key: &Digest) -> FlowResult<Client> {
    let client = clients::find(tx, id)?.filter(|client| opens(client, key));
    Ok(client.ok_or_else(|| rule::token_refused(Why::RegistrationTokenWrong))?)
}

fn noted<T>(desk: &Desk, call: &Call, id: &ClientId, result: FlowResult<T>) -> FlowResult<T> {
    if let Err(Stop::Refuse(error)) = &result {
        desk.refused(call, "manage", error, Some(id), None);
    }
    result
}
