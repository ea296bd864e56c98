//! What comes to the gate for each resource: counted in memory, for the gate asks no database, and written down by the hour.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::{
    base::{resource::ResourceUri, time::Time},
    flows::Desk,
    oauth::{error::OAuthError, why::Why},
    store::{StoreResult, tallies, traffic},
};

/// Stands for what never happened.
const NEVER: i64 = i64::MIN;

/// What came for each resource since this server runs.
#[derive(Default)]
pub struct Traffic(RwLock<HashMap<ResourceUri, Arc<Seen>>>);

/// What came for one.
struct Seen {
    passed: AtomicI64,
    challenged: AtomicI64,
    refused: AtomicI64,
    last_passed: AtomicI64,
    last_refusal: Mutex<Option<(Time, Why)>>,
}

impl Default for Seen {
    fn default() -> Self {
        let none = || AtomicI64::new(0);
        let (passed, challenged, refused) = (none(), none(), none());
        Self { passed, challenged, refused, last_passed: AtomicI64::new(NEVER), last_refusal: Mutex::default() }
    }
}

/// The last that the gate saw of a resource since this server runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Last {
    /// When it last let somebody through.
    pub passed: Option<Time>,
    /// When it last did not, and why.
    pub refusal: Option<(Time, Why)>,
}

impl Traffic {
    /// Notes what the gate said of a request for that resource.
    pub(super) fn note(&self, uri: &ResourceUri, said: Result<(), &OAuthError>, now: Time) {
        let seen = self.seen(uri);
        match said {
            Ok(()) => {
                seen.passed.fetch_add(1, Ordering::Relaxed);
                seen.last_passed.fetch_max(now.unix(), Ordering::Relaxed);
            }
            Err(error) => {
                let count = if error.status() == 401 { &seen.challenged } else { &seen.refused };
                count.fetch_add(1, Ordering::Relaxed);
                *seen.last_refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, error.why()));
            }
        }
    }

    /// The last that was seen of a resource.
    pub fn last(&self, uri: &ResourceUri) -> Last {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(uri).cloned();
        let Some(seen) = known else { return Last::default() };
        let passed = seen.last_passed.load(Ordering::Relaxed);
        Last {
            passed: (passed != NEVER).then(|| Time::from_unix(passed)),
            refusal: *seen.last_refusal.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn seen(&self, uri: &ResourceUri) -> Arc<Seen> {
        if let Some(seen) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(uri) {
            return seen.clone();
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(uri.clone()).or_default().clone()
    }

    fn take(&self) -> Vec<(ResourceUri, traffic::Counts)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let counts = |seen: &Seen| traffic::Counts {
            passed: seen.passed.swap(0, Ordering::Relaxed),
            challenged: seen.challenged.swap(0, Ordering::Relaxed),
            refused: seen.refused.swap(0, Ordering::Relaxed),
        };
        all.iter()
            .map(|(uri, seen)| (uri.clone(), counts(seen)))
            .filter(|(_, c)| *c != traffic::Counts::default())
            .collect()
    }

    fn put_back(&self, uri: &ResourceUri, counts: traffic::Counts) {
        let seen = self.seen(uri);
        seen.passed.fetch_add(counts.passed, Ordering::Relaxed);
        seen.challenged.fetch_add(counts.challenged, Ordering::Relaxed);
        seen.refused.fetch_add(counts.refused, Ordering::Relaxed);
    }
}

/// Writes down what came since the last time, in one commit. What cannot be written waits on.
pub async fn write_down(desk: &Desk, now: Time) -> StoreResult<()> {
    let waiting = desk.traffic.take();
    if waiting.is_empty() {
        return Ok(());
    }
    let (rows, hour) = (waiting.clone(), tallies::hour(now));
    let written = desk.store.record(move |tx| rows.iter().try_for_each(|(uri, n)| traffic::add(tx, uri, hour, *n)));
    let written = written.await;
    if written.is_err() {
        waiting.iter().for_each(|(uri, counts)| desk.traffic.put_back(uri, *counts));
    }
    written
}
