//! Assertions that were shown once (RFC 7523 section 3, `jti`): until they end, they are good for nothing more.

use diesel::prelude::*;

use super::{
    Tx,
    error::{StoreError, StoreResult},
    schema::assertions as table,
};
use crate::base::{secret::Digest, time::Time};

/// Notes that one was shown. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, digest: &Digest, expires_at: Time) -> StoreResult<bool> {
    let there: Option<String> = table::table.find(digest.hex()).select(table::digest).get_result(tx.db()).optional()?;
    if there.is_some() {
        return Ok(false);
    }
    let row = (table::digest.eq(digest.hex()), table::expires_at.eq(expires_at.unix()));
    match diesel::insert_into(table::table).values(row).execute(tx.db()).map_err(StoreError::from) {
        Ok(_) => Ok(true),
        Err(StoreError::Taken) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes those that have ended.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::digest).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::digest.eq_any(old))).execute(tx.db())?)
}
