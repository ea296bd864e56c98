//! Numbers for the overview and the navigation.

use diesel::prelude::*;

use super::{
    Reader, clients as book,
    error::StoreResult,
    schema::{access_entries, clients, grants, users},
};
use crate::base::time::Time;

/// How much there is of everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Registrations in the book.
    pub clients: i64,
    /// Of these, used since `since`.
    pub clients_used: i64,
    /// People who ever signed in.
    pub people: i64,
    /// Of these, seen since `since`.
    pub people_seen: i64,
    /// Live grants.
    pub grants: i64,
    /// Entries of the access list that the dashboard added.
    pub access_entries: i64,
}

/// Counts everything that an index answers, and what is kept as a number: every page of the dashboard shows it.
pub fn counts(reader: &mut Reader<'_>, since: Time, now: Time) -> StoreResult<Counts> {
    let open = || grants::table.filter(grants::ended_at.is_null());
    Ok(Counts {
        clients: book::count(reader)?,
        clients_used: clients::table
            .filter(clients::active_at.ge(since.unix()).and(clients::last_used_at.is_not_null()))
            .count()
            .get_result(reader.db())?,
        people: users::table.count().get_result(reader.db())?,
        people_seen: users::table.filter(users::last_seen_at.ge(since.unix())).count().get_result(reader.db())?,
        // One count each: with an OR between them neither would be answered by the index.
        grants: open().filter(grants::expires_at.is_null()).count().get_result::<i64>(reader.db())?
            + open().filter(grants::expires_at.gt(now.unix())).count().get_result::<i64>(reader.db())?,
        access_entries: access_entries::table.count().get_result(reader.db())?,
    })
}
