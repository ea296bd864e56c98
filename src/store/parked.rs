//! Authorization requests, and administrators' sign-ins, that wait for a person.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::parked as table};
use crate::base::{
    grant::Parked,
    id::{ClientId, UserId},
    secret::Digest,
    time::Time,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    digest: String,
    client_id: Option<String>,
    request: String,
    browser: String,
    user_id: Option<String>,
    auth_time: Option<i64>,
    created_at: i64,
    expires_at: i64,
    returned_at: Option<i64>,
    decided_at: Option<i64>,
    answer: Option<String>,
}

/// Parks a request.
pub fn insert(tx: &mut Tx<'_>, parked: &Parked) -> StoreResult<()> {
    let row = Row {
        digest: parked.digest.hex().to_owned(),
        client_id: parked.client.as_ref().map(ToString::to_string),
        request: parked.request.clone(),
        browser: parked.browser.hex().to_owned(),
        user_id: parked.user.as_ref().map(ToString::to_string),
        auth_time: parked.auth_time.map(Time::unix),
        created_at: parked.created_at.unix(),
        expires_at: parked.expires_at.unix(),
        returned_at: None,
        decided_at: None,
        answer: None,
    };
    diesel::insert_into(table::table).values(row).execute(tx.db())?;
    Ok(())
}

/// The request of that digest, while it waits.
pub fn find(reader: &mut Reader<'_>, digest: &Digest, now: Time) -> StoreResult<Option<Parked>> {
    let row: Option<Row> = table::table
        .find(digest.hex())
        .filter(table::expires_at.gt(now.unix()))
        .select(Row::as_select())
        .get_result(reader.db())
        .optional()?;
    Ok(row.map(|row| Parked {
        digest: Digest::from_hex(row.digest),
        client: row.client_id.map(ClientId::new),
        request: row.request,
        browser: Digest::from_hex(row.browser),
        user: row.user_id.map(UserId::new),
        auth_time: row.auth_time.map(Time::from_unix),
        created_at: Time::from_unix(row.created_at),
        expires_at: Time::from_unix(row.expires_at),
        returned_at: row.returned_at.map(Time::from_unix),
        decided_at: row.decided_at.map(Time::from_unix),
        answer: row.answer,
    }))
}

/// Takes the answer of the sign-in. `true` for exactly one caller, ever.
pub fn returned(tx: &mut Tx<'_>, digest: &Digest, now: Time) -> StoreResult<bool> {
    let won = diesel::update(table::table.find(digest.hex()).filter(table::returned_at.is_null()))
        .set(table::returned_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Notes who signed in for it.
pub fn signed_in(tx: &mut Tx<'_>, digest: &Digest, user: &UserId, auth_time: Time) -> StoreResult<()> {
    diesel::update(table::table.find(digest.hex()))
        .set((table::user_id.eq(Some(user.as_str())), table::auth_time.eq(Some(auth_time.unix()))))
        .execute(tx.db())?;
    Ok(())
}

/// Decides it and keeps the sealed answer. `true` for exactly one caller, ever.
pub fn decide(tx: &mut Tx<'_>, digest: &Digest, answer: &str, now: Time) -> StoreResult<bool> {
    let won = diesel::update(table::table.find(digest.hex()).filter(table::decided_at.is_null()))
        .set((table::decided_at.eq(Some(now.unix())), table::answer.eq(Some(answer))))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Decides a request without keeping an answer, as pushed ones have none. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, digest: &Digest, now: Time) -> StoreResult<bool> {
    let won = diesel::update(table::table.find(digest.hex()).filter(table::decided_at.is_null()))
        .set(table::decided_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Has a request stay longer, because somebody has to be asked first.
pub fn stays_until(tx: &mut Tx<'_>, digest: &Digest, until: Time) -> StoreResult<()> {
    diesel::update(table::table.find(digest.hex()).filter(table::expires_at.lt(until.unix())))
        .set(table::expires_at.eq(until.unix()))
        .execute(tx.db())?;
    Ok(())
}

/// Drops one request.
pub fn remove(tx: &mut Tx<'_>, digest: &Digest) -> StoreResult<()> {
    diesel::delete(table::table.find(digest.hex())).execute(tx.db())?;
    Ok(())
}

/// Empties what waits for a client that left: nothing comes of it any more. That it was there stays until its time is over, so
/// that the person in front of it hears why.
pub fn forget_client(tx: &mut Tx<'_>, client: &ClientId) -> StoreResult<usize> {
    let emptied = (table::request.eq(""), table::answer.eq(None::<String>));
    let waiting = table::table.filter(table::client_id.eq(client.as_str()));
    Ok(diesel::update(waiting).set(emptied).execute(tx.db())?)
}

/// Whether something waits for a client.
pub fn waits_for(reader: &mut Reader<'_>, client: &ClientId, now: Time) -> StoreResult<bool> {
    let waiting = table::table.filter(table::client_id.eq(client.as_str())).filter(table::expires_at.gt(now.unix()));
    let waiting = waiting.filter(table::request.ne(""));
    Ok(diesel::select(diesel::dsl::exists(waiting)).get_result(reader.db())?)
}

/// Removes requests that waited long enough.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::digest).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::digest.eq_any(old))).execute(tx.db())?)
}
