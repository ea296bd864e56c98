//! The policy of registration: what the dashboard changed of it, version by version.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::{
    Reader, Tx,
    connection::Backend,
    error::{StoreError, StoreResult},
    schema::policy_versions as table,
    standing::Change,
};
use crate::base::{event::Actor, registration::RegistrationPolicy, time::Time};

type Row = (i64, String, String, String, Option<String>, String, String, i64);

/// One change of the policy.
#[derive(Clone, PartialEq, Debug)]
pub struct Version {
    /// Its number: 1 is the first change.
    pub version: i64,
    /// The members that are not as the configuration has them from then on.
    pub changes: Map<String, Value>,
    /// The policy as it was in force before.
    pub before: RegistrationPolicy,
    /// And after.
    pub after: RegistrationPolicy,
    /// What the administrator said about it.
    pub note: Option<String>,
    /// What kind of actor changed it.
    pub actor_kind: String,
    /// Who changed it.
    pub actor: String,
    /// When.
    pub at: Time,
}

fn version((version, changes, before, after, note, actor_kind, actor, at): Row) -> StoreResult<Version> {
    let unreadable = |_| StoreError::Corrupt(format!("version {version} of the policy cannot be read"));
    Ok(Version {
        version,
        changes: serde_json::from_str(&changes).map_err(unreadable)?,
        before: serde_json::from_str(&before).map_err(unreadable)?,
        after: serde_json::from_str(&after).map_err(unreadable)?,
        note,
        actor_kind,
        actor,
        at: Time::from_unix(at),
    })
}

/// The number of the last change; 0 while everything is as the configuration has it.
pub fn newest(reader: &mut Reader<'_>) -> StoreResult<i64> {
    let newest: Option<i64> = table::table.select(diesel::dsl::max(table::version)).get_result(reader.db())?;
    Ok(newest.unwrap_or(0))
}

/// The change of that number.
pub fn find(reader: &mut Reader<'_>, number: i64) -> StoreResult<Option<Version>> {
    table::table.find(number).get_result::<Row>(reader.db()).optional()?.map(version).transpose()
}

/// The last change; `None` while everything is as the configuration has it.
pub fn last(reader: &mut Reader<'_>) -> StoreResult<Option<Version>> {
    let row = table::table.order(table::version.desc()).first::<Row>(reader.db()).optional()?;
    row.map(version).transpose()
}

/// Changes from the newest on, or from the one before `older_than`.
pub fn latest(reader: &mut Reader<'_>, older_than: Option<i64>, at_most: i64) -> StoreResult<Vec<Version>> {
    let mut query = table::table.order(table::version.desc()).into_boxed::<Backend>();
    if let Some(number) = older_than {
        query = query.filter(table::version.lt(number));
    }
    let rows: Vec<Row> = query.limit(at_most).load(reader.db())?;
    rows.into_iter().map(version).collect()
}

/// The policy in force: what the configuration says, with what was changed here.
pub fn in_force(reader: &mut Reader<'_>, base: &RegistrationPolicy) -> StoreResult<RegistrationPolicy> {
    let Some(last) = last(reader)? else { return Ok(base.clone()) };
    base.with(&last.changes).ok_or_else(|| StoreError::Corrupt(format!("version {} of the policy", last.version)))
}

/// Writes a change down: in force with the commit. Gives its number.
pub fn insert(
    tx: &mut Tx<'_>,
    (before, after): (&RegistrationPolicy, &RegistrationPolicy),
    changes: &Map<String, Value>,
    note: Option<&str>,
    actor: &Actor,
    now: Time,
) -> StoreResult<i64> {
    let text = |policy| serde_json::to_string(policy).map_err(|e| StoreError::Other(e.to_string()));
    let number = newest(tx)? + 1;
    diesel::insert_into(table::table)
        .values((
            table::version.eq(number),
            table::changes.eq(Value::Object(changes.clone()).to_string()),
            table::before.eq(text(before)?),
            table::after.eq(text(after)?),
            table::note.eq(note),
            table::actor_kind.eq(actor.kind()),
            table::actor.eq(actor.name()),
            table::at.eq(now.unix()),
        ))
        .execute(tx.db())?;
    tx.announce(Change::Registration, now)?;
    Ok(number)
}
