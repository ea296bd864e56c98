//! The write lock of a database, in somebody else's hand.

use std::{path::PathBuf, sync::mpsc::channel, thread::JoinHandle, time::Duration};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};

/// Another program holds the write lock for so long. It has it when this returns.
pub(crate) fn hold(path: PathBuf, length: Duration) -> JoinHandle<()> {
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
    held.recv().unwrap();
    thread
}
