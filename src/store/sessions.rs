//! Browser sessions, by the digests of their keys: on the server, so that they can be ended from here.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::sessions as table};
use crate::base::{id::UserId, secret::Digest, time::Time};

/// A browser session.
#[derive(Clone, PartialEq, Debug)]
pub struct Session {
    /// What is kept of its key.
    pub digest: Digest,
    /// Who is signed in.
    pub user: Option<UserId>,
    /// What the web room keeps in it, as JSON.
    pub state: String,
    /// From which address it began.
    pub ip: String,
    /// With which browser.
    pub user_agent: String,
    /// When it began.
    pub created_at: Time,
    /// When it was last seen.
    pub last_seen_at: Time,
    /// Until when it lasts.
    pub expires_at: Time,
}

type Row = (String, Option<String>, String, String, String, i64, i64, i64);

fn session((digest, user, state, ip, user_agent, created_at, last_seen_at, expires_at): Row) -> Session {
    Session {
        digest: Digest::from_hex(digest),
        user: user.map(UserId::new),
        state,
        ip,
        user_agent,
        created_at: Time::from_unix(created_at),
        last_seen_at: Time::from_unix(last_seen_at),
        expires_at: Time::from_unix(expires_at),
    }
}

/// The session of that digest, while it lasts.
pub fn find(reader: &mut Reader<'_>, digest: &Digest, now: Time) -> StoreResult<Option<Session>> {
    let row: Option<Row> =
        table::table.find(digest.hex()).filter(table::expires_at.gt(now.unix())).get_result(reader.db()).optional()?;
    Ok(row.map(session))
}

/// Begins one.
pub fn insert(tx: &mut Tx<'_>, new: &Session) -> StoreResult<()> {
    diesel::insert_into(table::table)
        .values((
            table::digest.eq(new.digest.hex()),
            table::user_id.eq(new.user.as_ref().map(UserId::as_str)),
            table::state.eq(&new.state),
            table::ip.eq(&new.ip),
            table::user_agent.eq(&new.user_agent),
            table::created_at.eq(new.created_at.unix()),
            table::last_seen_at.eq(new.last_seen_at.unix()),
            table::expires_at.eq(new.expires_at.unix()),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// Changes what is in it; `false` when it has ended meanwhile: an ended session is never brought back.
pub fn update(tx: &mut Tx<'_>, digest: &Digest, user: Option<&UserId>, state: &str, now: Time) -> StoreResult<bool> {
    let changed = diesel::update(table::table.find(digest.hex()))
        .set((table::user_id.eq(user.map(UserId::as_str)), table::state.eq(state), table::last_seen_at.eq(now.unix())))
        .execute(tx.db())?;
    Ok(changed == 1)
}

/// Ends one.
pub fn end(tx: &mut Tx<'_>, digest: &Digest) -> StoreResult<bool> {
    Ok(diesel::delete(table::table.find(digest.hex())).execute(tx.db())? == 1)
}

/// Ends one of a person's; `false` when it is not theirs, or has ended.
pub fn end_own(tx: &mut Tx<'_>, user: &UserId, digest: &Digest) -> StoreResult<bool> {
    let own = table::table.find(digest.hex()).filter(table::user_id.eq(user.as_str()));
    Ok(diesel::delete(own).execute(tx.db())? == 1)
}

/// Ends all of a person.
pub fn end_all(tx: &mut Tx<'_>, user: &UserId) -> StoreResult<i64> {
    let ended = diesel::delete(table::table.filter(table::user_id.eq(user.as_str()))).execute(tx.db())?;
    Ok(ended as i64)
}

/// A person's sessions, last seen first.
pub fn of_user(reader: &mut Reader<'_>, user: &UserId, now: Time) -> StoreResult<Vec<Session>> {
    let rows: Vec<Row> = table::table
        .filter(table::user_id.eq(user.as_str()))
        .filter(table::expires_at.gt(now.unix()))
        .order(table::last_seen_at.desc())
        .limit(100)
        .load(reader.db())?;
    Ok(rows.into_iter().map(session).collect())
}

/// Removes sessions that ended before that moment.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::digest).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::digest.eq_any(old))).execute(tx.db())?)
}
