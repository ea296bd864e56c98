//! Clients whose id leads to a document that describes them (draft-ietf-oauth-client-id-metadata-document): found in the book
//! while the document is fresh, else fetched through the guard (once for all who come meanwhile), judged, and written
//! into the book, where they are clients like all others. A host that cannot be reached revokes nothing for a day; one
//! that says that the document is gone does at once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    base::{
        attempt::{Attempt, Way},
        call::Call,
        client::{Client, Departure, Described, Metadata, Origin},
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        id::ClientId,
        registration::RegistrationPolicy,
        time::Span,
    },
    flows::{Desk, FlowResult, clients::person, register, together::Together},
    oauth::{
        cimd,
        error::{OAuthError, invalid_client, not_found, temporarily_unavailable},
        registration::{
            manage,
            policy::{self, Admission},
        },
        why::Why,
    },
    outbound::guard::{FetchError, Lane},
    store::{
        Reader, Stop, StoreResult, Tx, audit, clients, consents, documents,
        grants::{self, Of},
        tallies, tombstones,
    },
};

/// How long a host that is in trouble is left alone.
const AGAIN_AFTER: Span = Span::seconds(60);

/// Documents that are being fetched: many who come at once with the same client wait for one fetch, and hear the same of it.
#[derive(Default)]
pub struct Fetches(Together<ClientId, Result<Option<Client>, OAuthError>>);

/// What the book says of an id that leads to a document.
struct Known {
    client: Option<Client>,
    described: Option<Described>,
    approved: bool,
}

/// What is known of an id before anything is fetched.
enum Seen {
    /// All that there is to know; `None`: there is no such client any more.
    Enough(Option<Client>),
    /// Its document has to be read.
    Wanting(Look),
}

/// A look at what is described by a document.
struct Look {
    id: ClientId,
    host: String,
    known: Known,
    rules: Arc<RegistrationPolicy>,
}

/// The client of that id, whichever way it came in. Refuses when its document cannot be had or is no good.
pub async fn find(desk: &Arc<Desk>, call: &Call, id: &ClientId) -> FlowResult<Option<Client>> {
    if !cimd::is_url(id) {
        let wanted = id.clone();
        return Ok(desk.store.glance(move |reader| clients::find(reader, &wanted)).await?);
    }
    if let Seen::Enough(found) = look(desk, call, id).await? {
        return Ok(found);
    }
    let work = async {
        // Whoever was here before may have written it into the book since.
        let found = match look(desk, call, id).await {
            Ok(Seen::Enough(found)) => Ok(found),
            Ok(Seen::Wanting(look)) => fetch(desk, call, look).await,
            Err(stop) => Err(stop),
        };
        match found {
            Ok(found) => Ok(Ok(found)),
            Err(Stop::Refuse(error)) => Ok(Err(error)),
            Err(Stop::Fail(error)) => Err(error),
        }
    };
    Ok(desk.documents.0.once(id.clone(), work).await??)
}

/// What the book says of an id, and whether that is enough.
async fn look(desk: &Desk, call: &Call, id: &ClientId) -> FlowResult<Seen> {
    let host = cimd::host(id, desk.config.sign_in.is_local())?;
    let (wanted, asked) = (id.clone(), host.clone());
    let known = desk.store.glance(move |reader| known(reader, &wanted, &asked)).await?;
    let Some(known) = known else { return Ok(Seen::Enough(None)) };
    let look = Look { id: id.clone(), host, known, rules: desk.store.standing().registration() };
    match &look.known.client {
        Some(client) if client.disabled_at.is_some() => return Ok(Seen::Enough(look.known.client)),
        _ => welcome(desk, call, &look)?,
    }
    let fresh = look.known.described.as_ref().is_some_and(|described| call.now < described.fresh_until);
    Ok(match look.known.client {
        Some(client) if fresh => Seen::Enough(Some(client)),
        _ => Seen::Wanting(look),
    })
}

/// What is in the book; `None` when an administrator took the client out of it for good.
fn known(reader: &mut Reader<'_>, id: &ClientId, host: &str) -> StoreResult<Option<Known>> {
    let client = clients::find(reader, id)?;
    if client.is_none() && is_revoked(reader, id)? {
        return Ok(None);
    }
    let described = documents::find(reader, id)?;
    Ok(Some(Known { client, described, approved: documents::is_approved(reader, host)? }))
}

/// Whether an administrator took the client of that id out of the book.
fn is_revoked(reader: &mut Reader<'_>, id: &ClientId) -> StoreResult<bool> {
    Ok(tombstones::find(reader, id)?.is_some_and(|stone| stone.why == Departure::Revoked))
}

/// Whether documents of that host may describe clients here.
fn welcome(desk: &Desk, call: &Call, look: &Look) -> Result<(), OAuthError> {
    let judged = policy::may_describe(&look.rules, &look.host, look.known.approved);
    if let Err(error) = &judged
        && look.known.client.is_none()
    {
        let way = Way::Document(look.host.clone());
        desk.attempted(call, Attempt { way, names: Vec::new(), redirect_uris: Vec::new() }, Err(error));
    }
    judged.map(drop)
}

async fn fetch(desk: &Arc<Desk>, call: &Call, look: Look) -> FlowResult<Option<Client>> {
    let used = look.known.client.as_ref().is_some_and(|client| client.authorized_at.is_some());
    let lane = if used { Lane::Known } else { Lane::Stranger };
    let error = match desk.guard.get(look.id.as_str(), lane, call.now).await {
        Ok(fetched) => match judged(desk, call, &look, fetched.body) {
            Ok(metadata) => {
                let life = fetched.fresh_for.unwrap_or(cimd::SHORTEST).clamp(cimd::SHORTEST, cimd::LONGEST);
                return accept(desk, call, look, metadata, life).await;
            }
            Err(error) => error,
        },
        Err(trouble) if trouble.is_passing() => return stand_in(desk, call, look.known, trouble).await.map(Some),
        Err(trouble) => refusal(trouble),
    };
    if look.known.described.is_some() {
        desk.store.record(move |tx| documents::forget(tx, &look.id)).await?;
    }
    Err(error.into())
}

/// What a document says of its client, if it may. What policy said of a new one is kept, for rehearsals.
fn judged(desk: &Desk, call: &Call, look: &Look, body: Value) -> Result<Metadata, OAuthError> {
    let attempt = cimd::attempt(&look.host, &body);
    let judged = cimd::document(&look.id, body, &desk.config.policy, &look.rules);
    if look.known.client.is_none() {
        match policy::admit(&attempt, &look.rules, |_| look.known.approved) {
            Ok(_) if judged.is_ok() => desk.attempted(call, attempt, Ok(())),
            Err(error) if policy::decides(error.why()) => desk.attempted(call, attempt, Err(&error)),
            _ => (),
        }
    }
    judged
}

/// The client as it was, while its host is in trouble and the document is not too old.
async fn stand_in(desk: &Arc<Desk>, call: &Call, known: Known, trouble: FetchError) -> FlowResult<Client> {
    let described = known.described.filter(|described| call.now < described.stale_until);
    let (Some(client), Some(described)) = (known.client, described) else {
        return Err(refusal(trouble).into());
    };
    let fresh_until = call.now + AGAIN_AFTER;
    let described = Described { fresh_until, trouble: Some(trouble.to_string()), ..described };
    let id = client.id.clone();
    desk.store.record(move |tx| documents::put(tx, &id, &described)).await?;
    Ok(client)
}

/// Writes a good document into the book: a new client, or one that says something else from now on. `None` when it was revoked
/// while its document was fetched.
async fn accept(
    desk: &Arc<Desk>,
    call: &Call,
    look: Look,
    metadata: Metadata,
    life: Span,
) -> FlowResult<Option<Client>> {
    let described = Described {
        fetched_at: call.now,
        fresh_until: call.now + life,
        stale_until: call.now + life + cimd::STALE,
        trouble: None,
    };
    let call = call.clone();
    desk.store
        .write(move |tx| {
            let client = match clients::find(tx, &look.id)? {
                Some(client) => changed(tx, &call, client, metadata)?,
                None if is_revoked(tx, &look.id)? => return Ok(None),
                None => {
                    register::make_room(tx, &call, Origin::Document, &look.rules)?;
                    came(tx, &call, look.id, metadata)?
                }
            };
            documents::put(tx, &client.id, &described)?;
            Ok(Some(client))
        })
        .await
}

fn came(tx: &mut Tx<'_>, call: &Call, id: ClientId, metadata: Metadata) -> Result<Client, Stop<OAuthError>> {
    let arrived = Client::new(id, metadata, Origin::Document, call.now);
    let client = Client { created_ip: call.ip.clone(), ..arrived };
    clients::insert(tx, &client)?;
    tallies::add(tx, "registered", 1, call.now)?;
    let event =
        Event::ClientRegistered { client: client.id.clone(), name: client.name().to_owned(), initial_token: None };
    audit::record(tx, call, &Actor::Client(client.id.clone()), &event)?;
    Ok(client)
}

fn changed(tx: &mut Tx<'_>, call: &Call, before: Client, metadata: Metadata) -> Result<Client, Stop<OAuthError>> {
    if before.metadata == metadata {
        return Ok(before);
    }
    let is_another = manage::is_another(&before.metadata, &metadata);
    let event = Event::ClientUpdated {
        client: before.id.clone(),
        before: json!(before.metadata),
        after: json!(metadata),
        ended: Ended::default(),
    };
    let client = Client { metadata, updated_at: call.now, trusted: before.trusted && !is_another, ..before };
    clients::update(tx, &client, call.now)?;
    if is_another {
        consents::forget_client(tx, &client.id)?;
    }
    audit::record(tx, call, &Actor::Client(client.id.clone()), &event)?;
    Ok(client)
}

/// What to say when nothing could be fetched: each cause has its own reason.
fn refusal(trouble: FetchError) -> OAuthError {
    let why = match trouble {
        FetchError::Url => Why::DocumentUrl,
        FetchError::Address => Why::DocumentAddress,
        FetchError::Unreachable | FetchError::TimedOut => Why::DocumentUnreachable,
        FetchError::Status(404 | 410) => Why::DocumentGone,
        FetchError::Status(_) => Why::DocumentStatus,
        FetchError::NotJson | FetchError::TooLarge => Why::DocumentType,
        FetchError::Budget => Why::DocumentBudget,
    };
    let error = match trouble.is_passing() {
        true => temporarily_unavailable(why).with_retry_after(AGAIN_AFTER),
        false => invalid_client(why),
    };
    error.about(&trouble.to_string())
}

/// Approves a host: its documents may describe clients. `false` if it was approved already.
pub async fn approve_host(desk: &Desk, call: &Call, actor: &Actor, host: &str) -> FlowResult<bool> {
    let (call, actor) = (call.clone(), actor.clone());
    let row = documents::Host { host: host.to_ascii_lowercase(), approved_at: call.now, approved_by: person(&actor) };
    desk.store
        .write(move |tx| {
            let new = documents::approve(tx, &row)?;
            if new {
                audit::record(tx, &call, &actor, &Event::DocumentHostApproved { host: row.host })?;
            }
            Ok(new)
        })
        .await
}

/// Takes the approval of a host back. Its clients stay in the book; where the policy asks, they wait for an administrator again,
/// and what people allowed them ends.
pub async fn remove_host(desk: &Desk, call: &Call, actor: &Actor, host: &str) -> FlowResult<()> {
    let (call, actor, host) = (call.clone(), actor.clone(), host.to_ascii_lowercase());
    let asks = policy::may_describe(&desk.store.standing().registration(), &host, false) == Ok(Admission::Waits);
    desk.store
        .write(move |tx| {
            if !documents::disapprove(tx, &host)? {
                return Err(not_found().into());
            }
            for client in if asks { clients::described_at(tx, &host)? } else { Vec::new() } {
                grants::end_all(tx, &Of::Client(client.clone()), GrantEnd::TakenBack, call.now)?;
                consents::forget_client(tx, &client)?;
            }
            Ok(audit::record(tx, &call, &actor, &Event::DocumentHostRemoved { host })?)
        })
        .await
}
