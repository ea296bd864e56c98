//! The chain of seals over the audit log.

use diesel::prelude::*;

use super::{Reader, Tx, audit, error::StoreResult, schema::audit_seals as table};
use crate::base::time::Time;

/// One link: it stands for some lines of the log and for the link before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// The number of its first line.
    pub first: i64,
    /// The number of its last line.
    pub last: i64,
    /// When it was set.
    pub at: Time,
    /// The seal itself.
    pub seal: String,
}

type Row = (i64, i64, i64, String);

fn seal((last, first, at, seal): Row) -> Seal {
    Seal { first, last, at: Time::from_unix(at), seal }
}

/// Sets one.
pub fn insert(tx: &mut Tx<'_>, new: &Seal) -> StoreResult<()> {
    let row = (
        table::last.eq(new.last),
        table::first.eq(new.first),
        table::at.eq(new.at.unix()),
        table::seal.eq(new.seal.as_str()),
    );
    diesel::insert_into(table::table).values(row).execute(tx.db())?;
    Ok(())
}

/// The newest.
pub fn newest(reader: &mut Reader<'_>) -> StoreResult<Option<Seal>> {
    let row: Option<Row> = table::table.order(table::last.desc()).first(reader.db()).optional()?;
    Ok(row.map(seal))
}

/// Those behind that line, oldest first.
pub fn behind(reader: &mut Reader<'_>, line: i64, at_most: i64) -> StoreResult<Vec<Seal>> {
    let rows: Vec<Row> =
        table::table.filter(table::last.gt(line)).order(table::last).limit(at_most).load(reader.db())?;
    Ok(rows.into_iter().map(seal).collect())
}

/// Removes lines that were kept long enough: whole links of the chain, the last of which stays as the end that the rest
/// hangs on. The newest line stays in any case, or numbers would begin again. Gives how many lines it were.
pub fn delete_older(tx: &mut Tx<'_>, before: Time, at_most: i64) -> StoreResult<usize> {
    let Some((oldest, newest)) = audit::ends(tx)? else { return Ok(0) };
    let old = behind(tx, oldest - 1, at_most)?;
    let Some(end) = old
        .into_iter()
        .take_while(|seal| seal.at < before && seal.last < newest)
        .take_while(|seal| seal.first < oldest + at_most)
        .last()
    else {
        return Ok(0);
    };
    diesel::delete(table::table.filter(table::last.lt(end.last))).execute(tx.db())?;
    audit::delete_through(tx, end.last)
}
