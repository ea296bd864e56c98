//! Initial access tokens, by the digest of what was handed out.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    schema::{clients, initial_tokens as table},
};
use crate::base::{
    client::GrantType,
    id::{InitialTokenId, UserId},
    initial_token::InitialToken,
    scope::ScopeSet,
    secret::Digest,
    time::Time,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    label: String,
    scopes: String,
    redirect_hosts: String,
    grant_types: String,
    most_uses: Option<i64>,
    uses: i64,
    expires_at: Option<i64>,
    created_at: i64,
    created_by: Option<String>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl From<Row> for InitialToken {
    fn from(row: Row) -> Self {
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        Self {
            id: InitialTokenId::new(row.id),
            label: row.label,
            scopes: ScopeSet::parse(&row.scopes),
            redirect_hosts: words(&row.redirect_hosts),
            grant_types: words(&row.grant_types).iter().filter_map(|name| GrantType::parse(name)).collect(),
            most_uses: row.most_uses,
            uses: row.uses,
            expires_at: row.expires_at.map(Time::from_unix),
            created_at: Time::from_unix(row.created_at),
            created_by: row.created_by.map(UserId::new),
            last_used_at: row.last_used_at.map(Time::from_unix),
            revoked_at: row.revoked_at.map(Time::from_unix),
        }
    }
}

/// Writes one down.
pub fn insert(tx: &mut Tx<'_>, token: &InitialToken, digest: &Digest) -> StoreResult<()> {
    let grants: Vec<_> = token.grant_types.iter().map(|grant| grant.as_str()).collect();
    diesel::insert_into(table::table)
        .values((
            table::id.eq(token.id.as_str()),
            table::digest.eq(digest.hex()),
            table::label.eq(&token.label),
            table::scopes.eq(token.scopes.to_string()),
            table::redirect_hosts.eq(token.redirect_hosts.join(" ")),
            table::grant_types.eq(grants.join(" ")),
            table::most_uses.eq(token.most_uses),
            table::uses.eq(token.uses),
            table::expires_at.eq(token.expires_at.map(Time::unix)),
            table::created_at.eq(token.created_at.unix()),
            table::created_by.eq(token.created_by.as_ref().map(UserId::as_str)),
            table::last_used_at.eq(token.last_used_at.map(Time::unix)),
            table::revoked_at.eq(token.revoked_at.map(Time::unix)),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// The one of that name.
pub fn find(reader: &mut Reader<'_>, id: &InitialTokenId) -> StoreResult<Option<InitialToken>> {
    let row = table::table.find(id.as_str()).select(Row::as_select()).get_result(reader.db()).optional()?;
    Ok(row.map(InitialToken::from))
}

/// The one that was handed out as that.
pub fn by_digest(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<InitialToken>> {
    let handed = table::table.filter(table::digest.eq(digest.hex()));
    let row = handed.select(Row::as_select()).get_result(reader.db()).optional()?;
    Ok(row.map(InitialToken::from))
}

/// All of them, newest first.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<InitialToken>> {
    let rows: Vec<Row> =
        table::table.order((table::created_at.desc(), table::id)).select(Row::as_select()).load(reader.db())?;
    Ok(rows.into_iter().map(InitialToken::from).collect())
}

/// How many clients in the book came with each.
pub fn clients_of_each(reader: &mut Reader<'_>) -> StoreResult<HashMap<InitialTokenId, i64>> {
    let rows: Vec<(Option<String>, i64)> = clients::table
        .filter(clients::initial_token.is_not_null())
        .group_by(clients::initial_token)
        .select((clients::initial_token, diesel::dsl::count_star()))
        .load(reader.db())?;
    Ok(rows.into_iter().filter_map(|(id, n)| Some((InitialTokenId::new(id?), n))).collect())
}

/// Uses one once more. `false` when it does not work, or not any more.
pub fn spend(tx: &mut Tx<'_>, id: &InitialTokenId, now: Time) -> StoreResult<bool> {
    let good = table::table
        .find(id.as_str())
        .filter(table::revoked_at.is_null())
        .filter(table::expires_at.is_null().or(table::expires_at.gt(now.unix())))
        .filter(table::most_uses.is_null().or(table::most_uses.gt(table::uses.nullable())));
    let won = diesel::update(good)
        .set((table::uses.eq(table::uses + 1), table::last_used_at.eq(Some(now.unix()))))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Ends one; `false` if it had ended already or is not there.
pub fn revoke(tx: &mut Tx<'_>, id: &InitialTokenId, now: Time) -> StoreResult<bool> {
    let live = table::table.find(id.as_str()).filter(table::revoked_at.is_null());
    Ok(diesel::update(live).set(table::revoked_at.eq(Some(now.unix()))).execute(tx.db())? == 1)
}
