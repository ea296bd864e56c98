//! The entries of the access list that the dashboard added, and which person each login was bound to.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    resources,
    schema::{access_entries as table, login_bindings as bindings},
    standing::{Change, Fixed},
};
use crate::base::{
    access::AccessList,
    id::UserId,
    time::Time,
    user::{Role, Who},
};

/// An entry that the dashboard added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Whom it means.
    pub who: Who,
    /// What it lets them do.
    pub role: Role,
    /// When it was added.
    pub created_at: Time,
    /// By whom: themselves with the claim link; `None`: by the command line.
    pub created_by: Option<UserId>,
}

/// The whole list in force.
pub(super) fn load(reader: &mut Reader<'_>, fixed: &Fixed) -> StoreResult<AccessList> {
    let added = entries(reader)?.into_iter().map(|e| (e.who, e.role));
    let all = fixed.entries.iter().cloned().chain(added).collect::<Vec<_>>();
    Ok(AccessList::new(fixed.provider, all, bound(reader)?))
}

/// The entries that the dashboard added, oldest first.
pub fn entries(reader: &mut Reader<'_>) -> StoreResult<Vec<Entry>> {
    let rows: Vec<(String, String, i64, Option<String>)> =
        table::table.order((table::created_at, table::who)).load(reader.db())?;
    let entry = |(who, role, at, by): (String, String, i64, Option<String>)| {
        Some(Entry {
            who: Who::parse(&who)?,
            role: Role::parse(&role)?,
            created_at: Time::from_unix(at),
            created_by: by.map(UserId::new),
        })
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}

/// Which person each login was bound to.
pub fn bound(reader: &mut Reader<'_>) -> StoreResult<HashMap<String, UserId>> {
    let rows: Vec<(String, String)> = bindings::table.select((bindings::login, bindings::user_id)).load(reader.db())?;
    Ok(rows.into_iter().map(|(login, id)| (login, UserId::new(id))).collect())
}

/// Adds an entry; `false` if it is there already.
pub fn add(tx: &mut Tx<'_>, who: &Who, role: Role, by: Option<&UserId>, now: Time) -> StoreResult<bool> {
    let key = (who.to_string(), role.as_str());
    let there = table::table.find((&key.0, key.1)).count().get_result::<i64>(tx.db())? > 0;
    if there {
        return Ok(false);
    }
    diesel::insert_into(table::table)
        .values((
            table::who.eq(key.0),
            table::role.eq(key.1),
            table::created_at.eq(now.unix()),
            table::created_by.eq(by.map(UserId::as_str)),
        ))
        .execute(tx.db())?;
    tx.announce(Change::Access, now)?;
    Ok(true)
}

/// Takes an entry out, and forgets to whom its login was bound, unless a resource is for them; `false` if it was not there.
pub fn remove(tx: &mut Tx<'_>, who: &Who, role: Role, now: Time) -> StoreResult<bool> {
    let gone = diesel::delete(table::table.find((who.to_string(), role.as_str()))).execute(tx.db())?;
    if gone == 0 {
        return Ok(false);
    }
    let still_named = table::table.filter(table::who.eq(who.to_string())).count().get_result::<i64>(tx.db())? > 0;
    if let (Who::Login(login), false) = (who, still_named)
        && !resources::name_login(tx, login)?
    {
        diesel::delete(bindings::table.find(login)).execute(tx.db())?;
        tx.announce(Change::Register, now)?;
    }
    tx.announce(Change::Access, now)?;
    Ok(true)
}

/// Binds a login to the first person who came with it. `true` for the one caller who did it.
pub fn bind(tx: &mut Tx<'_>, login: &str, user: &UserId, now: Time) -> StoreResult<bool> {
    let login = login.to_ascii_lowercase();
    if bindings::table.find(&login).count().get_result::<i64>(tx.db())? > 0 {
        return Ok(false);
    }
    diesel::insert_into(bindings::table)
        .values((bindings::login.eq(login), bindings::user_id.eq(user.as_str()), bindings::bound_at.eq(now.unix())))
        .execute(tx.db())?;
    tx.announce(Change::Access, now)?;
    tx.announce(Change::Register, now)?;
    Ok(true)
}
