//! The last run of each job.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::job_runs as table};
use crate::base::{time::Time, upkeep::JobRun};

type Row = (String, i64, i64, i64, Option<String>);

fn run((name, began_at, took_ms, done, failure): Row) -> JobRun {
    JobRun { name, began_at: Time::from_unix(began_at), took_ms, done, failure }
}

/// Notes a run in the place of the one before it.
pub fn put(tx: &mut Tx<'_>, run: &JobRun) -> StoreResult<()> {
    diesel::delete(table::table.find(&run.name)).execute(tx.db())?;
    diesel::insert_into(table::table)
        .values((
            table::name.eq(&run.name),
            table::began_at.eq(run.began_at.unix()),
            table::took_ms.eq(run.took_ms),
            table::done.eq(run.done),
            table::failure.eq(&run.failure),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// All of them, by name.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<JobRun>> {
    let rows: Vec<Row> = table::table.order(table::name).load(reader.db())?;
    Ok(rows.into_iter().map(run).collect())
}
