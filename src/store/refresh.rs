//! Refresh tokens, by their digests: each grant's form one chain of which only the last link is unspent.

use diesel::{dsl::exists, prelude::*};

use super::{
    Reader, Tx,
    connection::steady,
    error::StoreResult,
    grants,
    schema::{clients, grants as grants_table, refresh_tokens as table, users as users_table},
    users,
};
use crate::base::{
    grant::{Grant, Refresh},
    id::{ClientId, GrantId},
    secret::Digest,
    time::Time,
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
    successor: Option<String>,
    spent_for: Option<String>,
    reply: Option<String>,
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
            successor: row.successor.map(Digest::from_hex),
            spent_for: row.spent_for,
            reply: row.reply,
        }
    }
}

/// What is noted when a refresh token is spent.
pub struct Spent {
    /// The token that takes its place.
    pub successor: Digest,
    /// The parameters it was spent with.
    pub spent_for: String,
    /// The sealed reply.
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
    /// Whether the token that took its place still waits to be used.
    pub has_unspent_successor: bool,
}

/// The refresh token of that digest with what it hangs on, in one look.
pub fn find_whole(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<Found>> {
    let row = table::table
        .inner_join(grants_table::table)
        .inner_join(users_table::table.on(users_table::id.eq(grants_table::user_id)))
        .filter(table::digest.eq(digest.hex()))
        .select((Row::as_select(), grants::Row::as_select(), users_table::all_columns))
        .get_result::<(Row, grants::Row, users::Row)>(reader.db())
        .optional()?;
    let Some((token, grant, person)) = row else { return Ok(None) };
    let token = Refresh::from(token);
    let has_unspent_successor = match &token.successor {
        Some(next) => find(reader, next)?.is_some_and(|next| next.spent_at.is_none()),
        None => false,
    };
    Ok(Some(Found { token, grant: grant.into(), person: users::user(person), has_unspent_successor }))
}

/// The name of the statement that spends a token.
struct Spend;

/// Spends it, if its grant goes on and its client is in the book and enabled at this moment. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, token: &Refresh, spent: &Spent, now: Time) -> StoreResult<bool> {
    let grant = grants_table::table.find(token.grant.as_str()).filter(grants_table::ended_at.is_null());
    let client = clients::table.find(token.client.as_str()).filter(clients::disabled_at.is_null());
    let unspent = table::table.find(token.digest.hex()).filter(table::spent_at.is_null());
    let spend = diesel::update(unspent.filter(exists(grant)).filter(exists(client))).set((
        table::spent_at.eq(Some(now.unix())),
        table::successor.eq(Some(spent.successor.hex())),
        table::spent_for.eq(Some(&spent.spent_for)),
        table::reply.eq(Some(&spent.reply)),
        table::reply_until.eq(Some(spent.reply_until.unix())),
    ));
    Ok(steady::<Spend, _>(spend).execute(tx.db())? == 1)
}

/// Wipes the replies whose time to be given again is over.
pub fn wipe_replies(tx: &mut Tx<'_>, now: Time, at_most: i64) -> StoreResult<usize> {
    let over = table::table.filter(table::reply_until.lt(now.unix())).select(table::digest).limit(at_most);
    let over: Vec<String> = over.load(tx.db())?;
    Ok(diesel::update(table::table.filter(table::digest.eq_any(over)))
        .set((table::reply.eq(None::<String>), table::reply_until.eq(None::<i64>)))
        .execute(tx.db())?)
}

/// Removes tokens that ended before that moment.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::digest).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::digest.eq_any(old))).execute(tx.db())?)
}
