//! Counts of what happened, by the hour.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::tallies as table};
use crate::base::time::{Span, Time};

/// The hour a moment falls into, as hours since the epoch.
pub fn hour(at: Time) -> i64 {
    at.unix().div_euclid(Span::hours(1).as_seconds())
}

/// Adds to a count.
pub fn add(tx: &mut Tx<'_>, name: &str, n: i64, now: Time) -> StoreResult<()> {
    add_in(tx, name, n, hour(now))
}

/// Adds to the count of an hour.
pub fn add_in(tx: &mut Tx<'_>, name: &str, n: i64, hour: i64) -> StoreResult<()> {
    let key = (hour, name);
    let updated = diesel::update(table::table.find(key)).set(table::n.eq(table::n + n)).execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((table::hour.eq(key.0), table::name.eq(key.1), table::n.eq(n)))
            .execute(tx.db())?;
    }
    Ok(())
}

/// All counts since an hour: (hour, name, count).
pub fn since(reader: &mut Reader<'_>, first: i64) -> StoreResult<Vec<(i64, String, i64)>> {
    Ok(table::table.filter(table::hour.ge(first)).order(table::hour).load(reader.db())?)
}

/// Removes counts that were kept long enough.
pub fn delete_older(tx: &mut Tx<'_>, before: Time) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::hour.lt(hour(before)))).execute(tx.db())?)
}

/// Whether anything was ever counted under that name, as far back as counts are kept.
pub fn ever(reader: &mut Reader<'_>, name: &str) -> StoreResult<bool> {
    let found: Option<i64> =
        table::table.filter(table::name.eq(name)).select(table::hour).first(reader.db()).optional()?;
    Ok(found.is_some())
}
