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
    let Kind::Sqlite(connection) = &mut db.kind;
    if is_foreign(connection)? {
        return Err(StoreError::Unusable("this is the database of another program; Doorbook leaves it alone".into()));
    }
    let known: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = MIGRATIONS.migrations().map_err(failed)?;
    let known: HashSet<_> = known.iter().map(|m| m.name().version().to_string()).collect();
    let applied = connection.applied_migrations().map_err(failed)?;
    if applied.iter().any(|version| !known.contains(&version.to_string())) {
        return Err(StoreError::Unusable(
            "the database was written by a newer Doorbook; this one leaves it alone".into(),
        ));
    }
    connection.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(failed)
}

/// Whether there are tables, but none of them says that Doorbook made them.
fn is_foreign(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Tables {
        #[diesel(sql_type = BigInt)]
        others: i64,
        #[diesel(sql_type = BigInt)]
        ours: i64,
    }
    let counted = "SELECT COUNT(*) AS others, COALESCE(SUM(name = '__diesel_schema_migrations'), 0) AS ours \
                   FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables: Tables = sql_query(counted).get_result(connection)?;
    Ok(tables.others > 0 && tables.ours == 0)
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match error.downcast::<diesel::result::Error>() {
        Ok(error) => StoreError::from(*error),
        Err(error) => StoreError::Other(error.to_string()),
    }
}
