//! A desk on a file of its own, for tests.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        time::Time,
        user::{Role, Who},
    },
    config::{self, Backend, Config, Overrides, Sources},
    flows::{
        Desk,
        first_run::{self, Opening},
    },
};

/// When every test begins.
pub(crate) const NOW: Time = Time::from_unix(1_800_000_000);

/// A desk, and the folder that goes with it.
pub(crate) struct Scratch {
    pub(crate) desk: Arc<Desk>,
    _folder: tempfile::TempDir,
}

impl Scratch {
    /// A desk whose configuration comes from these names in the environment; Ada is an administrator.
    pub(crate) async fn new(env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let loaded = Config::load(&Overrides::default(), &Sources { env, ..Sources::default() });
        let mut config = loaded.unwrap_or_else(|refused| panic!("{:?}", refused.errors)).config;
        config.access = vec![(Who::Local("ada".into()), Role::Administrator)];
        config.database = Backend::Sqlite(folder.path().join("doorbook.db"));
        config.master_key = config::MasterKey::File(folder.path().join("doorbook.key"));
        let desk = first_run::open(config, &call(), Opening::Server).await.unwrap();
        Self { desk, _folder: folder }
    }
}

/// A call of that moment.
pub(crate) fn call() -> Call {
    Call::inside(NOW, "test")
}
