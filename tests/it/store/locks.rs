//! A write lock that somebody else holds: waited out when short, told when long; reads go on (OPS-04).

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use doorbook::store::{StoreError, codes};

use crate::support::store::{Scratch, digest, put_code};

/// Holds the write lock from a connection of its own; gives word when it has it.
fn hold(path: PathBuf, length: Duration) -> (JoinHandle<()>, Receiver<()>) {
    let (has_it, held) = channel();
    let thread = std::thread::spawn(move || {
        let mut db = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        db.batch_execute("BEGIN IMMEDIATE").unwrap();
        has_it.send(()).unwrap();
        // Nobody sends anything: this waits.
        let (_keep, never) = channel::<()>();
        assert!(never.recv_timeout(length).is_err());
        db.batch_execute("ROLLBACK").unwrap();
    });
    (thread, held)
}

#[tokio::test]
async fn a_short_foreign_lock_is_waited_out() {
    let scratch = Scratch::furnished().await;
    let (holder, held) = hold(scratch.path(), Duration::from_secs(2));
    held.recv().unwrap();
    let began = Instant::now();
    scratch.wrote(put_code(1)).await;
    assert!(began.elapsed() >= Duration::from_millis(1_500));
    holder.join().unwrap();
}

#[tokio::test]
async fn a_long_foreign_lock_is_told_while_reads_go_on() {
    let scratch = Scratch::furnished().await;
    let (holder, held) = hold(scratch.path(), Duration::from_secs(7));
    held.recv().unwrap();
    let writes = async {
        let busy = scratch.store.record(put_code(1)).await.unwrap_err();
        assert!(matches!(busy, StoreError::Busy) && busy.is_passing(), "{busy:?}");
    };
    let reads = async {
        let began = Instant::now();
        assert!(scratch.reads(|r| codes::find(r, &digest(1))).await.is_none());
        assert!(began.elapsed() < Duration::from_secs(1));
    };
    tokio::join!(writes, reads);
    holder.join().unwrap();
    scratch.wrote(put_code(1)).await;
}
