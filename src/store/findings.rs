//! What the last look at each thing found that a server needs.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::findings as table};
use crate::base::{
    time::Time,
    upkeep::{Finding, Health, Need},
};

type Row = (String, i64, String, String);

/// What a newer Doorbook looked at, and this one does not know, is left out.
fn finding((name, at, state, found): Row) -> Option<Finding> {
    Some(Finding { need: Need::parse(&name)?, at: Time::from_unix(at), health: Health::parse(&state)?, found })
}

/// Puts these in the place of all that was found before.
pub fn replace(tx: &mut Tx<'_>, all: &[Finding]) -> StoreResult<()> {
    diesel::delete(table::table).execute(tx.db())?;
    for finding in all {
        diesel::insert_into(table::table)
            .values((
                table::name.eq(finding.need.as_str()),
                table::at.eq(finding.at.unix()),
                table::state.eq(finding.health.as_str()),
                table::found.eq(&finding.found),
            ))
            .execute(tx.db())?;
    }
    Ok(())
}

/// Puts this in the place of what was found before at the same; nothing when nobody has looked yet.
pub fn renew(tx: &mut Tx<'_>, finding: &Finding) -> StoreResult<()> {
    diesel::update(table::table.find(finding.need.as_str()))
        .set((
            table::at.eq(finding.at.unix()),
            table::state.eq(finding.health.as_str()),
            table::found.eq(&finding.found),
        ))
        .execute(tx.db())?;
    Ok(())
}

/// All of them, in the order of [`Need::ALL`].
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<Finding>> {
    let rows: Vec<Row> = table::table.load(reader.db())?;
    let mut all: Vec<Finding> = rows.into_iter().filter_map(finding).collect();
    all.sort_by_key(|finding| finding.need);
    Ok(all)
}

/// Those that are not as they should be, the worst first.
pub fn wrong(reader: &mut Reader<'_>) -> StoreResult<Vec<Finding>> {
    let mut all = all(reader)?;
    all.retain(|finding| finding.health != Health::Good);
    all.sort_by_key(|finding| std::cmp::Reverse(finding.health));
    Ok(all)
}
