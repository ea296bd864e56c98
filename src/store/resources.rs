//! The register of protected resources.

use diesel::prelude::*;

use super::{
    Reader, Tx, allowlist, calls,
    error::{StoreError, StoreResult},
    schema::resources as table,
    sentences, settings,
    standing::Change,
};
use crate::base::{
    issuer::Issuer,
    register::{Resource, ResourceBook},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Digest,
    time::{Span, Time},
    user::Who,
};

/// Set once the register has held a resource; never unset.
const EVER_HELD: &str = "register.ever_held";

type Row = (String, String, String, String, String, bool, bool, Option<String>, i64, bool, Option<i64>);

/// A resource with what is kept about it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The resource.
    pub resource: Resource,
    /// Whether the configuration names it; then only the configuration takes it out.
    pub configured: bool,
    /// The digest of its own credential for introspection.
    pub secret: Option<Digest>,
    /// When it was added.
    pub created_at: Time,
}

fn entry(
    (uri, name, scopes, required, people, allow_preflight, configured, secret, created_at, require_dpop, token_seconds): Row,
) -> StoreResult<Entry> {
    let scopes = serde_json::from_str(&scopes)
        .map_err(|_| StoreError::Corrupt(format!("the scopes of {uri} cannot be read")))?;
    let resource = Resource {
        uri: ResourceUri::stored(uri),
        name,
        scopes,
        required_scopes: ScopeSet::parse(&required),
        people: people.split(' ').filter_map(Who::parse).collect(),
        allow_preflight,
        require_dpop,
        token_life: token_seconds.map(Span::seconds),
    };
    Ok(Entry { resource, configured, secret: secret.map(Digest::from_hex), created_at: Time::from_unix(created_at) })
}

/// All of them, by URL.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<Entry>> {
    let rows: Vec<Row> = table::table.order(table::uri).load(reader.db())?;
    rows.into_iter().map(entry).collect()
}

/// The one of that URL, letter by letter.
pub fn find(reader: &mut Reader<'_>, uri: &ResourceUri) -> StoreResult<Option<Entry>> {
    let row: Option<Row> = table::table.find(uri.as_str()).get_result(reader.db()).optional()?;
    row.map(entry).transpose()
}

/// The register as the rules see it.
pub(super) fn book(reader: &mut Reader<'_>, issuer: &Issuer) -> StoreResult<ResourceBook> {
    let entries = all(reader)?.into_iter().map(|e| e.resource).collect();
    let calls = calls::all(reader)?.into_iter().map(|e| e.call).collect();
    let ever_held = settings::get(reader, EVER_HELD)?.is_some();
    let sentences = sentences::all(reader)?.into_iter().map(|s| (s.scope, s.words)).collect();
    Ok(ResourceBook::new(entries, ever_held, issuer.clone())
        .saying(sentences)
        .with_calls(calls)
        .with_bound(allowlist::bound(reader)?))
}

/// Whether any of them is for whoever has that login.
pub(super) fn name_login(reader: &mut Reader<'_>, login: &str) -> StoreResult<bool> {
    let login = Who::Login(login.to_owned());
    Ok(all(reader)?.iter().any(|entry| entry.resource.people.contains(&login)))
}

/// Adds a resource, or writes over the one of the same URL. `false` when it was there already.
pub fn put(tx: &mut Tx<'_>, resource: &Resource, configured: bool, now: Time) -> StoreResult<bool> {
    let scopes = serde_json::to_string(&resource.scopes).map_err(|e| StoreError::Other(e.to_string()))?;
    let people: Vec<String> = resource.people.iter().map(ToString::to_string).collect();
    let values = (
        table::name.eq(&resource.name),
        table::scopes.eq(scopes),
        table::required_scopes.eq(resource.required_scopes.to_string()),
        table::people.eq(people.join(" ")),
        table::allow_preflight.eq(resource.allow_preflight),
        table::require_dpop.eq(resource.require_dpop),
        table::configured.eq(configured),
        table::token_seconds.eq(resource.token_life.map(Span::as_seconds)),
    );
    let updated = diesel::update(table::table.find(resource.uri.as_str())).set(values.clone()).execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table)
            .values((table::uri.eq(resource.uri.as_str()), table::created_at.eq(now.unix()), values))
            .execute(tx.db())?;
    }
    settings::set(tx, EVER_HELD, "yes")?;
    tx.announce(Change::Register, now)?;
    Ok(updated == 0)
}

/// Takes a resource out; `false` if it was not there.
pub fn remove(tx: &mut Tx<'_>, uri: &ResourceUri, now: Time) -> StoreResult<bool> {
    let gone = diesel::delete(table::table.find(uri.as_str())).execute(tx.db())?;
    if gone == 1 {
        calls::forget(tx, uri)?;
        tx.announce(Change::Register, now)?;
    }
    Ok(gone == 1)
}

/// Gives a resource a credential of its own for introspection; `false` if there is no such resource.
pub fn set_secret(tx: &mut Tx<'_>, uri: &ResourceUri, secret: &Digest) -> StoreResult<bool> {
    let changed =
        diesel::update(table::table.find(uri.as_str())).set(table::secret.eq(Some(secret.hex()))).execute(tx.db())?;
    Ok(changed == 1)
}

/// The resource whose credential has that digest.
pub fn by_secret(reader: &mut Reader<'_>, secret: &Digest) -> StoreResult<Option<ResourceUri>> {
    let uri: Option<String> = table::table
        .filter(table::secret.eq(Some(secret.hex())))
        .select(table::uri)
        .get_result(reader.db())
        .optional()?;
    Ok(uri.map(ResourceUri::stored))
}
