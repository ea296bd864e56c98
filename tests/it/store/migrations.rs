//! The tables: made, unmade, made again, the same as the code believes, and left alone when a newer Doorbook wrote them
//! (OPS-16).

use std::{collections::BTreeMap, fs, path::Path};

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use doorbook::store::{StoreError, codes};

use crate::support::store::{Scratch, digest, open, put_code};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

#[derive(QueryableByName)]
struct Object {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    r#type: String,
    #[diesel(sql_type = BigInt)]
    notnull: i64,
    #[diesel(sql_type = BigInt)]
    pk: i64,
}

fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

fn objects(db: &mut SqliteConnection) -> Vec<(String, String)> {
    let ours = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' \
                AND name NOT LIKE 'sqlite%' ORDER BY name";
    sql_query(ours).load::<Object>(db).unwrap().into_iter().map(|o| (o.name, o.sql)).collect()
}

#[test]
fn up_down_up_ends_where_it_began() {
    let mut db = connect(Path::new(":memory:"));
    db.run_pending_migrations(MIGRATIONS).unwrap();
    let first = objects(&mut db);
    assert!(first.len() > 30);
    db.revert_all_migrations(MIGRATIONS).unwrap();
    assert_eq!(objects(&mut db), []);
    db.run_pending_migrations(MIGRATIONS).unwrap();
    assert_eq!(objects(&mut db), first);
}

#[test]
fn the_code_knows_every_column_as_it_is() {
    let mut db = connect(Path::new(":memory:"));
    db.run_pending_migrations(MIGRATIONS).unwrap();
    let tables = objects(&mut db).into_iter().filter(|(_, sql)| sql.starts_with("CREATE TABLE"));
    let migrated: BTreeMap<String, Vec<String>> = tables
        .map(|(table, _)| {
            let columns: Vec<Column> = sql_query(format!("PRAGMA table_xinfo({table})")).load(&mut db).unwrap();
            let columns = columns.into_iter().map(|c| format!("{} {}", c.name, kind(&c))).collect();
            (table, columns)
        })
        .collect();
    assert_eq!(migrated, believed());
}

fn kind(column: &Column) -> String {
    let kind = match column.r#type.as_str() {
        "TEXT" => "Text",
        "BIGINT" => "BigInt",
        // How SQLite is told to keep the rows in the order of this number, without an index beside them.
        "INTEGER" if column.pk == 1 => "BigInt",
        "BOOLEAN" => "Bool",
        other => panic!("{}: {other} is not in the common set of types", column.name),
    };
    if column.notnull == 1 { kind.into() } else { format!("Nullable<{kind}>") }
}

/// What `src/store/schema.rs` says, table by table.
fn believed() -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/schema.rs")).unwrap();
    let mut tables = BTreeMap::new();
    let mut open = String::new();
    for line in text.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            open = name.to_owned();
            tables.insert(open.clone(), Vec::new());
        } else if let Some((column, kind)) = line.split_once(" -> ").filter(|_| line.ends_with(',')) {
            tables.get_mut(&open).unwrap().push(format!("{column} {}", kind.trim_end_matches(',')));
        }
    }
    tables
}

#[tokio::test]
async fn a_database_of_a_newer_doorbook_is_refused_and_left_alone() {
    let folder = Scratch::furnished().await.closed();
    let path = folder.path().join("doorbook.db");
    let future = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
    connect(&path).batch_execute(future).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(open(&path), Err(StoreError::Unusable(why)) if why.contains("newer Doorbook")));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn opening_again_keeps_everything() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(put_code(1)).await;
    let scratch = scratch.reopened();
    assert!(scratch.reads(|r| codes::find(r, &digest(1))).await.is_some());
}
