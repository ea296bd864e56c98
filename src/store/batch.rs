//! What the writes of one commit share: numbers that each of them would otherwise read and write for itself.

use std::collections::BTreeMap;

use super::{Tx, clients, error::StoreResult};
use crate::base::client::Origin;

/// Numbers that are read once in a commit and written once at its end. A write that is rolled back leaves them as they were.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// The number of the newest line of the audit log, once somebody asked.
    pub(super) newest_line: Option<i64>,
    clients: BTreeMap<&'static str, Count>,
}

/// How many clients came in one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) origin: Origin,
    /// What the database says, once somebody asked.
    pub(super) stored: Option<i64>,
    /// What this commit adds to it.
    pub(super) added: i64,
}

impl Batch {
    /// The count of an origin.
    pub(super) fn clients(&mut self, origin: Origin) -> &mut Count {
        self.clients.entry(origin.as_str()).or_insert(Count { origin, stored: None, added: 0 })
    }
}

/// Writes down what was added, before the commit.
pub(super) fn settle(tx: &mut Tx<'_>) -> StoreResult<()> {
    for count in std::mem::take(&mut tx.batch.clients).into_values() {
        clients::add_to_count(tx, count.origin, count.added)?;
    }
    Ok(())
}
