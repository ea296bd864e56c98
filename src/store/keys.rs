//! Signing keys, sealed.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::{StoreError, StoreResult},
    schema::keys as table,
    standing::Change,
};
use crate::base::{
    algorithm::SigningAlgorithm,
    id::KeyId,
    key::{KeyPurpose, KeyRecord, KeyState},
    time::Time,
};

type Row = (String, String, String, String, i64, i64, Option<i64>, String, Option<i64>);

/// All keys, oldest first.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<KeyRecord>> {
    let rows: Vec<Row> = table::table.order((table::created_at, table::id)).load(reader.db())?;
    let key = |(id, algorithm, state, sealed, created_at, signs_at, retires_at, purpose, stopped_at): Row| {
        let unreadable = || StoreError::Corrupt(format!("the signing key {id} cannot be read"));
        Ok(KeyRecord {
            purpose: KeyPurpose::parse(&purpose).ok_or_else(unreadable)?,
            algorithm: SigningAlgorithm::parse(&algorithm).ok_or_else(unreadable)?,
            state: KeyState::parse(&state).ok_or_else(unreadable)?,
            id: KeyId::new(id),
            sealed,
            created_at: Time::from_unix(created_at),
            signs_at: Time::from_unix(signs_at),
            stopped_at: stopped_at.map(Time::from_unix),
            retires_at: retires_at.map(Time::from_unix),
        })
    };
    rows.into_iter().map(key).collect()
}

/// The key of that `kid`.
pub fn find(reader: &mut Reader<'_>, id: &KeyId) -> StoreResult<Option<KeyRecord>> {
    Ok(all(reader)?.into_iter().find(|key| key.id == *id))
}

/// Adds a key.
pub fn insert(tx: &mut Tx<'_>, key: &KeyRecord, now: Time) -> StoreResult<()> {
    diesel::insert_into(table::table)
        .values((
            table::id.eq(key.id.as_str()),
            table::purpose.eq(key.purpose.as_str()),
            table::algorithm.eq(key.algorithm.as_str()),
            table::state.eq(key.state.as_str()),
            table::sealed.eq(&key.sealed),
            table::created_at.eq(key.created_at.unix()),
            table::signs_at.eq(key.signs_at.unix()),
            table::stopped_at.eq(key.stopped_at.map(Time::unix)),
            table::retires_at.eq(key.retires_at.map(Time::unix)),
        ))
        .execute(tx.db())?;
    tx.announce(Change::Keys, now)?;
    Ok(())
}

/// Moves a key on in its life, to what it is now. `true` for the one caller who did it.
pub fn advance(tx: &mut Tx<'_>, from: KeyState, key: &KeyRecord, now: Time) -> StoreResult<bool> {
    let won = diesel::update(table::table.find(key.id.as_str()).filter(table::state.eq(from.as_str())))
        .set((
            table::state.eq(key.state.as_str()),
            table::sealed.eq(&key.sealed),
            table::signs_at.eq(key.signs_at.unix()),
            table::stopped_at.eq(key.stopped_at.map(Time::unix)),
            table::retires_at.eq(key.retires_at.map(Time::unix)),
        ))
        .execute(tx.db())?;
    if won == 1 {
        tx.announce(Change::Keys, now)?;
    }
    Ok(won == 1)
}
