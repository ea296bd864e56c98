//! How many people and clients are active: counted while it can be seen, so that the overview can show how it went.

use crate::{
    base::time::Time,
    flows::Desk,
    store::{StoreResult, activity},
};

/// The lengths of time that are counted, in hours: those of one stroke of a chart.
pub const HOURS: [i64; 3] = [1, 6, 24];

/// Counts who was active in each of these lengths of time up to now, and writes it down for the hour that runs.
pub async fn note(desk: &Desk, now: Time) -> StoreResult<()> {
    let counted = desk.store.read(move |reader| {
        let active = |hours: i64| Ok((hours, activity::now(reader, hours, now)?));
        HOURS.into_iter().map(active).collect::<StoreResult<Vec<_>>>()
    });
    let counted = counted.await?;
    desk.store
        .record(move |tx| counted.iter().try_for_each(|(hours, active)| activity::put(tx, *hours, *active, now)))
        .await
}
