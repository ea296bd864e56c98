//! What the book says of clients, for people and for programs. Never a secret: there is none to show.

use std::collections::HashMap;

use super::{
    List,
    meant::{Meant, meant, none, several, why_it_left},
};
use crate::{
    base::{
        client::{Client, StoredSecret, Tombstone},
        id::ClientId,
        time::Time,
    },
    cli::{
        output::{say, say_json},
        table,
        work::{Trouble, Work},
    },
    facts::{client as facts, every},
    store::{
        Reader, StoreResult,
        clients::{self, Filter},
        grants::{self, Of},
    },
};

/// How many rows are read in one go.
const BATCH: usize = 500;

/// How many live grants and people a client has.
type Uses = HashMap<ClientId, (i64, i64)>;

pub(super) async fn list(work: &Work, list: List) -> Result<(), Trouble> {
    let (filter, most, now) = (list.filter(), list.limit.unwrap_or(usize::MAX), work.call.now);
    let (all, uses) = work.desk.store.read(move |reader| all(reader, &filter, most, now)).await?;
    let used = |client: &Client| uses.get(&client.id).copied().unwrap_or_default();
    if list.json {
        let rows: Vec<_> = all.iter().map(|client| facts::Client::of(client.clone(), used(client), now)).collect();
        say_json(&rows);
        return Ok(());
    }
    let rows = all.iter().map(|client| {
        [
            client.id.to_string(),
            client.name().to_owned(),
            facts::State::of(client).as_str().to_owned(),
            client.origin.as_str().to_owned(),
            used(client).0.to_string(),
            table::moment_or_nothing(client.last_used_at),
            table::moment(client.created_at),
        ]
    });
    let header = ["client_id", "name", "state", "origin", "people", "last used", "registered"];
    table::print(header, rows, "No client is in the book that fits.");
    Ok(())
}

pub(super) async fn one(work: &Work, wanted: &str, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    match meant(work, wanted).await? {
        Meant::One(client) => {
            let id = client.id.clone();
            let live = work.desk.store.read(move |reader| grants::weigh(reader, &Of::Client(id), now)).await?;
            if json {
                say_json(&facts::Client::of(*client, (live.people, live.grants), now))
            } else {
                tell(&client, live, now)
            }
            Ok(())
        }
        Meant::Gone(stone) => {
            if json {
                say_json(&facts::Remains::from(*stone))
            } else {
                tell_of(&stone)
            }
            Ok(())
        }
        Meant::Several(ids) => Err(several(wanted, &ids)),
        Meant::None => Err(none(wanted)),
    }
}

fn all(reader: &mut Reader<'_>, filter: &Filter, most: usize, now: Time) -> StoreResult<(Vec<Client>, Uses)> {
    let all = pages(reader, filter, most)?;
    let mut uses = Uses::new();
    for batch in all.chunks(BATCH) {
        let ids: Vec<ClientId> = batch.iter().map(|client| client.id.clone()).collect();
        let counts = grants::count_by_client(reader, &ids, now)?;
        uses.extend(counts.into_iter().map(|(id, people, grants)| (id, (people, grants))));
    }
    Ok((all, uses))
}

fn pages(reader: &mut Reader<'_>, filter: &Filter, most: usize) -> StoreResult<Vec<Client>> {
    every(most, |seek, size| clients::page(reader, filter, seek, size))
}

fn tell(client: &Client, live: crate::base::event::Ended, now: Time) {
    let metadata = &client.metadata;
    let uris: Vec<_> = metadata.redirect_uris.iter().map(ToString::to_string).collect();
    let grants: Vec<_> = metadata.grant_types.iter().map(|grant| grant.as_str()).collect();
    let secret = |secret: &Option<StoredSecret>| match secret.as_ref().filter(|secret| secret.is_live(now)) {
        Some(StoredSecret { issued_at, expires_at: Some(end), .. }) => {
            format!("made {}, works until {}", table::moment(*issued_at), table::moment(*end))
        }
        Some(StoredSecret { issued_at, .. }) => format!("made {}", table::moment(*issued_at)),
        None => String::new(),
    };
    let disabled = client.disabled_at.map(|at| format!(" since {}", table::moment(at))).unwrap_or_default();
    let token = client.registration_token_at.map(|at| format!("made {}", table::moment(at))).unwrap_or_default();
    let by = client.created_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    table::facts([
        ("client_id", client.id.to_string()),
        ("name", client.name().to_owned()),
        ("state", format!("{}{disabled}", facts::State::of(client).as_str())),
        ("origin", format!("{}{by}", client.origin.as_str())),
        ("vouched for by", client.proof().as_str().to_owned()),
        ("trusted", if client.trusted { "yes".into() } else { String::new() }),
        ("registered", table::moment(client.created_at)),
        ("from", client.created_ip.clone()),
        ("last used", table::moment_or_nothing(client.last_used_at)),
        ("live", table::ended(&live)),
        ("authenticates", metadata.token_endpoint_auth_method.as_str().to_owned()),
        ("secret", secret(&client.secret)),
        ("old secret", secret(&client.old_secret)),
        ("registration token", token),
        ("redirects to", uris.join(" ")),
        ("grants", grants.join(" ")),
        ("scope", metadata.scope.to_string()),
        ("home page", metadata.client_uri.clone().unwrap_or_default()),
        ("contacts", metadata.contacts.join(" ")),
    ]);
}

fn tell_of(stone: &Tombstone) {
    say("This registration has left the book.");
    table::facts([
        ("client_id", stone.id.to_string()),
        ("name", stone.metadata.client_name.clone().unwrap_or_default()),
        ("why", why_it_left(stone)),
        ("registered", table::moment(stone.created_at)),
        ("left", table::moment(stone.left_at)),
    ]);
}
