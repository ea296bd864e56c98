//! One archive to keep: a consistent copy of the database and the master key that opens it. And the way back.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use tar::{Archive, Builder, EntryType, Header};
use zeroize::Zeroizing;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        time::Time,
    },
    config::{self, Config},
    crypto::{digest, master::MasterKey},
    flows::{Desk, first_run, keys, master_key},
    store::{StoreError, audit, backup, lock},
};

/// The names in the archive.
const DATABASE: &str = "doorbook.db";
const KEY: &str = "doorbook.key";
/// The digest of the database, as `sha256sum --check` reads it: what a disk or a copy changed opens as well as what was taken.
const SUM: &str = "doorbook.db.sha256";
/// Its text is not longer.
const LONGEST_SUM: u64 = 200;
/// The key's text is not longer.
const LONGEST_KEY: u64 = 1_000;

/// Why there is no archive, or nothing was restored. Each names the file and says what to do; what was there is untouched.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file system says no.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// Nothing is written over.
    #[error("{0} is there already: name a new file")]
    Exists(PathBuf),
    /// A database is where the restored one goes.
    #[error("there is a database at {0} already: with --replace it is kept beside it under another name")]
    InUse(PathBuf),
    /// The archive is not one of ours, or not whole.
    #[error("{0} is not a Doorbook backup, or not a whole one: {1}")]
    NotOurs(PathBuf, String),
    /// The key in it does not open the database in it.
    #[error("the key in {0} does not open the database in it")]
    WrongKey(PathBuf),
    /// Configuration gives another key than the archive has.
    #[error("DOORBOOK_MASTER_KEY is not the key of this backup: unset it, or set it to the one that was in force then")]
    OtherKeyGiven,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was restored.
pub struct Restored {
    /// Where the database is now.
    pub database: PathBuf,
    /// Where what was there before is kept.
    pub kept: Option<PathBuf>,
}

/// Writes the archive, mode 0600, while servers go on. Gives its length in bytes.
pub async fn take(desk: &Desk, call: &Call, actor: Actor, to: &Path) -> Result<u64, BackupError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
        _ => BackupError::File(to.to_owned(), error),
    };
    let archive = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(failed)?;
    let copy = beside(to, "copy");
    let copied = desk.store.copy_to(copy.clone()).await;
    let written =
        copied.map_err(BackupError::from).and_then(|_| pack(&archive, &copy, &desk.master, call.now).map_err(failed));
    drop(fs::remove_file(&copy));
    let bytes = match written {
        Ok(bytes) => bytes,
        Err(error) => {
            drop(fs::remove_file(to));
            return Err(error);
        }
    };
    let at = call.clone();
    desk.store.record(move |tx| audit::record(tx, &at, &actor, &Event::BackupTaken { bytes })).await?;
    Ok(bytes)
}

fn pack(archive: &File, copy: &Path, master: &MasterKey, now: Time) -> io::Result<u64> {
    let header = |size: u64| {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime(now.unix().unsigned_abs());
        header.set_size(size);
        header
    };
    let key = Zeroizing::new(format!("{}\n", master.to_text().as_str()));
    let mut tar = Builder::new(archive);
    tar.append_data(&mut header(key.len() as u64), KEY, key.as_bytes())?;
    let sum = format!("{}  {DATABASE}\n", digest::of_all(File::open(copy)?)?.hex());
    tar.append_data(&mut header(sum.len() as u64), SUM, sum.as_bytes())?;
    let database = File::open(copy)?;
    tar.append_data(&mut header(database.metadata()?.len()), DATABASE, database)?;
    tar.finish()?;
    archive.sync_all()?;
    Ok(archive.metadata()?.len())
}

/// Puts an archive's database and key where the configuration wants them, once both are found sound and to fit. No server may
/// run there. With `replace`, what is there is kept under another name.
pub fn restore(config: &Config, archive: &Path, replace: bool, now: Time) -> Result<Restored, BackupError> {
    let database = first_run::database(config);
    let _alone = lock::acquire(database)?;
    let occupied = database.exists();
    if occupied && !replace {
        return Err(BackupError::InUse(database.to_owned()));
    }
    in_room(archive, beside(database, "restore"), |room, key| settle(config, room, &key, occupied.then_some(now)))
}

/// Looks through an archive as a restore does, and leaves nothing beside it.
pub fn check(archive: &Path) -> Result<(), BackupError> {
    let folder = archive.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let rooms = tempfile::Builder::new().prefix(".doorbook-check-").tempdir_in(folder);
    let rooms = rooms.map_err(|error| BackupError::File(archive.to_owned(), error))?;
    in_room(archive, rooms.path().join("room"), |_, _| Ok(()))
}

/// Unpacks an archive in a room of its own, and goes on once its two halves are found sound and to fit.
fn in_room<T>(
    archive: &Path,
    room: PathBuf,
    then: impl FnOnce(&Path, MasterKey) -> Result<T, BackupError>,
) -> Result<T, BackupError> {
    fs::DirBuilder::new().mode(0o700).create(&room).map_err(|error| BackupError::File(room.clone(), error))?;
    let done = unpack(archive, &room)
        .and_then(|key| fits(archive, &room.join(DATABASE), &key).map(|()| key))
        .and_then(|key| then(&room, key));
    drop(fs::remove_dir_all(&room));
    done
}

fn unpack(archive: &Path, room: &Path) -> Result<MasterKey, BackupError> {
    let unsound = |why: String| BackupError::NotOurs(archive.to_owned(), why);
    let file = File::open(archive).map_err(|e| BackupError::File(archive.to_owned(), e))?;
    let (mut key, mut whole, mut sum) = (None, false, None);
    for entry in Archive::new(file).entries().map_err(|e| unsound(e.to_string()))? {
        let mut entry = entry.map_err(|e| unsound(e.to_string()))?;
        let name = entry.path_bytes().into_owned();
        if name == KEY.as_bytes() {
            let mut text = Zeroizing::new(String::new());
            entry.by_ref().take(LONGEST_KEY).read_to_string(&mut text).map_err(|e| unsound(e.to_string()))?;
            key = MasterKey::parse(&text);
        } else if name == SUM.as_bytes() {
            let mut text = String::new();
            entry.by_ref().take(LONGEST_SUM).read_to_string(&mut text).map_err(|e| unsound(e.to_string()))?;
            sum = Some(text);
        } else if name == DATABASE.as_bytes() {
            let to = room.join(DATABASE);
            let failed = |error| BackupError::File(to.clone(), error);
            let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&to).map_err(failed)?;
            let copied = io::copy(&mut entry, &mut out).map_err(failed)?;
            whole = copied == entry.size();
            out.flush().and_then(|()| out.sync_all()).map_err(failed)?;
        }
    }
    if !whole {
        return Err(unsound("there is no whole database in it".into()));
    }
    let database = room.join(DATABASE);
    let found = File::open(&database).and_then(digest::of_all).map_err(|e| BackupError::File(database, e))?;
    // Archives of earlier versions have none.
    if sum.is_some_and(|sum| sum.split(' ').next() != Some(found.hex())) {
        return Err(unsound("its database is not as it was when it was taken".into()));
    }
    key.ok_or_else(|| unsound("there is no key in it".into()))
}

/// Whether the database is sound, and the key opens what is sealed in it.
fn fits(archive: &Path, copy: &Path, key: &MasterKey) -> Result<(), BackupError> {
    let sealer = key.sealer(first_run::SIGNING_KEYS);
    let opens = backup::inspect(copy, |reader| {
        let ours = master_key::is_of(reader, key)?;
        Ok(ours && keys::ring(reader, &sealer).is_ok())
    });
    match opens {
        Ok(true) => Ok(()),
        Ok(false) => Err(BackupError::WrongKey(archive.to_owned())),
        Err(error) => Err(BackupError::NotOurs(archive.to_owned(), error.to_string())),
    }
}

/// Moves both to their places: the key first, so that a crash in between leaves a pair that a start refuses.
fn settle(config: &Config, room: &Path, key: &MasterKey, replaces: Option<Time>) -> Result<Restored, BackupError> {
    let database = first_run::database(config);
    let failed = |path: &Path, error| BackupError::File(path.to_owned(), error);
    let kept = replaces.map(|now| beside(database, &format!("before-{}", now.unix())));
    if let Some(kept) = &kept {
        for ending in ["", "-wal"] {
            let (from, to) = (with(database, ending), with(kept, ending));
            if from.exists() {
                fs::hard_link(&from, &to).map_err(|e| failed(&to, e))?;
            }
        }
    }
    match &config.master_key {
        config::MasterKey::Given(bytes) if MasterKey::new(bytes).to_text() != key.to_text() => {
            return Err(BackupError::OtherKeyGiven);
        }
        config::MasterKey::Given(_) => (),
        config::MasterKey::File(path) => {
            if path.exists() {
                let aside = with(kept.as_deref().unwrap_or(path), ".key");
                fs::rename(path, &aside).map_err(|e| failed(&aside, e))?;
            }
            master_key::put(path, key).map_err(|e| failed(path, e))?;
        }
    }
    for ending in ["-wal", "-shm"] {
        let stale = with(database, ending);
        if let Err(error) = fs::remove_file(&stale)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(failed(&stale, error));
        }
    }
    fs::rename(room.join(DATABASE), database).map_err(|e| failed(database, e))?;
    master_key::sync_folder(database).map_err(|e| failed(database, e))?;
    Ok(Restored { database: database.to_owned(), kept })
}

fn beside(path: &Path, what: &str) -> PathBuf {
    with(path, &format!(".{what}"))
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::flows::{
        first_run::Opening,
        scratch::{NOW, Scratch, call},
    };

    /// The configuration of a server with its database in that folder.
    fn config_in(folder: &Path) -> Config {
        let env = [("DATABASE_URL".to_owned(), folder.join("d.db").display().to_string())].into();
        let sources = config::Sources { env, ..config::Sources::default() };
        Config::load(&config::Overrides::default(), &sources).ok().unwrap().config
    }

    #[actix_web::test]
    async fn what_was_taken_comes_back_with_its_key_and_only_onto_an_empty_place() {
        let scratch = Scratch::new(&[]).await;
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("book.tar");
        let bytes = take(&scratch.desk, &call(), Actor::CommandLine, &archive).await.unwrap();
        assert_eq!(archive.metadata().unwrap().len(), bytes);
        assert_eq!(archive.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        let again = take(&scratch.desk, &call(), Actor::CommandLine, &archive).await;
        assert!(matches!(again, Err(BackupError::Exists(_))));

        let config = config_in(folder.path());
        let restored = restore(&config, &archive, false, NOW).unwrap();
        assert!(restored.kept.is_none());
        assert!(matches!(restore(&config, &archive, false, NOW), Err(BackupError::InUse(_))));
        let replaced = restore(&config, &archive, true, NOW).unwrap();
        assert!(replaced.kept.unwrap().exists());
        let desk = first_run::open(config, &call(), Opening::Command).await.unwrap();
        assert_eq!(desk.keys.ring().jwks(), scratch.desk.keys.ring().jwks());
    }

    #[actix_web::test]
    async fn a_torn_or_foreign_archive_leaves_everything_as_it_was() {
        let scratch = Scratch::new(&[]).await;
        let folder = tempfile::tempdir().unwrap();
        let (archive, config) = (folder.path().join("book.tar"), config_in(folder.path()));
        take(&scratch.desk, &call(), Actor::CommandLine, &archive).await.unwrap();
        let whole = fs::read(&archive).unwrap();
        let mut damaged = whole.clone();
        damaged.iter_mut().skip(4_096).step_by(64).for_each(|byte| *byte ^= 0xff);
        for broken in [&whole[..whole.len() / 2], b"no archive at all".as_slice(), &damaged] {
            fs::write(&archive, broken).unwrap();
            assert!(matches!(restore(&config, &archive, false, NOW), Err(BackupError::NotOurs(..))));
        }
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name == "book.tar" || name == "d.db.lock"), "{left:?}");
    }

    /// The same archive without its digest, as earlier versions took it.
    fn without_sum(archive: &[u8]) -> Vec<u8> {
        let mut tar = Builder::new(Vec::new());
        for entry in Archive::new(archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let (name, mut content) = (entry.path().unwrap().into_owned(), Vec::new());
            entry.read_to_end(&mut content).unwrap();
            if name != Path::new(SUM) {
                tar.append_data(&mut entry.header().clone(), name, content.as_slice()).unwrap();
            }
        }
        tar.into_inner().unwrap()
    }

    #[actix_web::test]
    async fn one_byte_that_a_disk_changed_is_noticed_and_older_archives_come_back() {
        let scratch = Scratch::new(&[]).await;
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("book.tar");
        take(&scratch.desk, &call(), Actor::CommandLine, &archive).await.unwrap();
        let whole = fs::read(&archive).unwrap();
        assert!(check(&archive).is_ok());
        let magic = b"SQLite format 3\0";
        let begin = whole.windows(magic.len()).position(|part| part == magic).unwrap();
        let mut changed = whole.clone();
        // The version of SQLite that wrote it last, which nothing reads.
        changed[begin + 99] ^= 1;
        fs::write(&archive, &changed).unwrap();
        assert!(matches!(check(&archive), Err(BackupError::NotOurs(_, why)) if why.contains("as it was")));
        fs::write(&archive, without_sum(&changed)).unwrap();
        assert!(check(&archive).is_ok(), "nothing but the digest tells");
    }
}
