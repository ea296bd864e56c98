//! The clients that the configuration lists: in the book from the start, as listed, and out of it when they are not listed any
//! more.

use std::collections::HashSet;

use serde_json::json;

use crate::{
    base::{
        call::Call,
        client::{AuthMethod, Client, Departure, GrantType, Metadata, Origin, Terms},
        event::{Actor, Ended, Event},
    },
    config::ClientEntry,
    flows::departures,
    store::{StoreResult, Tx, audit, clients, consents, standing::Change, tombstones},
};

/// Makes the book hold what the configuration lists, and no more of what it listed before.
pub(super) fn take_up(tx: &mut Tx<'_>, call: &Call, listed: &[ClientEntry]) -> StoreResult<()> {
    for entry in listed {
        let metadata = metadata(entry);
        match clients::find(tx, &entry.id)? {
            Some(known) if known.origin == Origin::Configured && known.metadata == metadata => {}
            Some(known) => change(tx, call, known, metadata)?,
            None => add(tx, call, entry, metadata)?,
        }
    }
    let still: HashSet<_> = listed.iter().map(|entry| &entry.id).collect();
    for client in clients::configured(tx)?.into_iter().filter(|client| !still.contains(&client.id)) {
        let id = client.id.clone();
        let ended = departures::strike_out(tx, call, client, Departure::Revoked, None)?;
        let reason = Some("no longer in the configuration".to_owned());
        audit::record(tx, call, &Actor::System, &Event::ClientRevoked { client: id, reason, ended })?;
    }
    Ok(())
}

fn metadata(entry: &ClientEntry) -> Metadata {
    Metadata {
        redirect_uris: entry.redirect_uris.clone(),
        token_endpoint_auth_method: AuthMethod::None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec!["code".to_owned()],
        client_name: Some(entry.name.clone().unwrap_or_else(|| entry.id.to_string())),
        scope: entry.scope.clone(),
        ..Metadata::default()
    }
}

fn add(tx: &mut Tx<'_>, call: &Call, entry: &ClientEntry, metadata: Metadata) -> StoreResult<()> {
    let client = Client::new(entry.id.clone(), metadata, Origin::Configured, call.now);
    tombstones::remove(tx, &client.id)?;
    clients::insert(tx, &client)?;
    // It may have been disabled when it left.
    tx.announce(Change::ClientRefused(client.id.clone(), false), call.now)?;
    let event = Event::ClientCreated { client: client.id.clone(), name: client.name().to_owned() };
    audit::record(tx, call, &Actor::System, &event)
}

/// It is another client now to the people who let it in, whoever it was before.
fn change(tx: &mut Tx<'_>, call: &Call, known: Client, metadata: Metadata) -> StoreResult<()> {
    let event = Event::ClientUpdated {
        client: known.id.clone(),
        before: json!(known.metadata),
        after: json!(metadata),
        ended: Ended::default(),
    };
    let client = Client {
        metadata,
        origin: Origin::Configured,
        terms: Terms::default(),
        secret: None,
        old_secret: None,
        registration_token: None,
        registration_token_at: None,
        updated_at: call.now,
        trusted: false,
        ..known
    };
    consents::forget_client(tx, &client.id)?;
    clients::update(tx, &client, call.now)?;
    audit::record(tx, call, &Actor::System, &event)
}
