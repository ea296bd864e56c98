//! A desk on a file of its own, for tests.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        time::Time,
        user::{Provider, Role, Who},
    },
    config::{Config, Overrides, Sources},
    crypto::{master::MasterKey, password::Secrets},
    flows::{
        Desk,
        desk::Refusals,
        keys::{self, Cabinet},
        verify::Gate,
    },
    observe::metrics::Metrics,
    store::{Store, standing::Fixed},
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
        let config = loaded.unwrap_or_else(|refused| panic!("{:?}", refused.errors)).config;
        let provider = if config.sign_in.is_local() { Provider::Local } else { Provider::GitHub };
        let ada = (Who::Local("ada".into()), Role::Administrator);
        let fixed = Fixed { provider, entries: vec![ada], issuer: config.issuer.clone() };
        let store = Store::open(&folder.path().join("doorbook.db"), fixed, NOW).unwrap();
        let master = MasterKey::generate();
        let algorithm = config.algorithm;
        let sealer = master.sealer("signing keys");
        store.record(move |tx| keys::first(tx, &call(), &sealer, algorithm)).await.unwrap();
        let key_sealer = master.sealer("signing keys");
        let sealer = master.sealer("signing keys");
        let ring = store.read(move |reader| keys::ring(reader, &sealer)).await.unwrap();
        let desk = Desk {
            config,
            store,
            secrets: Secrets::new(&master),
            keys: Cabinet::new(ring),
            key_sealer,
            master,
            metrics: Metrics::new().unwrap(),
            gate: Gate::default(),
            http: None,
            refusals: Refusals::default(),
        };
        Self { desk: Arc::new(desk), _folder: folder }
    }
}

/// A call of that moment.
pub(crate) fn call() -> Call {
    Call::inside(NOW, "test")
}
