//! What is known of the documents that describe clients, and the hosts that an administrator approved for them. What a document
//! says is kept as its client's metadata.

use diesel::prelude::*;

use super::{
    Reader, Tx,
    error::StoreResult,
    schema::{document_hosts as hosts_table, documents as table},
};
use crate::base::{
    client::Described,
    id::{ClientId, UserId},
    time::Time,
};

type Row = (i64, i64, i64, Option<String>);

/// A host that an administrator approved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// Its name.
    pub host: String,
    /// When it was approved.
    pub approved_at: Time,
    /// By whom, when it was somebody at the dashboard.
    pub approved_by: Option<UserId>,
}

/// What is known of the document of a client.
pub fn find(reader: &mut Reader<'_>, client: &ClientId) -> StoreResult<Option<Described>> {
    let columns = (table::fetched_at, table::fresh_until, table::stale_until, table::trouble);
    let row: Option<Row> = table::table.find(client.as_str()).select(columns).get_result(reader.db()).optional()?;
    Ok(row.map(|(fetched_at, fresh_until, stale_until, trouble)| Described {
        fetched_at: Time::from_unix(fetched_at),
        fresh_until: Time::from_unix(fresh_until),
        stale_until: Time::from_unix(stale_until),
        trouble,
    }))
}

/// Writes it down, over what stood there.
pub fn put(tx: &mut Tx<'_>, client: &ClientId, described: &Described) -> StoreResult<()> {
    let columns = (
        table::fetched_at.eq(described.fetched_at.unix()),
        table::fresh_until.eq(described.fresh_until.unix()),
        table::stale_until.eq(described.stale_until.unix()),
        table::trouble.eq(described.trouble.as_deref()),
    );
    if diesel::update(table::table.find(client.as_str())).set(columns.clone()).execute(tx.db())? == 0 {
        diesel::insert_into(table::table).values((table::client_id.eq(client.as_str()), columns)).execute(tx.db())?;
    }
    Ok(())
}

/// Forgets it: the document is over, or its client left.
pub fn forget(tx: &mut Tx<'_>, client: &ClientId) -> StoreResult<()> {
    diesel::delete(table::table.find(client.as_str())).execute(tx.db())?;
    Ok(())
}

/// The approved hosts, by name.
pub fn hosts(reader: &mut Reader<'_>) -> StoreResult<Vec<Host>> {
    let rows: Vec<(String, i64, Option<String>)> = hosts_table::table.order(hosts_table::host).load(reader.db())?;
    let host = |(host, at, by): (String, i64, Option<String>)| Host {
        host,
        approved_at: Time::from_unix(at),
        approved_by: by.map(UserId::new),
    };
    Ok(rows.into_iter().map(host).collect())
}

/// Whether a host is approved.
pub fn is_approved(reader: &mut Reader<'_>, host: &str) -> StoreResult<bool> {
    Ok(diesel::select(diesel::dsl::exists(hosts_table::table.find(host))).get_result(reader.db())?)
}

/// Approves a host; `false` if it was already.
pub fn approve(tx: &mut Tx<'_>, host: &Host) -> StoreResult<bool> {
    if is_approved(tx, &host.host)? {
        return Ok(false);
    }
    diesel::insert_into(hosts_table::table)
        .values((
            hosts_table::host.eq(&host.host),
            hosts_table::approved_at.eq(host.approved_at.unix()),
            hosts_table::approved_by.eq(host.approved_by.as_ref().map(UserId::as_str)),
        ))
        .execute(tx.db())?;
    Ok(true)
}

/// Takes the approval back; `false` if there was none.
pub fn disapprove(tx: &mut Tx<'_>, host: &str) -> StoreResult<bool> {
    Ok(diesel::delete(hosts_table::table.find(host)).execute(tx.db())? == 1)
}
