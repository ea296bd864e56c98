//! Embedded migrations: run at the first start and after an upgrade, each in a transaction of its own.

use std::collections::HashSet;

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    db::{Backend, Db},
    error::StoreError,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Brings the tables up to date. A database of a newer Doorbook is refused and left as it is.
pub(super) fn run(db: &mut Db) -> Result<(), StoreError> {
    let known: Vec<Box<dyn Migration<Backend>>> = MIGRATIONS.migrations().map_err(failed)?;
    let known: HashSet<_> = known.iter().map(|m| m.name().version().to_string()).collect();
    let applied = db.applied_migrations().map_err(failed)?;
    if applied.iter().any(|version| !known.contains(&version.to_string())) {
        return Err(StoreError::Unusable(
            "the database was written by a newer Doorbook; this one leaves it alone".into(),
        ));
    }
    db.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(failed)
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) => StoreError::from(*error),
        Err(error) => StoreError::Other(error.to_string()),
    }
}
