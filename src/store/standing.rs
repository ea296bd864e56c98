//! What is refused right now, in memory: ended grants, revoked tokens, disabled clients, suspended people, the access list, and
//! who may come into the book. Loaded at start and updated by each commit before its answer goes out, so that the gate and introspection need no
//! database. Each change is a numbered row too, which other processes on the same database follow.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::prelude::*;

use super::{
    Reader, Tx, allowlist, connection::Db, error::StoreResult, policies, resources, schema::standing_changes as table,
};
use crate::base::{
    access::AccessList,
    grant::is_itself,
    id::{AccessId, ClientId, GrantId, UserId},
    issuer::Issuer,
    register::ResourceBook,
    registration::RegistrationPolicy,
    time::Time,
    user::{Provider, Role, Who},
};

/// How long what is in memory may go without a look at the database before nothing is let in on its word.
const STALE_AFTER: Duration = Duration::from_secs(10);

/// A change of what is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// An access token is refused until it ends by itself.
    TokenRevoked(AccessId, Time),
    /// All tokens of a grant are refused; the last of them ends then.
    GrantEnded(GrantId, Time),
    /// All tokens of a client are refused, or are good again.
    ClientRefused(ClientId, bool),
    /// A client's registration changed or left the book.
    ClientChanged(ClientId),
    /// All tokens of a person are refused, or are good again.
    UserRefused(UserId, bool),
    /// The access list changed.
    Access,
    /// The register of resources changed.
    Register,
    /// The policy of registration changed.
    Registration,
    /// The signing keys changed.
    Keys,
}

/// What the gate asks about a token that is in time and soundly signed.
pub struct Bearer<'a> {
    /// Its `jti`.
    pub token: &'a AccessId,
    /// The grant that gave it.
    pub grant: &'a GrantId,
    /// To whom.
    pub client: &'a ClientId,
    /// In whose name: a person's, or its client's own.
    pub user: &'a UserId,
}

/// What standing says of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing speaks against it.
    Good,
    /// It was revoked, or its grant ended.
    Ended,
    /// Its client is disabled.
    ClientDisabled,
    /// The person is suspended.
    UserSuspended,
    /// The person is no longer on the access list.
    UserNotAllowed,
    /// The database could not be asked for changes for too long to be sure.
    Unknown,
}

/// What comes from configuration and never changes while the server runs.
pub struct Fixed {
    /// Who vouches for people here.
    pub provider: Provider,
    /// The entries of the access list that configuration names.
    pub entries: Vec<(Who, Role)>,
    /// The issuer, which stands in where no resource is meant.
    pub issuer: Issuer,
    /// Who may come into the book, until the dashboard says otherwise.
    pub registration: RegistrationPolicy,
}

/// What is refused right now.
pub struct Standing {
    fixed: Fixed,
    state: RwLock<State>,
    /// Held from reading changes to having taken them up: the look for other processes' changes and the writer's own
    /// would otherwise take up an older one after a newer one.
    order: Mutex<()>,
    keys: AtomicU64,
    clients: AtomicU64,
    published: AtomicU64,
    seen: AtomicI64,
    epoch: Instant,
    checked: AtomicU64,
}

struct State {
    tokens: HashMap<AccessId, Time>,
    grants: HashMap<GrantId, Time>,
    clients: HashSet<ClientId>,
    users: HashSet<UserId>,
    access: Arc<AccessList>,
    register: Arc<ResourceBook>,
    registration: Arc<RegistrationPolicy>,
}

impl Standing {
    /// Reads all of it.
    pub(super) fn load(db: &mut Db, fixed: Fixed, now: Time) -> StoreResult<Self> {
        let mut reader = Reader::new(db);
        // The number first: what another process changes meanwhile is followed once more rather than never.
        let seen = latest(&mut reader)?;
        let state = State::load(&mut reader, &fixed, now)?;
        Ok(Self {
            fixed,
            state: RwLock::new(state),
            order: Mutex::new(()),
            keys: AtomicU64::new(0),
            clients: AtomicU64::new(0),
            published: AtomicU64::new(0),
            seen: AtomicI64::new(seen),
            epoch: Instant::now(),
            checked: AtomicU64::new(0),
        })
    }

    /// Whether a token is still good.
    pub fn judge(&self, bearer: &Bearer<'_>) -> Verdict {
        if self.is_stale() {
            return Verdict::Unknown;
        }
        let Ok(state) = self.state.read() else { return Verdict::Unknown };
        if state.tokens.contains_key(bearer.token) || state.grants.contains_key(bearer.grant) {
            return Verdict::Ended;
        }
        if state.clients.contains(bearer.client) {
            return Verdict::ClientDisabled;
        }
        if is_itself(bearer.user, bearer.client) {
            return Verdict::Good;
        }
        if state.users.contains(bearer.user) {
            return Verdict::UserSuspended;
        }
        if state.access.role(bearer.user).is_none() {
            return Verdict::UserNotAllowed;
        }
        Verdict::Good
    }

    fn is_stale(&self) -> bool {
        let since = self.epoch.elapsed().as_millis() as u64;
        since.saturating_sub(self.checked.load(Ordering::Relaxed)) > STALE_AFTER.as_millis() as u64
    }

    /// Grows whenever a registration changed: what was read of any client before is out of date then. `None` while nobody can
    /// say.
    pub fn clients_generation(&self) -> Option<u64> {
        (!self.is_stale()).then(|| self.clients.load(Ordering::Acquire))
    }

    /// What a person may do right now: nothing when suspended or off the list.
    pub fn role(&self, user: &UserId) -> Option<Role> {
        let state = self.state.read().ok()?;
        if state.users.contains(user) { None } else { state.access.role(user) }
    }

    /// The access list in force.
    pub fn access(&self) -> Arc<AccessList> {
        match self.state.read() {
            Ok(state) => state.access.clone(),
            Err(poisoned) => poisoned.into_inner().access.clone(),
        }
    }

    /// The register of resources in force.
    pub fn register(&self) -> Arc<ResourceBook> {
        match self.state.read() {
            Ok(state) => state.register.clone(),
            Err(poisoned) => poisoned.into_inner().register.clone(),
        }
    }

    /// The policy of registration in force.
    pub fn registration(&self) -> Arc<RegistrationPolicy> {
        match self.state.read() {
            Ok(state) => state.registration.clone(),
            Err(poisoned) => poisoned.into_inner().registration.clone(),
        }
    }

    /// The policy of registration as the configuration has it.
    pub const fn configured_registration(&self) -> &RegistrationPolicy {
        &self.fixed.registration
    }

    /// Grows whenever the signing keys changed.
    pub fn keys_generation(&self) -> u64 {
        self.keys.load(Ordering::Acquire)
    }

    /// Grows whenever something changed that the metadata says: the register of resources, the policy of registration.
    pub fn published_generation(&self) -> u64 {
        self.published.load(Ordering::Acquire)
    }

    /// Up to which numbered change this process has followed the others.
    pub fn seen(&self) -> i64 {
        self.seen.load(Ordering::Acquire)
    }

    /// Entries of the access list that configuration names.
    pub fn configured_entries(&self) -> &[(Who, Role)] {
        &self.fixed.entries
    }

    /// Takes up changes that were just committed, before their answers go out.
    pub(super) fn apply(&self, db: &mut Db, changes: Vec<(i64, Change)>) {
        if changes.is_empty() {
            return;
        }
        let _in_order = self.in_order();
        // What was followed already is not taken up a second time: something newer may have been followed with it.
        let seen = self.seen();
        let unseen: Vec<_> = changes.into_iter().filter(|(seq, _)| *seq > seen).map(|(_, change)| change).collect();
        self.take_up(db, &unseen);
    }

    fn in_order(&self) -> MutexGuard<'_, ()> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_up(&self, db: &mut Db, changes: &[Change]) {
        let mut reader = Reader::new(db);
        let access = changes.contains(&Change::Access).then(|| allowlist::load(&mut reader, &self.fixed)).transpose();
        let register =
            changes.contains(&Change::Register).then(|| resources::book(&mut reader, &self.fixed.issuer)).transpose();
        let policy = |reader: &mut Reader<'_>| policies::in_force(reader, &self.fixed.registration);
        let registration = changes.contains(&Change::Registration).then(|| policy(&mut reader)).transpose();
        let Ok(mut state) = self.state.write() else { return };
        match access {
            Ok(Some(access)) => state.access = Arc::new(access),
            Ok(None) => (),
            // Better nobody than somebody who was just taken off the list.
            Err(error) => {
                log::error!("the access list cannot be read: {error}");
                state.access = Arc::new(AccessList::new(Provider::GitHub, [], HashMap::new()));
            }
        }
        match register {
            Ok(Some(register)) => state.register = Arc::new(register),
            Ok(None) => (),
            Err(error) => log::error!("the register of resources cannot be read: {error}"),
        }
        match registration {
            Ok(Some(registration)) => state.registration = Arc::new(registration),
            Ok(None) => (),
            Err(error) => log::error!("the policy of registration cannot be read and stays as it was: {error}"),
        }
        for change in changes {
            state.take(change);
        }
        if changes.contains(&Change::Keys) {
            self.keys.fetch_add(1, Ordering::AcqRel);
        }
        if changes.iter().any(|change| matches!(change, Change::Register | Change::Registration)) {
            self.published.fetch_add(1, Ordering::AcqRel);
        }
        if changes.iter().any(|change| matches!(change, Change::ClientRefused(..) | Change::ClientChanged(_))) {
            self.clients.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Follows what other processes wrote. Called often; cheap while nothing changed.
    pub(super) fn follow(&self, db: &mut Db) -> StoreResult<()> {
        let _in_order = self.in_order();
        let rows: Vec<(i64, String, String, i64)> = table::table
            .filter(table::seq.gt(self.seen()))
            .order(table::seq)
            .select((table::seq, table::kind, table::subject, table::until))
            .load(db)?;
        let changes: Vec<_> = rows.iter().filter_map(|(_, kind, subject, until)| read(kind, subject, *until)).collect();
        self.take_up(db, &changes);
        if let Some((seq, ..)) = rows.last() {
            self.seen.store(*seq, Ordering::Release);
        }
        self.is_fresh();
        Ok(())
    }

    /// Notes that the database was asked just now.
    pub(super) fn is_fresh(&self) {
        self.checked.store(self.epoch.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Forgets what has ended by itself.
    pub fn prune(&self, now: Time) {
        if let Ok(mut state) = self.state.write() {
            state.tokens.retain(|_, until| *until > now);
            state.grants.retain(|_, until| *until > now);
        }
    }
}

impl State {
    fn load(reader: &mut Reader<'_>, fixed: &Fixed, now: Time) -> StoreResult<Self> {
        use super::schema::{access_tokens, clients, grants, users};
        let live = access_tokens::expires_at.gt(now.unix());
        let tokens: Vec<(String, i64)> = access_tokens::table
            .filter(live)
            .filter(access_tokens::revoked_at.is_not_null())
            .select((access_tokens::id, access_tokens::expires_at))
            .load(reader.db())?;
        let ended: Vec<(String, i64)> = access_tokens::table
            .inner_join(grants::table)
            .filter(live)
            .filter(grants::ended_at.is_not_null())
            .select((grants::id, access_tokens::expires_at))
            .load(reader.db())?;
        let clients: Vec<String> =
            clients::table.filter(clients::disabled_at.is_not_null()).select(clients::id).load(reader.db())?;
        let users: Vec<String> =
            users::table.filter(users::suspended_at.is_not_null()).select(users::id).load(reader.db())?;
        let mut state = Self {
            tokens: HashMap::new(),
            grants: HashMap::new(),
            clients: clients.into_iter().map(ClientId::new).collect(),
            users: users.into_iter().map(UserId::new).collect(),
            access: Arc::new(allowlist::load(reader, fixed)?),
            register: Arc::new(resources::book(reader, &fixed.issuer)?),
            registration: Arc::new(policies::in_force(reader, &fixed.registration)?),
        };
        for (id, until) in tokens {
            state.take(&Change::TokenRevoked(AccessId::new(id), Time::from_unix(until)));
        }
        for (id, until) in ended {
            state.take(&Change::GrantEnded(GrantId::new(id), Time::from_unix(until)));
        }
        Ok(state)
    }

    fn take(&mut self, change: &Change) {
        match change {
            Change::TokenRevoked(id, until) => {
                self.tokens.insert(id.clone(), *until);
            }
            Change::GrantEnded(id, until) => {
                let known = self.grants.entry(id.clone()).or_insert(*until);
                *known = (*known).max(*until);
            }
            Change::ClientRefused(id, true) => {
                self.clients.insert(id.clone());
            }
            Change::ClientRefused(id, false) => {
                self.clients.remove(id);
            }
            Change::UserRefused(id, true) => {
                self.users.insert(id.clone());
            }
            Change::UserRefused(id, false) => {
                self.users.remove(id);
            }
            Change::ClientChanged(_) | Change::Access | Change::Register | Change::Registration | Change::Keys => (),
        }
    }
}

/// Writes the numbered row of a change; [`Tx::announce`] is the way to it.
pub(super) fn record(tx: &mut Tx<'_>, change: &Change, now: Time) -> StoreResult<i64> {
    let (kind, subject, until) = written(change);
    let seq = latest(tx)? + 1;
    diesel::insert_into(table::table)
        .values((
            table::seq.eq(seq),
            table::kind.eq(kind),
            table::subject.eq(subject),
            table::until.eq(until.unix()),
            table::at.eq(now.unix()),
        ))
        .execute(tx.db())?;
    Ok(seq)
}

/// The number of the newest change.
pub fn latest(reader: &mut Reader<'_>) -> StoreResult<i64> {
    let newest: Option<i64> = table::table.select(diesel::dsl::max(table::seq)).get_result(reader.db())?;
    Ok(newest.unwrap_or(0))
}

/// Forgets rows that every process has long followed.
pub fn forget(tx: &mut Tx<'_>, older_than: Time, at_most: i64) -> StoreResult<usize> {
    // The newest row stays, or numbers would begin again.
    let newest = latest(tx)?;
    let old: Vec<i64> = table::table
        .filter(table::at.lt(older_than.unix()).and(table::seq.lt(newest)))
        .select(table::seq)
        .limit(at_most)
        .load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::seq.eq_any(old))).execute(tx.db())?)
}

fn written(change: &Change) -> (&'static str, &str, Time) {
    let never = Time::default();
    match change {
        Change::TokenRevoked(id, until) => ("token_revoked", id.as_str(), *until),
        Change::GrantEnded(id, until) => ("grant_ended", id.as_str(), *until),
        Change::ClientRefused(id, true) => ("client_refused", id.as_str(), never),
        Change::ClientRefused(id, false) => ("client_good", id.as_str(), never),
        Change::ClientChanged(id) => ("client_changed", id.as_str(), never),
        Change::UserRefused(id, true) => ("user_refused", id.as_str(), never),
        Change::UserRefused(id, false) => ("user_good", id.as_str(), never),
        Change::Access => ("access", "", never),
        Change::Register => ("register", "", never),
        Change::Registration => ("registration", "", never),
        Change::Keys => ("keys", "", never),
    }
}

fn read(kind: &str, subject: &str, until: i64) -> Option<Change> {
    let until = Time::from_unix(until);
    Some(match kind {
        "token_revoked" => Change::TokenRevoked(AccessId::new(subject), until),
        "grant_ended" => Change::GrantEnded(GrantId::new(subject), until),
        "client_refused" => Change::ClientRefused(ClientId::new(subject), true),
        "client_good" => Change::ClientRefused(ClientId::new(subject), false),
        "client_changed" => Change::ClientChanged(ClientId::new(subject)),
        "user_refused" => Change::UserRefused(UserId::new(subject), true),
        "user_good" => Change::UserRefused(UserId::new(subject), false),
        "access" => Change::Access,
        "register" => Change::Register,
        "registration" => Change::Registration,
        "keys" => Change::Keys,
        _ => return None,
    })
}
