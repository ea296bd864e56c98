//! What every flow works with: made once, shared by all workers, jobs and the command line.

use std::sync::{Arc, Mutex};

use crate::{
    base::{
        call::Call,
        event::Refused,
        id::{ClientId, UserId},
    },
    config::Config,
    crypto::{digest, master::MasterKey, password::Secrets, seal::Sealer},
    flows::{authenticate::Callers, keys::Cabinet, verify::Gate},
    oauth::error::OAuthError,
    observe::metrics::Metrics,
    outbound::http::Http,
    store::{Store, StoreResult, audit, tallies},
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
    /// Clients that called lately.
    pub callers: Callers,
    /// The way to GitHub; `None` in local mode.
    pub http: Option<Http>,
    /// Refusals that wait to be written down together.
    pub refusals: Refusals,
}

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

impl Desk {
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
                client: client.cloned(),
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
}
