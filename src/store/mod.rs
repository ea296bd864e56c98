//! Drawers: one file for each thing that is kept. Rows are private here; what comes out and goes in are the nouns of `base`.
//!
//! Two verbs: [`Store::read`] (and its quick kin [`Store::glance`]) hands out a [`Reader`], whose connection refuses to write;
//! [`Store::write`] hands out a [`Tx`], the only way to an INSERT, UPDATE or DELETE. A write is answered after its commit. Its
//! refusals are committed, its failures rolled back ([`Stop`]).

pub mod access;
pub mod activity;
pub mod allowlist;
pub mod api_tokens;
pub mod approvals;
pub mod archives;
pub mod assertions;
pub mod attempts;
pub mod audit;
pub mod backup;
mod batch;
pub mod calls;
pub mod claims;
pub mod clients;
pub mod codes;
mod connection;
pub mod consents;
mod db;
pub mod devices;
pub mod documents;
mod error;
pub mod findings;
pub mod folded;
mod follower;
pub mod grants;
pub mod initial_tokens;
pub mod job_runs;
pub mod keys;
pub mod kind;
pub mod lock;
mod migrate;
pub mod page;
pub mod parked;
pub mod policies;
pub mod refresh;
pub mod resources;
mod schema;
pub mod seals;
pub mod sentences;
pub mod servers;
pub mod sessions;
pub mod settings;
pub mod standing;
pub mod stats;
pub mod tallies;
pub mod tombstones;
pub mod traffic;
pub mod users;
pub mod vouched;
mod walk;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use diesel::r2d2::Pool;
use tokio::sync::oneshot;

use self::{
    batch::Batch,
    db::Readers,
    follower::Follower,
    standing::{Change, Fixed, Standing},
    writer::Writer,
};
pub use self::{
    connection::Db,
    error::{Stop, StoreError, StoreResult},
    writer::Work,
};
use crate::base::time::Time;

/// How many connections read at once.
const READERS: u32 = 4;

/// The database, opened.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: Writer,
    readers: Pool<Readers>,
    standing: Arc<Standing>,
    follower: Mutex<Follower>,
}

/// A queued read: takes its reader (or hears that there is none) and answers its caller.
type Look = Box<dyn FnOnce(StoreResult<&mut Reader<'_>>) + Send>;

/// Reads. Its connection refuses everything else.
pub struct Reader<'c> {
    db: &'c mut Db,
}

/// One write transaction, or one savepoint of it.
pub struct Tx<'c> {
    reader: Reader<'c>,
    batch: &'c mut Batch,
    changes: Vec<(i64, Change)>,
}

impl Store {
    /// Opens the file (mode 0600), making it and its tables if it is new. `fixed` may read what is in it.
    pub fn open<F>(path: &Path, now: Time, fixed: F) -> StoreResult<Self>
    where
        F: FnOnce(&mut Reader<'_>) -> StoreResult<Fixed>,
    {
        let mut db = db::open(path)?;
        migrate::run(&mut db).map_err(|e| e.at(path))?;
        let fixed = fixed(&mut Reader::new(&mut db))?;
        let standing = Arc::new(Standing::load(&mut db, fixed, now).map_err(|e| e.at(path))?);
        let writer = Writer::spawn(db, path.to_owned(), standing.clone())?;
        let readers = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(3))
            .test_on_check_out(false)
            .build(Readers(path.to_owned()))?;
        let follower = Mutex::new(Follower::new(path)?);
        Ok(Self { inner: Arc::new(Inner { path: path.to_owned(), writer, readers, standing, follower }) })
    }

    /// Whether there is a database at that path already.
    pub fn exists(path: &Path) -> bool {
        path.metadata().is_ok_and(|m| m.len() > 0)
    }

    /// Reads, on the blocking pool.
    pub async fn read<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        // The caller may have gone.
        self.queue(Box::new(move |reader| drop(answer.send(reader.and_then(|reader| look(work, reader))))));
        answered.await.unwrap_or_else(|_| Err(StoreError::Other("a read panicked".into())))
    }

    /// Gives a read to the blocking pool, all of them as one type: a task for each would be half a megabyte of the program.
    fn queue(&self, job: Look) {
        let readers = self.inner.readers.clone();
        tokio::task::spawn_blocking(move || match readers.get() {
            Ok(mut reader) => job(Ok(&mut Reader::new(&mut reader))),
            Err(error) => job(Err(error.into())),
        });
    }

    /// Reads a row or two by their keys, on this very worker: such a read takes less time than the way to the blocking pool
    /// and back. Lists and counts go through [`Store::read`], and so does everything while all readers are busy.
    pub async fn glance<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    {
        match self.inner.readers.try_get() {
            Some(mut reader) => look(work, &mut Reader::new(&mut reader)),
            None => self.read(work).await,
        }
    }

    /// Reads a row by its key at once, or not at all: for what can be had another way.
    pub fn peek<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> StoreResult<T>) -> Option<T> {
        let mut reader = self.inner.readers.try_get()?;
        work(&mut Reader::new(&mut reader)).ok()
    }

    /// Writes: everything or nothing, answered after the commit. A refusal is committed, a failure is rolled back.
    pub async fn write<T, R, F>(&self, work: F) -> Result<T, Stop<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>> + Send + 'static,
    {
        self.inner.writer.write(work).await
    }

    /// Writes what cannot be refused.
    pub async fn record<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> StoreResult<T> + Send + 'static,
    {
        match self.write(move |tx| work(tx).map_err(Stop::<StoreError>::Fail)).await {
            Ok(value) => Ok(value),
            Err(Stop::Fail(error) | Stop::Refuse(error)) => Err(error),
        }
    }

    /// What the writer has done, and has to do.
    pub fn work(&self) -> Work {
        self.inner.writer.work()
    }

    /// What is refused right now.
    pub fn standing(&self) -> &Standing {
        &self.inner.standing
    }

    /// Whether another process wrote something since it was last followed. The answer takes microseconds.
    pub fn has_news(&self) -> StoreResult<bool> {
        self.follower().has_news(self.standing())
    }

    /// Takes up what other processes wrote since the last look. Blocks for a moment; `true` when there was something.
    pub fn follow(&self) -> StoreResult<bool> {
        self.follower().follow(self.standing())
    }

    fn follower(&self) -> MutexGuard<'_, Follower> {
        self.inner.follower.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

/// Reads: compiled once for both ways of it.
#[inline(never)]
fn look<T, F: FnOnce(&mut Reader<'_>) -> StoreResult<T>>(work: F, reader: &mut Reader<'_>) -> StoreResult<T> {
    work(reader)
}

impl<'c> Reader<'c> {
    fn new(db: &'c mut Db) -> Self {
        Self { db }
    }

    fn db(&mut self) -> &mut Db {
        self.db
    }
}

impl<'c> Tx<'c> {
    fn new(db: &'c mut Db, batch: &'c mut Batch) -> Self {
        Self { reader: Reader::new(db), batch, changes: Vec::new() }
    }

    fn db(&mut self) -> &mut Db {
        self.reader.db()
    }

    /// Says that something is refused from now on, or no longer: in force, here and in other processes, with the commit.
    /// Gives the number of the change.
    pub fn announce(&mut self, change: Change, now: Time) -> StoreResult<i64> {
        let seq = standing::record(self, &change, now)?;
        self.changes.push((seq, change));
        Ok(seq)
    }

    fn into_changes(self) -> Vec<(i64, Change)> {
        self.changes
    }
}

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Reader<'c>;
    fn deref(&self) -> &Reader<'c> {
        &self.reader
    }
}

impl std::ops::DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reader
    }
}
