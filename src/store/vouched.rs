//! Grants that rest on what a company's identity provider says of a person, and not on an answer that they gave here.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    grants,
    schema::{grants as grant, vouched_grants as table},
};
use crate::base::{grant::Grant, id::GrantId, time::Time};

/// Writes down what an issuer vouched for.
pub fn insert(tx: &mut Tx<'_>, issuer: &str, row: &Grant) -> StoreResult<()> {
    grants::insert(tx, row)?;
    diesel::insert_into(table::table)
        .values((table::grant_id.eq(row.id.as_str()), table::issuer.eq(issuer)))
        .execute(tx.db())?;
    Ok(())
}

/// The live grant that an issuer vouched for and that gives the same to the same client and person.
pub fn like(reader: &mut Reader<'_>, issuer: &str, same: &Grant, now: Time) -> StoreResult<Option<Grant>> {
    let id: Option<String> = table::table
        .inner_join(grant::table)
        .filter(table::issuer.eq(issuer))
        .filter(grant::client_id.eq(same.client.as_str()).and(grant::user_id.eq(same.user.as_str())))
        .filter(grant::audience.eq(same.audience.as_str()).and(grant::scope.eq(same.scope.to_string())))
        .filter(grant::ended_at.is_null())
        .filter(grant::expires_at.is_null().or(grant::expires_at.gt(now.unix())))
        .select(table::grant_id)
        .first(reader.db())
        .optional()?;
    id.map_or(Ok(None), |id| grants::find(reader, &GrantId::new(id)))
}

/// Live grants that rest on the word of anybody but these issuers.
pub fn by_others(reader: &mut Reader<'_>, issuers: &[&str]) -> StoreResult<Vec<GrantId>> {
    let ids: Vec<String> = table::table
        .inner_join(grant::table)
        .filter(grant::ended_at.is_null())
        .filter(table::issuer.ne_all(issuers))
        .select(table::grant_id)
        .load(reader.db())?;
    Ok(ids.into_iter().map(GrantId::new).collect())
}
