//! One server on one database file: a lock beside it that the operating system gives back when the process ends, however
//! it ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::error::StoreError;

/// How often the lock is tried, and how long after.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// Held while a server runs.
pub struct ServerLock {
    _file: File,
}

/// Takes the lock, or says that another server has it.
pub fn acquire(database: &Path) -> Result<ServerLock, StoreError> {
    let path = beside(database);
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| StoreError::file(&path, &e))?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(ServerLock { _file: file }),
            // A command that looks whether a server runs holds it for a moment.
            Err(TryLockError::WouldBlock) => thread::park_timeout(PAUSE),
            Err(TryLockError::Error(error)) => return Err(StoreError::file(&path, &error)),
        }
    }
    Err(StoreError::Unusable(format!("another Doorbook serves {} already", database.display())))
}

/// Whether a server runs on that database.
pub fn is_held(database: &Path) -> bool {
    let Ok(file) = OpenOptions::new().append(true).open(beside(database)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
