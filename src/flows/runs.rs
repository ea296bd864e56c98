//! When each job last ran, how long it took and what came of it. Jobs run as often as once a second, so this is written down
//! now and then.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    base::upkeep::JobRun,
    flows::Desk,
    store::{StoreResult, job_runs},
};

/// Runs that wait to be written down, the last one of each job.
#[derive(Default)]
pub struct Runs(Mutex<BTreeMap<String, JobRun>>);

impl Runs {
    /// Notes one.
    pub fn note(&self, run: JobRun) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(run.name.clone(), run);
    }

    fn take(&self) -> BTreeMap<String, JobRun> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Desk {
    /// Writes down the runs since the last time, in one commit. Those that cannot be written are forgotten: newer ones come.
    pub async fn write_runs(&self) -> StoreResult<usize> {
        let runs = self.runs.take();
        if runs.is_empty() {
            return Ok(0);
        }
        self.store
            .record(move |tx| {
                runs.values().try_for_each(|run| job_runs::put(tx, run))?;
                Ok(runs.len())
            })
            .await
    }
}
