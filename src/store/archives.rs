//! What is known of the archives in the folder for backups: when each was taken, and whether it was found whole.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::backups as table};
use crate::base::{archive::Known, time::Time};

type Row = (String, i64, i64, i64, Option<String>);

fn known((file, taken_at, bytes, checked_at, trouble): Row) -> Known {
    Known { file, taken_at: Time::from_unix(taken_at), bytes, checked_at: Time::from_unix(checked_at), trouble }
}

/// Notes what is known of one now.
pub fn put(tx: &mut Tx<'_>, known: &Known) -> StoreResult<()> {
    diesel::delete(table::table.find(&known.file)).execute(tx.db())?;
    diesel::insert_into(table::table)
        .values((
            table::file.eq(&known.file),
            table::taken_at.eq(known.taken_at.unix()),
            table::bytes.eq(known.bytes),
            table::checked_at.eq(known.checked_at.unix()),
            table::trouble.eq(&known.trouble),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// All of them, newest first.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<Known>> {
    let rows: Vec<Row> = table::table.order((table::taken_at.desc(), table::file.desc())).load(reader.db())?;
    Ok(rows.into_iter().map(known).collect())
}

/// Forgets those of which no file is left.
pub fn keep_only(tx: &mut Tx<'_>, files: &[String]) -> StoreResult<()> {
    let gone: Vec<String> = all(tx)?.into_iter().map(|known| known.file).filter(|file| !files.contains(file)).collect();
    diesel::delete(table::table.filter(table::file.eq_any(gone))).execute(tx.db())?;
    Ok(())
}
