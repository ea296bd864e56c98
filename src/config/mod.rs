//! What the administrator decided, read once at start into small typed structs, one per concern.
//!
//! [`options`] is the list that everything comes from: flags, environment names, `docs/CONFIG.md`, `config check` and the
//! settings page. [`load`] puts the sources on top of each other; here their words become values. Every error is reported
//! at once, and no secret is printed. Nothing here opens a database or a socket.

pub mod build;
pub mod check;
pub mod clients;
pub mod database;
pub mod dotenv;
pub mod flags;
pub mod github;
pub mod issuers;
pub mod load;
pub mod nearest;
pub mod options;
pub mod parse;
pub mod places;
pub mod predecessors;
pub mod reference;
pub mod registration;
pub mod report;
pub mod resources;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use zeroize::Zeroizing;

use crate::base::{
    algorithm::SigningAlgorithm,
    egress::Exception,
    id::ClientId,
    issuer::Issuer,
    policy::Policy,
    redirect::RedirectUri,
    register::{Call, Resource},
    registration::RegistrationPolicy,
    scope::ScopeSet,
    secret::Plain,
    trusted::TrustedIssuer,
    user::{Role, Who},
};

pub use self::{
    database::Backend,
    github::{GitHub, Site},
    load::{ConfigError, Overrides, Sources},
    places::{Place, Places},
    report::Report,
};

/// Everything that is decided before the server starts.
pub struct Config {
    /// The public URL, and so the issuer.
    pub issuer: Issuer,
    /// Where the server listens.
    pub bind: SocketAddr,
    /// How many threads answer requests; `None`: one for each core.
    pub workers: Option<usize>,
    /// Where the data is.
    pub database: Backend,
    /// Where the key comes from that encrypts secrets at rest.
    pub master_key: MasterKey,
    /// Where backups go.
    pub backup_folder: Option<PathBuf>,
    /// How people say who they are.
    pub sign_in: SignIn,
    /// Where GitHub is, also while no application is set.
    pub github: Site,
    /// Whom the configuration lets in; the dashboard adds to it. Empty in local mode, where any name gets in.
    pub access: Vec<(Who, Role)>,
    /// Whom it would let in: the same, in local mode too.
    pub listed: Vec<(Who, Role)>,
    /// What is offered, and for how long.
    pub policy: Policy,
    /// Who may come into the book, until the dashboard says otherwise.
    pub registration: RegistrationPolicy,
    /// What a scope means, in a sentence for the consent page.
    pub scope_sentences: BTreeMap<String, String>,
    /// What signs access tokens from the next new key on.
    pub algorithm: SigningAlgorithm,
    /// Whether proofs of possession must hold a nonce of ours (RFC 9449 section 8).
    pub dpop_nonces: bool,
    /// Which addresses are believed or spared.
    pub network: Network,
    /// How the gate speaks with its proxy.
    pub gate: Gate,
    /// What is written about the work.
    pub log: Log,
    /// The bearer token that opens `/metrics` from elsewhere; without one it answers on loopback only.
    pub metrics_token: Option<Plain>,
    /// Where an administrator is told what waits for them.
    pub webhook: Option<Webhook>,
    /// Pages about this server that metadata names.
    pub links: Links,
    /// The clients that are in the book from the start.
    pub clients: Vec<ClientEntry>,
    /// The protected servers that the file lists.
    pub resources: Vec<Resource>,
    /// Which of them may call which other one.
    pub calls: Vec<Call>,
    /// The identity providers whose word about people counts.
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Those whose software statements about clients count.
    pub statement_issuers: Vec<TrustedIssuer>,
    /// Where all of it came from, to be shown.
    pub report: Report,
}

/// Where an administrator is told what waits for them.
pub struct Webhook {
    /// Its address, which may open it by itself.
    pub url: Plain,
    /// What signs the messages.
    pub key: Option<Zeroizing<Vec<u8>>>,
}

/// How people say who they are.
pub enum SignIn {
    /// At GitHub or a GitHub Enterprise server.
    GitHub(GitHub),
    /// Local mode: any name, on this computer only.
    Local,
    /// Not at all, unless the database keeps an application that the set-up made.
    Unset,
}

impl SignIn {
    /// Whether this is local mode.
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }
}

/// Where the master key comes from.
pub enum MasterKey {
    /// From the configuration: 32 bytes.
    Given(Zeroizing<[u8; 32]>),
    /// From a file, which the first start makes.
    File(PathBuf),
}

/// Which addresses are believed or spared.
#[derive(Clone, Debug)]
pub struct Network {
    /// Proxies whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether requests are counted per address at all.
    pub rate_limit: bool,
    /// Addresses that many people share; they get a wider bucket.
    pub shared_egress: Vec<IpNet>,
    /// Hosts that documents and keys may be fetched from though they are not at public addresses.
    pub outbound_exceptions: Vec<Exception>,
    /// Certificate authorities to trust then, besides the system's.
    pub outbound_ca_file: Option<PathBuf>,
}

/// How the gate speaks with its proxy.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The headers in which the proxy names the request it asks about.
    pub headers: ProxyHeaders,
    /// Whether `X-Auth-Token` carries the bearer token itself, as the predecessor's did, and not only its id.
    pub sends_bearer: bool,
}

/// Which headers a trusted proxy names the original request in. Only this set is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyHeaders {
    /// `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`: Traefik, Caddy.
    Forwarded,
    /// `X-Original-URL` and `X-Original-Method`: nginx.
    Original,
}

/// What is written about the work.
#[derive(Clone, Debug)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// The least important kind of line that is written.
    pub level: log::LevelFilter,
    /// A file instead of standard error.
    pub file: Option<PathBuf>,
}

/// For whom log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Pages about this server that metadata names (RFC 8414 section 2).
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// `service_documentation`
    pub documentation: Option<String>,
    /// `op_policy_uri`
    pub policy: Option<String>,
    /// `op_tos_uri`
    pub terms: Option<String>,
}

/// A public client of the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientEntry {
    /// Its `client_id`.
    pub id: ClientId,
    /// Its name for people.
    pub name: Option<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// The most it may ask for; empty: all on offer.
    pub scope: ScopeSet,
}

/// What a good configuration gives.
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// What was understood, ignored, and is dangerous.
    pub report: Report,
    /// What it names on this machine.
    pub places: Places,
}

/// What a bad configuration gives: every error, and what could be understood all the same.
pub struct Refused {
    /// What to change; never empty.
    pub errors: Vec<ConfigError>,
    /// What was understood, ignored, and is dangerous.
    pub report: Report,
    /// What it names on this machine, as far as it was understood.
    pub places: Places,
}

impl Config {
    /// Reads the environment and the files that are there. This is how a program starts.
    pub fn read(overrides: &Overrides) -> Result<Loaded, Box<Refused>> {
        match Sources::read(overrides) {
            Ok(sources) => Self::load(overrides, &sources),
            Err(errors) => Err(Box::new(Refused { errors, report: Report::default(), places: Places::default() })),
        }
    }

    /// Reads the sources; the later ones win: defaults, file, environment, flags.
    pub fn load(overrides: &Overrides, sources: &Sources) -> Result<Loaded, Box<Refused>> {
        let mut values = load::Values::layered(overrides, sources);
        let built = build::config(&mut values);
        let places = Places::of(&mut values);
        let (errors, report) = values.finish();
        match built {
            Ok(config) if errors.is_empty() => {
                Ok(Loaded { config: Config { report: report.clone(), ..config }, report, places })
            }
            _ => Err(Box::new(Refused { errors, report, places })),
        }
    }
}

#[cfg(test)]
mod tests;
