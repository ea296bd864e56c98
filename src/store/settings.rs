//! Single values by name.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::settings as table};

/// The value of that name.
pub fn get(reader: &mut Reader<'_>, name: &str) -> StoreResult<Option<String>> {
    Ok(table::table.find(name).select(table::value).get_result(reader.db()).optional()?)
}

/// Sets a value over what was there.
pub fn set(tx: &mut Tx<'_>, name: &str, value: &str) -> StoreResult<()> {
    let updated = diesel::update(table::table.find(name)).set(table::value.eq(value)).execute(tx.db())?;
    if updated == 0 {
        diesel::insert_into(table::table).values((table::name.eq(name), table::value.eq(value))).execute(tx.db())?;
    }
    Ok(())
}
