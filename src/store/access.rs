//! What is kept of access tokens: not the tokens, but that they were given.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{
    Reader, Tx,
    connection::Backend,
    error::StoreResult,
    schema::{access_tokens as table, grants},
    standing::Change,
};
use crate::base::{
    event::Ended,
    grant::Access,
    id::{AccessId, ClientId, GrantId, UserId},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Digest,
    time::Time,
};

type Row = (String, String, String, String, String, String, i64, i64, Option<i64>, Option<String>);

fn access((id, grant, client, user, audience, scope, issued_at, expires_at, revoked_at, digest): Row) -> Access {
    Access {
        id: AccessId::new(id),
        digest: digest.map(Digest::from_hex),
        grant: GrantId::new(grant),
        client: ClientId::new(client),
        user: UserId::new(user),
        audience: ResourceUri::stored(audience),
        scope: ScopeSet::parse(&scope),
        issued_at: Time::from_unix(issued_at),
        expires_at: Time::from_unix(expires_at),
        revoked_at: revoked_at.map(Time::from_unix),
    }
}

/// Writes down that a token was given.
pub fn insert(tx: &mut Tx<'_>, token: &Access) -> StoreResult<()> {
    diesel::insert_into(table::table)
        .values((
            table::id.eq(token.id.as_str()),
            table::digest.eq(token.digest.as_ref().map(Digest::hex)),
            table::grant_id.eq(token.grant.as_str()),
            table::client_id.eq(token.client.as_str()),
            table::user_id.eq(token.user.as_str()),
            table::audience.eq(token.audience.as_str()),
            table::scope.eq(token.scope.to_string()),
            table::issued_at.eq(token.issued_at.unix()),
            table::expires_at.eq(token.expires_at.unix()),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// The token of that `jti`.
pub fn find(reader: &mut Reader<'_>, id: &AccessId) -> StoreResult<Option<Access>> {
    Ok(table::table.find(id.as_str()).get_result::<Row>(reader.db()).optional()?.map(access))
}

/// Whether the token that was given under that `jti` is the one of that digest.
pub fn is_given(reader: &mut Reader<'_>, id: &AccessId, digest: &Digest) -> StoreResult<bool> {
    let given = table::table.find(id.as_str()).select(table::digest).get_result::<Option<String>>(reader.db());
    Ok(given.optional()?.flatten().is_some_and(|given| given == digest.hex()))
}

/// Revokes one. `true` for the one caller who did it.
pub fn revoke(tx: &mut Tx<'_>, id: &AccessId, now: Time) -> StoreResult<bool> {
    let Some(token) = find(tx, id)? else { return Ok(false) };
    let won = diesel::update(table::table.find(id.as_str()).filter(table::revoked_at.is_null()))
        .set(table::revoked_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    if won == 1 && token.expires_at > now {
        tx.announce(Change::TokenRevoked(id.clone(), token.expires_at), now)?;
    }
    Ok(won == 1)
}

/// When the last of all tokens ends.
pub(super) fn last_end(reader: &mut Reader<'_>) -> StoreResult<Option<Time>> {
    let last: Option<i64> = table::table.select(diesel::dsl::max(table::expires_at)).get_result(reader.db())?;
    Ok(last.map(Time::from_unix))
}

/// From when until when tokens were issued, both seconds included.
pub type Issued = (Time, Option<Time>);

type Alive = table::BoxedQuery<'static, Backend>;

/// Those that the gate lets in: neither they nor their grants have ended.
fn alive((from, until): Issued, now: Time) -> Alive {
    let goes_on = grants::table.filter(grants::id.eq(table::grant_id)).filter(grants::ended_at.is_null());
    let alive = table::table
        .into_boxed::<Backend>()
        .filter(table::expires_at.gt(now.unix()).and(table::revoked_at.is_null()))
        .filter(table::issued_at.ge(from.unix()))
        .filter(diesel::dsl::exists(goes_on));
    match until {
        Some(until) => alive.filter(table::issued_at.le(until.unix())),
        None => alive,
    }
}

/// How many live tokens were issued then; those beyond `most` are not counted.
pub fn count_issued(reader: &mut Reader<'_>, issued: Issued, now: Time, most: i64) -> StoreResult<i64> {
    let found: Vec<i64> = alive(issued, now).select(table::issued_at).limit(most).load(reader.db())?;
    Ok(found.len() as i64)
}

/// Live tokens that were issued then, and of how many grants and people they are.
pub fn issued(reader: &mut Reader<'_>, issued: Issued, now: Time) -> StoreResult<Ended> {
    let found: Vec<(String, String, String)> =
        alive(issued, now).select((table::grant_id, table::user_id, table::client_id)).load(reader.db())?;
    let grants: HashSet<&String> = found.iter().map(|(grant, ..)| grant).collect();
    let people: HashSet<&String> =
        found.iter().filter(|(_, user, client)| user != client).map(|(_, user, _)| user).collect();
    Ok(Ended { people: people.len() as i64, grants: grants.len() as i64, tokens: found.len() as i64 })
}

/// Notes of all live tokens that were issued then that they are revoked. Those of the second in which another key took over may be
/// that one's and stay; the gate refuses what the gone key signed all the same.
pub fn revoke_issued(tx: &mut Tx<'_>, (from, until): Issued, now: Time) -> StoreResult<()> {
    let until = until.map_or(i64::MAX, Time::unix);
    diesel::update(
        table::table
            .filter(table::expires_at.gt(now.unix()).and(table::revoked_at.is_null()))
            .filter(table::issued_at.ge(from.unix()).and(table::issued_at.lt(until))),
    )
    .set(table::revoked_at.eq(Some(now.unix())))
    .execute(tx.db())?;
    Ok(())
}

/// Removes what ended before that moment.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::id).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(old))).execute(tx.db())?)
}
