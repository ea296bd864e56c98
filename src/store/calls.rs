//! Which protected server may call which other one with what a person allowed its clients (RFC 8693).

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::resource_calls as table, standing::Change};
use crate::base::{register::Call, resource::ResourceUri, time::Time};

/// A pair with what is kept about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Who may call whom.
    pub call: Call,
    /// Whether the configuration lists it; then only the configuration takes it out.
    pub configured: bool,
    /// When it was added.
    pub created_at: Time,
}

/// All of them, by caller.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<Entry>> {
    let rows: Vec<(String, String, bool, i64)> =
        table::table.order((table::caller, table::target)).load(reader.db())?;
    let entry = |(caller, target, configured, at)| Entry {
        call: Call { caller: ResourceUri::stored(caller), target: ResourceUri::stored(target) },
        configured,
        created_at: Time::from_unix(at),
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Adds a pair, or takes over who lists it; `false` if it was there already.
pub fn put(tx: &mut Tx<'_>, call: &Call, configured: bool, now: Time) -> StoreResult<bool> {
    let known = diesel::update(table::table.find((call.caller.as_str(), call.target.as_str())))
        .set(table::configured.eq(configured))
        .execute(tx.db())?;
    if known == 0 {
        diesel::insert_into(table::table)
            .values((
                table::caller.eq(call.caller.as_str()),
                table::target.eq(call.target.as_str()),
                table::configured.eq(configured),
                table::created_at.eq(now.unix()),
            ))
            .execute(tx.db())?;
        tx.announce(Change::Register, now)?;
    }
    Ok(known == 0)
}

/// Takes a pair out; `false` if it was not there.
pub fn remove(tx: &mut Tx<'_>, call: &Call, now: Time) -> StoreResult<bool> {
    let gone = diesel::delete(table::table.find((call.caller.as_str(), call.target.as_str()))).execute(tx.db())?;
    if gone == 1 {
        tx.announce(Change::Register, now)?;
    }
    Ok(gone == 1)
}

/// Takes out what names a resource that leaves the register: should another one ever get its URL, nobody allowed it anything.
pub(super) fn forget(tx: &mut Tx<'_>, uri: &ResourceUri) -> StoreResult<()> {
    let named = table::caller.eq(uri.as_str()).or(table::target.eq(uri.as_str()));
    diesel::delete(table::table.filter(named)).execute(tx.db())?;
    Ok(())
}
