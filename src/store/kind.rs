//! What kind of database this is, and how far its tables have come.

use diesel::{
    QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Text},
};

use super::{Reader, connection, error::StoreResult};

/// What kind of database it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kind {
    /// As in `SQLite 3.50.4`.
    pub name: String,
    /// The version of the newest change of its tables.
    pub schema: String,
    /// How many bytes it has, with what is not moved into its file yet.
    pub bytes: u64,
}

/// Asks it.
pub fn of(reader: &mut Reader<'_>) -> StoreResult<Kind> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        program: String,
        #[diesel(sql_type = Text)]
        newest: String,
        #[diesel(sql_type = BigInt)]
        bytes: i64,
    }
    let connection::Kind::Sqlite(connection) = &mut reader.db().kind;
    let asked = "SELECT sqlite_version() AS program, MAX(version) AS newest, \
                 (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS bytes \
                 FROM __diesel_schema_migrations";
    let row: Row = sql_query(asked).get_result(connection)?;
    Ok(Kind {
        name: format!("SQLite {}", row.program),
        schema: row.newest.trim_start_matches('0').to_owned(),
        bytes: u64::try_from(row.bytes).unwrap_or(0),
    })
}
