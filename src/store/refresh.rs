//! Refresh tokens, by their digests: each grant's form one chain of which only the last link is unspent.

use diesel::{dsl::exists, prelude::*};

use super::{
    Reader, Tx,
    connection::{columns, steady},
    error::StoreResult,
    grants,
    schema::{clients, grants as grants_table, refresh_tokens as table, replies, users as users_table},
    users,
};
use crate::base::{
    grant::{Grant, Refresh},
    id::{ClientId, GrantId},
    secret::Digest,
    time::{Span, Time},
    user::User,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    digest: String,
    grant_id: String,
    client_id: String,
    expires_at: i64,
    spent_at: Option<i64>,
    key_thumbprint: Option<String>,
}

impl From<Row> for Refresh {
    fn from(row: Row) -> Self {
        Self {
            digest: Digest::from_hex(row.digest),
            grant: GrantId::new(row.grant_id),
            client: ClientId::new(row.client_id),
            key: row.key_thumbprint,
            expires_at: Time::from_unix(row.expires_at),
            spent_at: row.spent_at.map(Time::from_unix),
        }
    }
}

/// What is noted when a refresh token is spent.
pub struct Spent {
    /// The token that takes its place.
    pub successor: Digest,
    /// The parameters it was spent with.
    pub spent_for: String,
    /// The reply, sealed under a key that only the token itself yields.
    pub reply: String,
    /// Until when the same reply may be given again.
    pub reply_until: Time,
}

/// Writes down a refresh token.
pub fn insert(tx: &mut Tx<'_>, refresh: &Refresh) -> StoreResult<()> {
    diesel::insert_into(table::table)
        .values((
            table::digest.eq(refresh.digest.hex()),
            table::grant_id.eq(refresh.grant.as_str()),
            table::client_id.eq(refresh.client.as_str()),
            table::expires_at.eq(refresh.expires_at.unix()),
            table::key_thumbprint.eq(&refresh.key),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// The refresh token of that digest, spent or not.
pub fn find(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<Refresh>> {
    let row = table::table.find(digest.hex()).select(Row::as_select()).get_result(reader.db()).optional()?;
    Ok(row.map(Refresh::from))
}

/// A refresh token with what it hangs on.
pub struct Found {
    /// The token, spent or not.
    pub token: Refresh,
    /// What gave it, ended or not.
    pub grant: Grant,
    /// Who allowed it.
    pub person: User,
    /// What was given for it, for as long as that is kept and the token that took its place waits to be used.
    pub reply: Option<Reply>,
}

/// What was given for a refresh token that is spent.
pub struct Reply {
    /// The parameters it was spent with.
    pub spent_for: String,
    /// The answer, sealed.
    pub sealed: String,
}

/// The refresh token of that digest with what it hangs on, in one look.
pub fn find_whole(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<Found>> {
    let row = table::table
        .inner_join(grants_table::table)
        .inner_join(users_table::table.on(users_table::id.eq(grants_table::user_id)))
        .filter(table::digest.eq(digest.hex()))
        .select(columns((Row::as_select(), grants::Row::as_select(), users_table::all_columns)))
        .get_result::<(Row, grants::Row, users::Row)>(reader.db())
        .optional()?;
    let Some((token, grant, person)) = row else { return Ok(None) };
    let token = Refresh::from(token);
    let reply = if token.spent_at.is_some() { reply(reader, digest)? } else { None };
    Ok(Some(Found { token, grant: grant.into(), person: users::user(person), reply }))
}

fn reply(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<Reply>> {
    let kept = replies::table.filter(replies::digest.eq(digest.hex())).select((
        replies::successor,
        replies::spent_for,
        replies::reply,
    ));
    let kept: Option<(String, String, String)> = kept.get_result(reader.db()).optional()?;
    let Some((successor, spent_for, sealed)) = kept else { return Ok(None) };
    let next = find(reader, &Digest::from_hex(successor))?;
    Ok(next.is_some_and(|next| next.spent_at.is_none()).then_some(Reply { spent_for, sealed }))
}

/// The name of the statement that spends a token.
struct Spend;

/// Spends it, if its grant goes on and its client is in the book and enabled at this moment. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, token: &Refresh, spent: &Spent, now: Time) -> StoreResult<bool> {
    let grant = grants_table::table
        .find(token.grant.as_str())
        .filter(grants_table::ended_at.is_null())
        .select(grants_table::id);
    let client = clients::table.find(token.client.as_str()).filter(clients::disabled_at.is_null()).select(clients::id);
    let unspent = table::table.find(token.digest.hex()).filter(table::spent_at.is_null());
    let spend =
        diesel::update(unspent.filter(exists(grant)).filter(exists(client))).set(table::spent_at.eq(Some(now.unix())));
    if steady::<Spend, _>(spend).execute(tx.db())? != 1 {
        return Ok(false);
    }
    let kept = (
        replies::digest.eq(token.digest.hex()),
        replies::successor.eq(spent.successor.hex()),
        replies::spent_for.eq(&spent.spent_for),
        replies::reply.eq(&spent.reply),
        replies::until.eq(spent.reply_until.unix()),
    );
    diesel::insert_into(replies::table).values(kept).execute(tx.db())?;
    Ok(true)
}

/// Wipes the replies whose time to be given again is over. They were kept in the order in which it is.
pub fn wipe_replies(tx: &mut Tx<'_>, now: Time, at_most: i64) -> StoreResult<usize> {
    let oldest = replies::table.order(replies::id).limit(at_most).select((replies::id, replies::until));
    let oldest: Vec<(i64, i64)> = oldest.load(tx.db())?;
    let Some((last, _)) = oldest.into_iter().take_while(|(_, until)| *until < now.unix()).last() else { return Ok(0) };
    Ok(diesel::delete(replies::table.filter(replies::id.le(last))).execute(tx.db())?)
}

/// Removes tokens that ended before that moment. They lie in the order in which they were given and mostly end in it: one that
/// lasts longer keeps those behind it for as long.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let oldest = table::table.order(table::digest).limit(at_most).select((table::digest, table::expires_at));
    let oldest: Vec<(String, i64)> = oldest.load(tx.db())?;
    let ended = oldest.into_iter().take_while(|(_, end)| *end < before.unix()).last();
    let removed = match ended {
        Some((last, _)) => diesel::delete(table::table.filter(table::digest.le(last))).execute(tx.db())?,
        None => 0,
    };
    // Digests of old begin with no time, and lie behind all that do: a few, and none in the end.
    let timeless = format!("{:012x}", (before + Span::days(3_650)).unix() * 1_000);
    let of_old = table::table
        .filter(table::digest.gt(timeless))
        .filter(table::expires_at.lt(before.unix()))
        .select(table::digest)
        .limit(at_most);
    let of_old: Vec<String> = of_old.load(tx.db())?;
    Ok(removed + diesel::delete(table::table.filter(table::digest.eq_any(of_old))).execute(tx.db())?)
}
