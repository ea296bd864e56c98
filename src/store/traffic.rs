//! What came to the gate for each resource, by the hour.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::gate_traffic as table, tallies::hour};
use crate::base::{resource::ResourceUri, time::Time};

/// What came to the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Let through.
    pub passed: i64,
    /// Sent to sign in: 401.
    pub challenged: i64,
    /// Turned away: everything else.
    pub refused: i64,
}

impl Counts {
    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            challenged: self.challenged + other.challenged,
            refused: self.refused + other.refused,
        }
    }
}

/// Adds to what came within an hour.
pub fn add(tx: &mut Tx<'_>, uri: &ResourceUri, hour: i64, counts: Counts) -> StoreResult<()> {
    let key = (hour, uri.as_str());
    let updated = diesel::update(table::table.find(key))
        .set((
            table::passed.eq(table::passed + counts.passed),
            table::challenged.eq(table::challenged + counts.challenged),
            table::refused.eq(table::refused + counts.refused),
        ))
        .execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((
                table::hour.eq(key.0),
                table::uri.eq(key.1),
                table::passed.eq(counts.passed),
                table::challenged.eq(counts.challenged),
                table::refused.eq(counts.refused),
            ))
            .execute(tx.db())?;
    }
    Ok(())
}

/// What came since an hour, of every resource: its URL, the hour, the counts.
pub fn since(reader: &mut Reader<'_>, first: i64) -> StoreResult<Vec<(String, i64, Counts)>> {
    let rows: Vec<(i64, String, i64, i64, i64)> = table::table.filter(table::hour.ge(first)).load(reader.db())?;
    let read = |(hour, uri, passed, challenged, refused)| (uri, hour, Counts { passed, challenged, refused });
    Ok(rows.into_iter().map(read).collect())
}

/// Removes counts that were kept long enough.
pub fn delete_older(tx: &mut Tx<'_>, before: Time) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::hour.lt(hour(before)))).execute(tx.db())?)
}
