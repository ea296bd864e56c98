//! Clients that an administrator has to approve: a person lets one in and waits, an administrator decides, and what waits goes on
//! by itself. A decision may be for this once, for the person, or for all clients that are alike.

use std::sync::Arc;

use crate::{
    base::{
        approval::{Approval, Decided, Reach, Wait},
        call::Call,
        client::{Client, Origin},
        event::{Actor, Event},
        id::{ApprovalId, ClientId, UserId, WaitId},
        registration::RegistrationPolicy,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Digest,
        time::{Span, Time},
        user::User,
    },
    crypto::random,
    flows::{Desk, FlowResult, clients::person, device},
    oauth::{
        error::{OAuthError, access_denied, invalid_request, not_found},
        registration::policy::needs_approval,
        why::Why,
    },
    store::{Reader, Stop, StoreError, StoreResult, Tx, approvals, audit, clients, documents, parked},
};

/// How long somebody waits for an administrator.
pub const WAIT: Span = Span::minutes(10);
/// For no longer than that is anything decided, unless it is for good.
pub const LONGEST_LIFE: Span = Span::days(3_650);
/// How much longer the request stays, so that its client hears that nobody decided.
const HEARD: Span = Span::minutes(10);

/// Where a client stands with a person, or with everybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stand {
    /// It may come in, until then at most.
    Allowed(Option<Time>),
    /// Somebody has to decide.
    Open,
    /// It was decided that it may not.
    Denied,
}

/// What somebody allowed who waits.
pub(super) struct Wish {
    /// What goes on once it is decided.
    pub(super) request: Digest,
    /// The pushed request that is spent with it.
    pub(super) pushed: Option<Digest>,
    /// When they signed in.
    pub(super) auth_time: Time,
    /// What they allowed.
    pub(super) scope: ScopeSet,
    /// For which resource.
    pub(super) audience: ResourceUri,
    /// Until when; `None`: until taken back.
    pub(super) ends_at: Option<Time>,
    /// Until when it can go on at all; `None`: for as long as anybody waits.
    pub(super) until: Option<Time>,
}

/// Where a client stands with a person, apart from any request.
pub(super) async fn stand(desk: &Arc<Desk>, call: &Call, client: &Client, user: &UserId) -> StoreResult<Stand> {
    let rules = desk.store.standing().registration();
    if !needs_approval(client, &rules, |_| false) {
        return Ok(Stand::Allowed(None));
    }
    let (client, user, now) = (client.clone(), user.clone(), call.now);
    desk.store.glance(move |reader| stand_with(reader, &rules, &client, Some(&user), now)).await
}

/// Where a client stands with a person; with nobody named: with everybody.
pub fn stand_with(
    reader: &mut Reader<'_>,
    rules: &RegistrationPolicy,
    client: &Client,
    user: Option<&UserId>,
    now: Time,
) -> StoreResult<Stand> {
    Ok(stand_of(reader, rules, client, user, now)?.unwrap_or(Stand::Allowed(None)))
}

/// The same; `None`: it needs no approval.
fn stand_of(
    reader: &mut Reader<'_>,
    rules: &RegistrationPolicy,
    client: &Client,
    user: Option<&UserId>,
    now: Time,
) -> StoreResult<Option<Stand>> {
    let approved = match client.described_by() {
        Some(host) => documents::is_approved(reader, &host)?,
        None => false,
    };
    if !needs_approval(client, rules, |_| approved) {
        return Ok(None);
    }
    Ok(Some(match approvals::decided(reader, &client.group(), user, now)? {
        Some(Decided { allowed: true, until }) => Stand::Allowed(until),
        Some(Decided { allowed: false, .. }) => Stand::Denied,
        None => Stand::Open,
    }))
}

/// Who waits for that request, or did.
pub(super) async fn of_request(desk: &Arc<Desk>, request: &Digest) -> StoreResult<Option<Wait>> {
    let request = request.clone();
    desk.store.glance(move |reader| approvals::of_request(reader, &request)).await
}

/// From now on somebody waits. Whoever waits for the same already goes on doing so.
pub(super) async fn wait(
    desk: &Arc<Desk>,
    call: &Call,
    client: &Client,
    person: &User,
    wish: Wish,
) -> StoreResult<Wait> {
    let wait = Wait {
        id: random::id("dbw_", call.millis),
        request: wish.request,
        client: client.id.clone(),
        group: client.group(),
        user: person.id.clone(),
        auth_time: wish.auth_time,
        scope: wish.scope,
        audience: wish.audience,
        ends_at: wish.ends_at,
        created_at: call.now,
        expires_at: wish.until.unwrap_or(call.now + WAIT),
        decided: None,
    };
    let call = call.clone();
    let (wait, is_new) = desk
        .store
        .record(move |tx| {
            if !approvals::wait(tx, &wait)? {
                let known = approvals::of_request(tx, &wait.request)?;
                let known = known.ok_or_else(|| StoreError::Other("a wait is there and cannot be found".into()))?;
                return Ok((known, false));
            }
            for row in [Some(&wait.request), wish.pushed.as_ref()].into_iter().flatten() {
                parked::stays_until(tx, row, wait.expires_at + HEARD)?;
            }
            let event = Event::ApprovalAsked { client: wait.client.clone(), user: wait.user.clone() };
            audit::record(tx, &call, &Actor::User(wait.user.clone()), &event)?;
            Ok((wait, true))
        })
        .await?;
    if is_new {
        desk.note_wait(&wait, client, person);
    }
    Ok(wait)
}

/// What the client hears when it was not let in, or nobody decided in time. `None` while somebody waits or when it was.
pub(super) fn refusal(wait: &Wait, now: Time) -> Option<OAuthError> {
    match wait.decided {
        Some(Decided { allowed: true, .. }) => None,
        Some(Decided { allowed: false, .. }) => Some(access_denied(Why::ApprovalDenied)),
        None if now >= wait.expires_at => Some(access_denied(Why::ApprovalOver)),
        None => None,
    }
}

/// The earlier end of the two; `None`: none.
pub(super) fn earlier(one: Option<Time>, other: Option<Time>) -> Option<Time> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What an administrator decides.
#[derive(Clone, Copy, Debug)]
pub struct Decision {
    /// Whether the client may come in.
    pub allow: bool,
    /// For whom.
    pub reach: Reach,
    /// For how long; `None`: for good.
    pub life: Option<Span>,
}

/// Decides for somebody who waits, and for all others whom the decision reaches. Gives how many go on or are turned away.
pub async fn decide(
    desk: &Arc<Desk>,
    call: &Call,
    actor: &Actor,
    id: &WaitId,
    decision: Decision,
) -> FlowResult<usize> {
    if decision.life.is_some_and(|life| !(Span::minutes(1)..=LONGEST_LIFE).contains(&life)) {
        return Err(invalid_request(Why::ApprovalLife).into());
    }
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let wait = approvals::find_wait(tx, &id)?.ok_or_else(not_found)?;
            if wait.decided.is_some() || call.now >= wait.expires_at {
                return Err(invalid_request(Why::ApprovalSettled).with_status(409).into());
            }
            let client = clients::find(tx, &wait.client)?.ok_or_else(not_found)?;
            let Decision { allow: allowed, reach, life } = decision;
            if allowed && client.group() != wait.group {
                return Err(invalid_request(Why::ApprovalChanged).with_status(409).into());
            }
            let decided = Decided { allowed, until: life.map(|life| call.now + life) };
            let of = (reach == Reach::Person).then(|| wait.user.clone());
            if reach != Reach::Once {
                keep(tx, &call, &actor, &client, of.as_ref(), decided)?;
            }
            let event = Event::ApprovalDecided {
                client: wait.client.clone(),
                user: Some(wait.user.clone()),
                allowed,
                reach,
                until: decided.until,
            };
            audit::record(tx, &call, &actor, &event)?;
            match reach {
                Reach::Once => settle(tx, &call, &wait, decided).map(|()| 1),
                Reach::Person | Reach::Group => settle_all(tx, &call, &wait.group, of.as_ref(), decided),
            }
            .map_err(Stop::from)
        })
        .await
}

/// Approves a client for everybody and for good, with all that are alike, whether or not somebody waits for it now. Gives how
/// many go on by that; `None`: it needs no approval, and is left as it is.
pub async fn approve(desk: &Arc<Desk>, call: &Call, actor: &Actor, id: &ClientId) -> FlowResult<Option<usize>> {
    let rules = desk.store.standing().registration();
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let client = clients::find(tx, &id)?.ok_or_else(not_found)?;
            match stand_of(tx, &rules, &client, None, call.now)? {
                None => return Ok(None),
                Some(Stand::Allowed(None)) => return Ok(Some(0)),
                Some(Stand::Allowed(Some(_)) | Stand::Open | Stand::Denied) => (),
            }
            let decided = Decided { allowed: true, until: None };
            keep(tx, &call, &actor, &client, None, decided)?;
            let event =
                Event::ApprovalDecided { client: id, user: None, allowed: true, reach: Reach::Group, until: None };
            audit::record(tx, &call, &actor, &event)?;
            Ok(Some(settle_all(tx, &call, &client.group(), None, decided)?))
        })
        .await
}

/// All who wait for clients that are alike are decided, or all of one person.
fn settle_all(
    tx: &mut Tx<'_>,
    call: &Call,
    group: &str,
    user: Option<&UserId>,
    decided: Decided,
) -> StoreResult<usize> {
    let reached = |wait: &Wait| wait.group == group && user.is_none_or(|user| *user == wait.user);
    let waits: Vec<Wait> = approvals::waiting(tx, call.now)?.into_iter().filter(reached).collect();
    for wait in &waits {
        settle(tx, call, wait, decided)?;
    }
    Ok(waits.len())
}

/// One who waited is decided. A device goes on here: nobody comes back to a page for it.
fn settle(tx: &mut Tx<'_>, call: &Call, wait: &Wait, decided: Decided) -> StoreResult<()> {
    if approvals::settle(tx, &wait.id, decided, call.now)? {
        device::approved(tx, call, wait, decided)?;
    }
    Ok(())
}

/// Keeps a decision for clients that are alike. A site that describes clients is approved as such, when it is for good and for
/// everybody.
fn keep(
    tx: &mut Tx<'_>,
    call: &Call,
    actor: &Actor,
    client: &Client,
    user: Option<&UserId>,
    decided: Decided,
) -> StoreResult<()> {
    if let (Some(host), None, Decided { allowed: true, until: None }) = (client.described_by(), user, decided) {
        let row = documents::Host { host, approved_at: call.now, approved_by: person(actor) };
        if documents::approve(tx, &row)? {
            audit::record(tx, call, actor, &Event::DocumentHostApproved { host: row.host })?;
        }
        return Ok(());
    }
    let approval = Approval {
        id: random::id("dbap_", call.millis),
        group: client.group(),
        name: client.name().to_owned(),
        user: user.cloned(),
        decided,
        created_at: call.now,
        created_by: person(actor),
    };
    approvals::put(tx, &approval)
}

/// Takes a decision back, and gives what it was: clients like that wait again. What people allowed goes on.
pub async fn take_back(desk: &Desk, call: &Call, actor: &Actor, id: &ApprovalId) -> FlowResult<Approval> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let gone = approvals::remove(tx, &id)?.ok_or_else(not_found)?;
            let (name, user) = (gone.name.clone(), gone.user.clone());
            let event = Event::ApprovalTakenBack { name, user, allowed: gone.decided.allowed };
            audit::record(tx, &call, &actor, &event)?;
            Ok(gone)
        })
        .await
}

/// One who waits, with what an administrator must know to decide.
pub struct Waiting {
    /// Who waits, and what for.
    pub wait: Wait,
    /// The client.
    pub client: Client,
    /// The login of the person.
    pub login: String,
    /// How many registrations are alike.
    pub alike: i64,
}

/// All who wait now, the longest first.
pub fn waiting(reader: &mut Reader<'_>, now: Time) -> StoreResult<Vec<Waiting>> {
    let waits = approvals::waiting(reader, now)?;
    let people: Vec<UserId> = waits.iter().map(|wait| wait.user.clone()).collect();
    let logins = crate::store::users::logins(reader, &people)?;
    let mut found = Vec::new();
    for wait in waits {
        let Some(client) = clients::find(reader, &wait.client)? else { continue };
        let likeness = client.metadata.likeness();
        let alike = match client.origin {
            Origin::Document => 1,
            _ => clients::count_alike(reader, std::slice::from_ref(&likeness))?.get(&likeness).copied().unwrap_or(1),
        };
        let login = logins.get(&wait.user).cloned().unwrap_or_else(|| wait.user.to_string());
        found.push(Waiting { wait, client, login, alike });
    }
    Ok(found)
}
