//! People who wait for an administrator to let a client in, and what was decided for clients that are alike.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    schema::{approval_waits as waits, approvals as table},
};
use crate::base::{
    approval::{Approval, Decided, Wait},
    id::{ApprovalId, ClientId, UserId, WaitId},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Digest,
    time::Time,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waits)]
struct WaitRow {
    id: String,
    request: String,
    client_id: String,
    likeness: String,
    user_id: String,
    auth_time: i64,
    scope: String,
    audience: String,
    ends_at: Option<i64>,
    created_at: i64,
    expires_at: i64,
    allowed: Option<bool>,
    until: Option<i64>,
}

impl From<WaitRow> for Wait {
    fn from(row: WaitRow) -> Self {
        let until = row.until.map(Time::from_unix);
        Self {
            id: WaitId::new(row.id),
            request: Digest::from_hex(row.request),
            client: ClientId::new(row.client_id),
            group: row.likeness,
            user: UserId::new(row.user_id),
            auth_time: Time::from_unix(row.auth_time),
            scope: ScopeSet::parse(&row.scope),
            audience: ResourceUri::stored(row.audience),
            ends_at: row.ends_at.map(Time::from_unix),
            created_at: Time::from_unix(row.created_at),
            expires_at: Time::from_unix(row.expires_at),
            decided: row.allowed.map(|allowed| Decided { allowed, until }),
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    likeness: String,
    name: String,
    user_id: Option<String>,
    allowed: bool,
    until: Option<i64>,
    created_at: i64,
    created_by: Option<String>,
}

impl From<Row> for Approval {
    fn from(row: Row) -> Self {
        Self {
            id: ApprovalId::new(row.id),
            group: row.likeness,
            name: row.name,
            user: row.user_id.map(UserId::new),
            decided: Decided { allowed: row.allowed, until: row.until.map(Time::from_unix) },
            created_at: Time::from_unix(row.created_at),
            created_by: row.created_by.map(UserId::new),
        }
    }
}

/// Notes that somebody waits; `false` if they do so for that request already.
pub fn wait(tx: &mut Tx<'_>, wait: &Wait) -> StoreResult<bool> {
    if of_request(tx, &wait.request)?.is_some() {
        return Ok(false);
    }
    let row = WaitRow {
        id: wait.id.to_string(),
        request: wait.request.hex().to_owned(),
        client_id: wait.client.to_string(),
        likeness: wait.group.clone(),
        user_id: wait.user.to_string(),
        auth_time: wait.auth_time.unix(),
        scope: wait.scope.to_string(),
        audience: wait.audience.to_string(),
        ends_at: wait.ends_at.map(Time::unix),
        created_at: wait.created_at.unix(),
        expires_at: wait.expires_at.unix(),
        allowed: None,
        until: None,
    };
    diesel::insert_into(waits::table).values(row).execute(tx.db())?;
    Ok(true)
}

/// Drops those who wait for a client that left.
pub fn forget_client(tx: &mut Tx<'_>, client: &ClientId) -> StoreResult<usize> {
    Ok(diesel::delete(waits::table.filter(waits::client_id.eq(client.as_str()))).execute(tx.db())?)
}

/// Who waits for that request, or did.
pub fn of_request(reader: &mut Reader<'_>, request: &Digest) -> StoreResult<Option<Wait>> {
    let row = waits::table.filter(waits::request.eq(request.hex())).select(WaitRow::as_select());
    Ok(row.get_result(reader.db()).optional()?.map(Wait::from))
}

/// The wait of that name.
pub fn find_wait(reader: &mut Reader<'_>, id: &WaitId) -> StoreResult<Option<Wait>> {
    let row = waits::table.find(id.as_str()).select(WaitRow::as_select());
    Ok(row.get_result(reader.db()).optional()?.map(Wait::from))
}

/// All who wait now, the longest first.
pub fn waiting(reader: &mut Reader<'_>, now: Time) -> StoreResult<Vec<Wait>> {
    let rows: Vec<WaitRow> = waits::table
        .filter(waits::decided_at.is_null().and(waits::expires_at.gt(now.unix())))
        .order((waits::created_at, waits::id))
        .select(WaitRow::as_select())
        .load(reader.db())?;
    Ok(rows.into_iter().map(Wait::from).collect())
}

/// How many wait now.
pub fn count(reader: &mut Reader<'_>, now: Time) -> StoreResult<i64> {
    let open = waits::table.filter(waits::decided_at.is_null().and(waits::expires_at.gt(now.unix())));
    Ok(open.count().get_result(reader.db())?)
}

/// Decides a wait. `true` for exactly one caller, ever.
pub fn settle(tx: &mut Tx<'_>, id: &WaitId, decided: Decided, now: Time) -> StoreResult<bool> {
    let won = diesel::update(waits::table.find(id.as_str()).filter(waits::decided_at.is_null()))
        .set((
            waits::decided_at.eq(Some(now.unix())),
            waits::allowed.eq(Some(decided.allowed)),
            waits::until.eq(decided.until.map(Time::unix)),
        ))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Writes a decision down for clients that are alike, over the one that was there for the same people.
pub fn put(tx: &mut Tx<'_>, approval: &Approval) -> StoreResult<()> {
    let alike = table::likeness.eq(&approval.group);
    match &approval.user {
        Some(user) => diesel::delete(table::table.filter(alike).filter(table::user_id.eq(Some(user.as_str()))))
            .execute(tx.db())?,
        None => diesel::delete(table::table.filter(alike).filter(table::user_id.is_null())).execute(tx.db())?,
    };
    let row = Row {
        id: approval.id.to_string(),
        likeness: approval.group.clone(),
        name: approval.name.clone(),
        user_id: approval.user.as_ref().map(ToString::to_string),
        allowed: approval.decided.allowed,
        until: approval.decided.until.map(Time::unix),
        created_at: approval.created_at.unix(),
        created_by: approval.created_by.as_ref().map(ToString::to_string),
    };
    diesel::insert_into(table::table).values(row).execute(tx.db())?;
    Ok(())
}

/// What was decided for clients that are alike, for everybody and for this person, if one is named: what is for them alone goes
/// before what is for everybody.
pub fn decided(reader: &mut Reader<'_>, group: &str, user: Option<&UserId>, now: Time) -> StoreResult<Option<Decided>> {
    // No decision is for a person without an id.
    let user = user.map(UserId::as_str).unwrap_or_default();
    let rows: Vec<Row> = table::table
        .filter(table::likeness.eq(group))
        .filter(table::user_id.is_null().or(table::user_id.eq(Some(user))))
        .filter(table::until.is_null().or(table::until.gt(now.unix())))
        .select(Row::as_select())
        .load(reader.db())?;
    let mut all: Vec<Approval> = rows.into_iter().map(Approval::from).collect();
    all.sort_by_key(|approval| approval.user.is_none());
    Ok(all.first().map(|approval| approval.decided))
}

/// All decisions that hold, newest first.
pub fn all(reader: &mut Reader<'_>, now: Time) -> StoreResult<Vec<Approval>> {
    let rows: Vec<Row> = table::table
        .filter(table::until.is_null().or(table::until.gt(now.unix())))
        .order((table::created_at.desc(), table::id))
        .select(Row::as_select())
        .load(reader.db())?;
    Ok(rows.into_iter().map(Approval::from).collect())
}

/// Takes a decision back; gives what it was, or `None` if it is not there.
pub fn remove(tx: &mut Tx<'_>, id: &ApprovalId) -> StoreResult<Option<Approval>> {
    let row: Option<Row> = table::table.find(id.as_str()).select(Row::as_select()).get_result(tx.db()).optional()?;
    diesel::delete(table::table.find(id.as_str())).execute(tx.db())?;
    Ok(row.map(Approval::from))
}

/// Removes waits that are over.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = waits::table.filter(waits::expires_at.lt(before.unix())).select(waits::id).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(waits::table.filter(waits::id.eq_any(old))).execute(tx.db())?)
}

/// Removes decisions whose time is over.
pub fn delete_ended(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::until.lt(before.unix())).select(table::id).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(old))).execute(tx.db())?)
}
