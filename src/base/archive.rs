//! An archive in the folder for backups, and what is known of it.

use super::time::Time;

/// What is kept of an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// The name of its file.
    pub file: String,
    /// When it was taken.
    pub taken_at: Time,
    /// How many bytes it had when it was looked at.
    pub bytes: i64,
    /// When it was looked at.
    pub checked_at: Time,
    /// What is wrong with it; nothing when it was found whole and its key opens it.
    pub trouble: Option<String>,
}

/// An archive that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Archive {
    /// The name of its file.
    pub file: String,
    /// When it was taken, or last changed.
    pub taken_at: Time,
    /// How many bytes it has.
    pub bytes: i64,
    /// When it was looked at, and what was wrong then; nothing when nobody looked at this very file.
    pub checked: Option<(Time, Option<String>)>,
}
