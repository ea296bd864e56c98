//! What the writes of one commit share: numbers that each of them would otherwise read and write for itself, and lines of the log,
//! which none of them reads.

use std::collections::BTreeMap;

use super::{Tx, audit, clients, error::StoreResult};
use crate::base::client::Origin;

/// What is written at the end of a commit, outside of all savepoints: for each of them SQLite keeps a copy of every page that changes
/// in it. A write that is rolled back leaves it as it was.
#[derive(Default)]
pub(super) struct Batch {
    /// The number of the newest line of the audit log, once somebody asked.
    pub(super) newest_line: Option<i64>,
    /// Lines of the audit log.
    pub(super) lines: Vec<audit::Row>,
    clients: BTreeMap<&'static str, Count>,
}

/// How a batch was before a write.
pub(super) struct Before {
    newest_line: Option<i64>,
    lines: usize,
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

    /// How it is now.
    pub(super) fn now(&self) -> Before {
        Before { newest_line: self.newest_line, lines: self.lines.len(), clients: self.clients.clone() }
    }

    /// Makes it what it was.
    pub(super) fn back_to(&mut self, before: Before) {
        self.newest_line = before.newest_line;
        self.lines.truncate(before.lines);
        self.clients = before.clients;
    }
}

/// Writes it down, before the commit.
pub(super) fn settle(tx: &mut Tx<'_>) -> StoreResult<()> {
    for line in std::mem::take(&mut tx.batch.lines) {
        audit::write_down(tx, line)?;
    }
    for count in std::mem::take(&mut tx.batch.clients).into_values() {
        clients::add_to_count(tx, count.origin, count.added)?;
    }
    Ok(())
}
