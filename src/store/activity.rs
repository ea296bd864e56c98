//! How many people and clients were active, hour by hour: noted while it can be seen, for what is known of each is only when it
//! was last.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    schema::{activity as table, clients, users},
    tallies::hour,
};
use crate::base::time::{Span, Time};

/// How many were active in a length of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Active {
    /// People who signed in or whose tokens were used.
    pub people: i64,
    /// Clients that were used.
    pub clients: i64,
}

/// How many are active in so many hours, the one that runs now with them: what an index tells of the last of them.
pub fn now(reader: &mut Reader<'_>, hours: i64, at: Time) -> StoreResult<Active> {
    let since = (hour(at) + 1 - hours) * Span::hours(1).as_seconds();
    let used = clients::active_at.ge(since).and(clients::last_used_at.is_not_null());
    Ok(Active {
        people: users::table.filter(users::last_seen_at.ge(since)).count().get_result(reader.db())?,
        clients: clients::table.filter(used).count().get_result(reader.db())?,
    })
}

/// Notes how many were active in so many hours, up to the one that runs now.
pub fn put(tx: &mut Tx<'_>, hours: i64, active: Active, at: Time) -> StoreResult<()> {
    let key = (hour(at), hours);
    let counts = (table::people.eq(active.people), table::clients.eq(active.clients));
    let updated = diesel::update(table::table.find(key)).set(counts).execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((table::hour.eq(key.0), table::hours.eq(key.1), counts))
            .execute(tx.db())?;
    }
    Ok(())
}

/// What was noted for these hours, each with the ones before it that make up so many: the hour, and how many were active.
pub fn at(reader: &mut Reader<'_>, hours: i64, ends: &[i64]) -> StoreResult<Vec<(i64, Active)>> {
    let noted = table::table.filter(table::hour.eq_any(ends).and(table::hours.eq(hours)));
    let rows: Vec<(i64, i64, i64)> = noted.select((table::hour, table::people, table::clients)).load(reader.db())?;
    Ok(rows.into_iter().map(|(hour, people, clients)| (hour, Active { people, clients })).collect())
}

/// Removes what was kept long enough.
pub fn delete_older(tx: &mut Tx<'_>, before: Time) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::hour.lt(hour(before)))).execute(tx.db())?)
}
