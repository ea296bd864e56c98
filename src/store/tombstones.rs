//! What registrations leave behind.

use diesel::prelude::*;

use super::{
    Reader, Tx, clients,
    error::{StoreError, StoreResult},
    page::{Page, Seek, Toward},
    schema::tombstones as table,
};
use crate::base::{
    client::{Departure, Tombstone},
    id::{ClientId, UserId},
    time::Time,
};

type Row = (String, String, String, Option<String>, i64, i64);

fn tombstone((id, metadata, why, by, created_at, left_at): Row) -> StoreResult<Tombstone> {
    Ok(Tombstone {
        id: ClientId::new(id),
        metadata: clients::from_json(&metadata)?,
        why: Departure::parse(&why).ok_or_else(|| StoreError::Corrupt("a tombstone's reason cannot be read".into()))?,
        by: by.map(UserId::new),
        created_at: Time::from_unix(created_at),
        left_at: Time::from_unix(left_at),
    })
}

/// Sets one up, in place of one that stood there before.
pub fn put(tx: &mut Tx<'_>, stone: &Tombstone) -> StoreResult<()> {
    remove(tx, &stone.id)?;
    diesel::insert_into(table::table)
        .values((
            table::id.eq(stone.id.as_str()),
            table::metadata.eq(clients::to_json(&stone.metadata)?),
            table::why.eq(stone.why.as_str()),
            table::left_by.eq(stone.by.as_ref().map(UserId::as_str)),
            table::created_at.eq(stone.created_at.unix()),
            table::left_at.eq(stone.left_at.unix()),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// The one of that id.
pub fn find(reader: &mut Reader<'_>, id: &ClientId) -> StoreResult<Option<Tombstone>> {
    table::table.find(id.as_str()).get_result::<Row>(reader.db()).optional()?.map(tombstone).transpose()
}

/// Takes one away because its registration came back. `true` for the one caller who did it.
pub fn remove(tx: &mut Tx<'_>, id: &ClientId) -> StoreResult<bool> {
    Ok(diesel::delete(table::table.find(id.as_str())).execute(tx.db())? == 1)
}

/// One page of them, latest first.
pub fn page(reader: &mut Reader<'_>, seek: Option<&Seek>, size: usize) -> StoreResult<Page<Tombstone>> {
    let mut query = table::table.into_boxed::<super::connection::Backend>();
    query = match seek {
        Some(Seek { toward: Toward::Older, at, id }) => query
            .filter(table::left_at.le(*at).and(table::left_at.lt(*at).or(table::id.lt(id.clone()))))
            .order((table::left_at.desc(), table::id.desc())),
        Some(Seek { toward: Toward::Newer, at, id }) => query
            .filter(table::left_at.ge(*at).and(table::left_at.gt(*at).or(table::id.gt(id.clone()))))
            .order((table::left_at.asc(), table::id.asc())),
        None => query.order((table::left_at.desc(), table::id.desc())),
    };
    let rows: Vec<Row> = query.limit(size as i64 + 1).load(reader.db())?;
    let stones: Vec<Tombstone> = rows.into_iter().map(tombstone).collect::<StoreResult<_>>()?;
    Ok(Page::assemble(stones, size, seek, |s| (s.left_at.unix(), s.id.to_string())))
}

/// Takes away those that stood long enough.
pub fn delete_older(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::left_at.lt(before.unix())).select(table::id).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(old))).execute(tx.db())?)
}
