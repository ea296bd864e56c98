//! From the configuration to a desk: the master key, the database, the keys and what the configuration lists. The same for a
//! server and for a command beside it.

use std::{path::Path, sync::Arc};

use tokio::sync::Semaphore;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event},
        grant::{Grant, GrantEnd},
        secret::Plain,
        time::Span,
        token::TokenKind,
        user::Provider,
    },
    config::{Backend, Config, SignIn},
    crypto::{
        digest,
        master::MasterKey,
        password::{self, Secrets},
        random,
    },
    flows::{
        Desk,
        attempts::Attempts,
        authenticate::Callers,
        calls,
        client_keys::Shelf,
        desk::{Refusals, Tallies, Uses},
        documents::Fetches,
        github_app,
        keys::{self, Cabinet},
        master_key::{self, KeyError},
        notices::Notices,
        proofs::Proofs,
        runs::Runs,
        static_clients, static_resources,
        traffic::Traffic,
        verify::Gate,
    },
    observe::metrics::Metrics,
    outbound::{
        guard::{self, Guard, Names, Settings},
        http::{self, Http},
    },
    store::{
        Store, StoreError, StoreResult, Tx, audit, claims,
        grants::{self, Of},
        servers,
        standing::Fixed,
        vouched,
    },
};

/// What the signing keys are sealed for.
pub(super) const SIGNING_KEYS: &str = "signing keys";
/// How long the claim link is good.
const CLAIM: Span = Span::hours(1);

/// Why there is no desk. Each says which file it is about and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no database, and a command does not make one.
    #[error("there is no database at {0}: start the server once, or name another with --database or DATABASE_URL")]
    NoDatabase(std::path::PathBuf),
    /// People from elsewhere could come, and nobody says who they are.
    #[error(
        "without a GitHub application Doorbook starts only for this computer: set GITHUB_CLIENT_ID and \
         GITHUB_CLIENT_SECRET, or keep DOORBOOK_PUBLIC_URL and DOORBOOK_BIND on loopback, as in http://127.0.0.1:8000 and \
         127.0.0.1:8000"
    )]
    NoGitHub,
    /// Something of this machine.
    #[error("{0}")]
    Machine(String),
}

/// Whether a database may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    /// A server makes what is not there.
    Server,
    /// A command works on what is there.
    Command,
}

/// The file of the database.
pub fn database(config: &Config) -> &Path {
    let Backend::Sqlite(path) = &config.database;
    path
}

/// Opens everything that flows work with.
pub async fn open(mut config: Config, call: &Call, opening: Opening) -> Result<Arc<Desk>, StartError> {
    let path = database(&config).to_owned();
    let exists = Store::exists(&path);
    if !exists && opening == Opening::Command {
        return Err(StartError::NoDatabase(path));
    }
    if !exists && matches!(config.sign_in, SignIn::Unset) {
        return Err(StartError::NoGitHub);
    }
    let master = master_key::find(&config.master_key, &path, exists)?;
    let store = Store::open(&path, call.now, |reader| {
        github_app::take_up(reader, &master, &mut config)?;
        Ok(Fixed {
            provider: if config.sign_in.is_local() { Provider::Local } else { Provider::GitHub },
            entries: config.access.clone(),
            issuer: config.issuer.clone(),
            registration: config.registration.clone(),
        })
    })?;
    if matches!(config.sign_in, SignIn::Unset) {
        return Err(StartError::NoGitHub);
    }
    prepare(&store, &config, &master, call, opening).await?;
    let sealer = master.sealer(SIGNING_KEYS);
    let ring = store.read(move |reader| keys::ring(reader, &sealer)).await?;
    let http = if config.sign_in.is_local() { None } else { Some(Http::new(http::TOTAL).map_err(machine)?) };
    let proofs = Proofs::new(config.dpop_nonces.then(|| master.clone()));
    Ok(Arc::new(Desk {
        store,
        secrets: Secrets::new(&master),
        hashing: Arc::new(Semaphore::new(password::AT_ONCE)),
        keys: Cabinet::new(ring),
        key_sealer: master.sealer(SIGNING_KEYS),
        master,
        metrics: Metrics::new().map_err(machine)?,
        gate: Gate::default(),
        proofs,
        callers: Callers::default(),
        tallies: Arc::<Tallies>::default(),
        uses: Uses::default(),
        runs: Runs::default(),
        notices: Notices::default(),
        traffic: Traffic::default(),
        http,
        guard: Guard::new(guard_settings(&config)?).map_err(machine)?,
        documents: Fetches::default(),
        client_keys: Shelf::default(),
        refusals: Refusals::default(),
        attempts: Attempts::default(),
        config,
    }))
}

/// What may be fetched from addresses that strangers name.
pub fn guard_settings(config: &Config) -> Result<Settings, StartError> {
    let network = &config.network;
    let roots = network.outbound_ca_file.as_deref().map(authorities).transpose();
    Ok(Settings {
        loopback: config.sign_in.is_local(),
        exceptions: network.outbound_exceptions.clone(),
        roots: roots.map_err(StartError::Machine)?,
        total: guard::TOTAL,
        names: Names::System,
    })
}

/// The certificate authorities of a PEM file, or why they cannot be used.
pub(super) fn authorities(file: &Path) -> Result<Vec<u8>, String> {
    let named = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let pem = std::fs::read(file).map_err(|error| named(&error))?;
    guard::authorities(&pem).map_err(|error| named(&error))?;
    Ok(pem)
}

/// The link that makes the first administrator, while there is none; earlier links end.
pub async fn claim_link(desk: &Desk, call: &Call) -> StoreResult<Option<String>> {
    if desk.store.standing().access().has_administrator() {
        return Ok(None);
    }
    let link = random::token(TokenKind::Claim);
    let (row, ends) = (digest::of(&link), call.now + CLAIM);
    desk.store.record(move |tx| claims::replace(tx, &row, ends)).await?;
    Ok(Some(address(desk, &link)))
}

fn address(desk: &Desk, link: &Plain) -> String {
    desk.config.issuer.url(&format!("/claim?claim={}", link.expose()))
}

/// The key's mark, the first signing keys, and for a server the clients and resources that the configuration lists.
async fn prepare(
    store: &Store,
    config: &Config,
    master: &MasterKey,
    call: &Call,
    opening: Opening,
) -> Result<(), StartError> {
    let (key, sealer, needed) = (master.clone(), master.sealer(SIGNING_KEYS), keys::needed(config));
    let (resources, sentences) = (config.resources.clone(), config.scope_sentences.clone());
    let may_call = config.calls.clone();
    let trusted: Vec<String> = config.trusted_issuers.iter().map(|known| known.issuer.clone()).collect();
    let (clients, call) = (config.clients.clone(), call.clone());
    store
        .record(move |tx| {
            master_key::belongs(tx, &key)?;
            keys::first(tx, &call, &sealer, &needed)?;
            if opening == Opening::Command {
                return Ok(());
            }
            // A server that was killed did not sign off, and nobody would ever wait for it in vain.
            servers::forget_all(tx)?;
            static_clients::take_up(tx, &call, &clients)?;
            static_resources::take_up(tx, &call, &resources, &sentences)?;
            calls::take_up(tx, &call, &may_call)?;
            end_vouched(tx, &call, &trusted)
        })
        .await?;
    Ok(())
}

/// Ends what rests on the word of identity providers that the configuration does not trust any more.
fn end_vouched(tx: &mut Tx<'_>, call: &Call, trusted: &[String]) -> StoreResult<()> {
    let trusted: Vec<&str> = trusted.iter().map(String::as_str).collect();
    for id in vouched::by_others(tx, &trusted)? {
        let Some(Grant { client, user, .. }) = grants::find(tx, &id)? else { continue };
        let ended = grants::end_all(tx, &Of::Grant(id.clone()), GrantEnd::TrustEnded, call.now)?;
        audit::record(tx, call, &Actor::System, &Event::GrantRevoked { client, user, grant: id, ended })?;
    }
    Ok(())
}

fn machine(error: impl std::fmt::Display) -> StartError {
    StartError::Machine(error.to_string())
}
