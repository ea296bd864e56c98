//! Counts of what happened, by the hour.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Text},
};

use super::{Reader, Tx, error::StoreResult, schema::tallies as table};
use crate::base::time::{Span, Time};

/// The sum of whole numbers is a whole number, which PostgreSQL has to be told.
const SUM: &str = "CAST(SUM(n) AS BIGINT)";

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

/// What was counted since an hour in steps of so many hours: the step, the name, the count.
pub fn in_steps(reader: &mut Reader<'_>, first: i64, hours: i64) -> StoreResult<Vec<(i64, String, i64)>> {
    // Numbers of our own, written out: a parameter here would not be the same expression as there.
    let step = format!("(hour - {first}) / {hours}");
    let counted = table::table.filter(table::hour.ge(first)).group_by(sql::<(BigInt, Text)>(&format!("{step}, name")));
    Ok(counted.select(sql::<(BigInt, Text, BigInt)>(&format!("{step}, name, {SUM}"))).load(reader.db())?)
}

/// What was counted since an hour, by name.
pub fn sums(reader: &mut Reader<'_>, first: i64) -> StoreResult<Vec<(String, i64)>> {
    let counted = table::table.filter(table::hour.ge(first)).group_by(table::name);
    Ok(counted.select((table::name, sql::<BigInt>(SUM))).load(reader.db())?)
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
