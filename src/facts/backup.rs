//! An archive in the folder for backups.

use serde::Serialize;
use utoipa::ToSchema;

use super::Stamp;
use crate::base::archive::Archive;

/// An archive in the folder for backups: the database and its master key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Backup {
    /// The name of its file.
    pub file: String,
    /// When it was taken.
    pub taken: Stamp,
    /// How many bytes it has.
    pub bytes: i64,
    /// When it was looked through; null: nobody looked at this very file.
    pub checked: Option<Stamp>,
    /// What is wrong with it; null when nothing is, or nobody looked.
    pub trouble: Option<String>,
}

impl From<Archive> for Backup {
    fn from(archive: Archive) -> Self {
        let (checked, trouble) = archive.checked.unzip();
        Self {
            file: archive.file,
            taken: archive.taken_at.into(),
            bytes: archive.bytes,
            checked: checked.map(Stamp::from),
            trouble: trouble.flatten(),
        }
    }
}
