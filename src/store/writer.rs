//! The one writer of SQLite: a thread that drains a queue of write closures, each in its own savepoint, and commits all of
//! them together (one sync of the disk). A caller is answered only after the commit that holds its write.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Tx,
    batch::{self, Batch},
    connection::Db,
    db,
    error::{Stop, StoreError},
    standing::{Change, Standing},
};

/// How many writes may wait.
const QUEUE: usize = 4_096;
/// How many writes share a commit at most.
const MOST: usize = 256;
/// How long a commit waits for company when the one before it had some: no longer than it takes, and callers that were just
/// answered are about to ask again.
const COMPANY: Duration = Duration::from_micros(500);

/// A queued write: runs in its savepoint (or hears that there is none), says whether that is kept, and leaves what answers
/// its caller after the commit.
type Job = Box<dyn FnOnce(Result<&mut Tx<'_>, StoreError>) -> (bool, Answer) + Send>;
/// Answers one caller: with its result, or with the failure of the commit.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What the writer has done, and has to do.
#[derive(Default)]
struct Count {
    queued: AtomicU64,
    done: AtomicU64,
    commits: AtomicU64,
}

/// The writer's work since it started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Work {
    /// Writes that were answered.
    pub writes: u64,
    /// Commits that they needed.
    pub commits: u64,
    /// Writes that wait.
    pub waiting: u64,
}

/// The queue's end that flows hold.
pub(super) struct Writer {
    count: Arc<Count>,
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a connection that is already set up.
    pub(super) fn spawn(db: Db, path: PathBuf, standing: Arc<Standing>) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let count = Arc::new(Count::default());
        let counted = count.clone();
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || Thread { db, path, standing, count: counted }.work(&jobs))
            .map_err(|e| StoreError::Unusable(format!("the writer thread cannot start: {e}")))?;
        Ok(Self { count, queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a write and waits for its commit.
    pub(super) async fn write<T, R, F>(&self, work: F) -> Result<T, Stop<R>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, Stop<R>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            // Caught here, inside the savepoint: a panic outside would leave the transaction's depth wrong, and what
            // looks like a later commit would commit nothing.
            let result = tx.map_err(Stop::Fail).and_then(|tx| {
                catch_unwind(AssertUnwindSafe(|| work(tx)))
                    .unwrap_or_else(|_| Err(Stop::Fail(StoreError::Other("a write panicked".into()))))
            });
            let keep = !matches!(result, Err(Stop::Fail(_)));
            let finish: Answer = Box::new(move |committed| {
                let result = match committed {
                    Ok(()) => result,
                    Err(error) => Err(Stop::Fail(error)),
                };
                // The caller may have gone; its write stands all the same.
                drop(answer.send(result));
            });
            (keep, finish)
        });
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => StoreError::Overloaded,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })?;
        self.count.queued.fetch_add(1, Ordering::Relaxed);
        answered.await.unwrap_or(Err(Stop::Fail(StoreError::Closed)))
    }

    /// What it has done, and has to do.
    pub(super) fn work(&self) -> Work {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (writes, queued) = (load(&self.count.done), load(&self.count.queued));
        Work { writes, commits: load(&self.count.commits), waiting: queued.saturating_sub(writes) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been logged by the panic hook.
            drop(thread.join());
        }
    }
}

/// What the thread owns.
struct Thread {
    db: Db,
    path: PathBuf,
    standing: Arc<Standing>,
    count: Arc<Count>,
}

impl Thread {
    fn work(mut self, jobs: &Receiver<Job>) {
        // A lone write never waits: it must not pay for others that may not come.
        let mut has_company = false;
        while let Ok(first) = jobs.recv() {
            if has_company {
                thread::park_timeout(COMPANY);
            }
            let together: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(MOST - 1)).collect();
            has_company = together.len() > 1;
            self.commit(together);
        }
    }

    fn commit(&mut self, together: Vec<Job>) {
        let mut answers = Vec::with_capacity(together.len());
        let mut batch = Batch::default();
        let mut changes = Vec::new();
        let mut outcome = db::begin_write(&mut self.db).map_err(StoreError::from);
        for job in together {
            if let Err(error) = &outcome {
                let (_, answer) = job(Err(error.clone()));
                answers.push(answer);
                continue;
            }
            let (answer, ended) = self.run(job, &mut batch, &mut changes);
            // Nothing of this batch can be trusted to be in.
            if let Err(error) = ended {
                outcome = Err(error);
            }
            answers.push(answer);
        }
        outcome = outcome.and_then(|()| {
            batch::settle(&mut Tx::new(&mut self.db, &mut batch))?;
            Ok(db::commit(&mut self.db)?)
        });
        match outcome {
            Ok(()) => self.standing.apply(&mut self.db, changes),
            Err(ref error) => self.recover(error),
        }
        self.count.commits.fetch_add(1, Ordering::Relaxed);
        self.count.done.fetch_add(answers.len() as u64, Ordering::Relaxed);
        for answer in answers {
            answer(outcome.clone());
        }
    }

    /// Runs one job in its savepoint. Fails when nothing of the batch can be trusted to be in: the
    /// savepoint neither holds nor can be undone, because SQLite has undone all of it, or a transaction is left open in it.
    fn run(
        &mut self,
        job: Job,
        batch: &mut Batch,
        changes: &mut Vec<(i64, Change)>,
    ) -> (Answer, Result<(), StoreError>) {
        if let Err(error) = db::savepoint(&mut self.db) {
            let error = StoreError::from(error);
            let (_, answer) = job(Err(error.clone()));
            return (answer, Err(error));
        }
        let before = batch.now();
        let mut tx = Tx::new(&mut self.db, batch);
        let (keep, answer) = job(Ok(&mut tx));
        let own = tx.into_changes();
        let ended = if keep {
            changes.extend(own);
            db::release(&mut self.db).map_err(StoreError::from)
        } else {
            batch.back_to(before);
            // What a full disk interrupted is gone, and the savepoint with it.
            db::undo(&mut self.db).map_err(|_| StoreError::Full)
        };
        // A transaction that the job left open would be committed in place of the batch.
        let is_closed = db::depth(&mut self.db) == Some(1);
        let left_open = || StoreError::Other("a write left a transaction open".into());
        (answer, ended.and_then(|()| if is_closed { Ok(()) } else { Err(left_open()) }))
    }

    /// After a failed batch: undo, and take a fresh connection if this one cannot be trusted.
    fn recover(&mut self, error: &StoreError) {
        log::error!("a batch of writes was not committed: {error}");
        if db::depth(&mut self.db).is_some() {
            drop(db::rollback(&mut self.db));
        }
        match db::open(&self.path) {
            Ok(fresh) => self.db = fresh,
            Err(error) => log::error!("the database cannot be opened again: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::{Connection, connection::TransactionManager};

    use super::*;
    use crate::{
        base::{issuer::Issuer, registration::RegistrationPolicy, time::Time, user::Provider},
        store::{Reader, Store, settings, standing::Fixed},
    };

    #[actix_web::test]
    async fn what_a_write_leaves_open_is_not_taken_for_committed_and_the_next_one_holds() {
        let folder = tempfile::tempdir().unwrap();
        let fixed = Fixed {
            provider: Provider::Local,
            entries: Vec::new(),
            issuer: Issuer::parse("https://door.example").unwrap(),
            registration: RegistrationPolicy::default(),
        };
        let path = folder.path().join("doorbook.db");
        let store = Store::open(&path, Time::from_unix(1), |_| Ok(fixed)).unwrap();
        let open = store.record(|tx| {
            <Db as Connection>::TransactionManager::begin_transaction(tx.db())?;
            settings::set(tx, "left", "open")
        });
        assert!(matches!(open.await, Err(StoreError::Other(why)) if why.contains("open")));
        store.record(|tx| settings::set(tx, "after", "it")).await.unwrap();
        drop(store);
        let mut db = db::open_read_only(&path).unwrap();
        let mut find = |name| settings::get(&mut Reader::new(&mut db), name).unwrap();
        assert_eq!((find("left"), find("after").as_deref()), (None, Some("it")));
    }
}
