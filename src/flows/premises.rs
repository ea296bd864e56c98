//! What the configuration names on this machine, looked at as a start would find it. Nothing is made here, and nothing changed.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
};

use rustix::fs::{Access, access};

use crate::{
    config::{self, ConfigError, Place, Places},
    crypto::master::MasterKey,
    flows::{
        first_run::{self, StartError},
        github_app, master_key,
    },
    store::{Store, StoreResult, backup, lock},
};

/// What a database says about the configuration.
struct Inside {
    fits: bool,
    application: bool,
}

/// All that a server would stumble over, now or when it takes a backup.
pub fn faults(places: &Places) -> Vec<ConfigError> {
    let book = places.database.as_ref().map(|place| place.value.as_path());
    let exists = book.filter(|book| Store::exists(book));
    let key = places.master_key.as_ref().zip(book);
    let key = key.map(|(key, book)| master_key::look(&key.value, book, exists.is_some()));
    let known = key.as_ref().and_then(|key| key.as_ref().ok()?.as_ref());
    let inside = exists.map_or(Ok(None), |book| inside(book, known));
    let found = [
        wrong(&places.bind, |bind| address(*bind, book)),
        wrong(&places.database, |path| {
            room(path)?;
            file(path, Access::READ_OK | Access::WRITE_OK)?;
            inside.as_ref().map(drop).map_err(ToString::to_string)
        }),
        wrong(&places.master_key, |wanted| match (&key, wanted) {
            (Some(Err(error)), _) => Err(error.to_string()),
            (Some(Ok(None)), config::MasterKey::File(path)) => room(path),
            _ if matches!(inside, Ok(Some(Inside { fits: false, .. }))) => Err(master_key::OTHER.into()),
            _ => Ok(()),
        }),
        wrong(&places.backup_folder, |path| folder(path)),
        wrong(&places.application, |()| match &inside {
            Ok(Some(Inside { application: true, .. })) | Err(_) => Ok(()),
            Ok(_) => Err(StartError::NoGitHub.to_string()),
        }),
        wrong(&places.outbound_ca_file, |path| first_run::authorities(path).map(drop)),
        wrong(&places.log_file, |path| file(path, Access::WRITE_OK)),
    ];
    found.into_iter().flatten().collect()
}

fn wrong<T>(place: &Option<Place<T>>, look: impl FnOnce(&T) -> Result<(), String>) -> Option<ConfigError> {
    let place = place.as_ref()?;
    look(&place.value).err().map(|problem| place.wrong(problem))
}

/// Nothing when no server has written into it yet.
fn inside(book: &Path, key: Option<&MasterKey>) -> StoreResult<Option<Inside>> {
    backup::look_into(book, |reader| {
        let fits = key.map_or(Ok(true), |key| master_key::may_be_of(reader, key))?;
        Ok(Inside { fits, application: github_app::known(reader)?.is_some() })
    })
}

/// Where a server of this database listens already, it may.
fn address(bind: SocketAddr, book: Option<&Path>) -> Result<(), String> {
    match TcpListener::bind(bind) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && book.is_some_and(lock::is_held) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(format!("{bind} is in use by another program; stop it, or set another address"))
        }
        Err(error) => Err(format!("{bind} cannot be listened on: {error}; set another address")),
    }
}

/// A file that is there and may be used, or may be made.
fn file(path: &Path, how: Access) -> Result<(), String> {
    match path.metadata() {
        Ok(found) if found.is_dir() => Err(format!("{} is a folder; name a file", path.display())),
        Ok(_) => may(path, how),
        Err(error) if error.kind() == io::ErrorKind::NotFound => room(path),
        Err(error) => Err(format!("{} cannot be looked at: {error}", path.display())),
    }
}

/// A folder that is there and may be used, or may be made.
fn folder(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(found) if !found.is_dir() => Err(format!("{} is no folder; name one", path.display())),
        Ok(_) => may(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK),
        Err(error) if error.kind() == io::ErrorKind::NotFound => room(path),
        Err(error) => Err(format!("{} cannot be looked at: {error}", path.display())),
    }
}

/// Whether its folder takes new files.
fn room(path: &Path) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.is_dir() {
        true => may(folder, Access::WRITE_OK | Access::EXEC_OK),
        false => Err(format!("there is no folder {}; make it, or name another one", folder.display())),
    }
}

fn may(path: &Path, how: Access) -> Result<(), String> {
    let words = "give it to the user who runs the server, or name another one";
    access(path, how).map_err(|error| format!("{} cannot be used: {error}; {words}", path.display()))
}
