//! What is kept of access tokens: not the tokens, but that they were given.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::access_tokens as table, standing::Change};
use crate::base::{
    grant::Access,
    id::{AccessId, ClientId, GrantId, UserId},
    resource::ResourceUri,
    scope::ScopeSet,
    time::Time,
};

type Row = (String, String, String, String, String, String, i64, i64, Option<i64>);

fn access((id, grant, client, user, audience, scope, issued_at, expires_at, revoked_at): Row) -> Access {
    Access {
        id: AccessId::new(id),
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

/// Live tokens of a grant, newest first.
pub fn live_of(reader: &mut Reader<'_>, grant: &GrantId, now: Time) -> StoreResult<Vec<Access>> {
    let rows: Vec<Row> = table::table
        .filter(table::grant_id.eq(grant.as_str()))
        .filter(table::expires_at.gt(now.unix()).and(table::revoked_at.is_null()))
        .order(table::issued_at.desc())
        .load(reader.db())?;
    Ok(rows.into_iter().map(access).collect())
}

/// Removes what ended before that moment.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::id).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(old))).execute(tx.db())?)
}
