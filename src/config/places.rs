//! What the configuration names on this machine, as far as it can be read even where another option is wrong: for who looks
//! whether it is there.

use std::{fmt::Display, net::SocketAddr, path::PathBuf};

use super::{
    MasterKey,
    database::Backend,
    load::{ConfigError, Values},
    options as o,
};

/// Something that an option names.
pub struct Place<T> {
    /// What it names.
    pub value: T,
    name: String,
    source: String,
}

/// All of it.
#[derive(Default)]
pub struct Places {
    /// Where the server listens.
    pub bind: Option<Place<SocketAddr>>,
    /// The file of the database.
    pub database: Option<Place<PathBuf>>,
    /// The master key, or its file.
    pub master_key: Option<Place<MasterKey>>,
    /// Where backups go.
    pub backup_folder: Option<Place<PathBuf>>,
    /// Where log lines go.
    pub log_file: Option<Place<PathBuf>>,
    /// Certificate authorities.
    pub outbound_ca_file: Option<Place<PathBuf>>,
    /// Set where only the database can say how people sign in: what to set instead.
    pub application: Option<Place<()>>,
}

impl<T> Place<T> {
    /// That under this name, typed there.
    pub(super) fn new(value: T, name: impl Into<String>, source: impl Into<String>) -> Self {
        Self { value, name: name.into(), source: source.into() }
    }

    /// What is wrong with it.
    pub fn wrong(&self, problem: impl Display) -> ConfigError {
        ConfigError { name: self.name.clone(), source: self.source.clone(), problem: problem.to_string() }
    }

    fn map<U>(self, into: impl FnOnce(T) -> U) -> Place<U> {
        Place { value: into(self.value), name: self.name, source: self.source }
    }
}

impl Places {
    /// Reads them once more; what is wrong with the words themselves was noted.
    pub(super) fn of(values: &mut Values) -> Self {
        let master_key = match (values.place(&o::MASTER_KEY), values.place(&o::MASTER_KEY_FILE)) {
            (Some(key), None) => Some(key.map(MasterKey::Given)),
            (None, Some(file)) => Some(file.map(MasterKey::File)),
            _ => None,
        };
        Self {
            bind: values.place(&o::BIND),
            database: values.place(&o::DATABASE).map(|place| place.map(|Backend::Sqlite(path)| path)),
            master_key,
            backup_folder: values.place(&o::BACKUP_FOLDER),
            log_file: values.place(&o::LOG_FILE),
            outbound_ca_file: values.place(&o::OUTBOUND_CA_FILE),
            application: values.application.take(),
        }
    }
}
