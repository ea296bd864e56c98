//! Registration (RFC 7591): check, draw, hash, make room when the book is full, write.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use serde_json::Value;

use crate::{
    base::{
        attempt::Way,
        call::Call,
        client::{AuthMethod, Client, Metadata, Origin, StoredSecret, Terms},
        event::{Actor, Event},
        id::{ClientId, UserId},
        registration::{RegistrationMode, RegistrationPolicy},
        secret::Plain,
        token::TokenKind,
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult, departures, initial_tokens, statements},
    oauth::{
        error::OAuthError,
        registration::{self, Registrant, Request, policy, reply},
        why::Why,
    },
    store::{self, Stop, StoreResult, Tx, audit, clients},
};

/// How many of the oldest never-used clients are looked at for the one that makes room.
const CANDIDATES: i64 = 100;

/// A registration that was just made, with what is shown once.
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its secret, when it has one.
    pub secret: Option<Plain>,
    /// Its registration access token.
    pub registration_token: Plain,
}

/// A client signs the book by itself, with the initial access token that it shows, if it shows one. Gives the body of the 201.
pub async fn sign(desk: &Arc<Desk>, call: &Call, shown: Option<&str>, body: &[u8]) -> FlowResult<Value> {
    let result = signed(desk, call, shown, body).await;
    if let Err(Stop::Refuse(error)) = &result {
        desk.refused(call, "register", error, None, None);
    }
    result
}

async fn signed(desk: &Arc<Desk>, call: &Call, shown: Option<&str>, body: &[u8]) -> FlowResult<Value> {
    let rules = desk.store.standing().registration();
    let members = Request::members(body)?;
    let invitation = initial_tokens::shown(desk, call, shown, &rules).await?;
    let registrant = invitation.as_ref().map_or(Registrant::Stranger, Registrant::Invited);
    // Nothing is fetched for whoever may not come in anyway.
    let request = match policy::may_register(&rules, registrant) {
        Ok(()) => statements::read(desk, call, members).await?,
        Err(_) => Request::of(members)?,
    };
    let (statement, is_stated) = (request.statement.clone(), request.is_stated());
    let metadata = judged(desk, call, request, &rules, registrant)?;
    let may_be_reused = rules.reuse && invitation.is_none() && metadata.token_endpoint_auth_method == AuthMethod::None;
    let mut new = prepare(desk, call, metadata, Origin::Dynamic, None).await?;
    new.client.terms = Terms {
        initial_token: invitation.as_ref().map(|token| token.id.clone()),
        most_scope: policy::most_scope(registrant),
        waits: rules.mode == RegistrationMode::Approval && invitation.is_none() && !is_stated,
        statement,
    };
    let (entry, at) = (new.client.clone(), call.clone());
    let known = desk.store.write(move |tx| {
        if may_be_reused && let Some(known) = clients::twin(tx, &entry)? {
            return Ok(Some(shared(tx, &at, known)?));
        }
        enter(tx, &at, &entry, &rules)?;
        Ok::<_, Stop<OAuthError>>(None)
    });
    let issuer = &desk.config.issuer;
    if let Some(known) = known.await? {
        return Ok(reply::reply(&known, issuer, None, None));
    }
    desk.metrics.registered();
    desk.tallies.add("registered", call.now);
    Ok(reply::reply(&new.client, issuer, new.secret.as_ref(), Some(&new.registration_token)))
}

/// Writes a new client into the book: its initial access token is used once more, and another client makes room if need be.
fn enter(tx: &mut Tx<'_>, call: &Call, client: &Client, rules: &RegistrationPolicy) -> Result<(), Stop<OAuthError>> {
    let initial_token = client.terms.initial_token.clone();
    if let Some(id) = &initial_token
        && !store::initial_tokens::spend(tx, id, call.now)?
    {
        // Somebody else was faster with its last use.
        return Err(policy::token_refused(Why::InitialTokenSpent).into());
    }
    make_room(tx, call, Origin::Dynamic, rules)?;
    clients::insert(tx, client)?;
    let event = Event::ClientRegistered { client: client.id.clone(), name: client.name().to_owned(), initial_token };
    Ok(audit::record(tx, call, &Actor::Client(client.id.clone()), &event)?)
}

/// A client that is used by several from now on: whoever registered it first can no longer change or delete it.
fn shared(tx: &mut Tx<'_>, call: &Call, known: Client) -> StoreResult<Client> {
    if known.registration_token.is_none() {
        return Ok(known);
    }
    let client = Client { registration_token: None, registration_token_at: None, ..known };
    clients::update(tx, &client, call.now)?;
    audit::record(tx, call, &Actor::System, &Event::RegistrationTokenRevoked { client: client.id.clone() })?;
    Ok(client)
}

/// What the client registers, if it may. What policy said is kept, so that another policy can be rehearsed on it.
fn judged(
    desk: &Desk,
    call: &Call,
    request: Request,
    rules: &RegistrationPolicy,
    registrant: Registrant<'_>,
) -> Result<Metadata, OAuthError> {
    let way = match registrant {
        Registrant::Stranger if request.is_stated() => Way::Stated,
        Registrant::Stranger => Way::Stranger,
        Registrant::Invited(_) | Registrant::VouchedFor | Registrant::Administrator => Way::Invited,
    };
    let attempt = request.attempt(way);
    let judged = registration::check(request, &desk.config.policy, rules, registrant);
    let judged = judged.map_err(|error| error.of_client(attempt.name()));
    match &judged {
        Ok(_) => desk.attempted(call, attempt, Ok(())),
        Err(error) if policy::decides(error.why()) => desk.attempted(call, attempt, Err(error)),
        Err(_) => (),
    }
    judged
}

/// Draws the id and the secrets of a new client, and hashes off the async workers.
pub(super) async fn prepare(
    desk: &Arc<Desk>,
    call: &Call,
    metadata: Metadata,
    origin: Origin,
    by: Option<UserId>,
) -> FlowResult<Registered> {
    let id = random::id(ClientId::DRAWN, call.millis);
    let secret = metadata.token_endpoint_auth_method.has_secret().then(|| desk.secrets.draw(&id));
    let (secret, stored) = match secret {
        Some(secret) => {
            let (secret, stored) = hashed(desk, call, secret, origin).await?;
            (Some(secret), Some(stored))
        }
        None => (None, None),
    };
    let registration_token = random::token(TokenKind::Registration);
    let client = Client {
        secret: stored,
        registration_token: Some(digest::of(&registration_token)),
        registration_token_at: Some(call.now),
        created_ip: call.ip.clone(),
        created_by: by,
        ..Client::new(id, metadata, origin, call.now)
    };
    Ok(Registered { client, secret, registration_token })
}

/// Hashes a secret on the blocking pool.
pub(super) async fn hashed(
    desk: &Arc<Desk>,
    call: &Call,
    secret: Plain,
    origin: Origin,
) -> FlowResult<(Plain, StoredSecret)> {
    let (secret, hash) = desk
        .hash(move |secrets| {
            let hash = secrets.hash(&secret);
            (secret, hash)
        })
        .await?;
    let life = desk.config.policy.lifetimes.client_secret.filter(|_| origin == Origin::Dynamic);
    Ok((secret, StoredSecret { hash: hash?, issued_at: call.now, expires_at: life.map(|life| call.now + life) }))
}

/// Makes room for one more client that comes in that way: takes out one that was never authorized and for which nothing waits,
/// from the address that brought most of them. Refuses when all are in use.
pub(super) fn make_room(
    tx: &mut Tx<'_>,
    call: &Call,
    origin: Origin,
    rules: &RegistrationPolicy,
) -> Result<(), Stop<OAuthError>> {
    if !policy::is_full(clients::count_of(tx, origin)?, rules) {
        return Ok(());
    }
    let candidates = clients::never_used(tx, origin, call.now - policy::MAKES_ROOM_AFTER, CANDIDATES)?;
    for client in heaviest_first(candidates) {
        if departures::retire(tx, call, client)? {
            return Ok(());
        }
    }
    Err(policy::no_room().into())
}

/// The oldest of the address that brought most, then its others, then those of the next address.
fn heaviest_first(mut clients: Vec<Client>) -> Vec<Client> {
    let mut brought: HashMap<String, usize> = HashMap::new();
    clients.iter().for_each(|client| *brought.entry(client.created_ip.clone()).or_default() += 1);
    let weight = |client: &Client| brought.get(&client.created_ip).copied().unwrap_or_default();
    clients.sort_by_key(|client| (Reverse(weight(client)), client.created_at));
    clients
}
