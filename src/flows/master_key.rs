//! The file with the master key: made once, before the database, and never anew beside an old one.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    base::secret::Plain,
    config,
    crypto::{digest, master::MasterKey},
    store::{Reader, StoreError, StoreResult, Tx, settings},
};

/// Under which name the database keeps what tells its key from others.
const MARK: &str = "master_key.mark";
/// No key file is longer.
const LONGEST: u64 = 1_000;
/// That a database was made under another key.
pub(super) const OTHER: &str =
    "the master key is not the one this database was made under: put the right key back, or restore a backup";

/// Why there is no master key to use. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database is there, its key is not.
    #[error(
        "{database} is there and its master key {key} is not: put the key back, or restore a backup. \
         A new key could not open what the old one sealed, so none is made"
    )]
    Missing {
        /// The key file.
        key: PathBuf,
        /// The database.
        database: PathBuf,
    },
    /// The file holds something else.
    #[error("{0} does not hold a master key (43 characters of base64url): restore it from a backup")]
    Unreadable(PathBuf),
    /// Others may read it.
    #[error("{0} may be read by others on this machine: make it private with chmod 600, and consider the key known")]
    Open(PathBuf),
    /// The file system says no.
    #[error("the master key {0} cannot be used: {1}")]
    File(PathBuf, io::Error),
}

/// The key that configuration gives or names. A new one is made only while there is no database.
pub fn find(wanted: &config::MasterKey, database: &Path, database_exists: bool) -> Result<MasterKey, KeyError> {
    match (look(wanted, database, database_exists)?, wanted) {
        (Some(key), _) => Ok(key),
        (None, config::MasterKey::Given(bytes)) => Ok(MasterKey::new(bytes)),
        (None, config::MasterKey::File(file)) => make(file),
    }
}

/// The same without making one: nothing where a start would.
pub(super) fn look(
    wanted: &config::MasterKey,
    database: &Path,
    database_exists: bool,
) -> Result<Option<MasterKey>, KeyError> {
    let file = match wanted {
        config::MasterKey::Given(bytes) => return Ok(Some(MasterKey::new(bytes))),
        config::MasterKey::File(file) => file,
    };
    match read(file) {
        Err(KeyError::File(_, error)) if error.kind() == io::ErrorKind::NotFound => match database_exists {
            true => Err(KeyError::Missing { key: file.clone(), database: database.to_owned() }),
            false => Ok(None),
        },
        other => other.map(Some),
    }
}

fn read(path: &Path) -> Result<MasterKey, KeyError> {
    let failed = |error| KeyError::File(path.to_owned(), error);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(KeyError::Open(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    MasterKey::parse(&text).ok_or_else(|| KeyError::Unreadable(path.to_owned()))
}

/// Makes the file under another name first: nobody ever sees half a key, and of two that start at once one wins.
fn make(path: &Path) -> Result<MasterKey, KeyError> {
    let key = MasterKey::generate();
    match put(path, &key) {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(KeyError::File(path.to_owned(), error)),
    }
}

/// Writes a key to a new file of mode 0600, and waits until the disk has it.
pub(super) fn put(path: &Path, key: &MasterKey) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(key.to_text().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        // A link refuses to replace what is there; a rename would not.
        std::fs::hard_link(&draft, path)?;
        sync_folder(path)
    })();
    let removed = std::fs::remove_file(&draft);
    written.and(removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) }))
}

/// Waits until the disk knows the names in the folder of a file.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether a database was made under this key.
pub(super) fn is_of(reader: &mut Reader<'_>, key: &MasterKey) -> StoreResult<bool> {
    Ok(settings::get(reader, MARK)?.is_some_and(|ours| ours == mark(key)))
}

/// Whether it was, or takes the first key that comes.
pub(super) fn may_be_of(reader: &mut Reader<'_>, key: &MasterKey) -> StoreResult<bool> {
    Ok(settings::get(reader, MARK)?.is_none_or(|ours| ours == mark(key)))
}

/// Whether the database was made under this key; a new one takes it as its own.
pub fn belongs(tx: &mut Tx<'_>, key: &MasterKey) -> StoreResult<()> {
    if settings::get(tx, MARK)?.is_none() {
        return settings::set(tx, MARK, &mark(key));
    }
    match is_of(tx, key)? {
        true => Ok(()),
        false => Err(StoreError::Unusable(OTHER.into())),
    }
}

/// A digest of a key derived for nothing else: it tells keys apart and opens nothing.
fn mark(key: &MasterKey) -> String {
    let derived = key.derive("mark in the database");
    digest::of(&Plain::new(digest::sha256_base64url(derived.as_slice()))).hex().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &Path) -> config::MasterKey {
        config::MasterKey::File(path.to_owned())
    }

    #[test]
    fn a_key_is_made_once_private_and_never_beside_an_old_database() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = (folder.path().join("d.key"), folder.path().join("d.db"));
        let refused = find(&named(&path), &database, true).err().unwrap();
        assert!(matches!(refused, KeyError::Missing { .. }) && !path.exists());
        let made = find(&named(&path), &database, false).ok().unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let found = find(&named(&path), &database, true).ok().unwrap();
        assert_eq!(made.to_text(), found.to_text());
    }

    #[test]
    fn a_key_that_others_may_read_or_that_is_none_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, database) = (folder.path().join("d.key"), folder.path().join("d.db"));
        std::fs::write(&path, "not a key").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(find(&named(&path), &database, false), Err(KeyError::Open(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let refused = find(&named(&path), &database, false).err().unwrap();
        assert!(matches!(refused, KeyError::Unreadable(_)));
        assert!(refused.to_string().contains("d.key") && !refused.to_string().contains("not a key"));
    }
}
