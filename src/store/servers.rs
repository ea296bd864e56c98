//! Which servers run on this database, and up to which change of standing each has followed: how a command line knows that
//! what it did is in force.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::servers as table};
use crate::base::time::Time;

/// Notes that a server has followed up to `seen`.
pub fn report(tx: &mut Tx<'_>, id: &str, seen: i64, now: Time) -> StoreResult<()> {
    let updated =
        diesel::update(table::table.find(id)).set((table::seen.eq(seen), table::at.eq(now.unix()))).execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((table::id.eq(id), table::seen.eq(seen), table::at.eq(now.unix())))
            .execute(tx.db())?;
    }
    Ok(())
}

/// Forgets a server that stopped.
pub fn gone(tx: &mut Tx<'_>, id: &str) -> StoreResult<()> {
    diesel::delete(table::table.find(id)).execute(tx.db())?;
    Ok(())
}

/// Forgets all of them: the one that calls this holds the lock, so no other runs.
pub fn forget_all(tx: &mut Tx<'_>) -> StoreResult<()> {
    diesel::delete(table::table).execute(tx.db())?;
    Ok(())
}

/// How far the slowest server has followed; `None` when none runs.
pub fn slowest(reader: &mut Reader<'_>) -> StoreResult<Option<i64>> {
    Ok(table::table.select(diesel::dsl::min(table::seen)).get_result(reader.db())?)
}
