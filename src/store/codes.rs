//! Authorization codes, by their digests.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    schema::{codes as table, grants},
};
use crate::base::{
    grant::Code,
    id::{ClientId, GrantId},
    redirect::RedirectUri,
    secret::Digest,
    time::Time,
};

type Row = (String, String, String, String, String, i64, Option<i64>, Option<String>, Option<String>);

/// Writes down a code.
pub fn insert(tx: &mut Tx<'_>, code: &Code) -> StoreResult<()> {
    diesel::insert_into(table::table)
        .values((
            table::digest.eq(code.digest.hex()),
            table::grant_id.eq(code.grant.as_str()),
            table::client_id.eq(code.client.as_str()),
            table::redirect_uri.eq(code.redirect_uri.as_str()),
            table::challenge.eq(&code.challenge),
            table::expires_at.eq(code.expires_at.unix()),
            table::key_thumbprint.eq(&code.key),
            table::nonce.eq(&code.nonce),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// The code of that digest, spent or not.
pub fn find(reader: &mut Reader<'_>, digest: &Digest) -> StoreResult<Option<Code>> {
    let row = table::table.find(digest.hex()).get_result::<Row>(reader.db()).optional()?;
    Ok(row.map(|(digest, grant, client, redirect_uri, challenge, expires_at, spent_at, key, nonce)| Code {
        digest: Digest::from_hex(digest),
        grant: GrantId::new(grant),
        client: ClientId::new(client),
        redirect_uri: RedirectUri::stored(redirect_uri),
        challenge,
        key,
        nonce,
        expires_at: Time::from_unix(expires_at),
        spent_at: spent_at.map(Time::from_unix),
    }))
}

/// Spends the code. `true` for exactly one caller, ever.
pub fn spend(tx: &mut Tx<'_>, digest: &Digest, now: Time) -> StoreResult<bool> {
    let won = diesel::update(table::table.find(digest.hex()).filter(table::spent_at.is_null()))
        .set(table::spent_at.eq(Some(now.unix())))
        .execute(tx.db())?;
    Ok(won == 1)
}

/// Drops the codes of a client that left.
pub fn forget_client(tx: &mut Tx<'_>, client: &ClientId) -> StoreResult<usize> {
    let own = grants::table.filter(grants::client_id.eq(client.as_str())).select(grants::id);
    Ok(diesel::delete(table::table.filter(table::grant_id.eq_any(own))).execute(tx.db())?)
}

/// Removes codes that ended before that moment.
pub fn delete_expired(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let old = table::table.filter(table::expires_at.lt(before.unix())).select(table::digest).limit(at_most);
    let old: Vec<String> = old.load(tx.db())?;
    Ok(diesel::delete(table::table.filter(table::digest.eq_any(old))).execute(tx.db())?)
}
