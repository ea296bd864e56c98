//! What every flow works with: made once, shared by all workers, jobs and the command line.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Semaphore;

use crate::{
    base::{
        call::Call,
        event::Refused,
        id::{ClientId, GrantId, UserId},
        policy::Policy,
        time::Time,
        token::masked,
    },
    config::Config,
    crypto::{digest, master::MasterKey, password::Secrets, seal::Sealer},
    flows::{
        attempts::Attempts, authenticate::Callers, client_keys::Shelf, documents::Fetches, keys::Cabinet,
        notices::Notices, proofs::Proofs, runs::Runs, traffic::Traffic, verify::Gate,
    },
    oauth::{error::OAuthError, why::Why},
    observe::metrics::Metrics,
    outbound::{guard::Guard, http::Http},
    store::{Store, StoreError, StoreResult, audit, clients, grants, tallies},
};

/// How many refusals wait to be written at most; those beyond are counted and not kept.
const MOST_WAITING: usize = 10_000;

/// What every flow works with.
pub struct Desk {
    /// What the administrator decided.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Client secrets.
    pub secrets: Secrets,
    /// Runs of argon2 that may begin.
    pub hashing: Arc<Semaphore>,
    /// The signing keys.
    pub keys: Cabinet,
    /// Seals signing keys at rest.
    pub key_sealer: Sealer,
    /// The master key, for keys derived from it.
    pub master: MasterKey,
    /// The figures.
    pub metrics: Metrics,
    /// What the gate remembers.
    pub gate: Gate,
    /// Proofs of possession that were shown.
    pub proofs: Proofs,
    /// Clients that called lately.
    pub callers: Callers,
    /// The way to GitHub; `None` in local mode.
    pub http: Option<Http>,
    /// The way to addresses that strangers name.
    pub guard: Guard,
    /// Documents of clients that are being fetched.
    pub documents: Fetches,
    /// Keys of clients and identity providers that were fetched.
    pub client_keys: Shelf,
    /// Refusals that wait to be written down together.
    pub refusals: Refusals,
    /// Clients that tried to come in, which wait to be written down together.
    pub attempts: Attempts,
    /// Counts that wait to be written down together.
    pub tallies: Arc<Tallies>,
    /// What comes to the gate for each resource.
    pub traffic: Traffic,
    /// Uses of grants that wait to be written down together.
    pub uses: Uses,
    /// Runs of jobs that wait to be written down together.
    pub runs: Runs,
    /// What an administrator is to be told.
    pub notices: Notices,
}

/// Refusals before anybody read what was sent, and under which name each is counted: so many may come that none gets a line.
pub const UNREAD: [(Why, &str); 3] =
    [(Why::TooMany, "unread DB-801"), (Why::BodyTooLarge, "unread DB-802"), (Why::BodyTooSlow, "unread DB-803")];

/// Under which name it is counted that tokens were shown at the gate.
pub(super) const GATE: &str = "gate";

/// Refusals that wait to be written down: a refused request must not cost a commit of its own.
#[derive(Default)]
pub struct Refusals(Mutex<Vec<(Call, Refused)>>);

impl Refusals {
    fn push(&self, call: &Call, refused: Refused) {
        let mut waiting = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push((call.clone(), refused));
        }
    }

    fn take(&self) -> Vec<(Call, Refused)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Counts that wait to be written down: an UPDATE of its own would cost each request more than what it counts.
#[derive(Default)]
pub struct Tallies(Mutex<HashMap<(i64, &'static str), i64>>);

impl Tallies {
    /// Counts one.
    pub fn add(&self, name: &'static str, now: Time) {
        self.put((tallies::hour(now), name), 1);
    }

    fn put(&self, key: (i64, &'static str), n: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += n;
    }

    fn take(&self) -> HashMap<(i64, &'static str), i64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// That a token of a grant was shown, and when the last one was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The grant.
    pub grant: GrantId,
    /// Its client.
    pub client: ClientId,
    /// When.
    pub at: Time,
}

/// Grants that were used by a refresh, each with its last use.
#[derive(Default)]
pub struct Uses(Mutex<HashMap<GrantId, Use>>);

impl Uses {
    /// Notes a use.
    pub fn note(&self, used: Use) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = waiting.entry(used.grant.clone()).or_insert_with(|| used.clone());
        last.at = last.at.max(used.at);
    }

    fn take(&self) -> Vec<Use> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_values().collect()
    }
}

impl Desk {
    /// Does on the blocking pool what takes a run of argon2: as many at once as find their memory ready.
    pub(super) async fn hash<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Secrets) -> T + Send + 'static,
    ) -> StoreResult<T> {
        let failed = |what: &str| StoreError::Other(format!("hashing a secret {what}"));
        let turn = Arc::clone(&self.hashing).acquire_owned().await.map_err(|_| failed("has ended"))?;
        let desk = Arc::clone(self);
        let run = move || {
            // It goes on when nobody waits for it any more, and so does its turn.
            let _turn = turn;
            work(&desk.secrets)
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| failed("panicked"))
    }

    /// What is offered, with the scopes of the protected servers: what an administrator may write into the entry of a client.
    pub fn offers(&self) -> Policy {
        let policy = &self.config.policy;
        Policy { scopes: policy.scopes.union(&self.store.standing().register().scopes()), ..policy.clone() }
    }

    /// Whether this opens the figures from elsewhere.
    pub fn is_metrics_token(&self, text: &str) -> bool {
        let ours = self.config.metrics_token.as_ref();
        ours.is_some_and(|ours| digest::constant_time_eq(ours.expose().as_bytes(), text.as_bytes()))
    }

    /// Notes a refusal for the audit log.
    pub fn refused(
        &self,
        call: &Call,
        endpoint: &'static str,
        error: &OAuthError,
        client: Option<&ClientId>,
        user: Option<&UserId>,
    ) {
        self.refusals.push(
            call,
            Refused {
                endpoint,
                reason: error.why().code(),
                error: error.code(),
                // As it was sent: nobody may be known by it.
                client: client.map(|id| ClientId::new(masked(id.as_str()))),
                name: error.name().map(str::to_owned),
                user: user.cloned(),
                value: error.value().map(str::to_owned),
            },
        );
    }

    /// Writes down the refusals noted since the last time, in one commit. Those that cannot be written wait on.
    pub async fn write_refusals(&self) -> StoreResult<usize> {
        let waiting = self.refusals.take();
        if waiting.is_empty() {
            return Ok(0);
        }
        let waiting = Arc::new(waiting);
        let rows = waiting.clone();
        let written = self.store.record(move |tx| {
            for (call, refused) in rows.iter() {
                audit::refused(tx, call, refused)?;
                tallies::add(tx, &format!("refused {}", refused.reason), 1, call.now)?;
            }
            Ok(rows.len())
        });
        let written = written.await;
        if written.is_err() {
            for (call, refused) in waiting.iter() {
                self.refusals.push(call, refused.clone());
            }
        }
        written
    }

    /// Writes down what was counted since the last time, in one commit. What cannot be written waits on.
    pub async fn write_tallies(&self) -> StoreResult<()> {
        let waiting = self.tallies.take();
        if waiting.is_empty() {
            return Ok(());
        }
        let rows = waiting.clone();
        let written = self
            .store
            .record(move |tx| rows.iter().try_for_each(|((hour, name), n)| tallies::add_in(tx, name, *n, *hour)));
        let written = written.await;
        if written.is_err() {
            waiting.into_iter().for_each(|(key, n)| self.tallies.put(key, n));
        }
        written
    }

    /// Writes down which grants were used since the last time, at the gate or by a refresh, in one commit.
    pub async fn write_uses(&self) -> StoreResult<()> {
        for used in self.gate.uses_since_last() {
            self.tallies.add(GATE, used.at);
            self.uses.note(used);
        }
        let waiting = self.uses.take();
        if waiting.is_empty() {
            return Ok(());
        }
        let rows = waiting.clone();
        let written = self.store.record(move |tx| {
            rows.iter().try_for_each(|used| {
                grants::used(tx, &used.grant, used.at)?;
                clients::used(tx, &used.client, used.at)
            })
        });
        let written = written.await;
        if written.is_err() {
            waiting.into_iter().for_each(|used| self.uses.note(used));
        }
        written
    }
}
