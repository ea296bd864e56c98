//! The sentences that consent shows for scopes of the server.

use diesel::prelude::*;

use super::{Reader, Tx, error::StoreResult, schema::scope_sentences as table, standing::Change};
use crate::base::time::Time;

/// A scope in a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// The scope.
    pub scope: String,
    /// What consent says of it.
    pub words: String,
    /// Whether the configuration says it; then only the configuration changes it.
    pub configured: bool,
}

/// All of them, by scope.
pub fn all(reader: &mut Reader<'_>) -> StoreResult<Vec<Sentence>> {
    let rows: Vec<(String, String, bool)> = table::table.order(table::scope).load(reader.db())?;
    Ok(rows.into_iter().map(|(scope, words, configured)| Sentence { scope, words, configured }).collect())
}

/// Writes a sentence, over an earlier one for the same scope.
pub fn put(tx: &mut Tx<'_>, sentence: &Sentence, now: Time) -> StoreResult<()> {
    let values = (table::sentence.eq(&sentence.words), table::configured.eq(sentence.configured));
    if diesel::update(table::table.find(&sentence.scope)).set(values).execute(tx.db())? == 0 {
        diesel::insert_into(table::table).values((table::scope.eq(&sentence.scope), values)).execute(tx.db())?;
    }
    tx.announce(Change::Register, now).map(drop)
}

/// Takes a sentence out; `false` if there was none.
pub fn remove(tx: &mut Tx<'_>, scope: &str, now: Time) -> StoreResult<bool> {
    let gone = diesel::delete(table::table.find(scope)).execute(tx.db())?;
    if gone == 1 {
        tx.announce(Change::Register, now)?;
    }
    Ok(gone == 1)
}
