//! The link that makes the first administrator, by its digest.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::claim_links as table};
use crate::base::{secret::Digest, time::Time};

/// Writes down a new link; earlier ones end.
pub fn replace(tx: &mut Tx<'_>, digest: &Digest, expires_at: Time) -> StoreResult<()> {
    diesel::delete(table::table).execute(tx.db())?;
    diesel::insert_into(table::table)
        .values((table::digest.eq(digest.hex()), table::expires_at.eq(expires_at.unix())))
        .execute(tx.db())?;
    Ok(())
}

/// Until when the link is good; `None` when it is over or never was one.
pub fn good_until(reader: &mut Reader<'_>, digest: &Digest, now: Time) -> StoreResult<Option<Time>> {
    let until: Option<i64> = table::table
        .find(digest.hex())
        .filter(table::spent_at.is_null())
        .filter(table::expires_at.gt(now.unix()))
        .select(table::expires_at)
        .get_result(reader.db())
        .optional()?;
    Ok(until.map(Time::from_unix))
}

/// Spends the link. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, digest: &Digest, now: Time) -> StoreResult<bool> {
    let live = table::spent_at.is_null().and(table::expires_at.gt(now.unix()));
    let won = diesel::update(table::table.find(digest.hex()).filter(live))
        .set(table::spent_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    Ok(won == 1)
}
