//! The last clients that tried to come in.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::{StoreError, StoreResult},
    schema::registration_attempts as table,
};
use crate::base::{
    attempt::{Attempt, Tried},
    time::Time,
};

/// How many are kept.
pub const KEPT: i64 = 1_000;

/// Writes these down, and forgets the oldest beyond what is kept.
pub fn add(tx: &mut Tx<'_>, tried: &[Tried]) -> StoreResult<()> {
    let newest: Option<i64> = table::table.select(diesel::dsl::max(table::seq)).get_result(tx.db())?;
    let mut seq = newest.unwrap_or(0);
    for one in tried {
        seq += 1;
        let attempt = serde_json::to_string(&one.attempt).map_err(|e| StoreError::Other(e.to_string()))?;
        diesel::insert_into(table::table)
            .values((
                table::seq.eq(seq),
                table::attempt.eq(attempt),
                table::refused.eq(one.refused.as_deref()),
                table::at.eq(one.at.unix()),
            ))
            .execute(tx.db())?;
    }
    diesel::delete(table::table.filter(table::seq.le(seq - KEPT))).execute(tx.db())?;
    Ok(())
}

/// All that are kept, newest first. What another version of Doorbook wrote otherwise is passed over.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<Tried>> {
    let rows: Vec<(String, Option<String>, i64)> = table::table
        .order(table::seq.desc())
        .limit(KEPT)
        .select((table::attempt, table::refused, table::at))
        .load(reader.db())?;
    let read = |(attempt, refused, at): (String, Option<String>, i64)| {
        let attempt: Attempt = serde_json::from_str(&attempt).ok()?;
        Some(Tried { attempt, at: Time::from_unix(at), refused })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}
