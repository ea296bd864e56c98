//! What kind of database this is, and how far its tables have come.

use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};

use super::{Reader, connection, error::StoreResult};

/// What kind of database it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kind {
    /// As in `SQLite 3.50.4`.
    pub name: String,
    /// The version of the newest change of its tables.
    pub schema: String,
}

/// Asks it.
pub fn of(reader: &mut Reader<'_>) -> StoreResult<Kind> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        program: String,
        #[diesel(sql_type = Text)]
        newest: String,
    }
    let connection::Kind::Sqlite(connection) = &mut reader.db().kind;
    let asked = "SELECT sqlite_version() AS program, MAX(version) AS newest FROM __diesel_schema_migrations";
    let row: Row = sql_query(asked).get_result(connection)?;
    Ok(Kind { name: format!("SQLite {}", row.program), schema: row.newest.trim_start_matches('0').to_owned() })
}
