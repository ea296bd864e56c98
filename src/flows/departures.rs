//! How a registration leaves the book, whoever takes it out, and how one that was only unused comes back.

use serde_json::json;

use crate::{
    base::{
        call::Call,
        client::{Client, Departure, Origin, Terms, Tombstone},
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        id::{ClientId, UserId},
        registration::RegistrationMode,
    },
    flows::{Desk, FlowResult},
    oauth::{
        error::{invalid_request, not_found},
        registration::{self, Registrant, Request},
        why::Why,
    },
    store::{
        Reader, Stop, StoreResult, Tx, approvals, audit, clients, codes, consents, devices, documents,
        grants::{self, Of},
        parked,
        standing::Change,
        tombstones,
    },
};

/// Takes a client out with everything that hangs on it, and leaves a tombstone. The audit line is the caller's.
pub fn strike_out(
    tx: &mut Tx<'_>,
    call: &Call,
    client: Client,
    why: Departure,
    by: Option<UserId>,
) -> StoreResult<Ended> {
    let ended = grants::end_all(tx, &Of::Client(client.id.clone()), GrantEnd::ClientLeft, call.now)?;
    codes::forget_client(tx, &client.id)?;
    consents::forget_client(tx, &client.id)?;
    parked::forget_client(tx, &client.id)?;
    approvals::forget_client(tx, &client.id)?;
    devices::forget_client(tx, &client.id)?;
    documents::forget(tx, &client.id)?;
    clients::remove(tx, &client, call.now)?;
    if client.origin == Origin::Document && why == Departure::Unused {
        // Its document brings it back whenever it is needed.
        return Ok(ended);
    }
    let stone = Tombstone {
        id: client.id,
        metadata: client.metadata,
        why,
        by,
        created_at: client.created_at,
        left_at: call.now,
    };
    tombstones::put(tx, &stone)?;
    Ok(ended)
}

/// What ends of a client that left for good already: nothing. One that may come back, or never was, is not there.
pub(super) fn is_final(reader: &mut Reader<'_>, id: &ClientId) -> FlowResult<Ended> {
    match tombstones::find(reader, id)?.map(|stone| stone.why) {
        Some(Departure::Revoked | Departure::Deleted) => Ok(Ended::default()),
        Some(Departure::Unused) | None => Err(not_found().into()),
    }
}

/// Takes out a client that nobody uses. `false` when it must stay: somebody may be reading its consent page this minute.
pub fn retire(tx: &mut Tx<'_>, call: &Call, client: Client) -> StoreResult<bool> {
    let id = client.id.clone();
    if parked::waits_for(tx, &id, call.now)? || devices::waits_for(tx, &id, call.now)? {
        return Ok(false);
    }
    let ended = strike_out(tx, call, client, Departure::Unused, None)?;
    audit::record(tx, call, &Actor::System, &Event::ClientRetired { client: id, ended })?;
    Ok(true)
}

/// Retires clients that came in by themselves and were never used, and those that have not been for long, oldest first. Gives how many.
pub async fn retire_unused(desk: &Desk, call: &Call, at_most: i64) -> StoreResult<usize> {
    let (call, rules) = (call.clone(), desk.store.standing().registration());
    desk.store
        .record(move |tx| {
            let mut retired = 0;
            for origin in [Origin::Dynamic, Origin::Document] {
                for client in clients::never_used(tx, origin, call.now - rules.unused, at_most)? {
                    retired += usize::from(retire(tx, &call, client)?);
                }
                for client in clients::idle(tx, origin, call.now - rules.idle, call.now, at_most)? {
                    retired += usize::from(retire(tx, &call, client)?);
                }
            }
            Ok(retired)
        })
        .await
}

/// Puts a registration back that was taken out because nobody used it: the same id, what it had registered, judged by the
/// policy of today. Only a public client can go on with what it has; of secrets and registration tokens nothing was kept. One
/// that is in the book stays as it is.
pub async fn revive(desk: &Desk, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<Client> {
    let wanted = id.clone();
    let found =
        desk.store.read(move |reader| Ok((tombstones::find(reader, &wanted)?, clients::find(reader, &wanted)?)));
    let stone = match found.await? {
        (Some(stone), _) => stone,
        (None, client) => return Ok(client.ok_or_else(not_found)?),
    };
    if stone.why != Departure::Unused {
        return Err(invalid_request(Why::StoneFinal).with_status(409).into());
    }
    if stone.metadata.token_endpoint_auth_method.has_secret() {
        return Err(invalid_request(Why::StoneWithSecret).with_status(409).into());
    }
    let body = json!(stone.metadata).to_string();
    let (request, rules) =
        (Request::members(body.as_bytes()).and_then(Request::of)?, desk.store.standing().registration());
    let metadata = registration::check(request, &desk.offers(), &rules, Registrant::Administrator)?;
    let terms = Terms { waits: rules.mode == RegistrationMode::Approval, ..Terms::default() };
    let client = Client { terms, ..Client::new(stone.id, metadata, Origin::Dynamic, call.now) };
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            if !tombstones::remove(tx, &client.id)? {
                // Somebody else was faster.
                return Ok(clients::find(tx, &client.id)?.ok_or_else(not_found)?);
            }
            clients::insert(tx, &client)?;
            // It may have been disabled when it left.
            tx.announce(Change::ClientRefused(client.id.clone(), false), call.now)?;
            audit::record(tx, &call, &actor, &Event::ClientRevived { client: client.id.clone() })?;
            Ok::<_, Stop<_>>(client)
        })
        .await
}
