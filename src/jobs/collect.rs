//! Retires registrations that nobody uses: they leave a tombstone, so that a client that comes back is told what happened.

use crate::{
    base::call::Call,
    flows::{Desk, departures},
    store::StoreResult,
};

/// Registrations to a run.
const BATCH: i64 = 200;

/// Dynamic registrations that were never used, and those that have not been for long. Gives how many they were.
pub(super) async fn all(desk: &Desk, call: &Call) -> StoreResult<usize> {
    let retired = departures::retire_unused(desk, call, BATCH).await?;
    if retired > 0 {
        log::info!("{retired} unused registrations were retired");
    }
    Ok(retired)
}
