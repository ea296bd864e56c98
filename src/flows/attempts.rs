//! Clients that tried to come in wait here to be written down together: an attempt must not cost a commit of its own.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    base::{
        attempt::{Attempt, Tried},
        call::Call,
    },
    flows::Desk,
    oauth::error::OAuthError,
    store::{
        StoreResult,
        attempts::{self, KEPT},
    },
};

/// Attempts that wait to be written down.
#[derive(Default)]
pub struct Attempts(Mutex<Vec<Tried>>);

impl Attempts {
    fn push(&self, tried: impl IntoIterator<Item = Tried>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(tried);
        // Older ones would be forgotten again with the same commit.
        let over = waiting.len().saturating_sub(KEPT as usize);
        waiting.drain(..over);
    }

    fn take(&self) -> Vec<Tried> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Desk {
    /// Notes that a client tried to come in, and what policy said.
    pub fn attempted(&self, call: &Call, attempt: Attempt, judged: Result<(), &OAuthError>) {
        let refused = judged.err().map(|error| error.why().code().to_owned());
        self.attempts.push([Tried { attempt, at: call.now, refused }]);
    }

    /// Writes down the attempts noted since the last time, in one commit. What cannot be written waits on.
    pub async fn write_attempts(&self) -> StoreResult<()> {
        let waiting = Arc::new(self.attempts.take());
        if waiting.is_empty() {
            return Ok(());
        }
        let rows = waiting.clone();
        let written = self.store.record(move |tx| attempts::add(tx, &rows)).await;
        if written.is_err() {
            self.attempts.push(waiting.iter().cloned());
        }
        written
    }
}
