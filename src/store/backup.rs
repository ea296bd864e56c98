//! A consistent copy of the whole database in one file, made while it is in use; and a look into such a copy.

use std::path::{Path, PathBuf};

use diesel::{QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::Text};

use super::{
    Reader, Store,
    connection::{Db, Kind},
    db,
    error::{StoreError, StoreResult},
    migrate,
};

impl Store {
    /// Copies everything that is committed to a new file of mode 0600, and waits until the disk has it. Gives its length.
    pub async fn copy_to(&self, to: PathBuf) -> StoreResult<u64> {
        let from = self.path().to_owned();
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to)).await;
        copied.unwrap_or_else(|_| Err(StoreError::Other("a copy panicked".into())))
    }
}

impl Store {
    /// How many bytes are free where the database is.
    pub fn room(&self) -> std::io::Result<u64> {
        let disk = rustix::fs::statvfs(self.path())?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

fn copy(from: &Path, to: &Path) -> StoreResult<u64> {
    let failed = |e: std::io::Error| StoreError::file(to, &e);
    // SQLite copies into an empty file, too, and leaves its mode as it is.
    let file = db::create_private(to).map_err(failed)?;
    let Kind::Sqlite(mut connection) = db::open(from)?.kind;
    let name = to.to_str().ok_or_else(|| StoreError::Unusable(format!("{} is not UTF-8", to.display())))?;
    sql_query("VACUUM INTO ?").bind::<Text, _>(name).execute(&mut connection)?;
    file.sync_all().map_err(failed)?;
    Ok(file.metadata().map_err(failed)?.len())
}

/// Reads in a database as it is, also beside a server: one of an earlier Doorbook stays one. Nothing when nobody wrote into it yet.
pub fn look_into<T>(path: &Path, work: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>) -> StoreResult<Option<T>> {
    let mut connection = db::establish(path)?;
    let opened = connection.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;");
    opened.map_err(|e| StoreError::at_open(path, e))?;
    let mut db = Db::new(Kind::Sqlite(connection));
    let looked = || match migrate::is_ours(&mut db)? {
        true => work(&mut Reader::new(&mut db)).map(Some),
        false => Ok(None),
    };
    looked().map_err(|e| e.at(path))
}

/// Reads in a copy that no server uses, once SQLite has found it sound. Changes nothing.
pub fn inspect<T>(path: &Path, work: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>) -> StoreResult<T> {
    #[derive(QueryableByName)]
    struct Verdict {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let mut connection = db::establish(path)?;
    let mut checked = || -> diesel::QueryResult<Verdict> {
        connection.batch_execute("PRAGMA query_only = ON;")?;
        sql_query("PRAGMA quick_check(1)").get_result(&mut connection)
    };
    let verdict = checked().map_err(|e| StoreError::at_open(path, e))?;
    if verdict.quick_check != "ok" {
        return Err(StoreError::Corrupt(verdict.quick_check).at(path));
    }
    work(&mut Reader::new(&mut Db::new(Kind::Sqlite(connection)))).map_err(|e| e.at(path))
}
