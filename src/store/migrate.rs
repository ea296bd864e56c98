//! Embedded migrations: run at the first start and after an upgrade, each in a transaction of its own.

use std::collections::HashSet;

use diesel::{
    QueryableByName, RunQueryDsl as _, SqliteConnection,
    migration::{Migration, MigrationSource},
    sql_query,
    sql_types::BigInt,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    connection::{Db, Kind},
    error::StoreError,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Brings the tables up to date. A database of a newer Doorbook, or of another program, is refused and left as it is.
pub(super) fn run(db: &mut Db) -> Result<(), StoreError> {
    is_ours(db)?;
    let Kind::Sqlite(connection) = &mut db.kind;
    connection.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(failed)
}

/// Whether anything was written yet, by this Doorbook or an earlier one; what others wrote is refused.
pub(super) fn is_ours(db: &mut Db) -> Result<bool, StoreError> {
    let Kind::Sqlite(connection) = &mut db.kind;
    match tables(connection)? {
        Tables { ours: 0, all: 0 } => return Ok(false),
        Tables { ours: 0, .. } => {
            let words = "this is the database of another program; Doorbook leaves it alone";
            return Err(StoreError::Unusable(words.into()));
        }
        _ => (),
    }
    let known: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = MIGRATIONS.migrations().map_err(failed)?;
    let known: HashSet<_> = known.iter().map(|m| m.name().version().to_string()).collect();
    let applied = connection.applied_migrations().map_err(failed)?;
    if applied.iter().any(|version| !known.contains(&version.to_string())) {
        return Err(StoreError::Unusable(
            "the database was written by a newer Doorbook; this one leaves it alone".into(),
        ));
    }
    Ok(true)
}

/// How many tables there are, and how many of them say that Doorbook made them.
#[derive(QueryableByName)]
struct Tables {
    #[diesel(sql_type = BigInt)]
    all: i64,
    #[diesel(sql_type = BigInt)]
    ours: i64,
}

fn tables(connection: &mut SqliteConnection) -> Result<Tables, StoreError> {
    let counted = "SELECT COUNT(*) AS \"all\", COALESCE(SUM(name = '__diesel_schema_migrations'), 0) AS ours \
                   FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    Ok(sql_query(counted).get_result(connection)?)
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) => StoreError::from(*error),
        Err(error) => StoreError::Other(error.to_string()),
    }
}
