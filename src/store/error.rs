//! What can go wrong with the database: ours, logged with its cause, never shown to a client.

use std::{io, path::Path};

use diesel::result::{DatabaseErrorKind, Error};

/// Result of a storage function.
pub type StoreResult<T> = Result<T, StoreError>;

/// The database failed. Absence is no failure: it is an `Option`.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process held the write lock for longer than the busy timeout.
    #[error("the database is locked by another process")]
    Busy,
    /// More writes wait than the queue holds.
    #[error("too many writes are waiting")]
    Overloaded,
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// The file or its file system does not take writes.
    #[error("the database is read-only")]
    ReadOnly,
    /// The file is no sound database.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// A row with that key is there already.
    #[error("a row with that key is there already")]
    Taken,
    /// The server is stopping.
    #[error("the store is closed")]
    Closed,
    /// The file cannot be used, with the reason.
    #[error("{0}")]
    Unusable(String),
    /// Everything else.
    #[error("the database failed: {0}")]
    Other(String),
}

/// How a write ends when it does not end well: a refusal is committed and answered, a failure is rolled back.
#[derive(Debug)]
pub enum Stop<R> {
    /// We refuse, on purpose: what was written so far stays.
    Refuse(R),
    /// Something of ours broke: nothing stays.
    Fail(StoreError),
}

impl<R> From<StoreError> for Stop<R> {
    fn from(error: StoreError) -> Self {
        Self::Fail(error)
    }
}

impl StoreError {
    /// A file that cannot be opened, with what to do.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        let folder = path.parent().filter(|folder| error.kind() == io::ErrorKind::NotFound && !folder.exists());
        Self::Unusable(match folder {
            Some(folder) => format!(
                "{} cannot be opened: there is no folder {}; make it, or name a file elsewhere",
                path.display(),
                folder.display()
            ),
            None => format!("{} cannot be opened: {error}", path.display()),
        })
    }

    /// A database that refuses its first statements, named.
    pub(super) fn at_open(path: &Path, error: Error) -> Self {
        Self::from(error).at(path)
    }

    /// The same trouble, naming the file.
    pub(super) fn at(self, path: &Path) -> Self {
        match self {
            Self::Corrupt(why) => Self::Unusable(format!(
                "{} is not a sound database ({why}); it was left as it is: restore a backup, or move it away",
                path.display()
            )),
            Self::ReadOnly => Self::Unusable(format!("{} cannot be written to", path.display())),
            other => other,
        }
    }

    /// Whether trying again in a moment may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::Overloaded | Self::Full | Self::ReadOnly | Self::Closed)
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) = error {
            return Self::Taken;
        }
        let text = error.to_string();
        let has = |part: &str| text.contains(part);
        match () {
            () if has("database is locked") || has("database table is locked") => Self::Busy,
            () if has("database or disk is full") => Self::Full,
            () if has("readonly database") || has("unable to open database file") => Self::ReadOnly,
            () if has("disk image is malformed") || has("file is not a database") => Self::Corrupt(text),
            () => Self::Other(text),
        }
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(_: diesel::r2d2::PoolError) -> Self {
        Self::Busy
    }
}
