//! Tokens of the dashboard's API.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    Reader, Tx,
    connection::Backend,
    error::{StoreError, StoreResult},
    page::{Page, Seek},
    schema::api_tokens as table,
    walk::Walk,
};
use crate::base::{
    api_token::{ApiRole, ApiToken},
    id::{ApiTokenId, UserId},
    secret::Digest,
    time::Time,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    digest: String,
    label: String,
    role: String,
    user_id: String,
    created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
    last_used_ip: Option<String>,
    revoked_at: Option<i64>,
}

impl Row {
    fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            digest: token.digest.hex().to_owned(),
            label: token.label.clone(),
            role: token.role.as_str().to_owned(),
            user_id: token.user.to_string(),
            created_at: token.created_at.unix(),
            expires_at: token.expires_at.unix(),
            last_used_at: token.last_used_at.map(Time::unix),
            last_used_ip: token.last_used_ip.clone(),
            revoked_at: token.revoked_at.map(Time::unix),
        }
    }

    fn token(self) -> StoreResult<ApiToken> {
        let unreadable = || StoreError::Corrupt("the role of an API token cannot be read".into());
        Ok(ApiToken {
            role: ApiRole::parse(&self.role).ok_or_else(unreadable)?,
            id: ApiTokenId::new(self.id),
            digest: Digest::from_hex(self.digest),
            label: self.label,
            user: UserId::new(self.user_id),
            created_at: Time::from_unix(self.created_at),
            expires_at: Time::from_unix(self.expires_at),
            last_used_at: self.last_used_at.map(Time::from_unix),
            last_used_ip: self.last_used_ip,
            revoked_at: self.revoked_at.map(Time::from_unix),
        })
    }
}

/// Writes down a new one.
pub fn insert(tx: &mut Tx<'_>, token: &ApiToken) -> StoreResult<()> {
    diesel::insert_into(table::table).values(Row::of(token)).execute(tx.db())?;
    Ok(())
}

/// The one that is called so.
pub fn find(reader: &mut Reader<'_>, id: &ApiTokenId) -> StoreResult<Option<ApiToken>> {
    let row = table::table.find(id.as_str()).select(Row::as_select()).get_result(reader.db()).optional()?;
    row.map(Row::token).transpose()
}

/// The one of that digest.
pub fn by_digest(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<ApiToken>> {
    let wanted = table::table.filter(table::digest.eq(digest.hex())).select(Row::as_select());
    wanted.get_result(reader.db()).optional()?.map(Row::token).transpose()
}

/// What these are for, in their makers' words.
pub fn labels(reader: &mut Reader<'_>, ids: &[ApiTokenId]) -> StoreResult<HashMap<ApiTokenId, String>> {
    let named = table::table.filter(table::id.eq_any(ids.iter().map(ApiTokenId::as_str)));
    let rows: Vec<(String, String)> = named.select((table::id, table::label)).load(reader.db())?;
    Ok(rows.into_iter().map(|(id, label)| (ApiTokenId::new(id), label)).collect())
}

/// One page of them, newest first.
pub fn page(reader: &mut Reader<'_>, seek: Option<&Seek>, size: usize) -> StoreResult<Page<ApiToken>> {
    let (column, id) = ("api_tokens.created_at", "api_tokens.id");
    let walk = Walk { column, is_text: false, id, falls: true, seek };
    let all = table::table.select(Row::as_select()).into_boxed::<Backend>().filter(walk.beyond()).order(walk.order());
    let rows: Vec<Row> = all.limit(size as i64 + 1).load(reader.db())?;
    let tokens: Vec<ApiToken> = rows.into_iter().map(Row::token).collect::<StoreResult<_>>()?;
    Ok(Page::assemble(tokens, size, seek, |token| (token.created_at.unix(), token.id.to_string())))
}

/// Ends one. `true` for the one caller who did it.
pub fn revoke(tx: &mut Tx<'_>, id: &ApiTokenId, now: Time) -> StoreResult<bool> {
    let won = diesel::update(table::table.find(id.as_str()).filter(table::revoked_at.is_null()))
        .set(table::revoked_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Notes that it was used.
pub fn used(tx: &mut Tx<'_>, id: &ApiTokenId, ip: &str, now: Time) -> StoreResult<()> {
    diesel::update(table::table.find(id.as_str()))
        .set((table::last_used_at.eq(Some(now.unix())), table::last_used_ip.eq(Some(ip))))
        .execute(tx.db())?;
    Ok(())
}

/// Removes those that were over or revoked before that moment.
pub fn delete_ended(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let over = table::expires_at.lt(before.unix()).or(table::revoked_at.lt(before.unix()));
    let old: Vec<String> = table::table.filter(over).select(table::id).limit(at_most).load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(old))).execute(tx.db())?)
}
