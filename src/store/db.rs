//! How a connection is opened and its transactions begin and end. With `connection`, the one place where back ends may differ.

use std::{
    fs::{File, OpenOptions, Permissions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use diesel::{
    Connection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    r2d2::ManageConnection,
    sql_types::BigInt,
    sqlite::Sqlite,
};

use super::{
    connection::{Db, Kind},
    error::StoreError,
};

/// WAL with a full sync at each commit; foreign keys hold. The log is copied back after 16 MB, so that pages that are written
/// again and again are copied once, and is cut back after it grew.
const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; \
    PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;";

/// There are several that only read, and a commit empties what each of them keeps: the writer's share would be lost on them.
const READS_ONLY: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -4000;";

/// Opens a connection that may write.
pub(super) fn open(path: &Path) -> Result<Db, StoreError> {
    create_private(path).map_err(|e| StoreError::file(path, &e))?;
    let mut connection = establish(path)?;
    connection.batch_execute(SETTINGS).map_err(|e| StoreError::at_open(path, e))?;
    Ok(Db::new(Kind::Sqlite(connection)))
}

/// Opens a connection that refuses to write.
pub(super) fn open_read_only(path: &Path) -> Result<Db, StoreError> {
    let mut db = open(path)?;
    db.batch_execute(READS_ONLY).map_err(|e| StoreError::at_open(path, e))?;
    Ok(db)
}

/// A connection without settings.
pub(super) fn establish(path: &Path) -> Result<SqliteConnection, StoreError> {
    let text = path.to_str().ok_or_else(|| StoreError::Unusable(format!("{} is not UTF-8", path.display())))?;
    SqliteConnection::establish(text).map_err(|e| StoreError::Unusable(format!("{}: {e}", path.display())))
}

/// Opens the file, making it if it is new. SQLite gives its log the mode of the database, so the mode is settled before SQLite sees the file.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        // Copied here by hand, or made by another program: nobody else is to read it from now on.
        log::warn!("{} could be read by others; its mode is 0600 now", path.display());
        file.set_permissions(Permissions::from_mode(mode & 0o700))?;
    }
    Ok(file)
}

/// Begins a transaction that holds the write lock from its first statement: nothing read in it can go stale.
pub(super) fn begin_write(db: &mut Db) -> diesel::QueryResult<()> {
    match &mut db.kind {
        Kind::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
    }
}

/// Commits what [`begin_write`] began.
pub(super) fn commit(db: &mut Db) -> diesel::QueryResult<()> {
    <Db as Connection>::TransactionManager::commit_transaction(db)
}

/// Undoes what [`begin_write`] began.
pub(super) fn rollback(db: &mut Db) -> diesel::QueryResult<()> {
    <Db as Connection>::TransactionManager::rollback_transaction(db)
}

/// How many transactions are open.
pub(super) fn depth(db: &mut Db) -> Option<u32> {
    let status = <Db as Connection>::TransactionManager::transaction_manager_status_mut(db);
    status.transaction_depth().ok().flatten().map(std::num::NonZeroU32::get)
}

/// A statement that is kept prepared: one that Diesel is given as text is read anew at each run.
struct Prepared(&'static str);

const DATA_VERSION: Prepared = Prepared("PRAGMA data_version");
const SAVEPOINT: Prepared = Prepared("SAVEPOINT job");
const RELEASE: Prepared = Prepared("RELEASE job");
const UNDO: Prepared = Prepared("ROLLBACK TO job");

impl QueryId for Prepared {
    type QueryId = ();
    // Its text is what it is known by.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Sqlite> for Prepared {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> diesel::QueryResult<()> {
        pass.push_sql(self.0);
        Ok(())
    }
}

impl Query for Prepared {
    type SqlType = BigInt;
}

impl RunQueryDsl<SqliteConnection> for Prepared {}

/// Begins what can be undone by itself, inside of a transaction.
pub(super) fn savepoint(db: &mut Db) -> diesel::QueryResult<()> {
    match &mut db.kind {
        Kind::Sqlite(c) => SAVEPOINT.execute(c).map(drop),
    }
}

/// Keeps what was done since [`savepoint`].
pub(super) fn release(db: &mut Db) -> diesel::QueryResult<()> {
    match &mut db.kind {
        Kind::Sqlite(c) => RELEASE.execute(c).map(drop),
    }
}

/// Undoes what was done since [`savepoint`].
pub(super) fn undo(db: &mut Db) -> diesel::QueryResult<()> {
    match &mut db.kind {
        Kind::Sqlite(c) => UNDO.execute(c).and_then(|_| RELEASE.execute(c)).map(drop),
    }
}

/// A number that changes when another connection commits.
pub(super) fn data_version(db: &mut Db) -> diesel::QueryResult<i64> {
    match &mut db.kind {
        Kind::Sqlite(c) => DATA_VERSION.get_result(c),
    }
}

/// Makes the read-only connections of the pool.
pub(super) struct Readers(pub(super) PathBuf);

impl ManageConnection for Readers {
    type Connection = Db;
    type Error = StoreError;

    fn connect(&self) -> Result<Db, StoreError> {
        open_read_only(&self.0)
    }

    fn is_valid(&self, _: &mut Db) -> Result<(), StoreError> {
        Ok(())
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        depth(db).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_connection_refuses_to_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doorbook.db");
        open(&path).unwrap().batch_execute("CREATE TABLE t (n BIGINT)").unwrap();
        let mut db = open_read_only(&path).unwrap();
        db.batch_execute("SELECT n FROM t").unwrap();
        for write in ["INSERT INTO t VALUES (1)", "UPDATE t SET n = 2", "DELETE FROM t", "DROP TABLE t"] {
            let refused = db.batch_execute(write).map_err(StoreError::from);
            assert!(matches!(refused, Err(StoreError::ReadOnly)), "{write}: {refused:?}");
        }
    }
}
