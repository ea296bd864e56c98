//! Devices that wait for a person (RFC 8628), by the digests of their codes.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::device_codes as table};
use crate::base::{
    grant::Device,
    id::{ClientId, GrantId},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Digest,
    time::{Span, Time},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    digest: String,
    client_id: String,
    scope: String,
    audience: String,
    ip: String,
    created_at: i64,
    expires_at: i64,
    poll_interval: i64,
    polled_at: Option<i64>,
    decided_at: Option<i64>,
    grant_id: Option<String>,
    spent_at: Option<i64>,
    asked: Option<String>,
}

impl From<Row> for Device {
    fn from(row: Row) -> Self {
        Self {
            digest: Digest::from_hex(row.digest),
            client: ClientId::new(row.client_id),
            scope: ScopeSet::parse(&row.scope),
            audience: ResourceUri::stored(row.audience),
            open: row.asked,
            ip: row.ip,
            created_at: Time::from_unix(row.created_at),
            expires_at: Time::from_unix(row.expires_at),
            interval: Span::seconds(row.poll_interval),
            polled_at: row.polled_at.map(Time::from_unix),
            decided_at: row.decided_at.map(Time::from_unix),
            grant: row.grant_id.map(GrantId::new),
            spent_at: row.spent_at.map(Time::from_unix),
        }
    }
}

/// Writes down a device that waits. `false` when another one has that user code.
pub fn insert(tx: &mut Tx<'_>, device: &Device, user_code: &Digest) -> StoreResult<bool> {
    if by_user_code(tx, user_code)?.is_some() {
        return Ok(false);
    }
    diesel::insert_into(table::table)
        .values((
            table::digest.eq(device.digest.hex()),
            table::user_code.eq(user_code.hex()),
            table::client_id.eq(device.client.as_str()),
            table::scope.eq(device.scope.to_string()),
            table::audience.eq(device.audience.to_string()),
            table::asked.eq(device.open.as_deref()),
            table::ip.eq(&device.ip),
            table::created_at.eq(device.created_at.unix()),
            table::expires_at.eq(device.expires_at.unix()),
            table::poll_interval.eq(device.interval.as_seconds()),
        ))
        .execute(tx.db())?;
    Ok(true)
}

/// The device that polls with that code.
pub fn find(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<Device>> {
    let row = table::table.find(digest.hex()).select(Row::as_select()).get_result(reader.db()).optional()?;
    Ok(row.map(Device::from))
}

/// The device that shows that code to its person.
pub fn by_user_code(reader: &mut Reader<'_>, user_code: &Digest) -> StoreResult<Option<Device>> {
    let wanted = table::table.filter(table::user_code.eq(user_code.hex())).select(Row::as_select());
    Ok(wanted.get_result(reader.db()).optional()?.map(Device::from))
}

/// Notes that it asked, and how long it has to wait until it asks again.
pub fn polled(tx: &mut Tx<'_>, digest: &Digest, interval: Span, now: Time) -> StoreResult<()> {
    diesel::update(table::table.find(digest.hex()))
        .set((table::polled_at.eq(Some(now.unix())), table::poll_interval.eq(interval.as_seconds())))
        .execute(tx.db())?;
    Ok(())
}

/// Takes the person's answer: what they allowed, or that they did not. `true` for exactly one caller, ever, and only in time.
pub fn decide(tx: &mut Tx<'_>, digest: &Digest, grant: Option<&GrantId>, now: Time) -> StoreResult<bool> {
    let open = table::decided_at.is_null().and(table::expires_at.gt(now.unix()));
    let won = diesel::update(table::table.find(digest.hex()).filter(open))
        .set((table::decided_at.eq(Some(now.unix())), table::grant_id.eq(grant.map(GrantId::as_str))))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Spends the device code. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, digest: &Digest, now: Time) -> StoreResult<bool> {
    let unspent = table::spent_at.is_null().and(table::grant_id.is_not_null());
    let won = diesel::update(table::table.find(digest.hex()).filter(unspent))
        .set(table::spent_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Drops what waits for a client that left.
pub fn forget_client(tx: &mut Tx<'_>, client: &ClientId) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::client_id.eq(client.as_str()))).execute(tx.db())?)
}

/// Whether a device waits for a client.
pub fn waits_for(reader: &mut Reader<'_>, client: &ClientId, now: Time) -> StoreResult<bool> {
    let waiting = table::table.filter(table::client_id.eq(client.as_str())).filter(table::expires_at.gt(now.unix()));
    Ok(diesel::select(diesel::dsl::exists(waiting)).get_result(reader.db())?)
}

/// Removes devices that waited long enough.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::digest).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::digest.eq_any(old))).execute(tx.db())?)
}
