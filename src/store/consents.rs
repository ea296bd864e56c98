//! Consents that may stand in for the question the next time.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::consents as table};
use crate::base::{
    grant::Consent,
    id::{ClientId, UserId},
    redirect::RedirectUri,
    resource::ResourceUri,
    scope::ScopeSet,
    time::Time,
};

/// What this person consented to before, for this client, redirect URI and audience.
pub fn find(
    reader: &mut Reader<'_>,
    user: &UserId,
    client: &ClientId,
    redirect_uri: &RedirectUri,
    audience: &ResourceUri,
) -> StoreResult<Option<ScopeSet>> {
    let scope: Option<String> = table::table
        .find((user.as_str(), client.as_str(), redirect_uri.as_str(), audience.as_str()))
        .select(table::scope)
        .get_result(reader.db())
        .optional()?;
    Ok(scope.map(|text| ScopeSet::parse(&text)))
}

/// Remembers a consent, over an earlier one for the same.
pub fn remember(tx: &mut Tx<'_>, consent: &Consent, now: Time) -> StoreResult<()> {
    let key =
        (consent.user.as_str(), consent.client.as_str(), consent.redirect_uri.as_str(), consent.audience.as_str());
    let updated = diesel::update(table::table.find(key))
        .set((table::scope.eq(consent.scope.to_string()), table::created_at.eq(now.unix())))
        .execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((
                table::user_id.eq(key.0),
                table::client_id.eq(key.1),
                table::redirect_uri.eq(key.2),
                table::audience.eq(key.3),
                table::scope.eq(consent.scope.to_string()),
                table::created_at.eq(now.unix()),
            ))
            .execute(tx.db())?;
    }
    Ok(())
}

/// How many people need not be asked by a client, because what they consented to is remembered.
pub fn people(reader: &mut Reader<'_>, client: &ClientId) -> StoreResult<i64> {
    let who = table::table.filter(table::client_id.eq(client.as_str())).select(table::user_id).distinct();
    Ok(who.load::<String>(reader.db())?.len() as i64)
}

/// Forgets all consents for a client.
pub fn forget_client(tx: &mut Tx<'_>, client: &ClientId) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::client_id.eq(client.as_str()))).execute(tx.db())?)
}

/// Forgets all consents for a resource.
pub fn forget_audience(tx: &mut Tx<'_>, audience: &ResourceUri) -> StoreResult<usize> {
    Ok(diesel::delete(table::table.filter(table::audience.eq(audience.as_str()))).execute(tx.db())?)
}

/// Forgets what a person consented to, for one client or for all.
pub fn forget_user(tx: &mut Tx<'_>, user: &UserId, client: Option<&ClientId>) -> StoreResult<usize> {
    let all = table::table.filter(table::user_id.eq(user.as_str()));
    Ok(match client {
        Some(client) => diesel::delete(all.filter(table::client_id.eq(client.as_str()))).execute(tx.db())?,
        None => diesel::delete(all).execute(tx.db())?,
    })
}
