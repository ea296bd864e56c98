//! THE list: one definition for each option. Flags, environment names, keys of the file, `docs/CONFIG.md`, `config check`
//! and the settings page come from it; the test below goes through it option by option.
//!
//! An environment name or a default that stands here is a promise to scripts and other programs: it is added to, not changed.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use zeroize::Zeroizing;

use super::{
    LogFormat, ProxyHeaders,
    database::Backend,
    parse::{self, Parsed, StaticClient},
};
use crate::base::{
    algorithm::SigningAlgorithm,
    egress::Exception,
    issuer::Issuer,
    registration::{LookAlikes, RegistrationMode, Trust},
    scope::ScopeSet,
    secret::Plain,
    time::Span,
    user::Who,
};

/// What is the same for options of every type.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Under which heading it stands in the documentation.
    pub section: Section,
    /// Its key in the file, and its name everywhere here.
    pub key: &'static str,
    /// Its name in the environment.
    pub env: &'static str,
    /// Other names in the environment, mostly of predecessors; the first one set wins, after `env`.
    pub aliases: &'static [&'static str],
    /// Its flag without the dashes; secrets have none, because other users of a machine see command lines.
    pub flag: Option<&'static str>,
    /// What stands for its value in help texts.
    pub value: &'static str,
    /// The value when nobody sets it; empty: it is then not set.
    pub default: &'static str,
    /// The default in words, where it is not one text.
    pub default_words: &'static str,
    /// What it is for, with units.
    pub doc: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
}

/// An option whose value is a `T`.
#[derive(Clone, Copy)]
pub struct Opt<T> {
    /// What is the same for all types.
    pub facts: Facts,
    /// From its words to its value.
    pub parse: fn(&str) -> Parsed<T>,
}

/// The headings of the documentation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Section {
    /// Addresses and files.
    Server,
    /// Who gets in.
    People,
    /// Which clients may register.
    Clients,
    /// Scopes and tokens.
    Tokens,
    /// How long things live.
    Lifetimes,
    /// Proxies, the gate, limits.
    Network,
    /// Logs, metrics and pages.
    Operation,
}

impl Section {
    /// In the order of the documentation.
    pub const ALL: [Self; 7] =
        [Self::Server, Self::People, Self::Clients, Self::Tokens, Self::Lifetimes, Self::Network, Self::Operation];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Server => "Addresses and files",
            Self::People => "Sign-in and people",
            Self::Clients => "Registration of clients",
            Self::Tokens => "Scopes and signatures",
            Self::Lifetimes => "Lifetimes",
            Self::Network => "Proxies, the gate and limits",
            Self::Operation => "Logs, metrics and links",
        }
    }
}

/// What most options have in common.
const COMMON: Facts = Facts {
    section: Section::Server,
    key: "",
    env: "",
    aliases: &[],
    flag: None,
    value: "TEXT",
    default: "",
    default_words: "",
    doc: "",
    secret: false,
};

/// The public URL.
pub const PUBLIC_URL: Opt<Issuer> = Opt {
    facts: Facts {
        key: "public_url",
        env: "DOORBOOK_PUBLIC_URL",
        aliases: &["BASE_DOMAIN"],
        flag: Some("public-url"),
        value: "URL",
        default_words: "`http://127.0.0.1:8000`, with the address and port of `bind` while that is on loopback",
        doc: "The URL under which people and clients reach this server, without a slash at the end; it is the issuer, byte for byte, \
              and is never taken from a request. `https`, or `http` on loopback; may have a path. `BASE_DOMAIN=d` means `https://auth.d`.",
        ..COMMON
    },
    parse: parse::issuer,
};

/// The address to listen on.
pub const BIND: Opt<SocketAddr> = Opt {
    facts: Facts {
        key: "bind",
        env: "DOORBOOK_BIND",
        flag: Some("bind"),
        value: "ADDRESS:PORT",
        default: "127.0.0.1:8000",
        doc: "The address and port to listen on. Behind a proxy in another container: `0.0.0.0:8000`.",
        ..COMMON
    },
    parse: parse::address,
};

/// The number of threads.
pub const WORKERS: Opt<Option<usize>> = Opt {
    facts: Facts {
        key: "workers",
        env: "DOORBOOK_WORKERS",
        flag: Some("workers"),
        value: "NUMBER",
        default: "auto",
        doc: "How many threads answer requests; `auto` is one for each core.",
        ..COMMON
    },
    parse: parse::workers,
};

/// The database.
pub const DATABASE: Opt<Backend> = Opt {
    facts: Facts {
        key: "database",
        env: "DATABASE_URL",
        flag: Some("database"),
        value: "PATH",
        default: "doorbook.db",
        doc: "The database: a path or a `sqlite:` URL. The file is made on first start, with mode 0600. `postgres:` URLs are refused for now.",
        ..COMMON
    },
    parse: Backend::parse,
};

/// The master key itself.
pub const MASTER_KEY: Opt<Zeroizing<[u8; 32]>> = Opt {
    facts: Facts {
        key: "master_key",
        env: "DOORBOOK_MASTER_KEY",
        value: "KEY",
        default_words: "in a file",
        doc: "The key that encrypts signing keys and other secrets in the database: 32 bytes in base64 or hexadecimal. \
              Without it the key is in `master_key_file`.",
        secret: true,
        ..COMMON
    },
    parse: parse::master_key,
};

/// The file with the master key.
pub const MASTER_KEY_FILE: Opt<PathBuf> = Opt {
    facts: Facts {
        key: "master_key_file",
        env: "DOORBOOK_MASTER_KEY_FILE",
        flag: Some("master-key-file"),
        value: "PATH",
        default_words: "beside the database: `doorbook.key`",
        doc: "The file with the master key; made on first start, with mode 0600. A new key is never made beside an old database.",
        ..COMMON
    },
    parse: parse::path,
};

/// Where backups go.
pub const BACKUP_FOLDER: Opt<PathBuf> = Opt {
    facts: Facts {
        key: "backup_folder",
        env: "DOORBOOK_BACKUP_FOLDER",
        flag: Some("backup-folder"),
        value: "PATH",
        default_words: "none: backups are taken with `doorbook backup FILE` only",
        doc: "The folder into which the dashboard, the API and `doorbook backup` take backups; made with mode 0700 when it is not there. \
              An archive holds the master key: nobody else may read this folder. Best on another disk.",
        ..COMMON
    },
    parse: parse::folder,
};

/// The GitHub application.
pub const GITHUB_CLIENT_ID: Opt<String> = Opt {
    facts: Facts {
        section: Section::People,
        key: "github_client_id",
        env: "GITHUB_CLIENT_ID",
        flag: Some("github-client-id"),
        value: "ID",
        doc: "The client id of the GitHub application through which people sign in; its callback URL is the public URL followed by `/callback`. \
              Without an application there is only local mode: any name signs in, and both the public URL and the bind address must be loopback.",
        ..COMMON
    },
    parse: parse::text,
};

/// The secret of the GitHub application.
pub const GITHUB_CLIENT_SECRET: Opt<Plain> = Opt {
    facts: Facts {
        section: Section::People,
        key: "github_client_secret",
        env: "GITHUB_CLIENT_SECRET",
        value: "SECRET",
        doc: "The client secret of that application.",
        secret: true,
        ..COMMON
    },
    parse: parse::secret,
};

/// GitHub's web base.
pub const GITHUB_URL: Opt<String> = Opt {
    facts: Facts {
        section: Section::People,
        key: "github_url",
        env: "GITHUB_URL",
        flag: Some("github-url"),
        value: "URL",
        default: "https://github.com",
        doc: "Where people sign in; for GitHub Enterprise the URL of that server. May have a path.",
        ..COMMON
    },
    parse: parse::base_url,
};

/// GitHub's REST base.
pub const GITHUB_API_URL: Opt<String> = Opt {
    facts: Facts {
        section: Section::People,
        key: "github_api_url",
        env: "GITHUB_API_URL",
        flag: Some("github-api-url"),
        value: "URL",
        default_words: "`https://api.github.com`; for another `github_url` its path `/api/v3`",
        doc: "The base of the REST interface of that server. May have a path.",
        ..COMMON
    },
    parse: parse::base_url,
};

/// Who may get tokens.
pub const ALLOWED_USERS: Opt<Vec<Who>> = Opt {
    facts: Facts {
        section: Section::People,
        key: "allowed_users",
        env: "ALLOWED_GITHUB_USERS",
        aliases: &["OAUTH_ALLOWED_GITHUB_USERS"],
        flag: Some("allowed-users"),
        value: "LIST",
        default: "none",
        default_words: "nobody",
        doc: "Who may let clients in: GitHub logins (in any case) or `id:NUMBER`, with commas between them; `*` is everybody on GitHub. \
              Empty means nobody. The dashboard adds to this list; it is asked again at every refresh and at the gate.",
        ..COMMON
    },
    parse: parse::people,
};

/// Who may open the dashboard.
pub const ADMIN_USERS: Opt<Vec<Who>> = Opt {
    facts: Facts {
        section: Section::People,
        key: "admin_users",
        env: "ADMIN_GITHUB_USERS",
        flag: Some("admin-users"),
        value: "LIST",
        default: "none",
        default_words: "nobody; the server then prints a claim link at start",
        doc: "Who may open the dashboard, in the same form but without `*`. They may let clients in too.",
        ..COMMON
    },
    parse: parse::administrators,
};

/// Who may register clients.
pub const REGISTRATION: Opt<RegistrationMode> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "registration",
        env: "DOORBOOK_REGISTRATION",
        aliases: &["ENABLE_DCR"],
        flag: Some("registration"),
        value: "MODE",
        default: "open",
        doc: "`open`: any client may register itself (RFC 7591). `approval`: any client may, and waits until an administrator approves it \
              in the dashboard or by `doorbook approvals`. `token`: whoever has an initial access token, made by \
              `doorbook tokens create` or in the dashboard. `closed`: the endpoint answers 404 and is not advertised. This option and those \
              below it that the dashboard can change are where it begins: see `doorbook policy`.",
        ..COMMON
    },
    parse: parse::registration,
};

/// How many registrations there may be.
pub const MOST_CLIENTS: Opt<i64> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "most_clients",
        env: "DOORBOOK_MOST_CLIENTS",
        flag: Some("most-clients"),
        value: "NUMBER",
        default: "10000",
        doc: "How many self-registered clients there may be before never-used ones make room for new ones.",
        ..COMMON
    },
    parse: parse::clients,
};

/// The only sites that codes may be sent to.
pub const ALLOWED_REDIRECT_HOSTS: Opt<Vec<String>> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "allowed_redirect_hosts",
        env: "DOORBOOK_ALLOWED_REDIRECT_HOSTS",
        flag: Some("allowed-redirect-hosts"),
        value: "LIST",
        default: "none",
        default_words: "none, which means any",
        doc: "The only sites that clients may have codes sent to, as in `claude.ai,*.vscode.dev`. Programs on people's own computers \
              are not meant by it.",
        ..COMMON
    },
    parse: parse::hosts,
};

/// Sites that codes are never sent to.
pub const DENIED_REDIRECT_HOSTS: Opt<Vec<String>> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "denied_redirect_hosts",
        env: "DOORBOOK_DENIED_REDIRECT_HOSTS",
        flag: Some("denied-redirect-hosts"),
        value: "LIST",
        default: "none",
        default_words: "none",
        doc: "Sites that no client may have codes sent to, whatever else is allowed.",
        ..COMMON
    },
    parse: parse::hosts,
};

/// Which private-use schemes may be registered.
pub const REDIRECT_SCHEMES: Opt<Vec<String>> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "redirect_schemes",
        env: "DOORBOOK_REDIRECT_SCHEMES",
        flag: Some("redirect-schemes"),
        value: "LIST",
        default: "cursor,vscode,vscode-insiders,vscodium,windsurf,windsurf-next,zed,claude,kiro,trae,raycast,warp,goose,lmstudio,cherrystudio,jetbrains",
        doc: "Schemes without a period that redirect URIs may have, besides `https`, `http` on loopback and schemes with a period \
              (RFC 8252 section 7.1). Setting it replaces the list.",
        ..COMMON
    },
    parse: parse::schemes,
};

/// Names that no client may have.
pub const REFUSED_NAMES: Opt<Vec<String>> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "refused_names",
        env: "DOORBOOK_REFUSED_NAMES",
        flag: Some("refused-names"),
        value: "LIST",
        default: "none",
        default_words: "none",
        doc: "Names that no client may give itself, with commas between them. A name that looks the same, or has one of them in it as \
              words, is refused too.",
        ..COMMON
    },
    parse: parse::names,
};

/// What becomes of look-alikes.
pub const LOOK_ALIKES: Opt<LookAlikes> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "look_alikes",
        env: "DOORBOOK_LOOK_ALIKES",
        flag: Some("look-alikes"),
        value: "warn|refuse",
        default: "warn",
        doc: "What becomes of a client with the name of a product that people know, while its answers go elsewhere. `warn`: it comes \
              in, and whoever is asked to let it in is warned. `refuse`: it cannot register.",
        ..COMMON
    },
    parse: parse::look_alikes,
};

/// Which hosts may describe clients by documents.
pub const CLIENT_DOCUMENTS: Opt<Trust> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "client_documents",
        env: "DOORBOOK_CLIENT_DOCUMENTS",
        flag: Some("client-documents"),
        value: "MODE",
        default_words: "as `registration`",
        doc: "Whether clients may come in whose id is the URL of a document that describes them (client id metadata documents). \
              `open`: of any host. `ask`: of any host, but a client waits until an administrator approves it or its host \
              (`doorbook approvals`, `doorbook clients approve-host`). `closed`: only of \
              those in `client_document_hosts`.",
        ..COMMON
    },
    parse: parse::trust,
};

/// Hosts whose documents are always good enough.
pub const CLIENT_DOCUMENT_HOSTS: Opt<Vec<String>> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "client_document_hosts",
        env: "DOORBOOK_CLIENT_DOCUMENT_HOSTS",
        flag: Some("client-document-hosts"),
        value: "LIST",
        default: "none",
        default_words: "none",
        doc: "Hosts whose documents may describe clients whatever `client_documents` says, as in `claude.ai,*.vscode.dev`.",
        ..COMMON
    },
    parse: parse::hosts,
};

/// Whether registrations that are the same become one.
pub const REUSE_REGISTRATIONS: Opt<bool> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "reuse_registrations",
        env: "DOORBOOK_REUSE_REGISTRATIONS",
        flag: Some("reuse-registrations"),
        value: "on|off",
        default: "off",
        doc: "Whether a public client that registers exactly what another one did gets the id of that one, without a registration token. \
              For clients that register anew at every start; their people then share one entry in the book.",
        ..COMMON
    },
    parse: parse::switch,
};

/// Whether codes may be shown instead of sent.
pub const OUT_OF_BAND: Opt<bool> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "out_of_band",
        env: "DOORBOOK_OUT_OF_BAND",
        flag: Some("out-of-band"),
        value: "on|off",
        default: "off",
        doc: "Whether clients may register `urn:ietf:wg:oauth:2.0:oob`; the code is then shown on `/success` for the person to copy.",
        ..COMMON
    },
    parse: parse::switch,
};

/// Clients that need not register.
pub const ALLOWED_CLIENTS: Opt<Vec<StaticClient>> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "allowed_clients",
        env: "ALLOWED_MCP_CLIENTS",
        flag: Some("allowed-clients"),
        value: "LIST",
        default_words: "none",
        doc: "Public clients that are in the book from the start, as `id` or `id|redirect_uri`, also when registration is closed. An id without an \
              address is a program on people's computers: `/`, `/callback` and `/oauth/callback` on loopback, with any port. More can be said \
              of a client in a `[[clients]]` table.",
        ..COMMON
    },
    parse: parse::static_clients,
};

/// Whether requests must be pushed.
pub const REQUIRE_PUSHED: Opt<bool> = Opt {
    facts: Facts {
        section: Section::Clients,
        key: "require_pushed_authorization_requests",
        env: "DOORBOOK_REQUIRE_PUSHED_AUTHORIZATION_REQUESTS",
        flag: Some("require-pushed-authorization-requests"),
        value: "on|off",
        default: "off",
        doc: "Whether every client must push its authorization request to `/par` first (RFC 9126). A client can ask for it for itself \
              when it registers. Most MCP clients do not push.",
        ..COMMON
    },
    parse: parse::switch,
};

/// All scopes on offer.
pub const SCOPES: Opt<ScopeSet> = Opt {
    facts: Facts {
        section: Section::Tokens,
        key: "scopes",
        env: "DOORBOOK_SCOPES",
        flag: Some("scopes"),
        value: "LIST",
        default: "mcp offline_access",
        doc: "The scopes on offer, with spaces or commas between them. Many clients ask for all of them: keep the list short and real. \
              With `openid` among them clients may ask who signed in (OpenID Connect): `profile` stands for name and login, \
              `email` for the address that GitHub verified.",
        ..COMMON
    },
    parse: parse::scopes,
};

/// What a request without a scope means.
pub const DEFAULT_SCOPE: Opt<ScopeSet> = Opt {
    facts: Facts {
        section: Section::Tokens,
        key: "default_scope",
        env: "DOORBOOK_DEFAULT_SCOPE",
        flag: Some("default-scope"),
        value: "LIST",
        default_words: "`mcp`; where `scopes` is set without it, the first of those",
        doc: "What a request without a scope means.",
        ..COMMON
    },
    parse: parse::scopes,
};

/// What signs access tokens.
pub const SIGNING_ALGORITHM: Opt<SigningAlgorithm> = Opt {
    facts: Facts {
        section: Section::Tokens,
        key: "signing_algorithm",
        env: "DOORBOOK_SIGNING_ALGORITHM",
        aliases: &["GATEWAY_JWT_ALGORITHM", "JWT_ALGORITHM", "OAUTH_JWT_ALGORITHM"],
        flag: Some("signing-algorithm"),
        value: "NAME",
        default: "ES256",
        doc: "What signs access tokens: `ES256`, `RS256` or `EdDSA`. `HS256` under a predecessor's name is ignored.",
        ..COMMON
    },
    parse: parse::algorithm,
};

/// Whether proofs must hold a nonce.
pub const DPOP_NONCES: Opt<bool> = Opt {
    facts: Facts {
        section: Section::Tokens,
        key: "dpop_nonces",
        env: "DOORBOOK_DPOP_NONCES",
        flag: Some("dpop-nonces"),
        value: "on|off",
        default: "off",
        doc: "Whether DPoP proofs must hold a nonce of this server (RFC 9449 section 8), so that none can be made beforehand. It costs a \
              client that uses DPoP one more request every five minutes.",
        ..COMMON
    },
    parse: parse::switch,
};

/// Access tokens.
pub const ACCESS_TOKEN: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "access_token_lifetime",
        env: "DOORBOOK_ACCESS_TOKEN_LIFETIME",
        aliases: &["ACCESS_TOKEN_LIFETIME", "OAUTH_ACCESS_TOKEN_LIFETIME"],
        flag: Some("access-token-lifetime"),
        value: "TIME",
        default: "1h",
        doc: "How long an access token works. Servers that verify tokens offline accept a revoked one until then.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::minutes(1), Span::days(30)),
};

/// Refresh tokens.
pub const REFRESH_TOKEN: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "refresh_token_lifetime",
        env: "DOORBOOK_REFRESH_TOKEN_LIFETIME",
        aliases: &["REFRESH_TOKEN_LIFETIME", "OAUTH_REFRESH_TOKEN_LIFETIME"],
        flag: Some("refresh-token-lifetime"),
        value: "TIME",
        default: "30d",
        doc: "How long a refresh token works, counted from the last refresh.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::minutes(5), Span::days(400)),
};

/// The same reply for racers.
pub const REFRESH_GRACE: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "refresh_grace",
        env: "DOORBOOK_REFRESH_GRACE",
        flag: Some("refresh-grace"),
        value: "TIME",
        default: "60s",
        doc: "For how long a repeat of the refresh token that was just spent gets the same reply again, as clients that race with themselves need it.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::ZERO, Span::minutes(10)),
};

/// Authorization codes.
pub const CODE: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "code_lifetime",
        env: "DOORBOOK_CODE_LIFETIME",
        flag: Some("code-lifetime"),
        value: "TIME",
        default: "60s",
        doc: "How long an authorization code waits to be exchanged.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::seconds(5), Span::minutes(10)),
};

/// Parked requests.
pub const REQUEST: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "request_lifetime",
        env: "DOORBOOK_REQUEST_LIFETIME",
        flag: Some("request-lifetime"),
        value: "TIME",
        default: "10m",
        doc: "How long an authorization request waits for sign-in and consent.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::minutes(1), Span::hours(1)),
};

/// Browser sessions.
pub const SESSION: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "session_lifetime",
        env: "DOORBOOK_SESSION_LIFETIME",
        aliases: &["SESSION_TIMEOUT", "OAUTH_SESSION_TIMEOUT"],
        flag: Some("session-lifetime"),
        value: "TIME",
        default: "12h",
        doc: "How long a browser stays signed in.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::minutes(5), Span::days(30)),
};

/// Client secrets.
pub const CLIENT_SECRET: Opt<Option<Span>> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "client_secret_lifetime",
        env: "DOORBOOK_CLIENT_SECRET_LIFETIME",
        aliases: &["CLIENT_LIFETIME", "OAUTH_CLIENT_LIFETIME"],
        flag: Some("client-secret-lifetime"),
        value: "TIME",
        default: "never",
        doc: "When the secret of a self-registered client expires, or `never`. Most clients do not notice an expiry in time; it deletes no registration.",
        ..COMMON
    },
    parse: |text| parse::span_or_never(text, Span::hours(1), Span::days(4_000)),
};

/// Rotated client secrets.
pub const SECRET_OVERLAP: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "secret_overlap",
        env: "DOORBOOK_SECRET_OVERLAP",
        flag: Some("secret-overlap"),
        value: "TIME",
        default: "24h",
        doc: "For how long the old secret of a client goes on working after it was rotated.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::ZERO, Span::days(30)),
};

/// Registrations that nobody used.
pub const UNUSED_CLIENT: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "unused_client_lifetime",
        env: "DOORBOOK_UNUSED_CLIENT_LIFETIME",
        flag: Some("unused-client-lifetime"),
        value: "TIME",
        default: "24h",
        doc: "A self-registered client that nobody ever let in is taken out after this.",
        ..COMMON
    },
    parse: parse::unused_client,
};

/// Registrations that nobody uses any more.
pub const IDLE_CLIENT: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "idle_client_lifetime",
        env: "DOORBOOK_IDLE_CLIENT_LIFETIME",
        flag: Some("idle-client-lifetime"),
        value: "TIME",
        default: "90d",
        doc: "A self-registered client without a live grant is taken out after this time without use.",
        ..COMMON
    },
    parse: parse::idle_client,
};

/// Tombstones.
pub const TOMBSTONE: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "tombstone_lifetime",
        env: "DOORBOOK_TOMBSTONE_LIFETIME",
        flag: Some("tombstone-lifetime"),
        value: "TIME",
        default: "400d",
        doc: "How long is remembered that a registration was there.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::days(1), Span::days(4_000)),
};

/// The audit log.
pub const AUDIT: Opt<Span> = Opt {
    facts: Facts {
        section: Section::Lifetimes,
        key: "audit_lifetime",
        env: "DOORBOOK_AUDIT_LIFETIME",
        flag: Some("audit-lifetime"),
        value: "TIME",
        default: "400d",
        doc: "How long lines of the audit log are kept.",
        ..COMMON
    },
    parse: |text| parse::span(text, Span::days(1), Span::days(4_000)),
};

/// Whose forwarding headers count.
pub const TRUSTED_PROXIES: Opt<Vec<IpNet>> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "trusted_proxies",
        env: "DOORBOOK_TRUSTED_PROXIES",
        flag: Some("trusted-proxies"),
        value: "LIST",
        default: "127.0.0.0/8,::1",
        doc: "The addresses and ranges of the proxies in front, with commas between them, or `none`; setting it replaces the default. Only their forwarding headers count: \
              for the client's address, and at the gate for the request in question; never for the issuer, links or cookies.",
        ..COMMON
    },
    parse: parse::networks,
};

/// Which headers the proxy sends.
pub const PROXY_HEADERS: Opt<ProxyHeaders> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "proxy_headers",
        env: "DOORBOOK_PROXY_HEADERS",
        flag: Some("proxy-headers"),
        value: "NAME",
        default: "traefik",
        doc: "How the proxy tells the gate which request it asks about; only this set of headers is read. `traefik` and `caddy`: \
              `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri`. `nginx`: `X-Original-URL` and `X-Original-Method`.",
        ..COMMON
    },
    parse: parse::proxy_headers,
};

/// What `X-Auth-Token` carries.
pub const GATE_SENDS_BEARER: Opt<bool> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "gate_sends_bearer",
        env: "DOORBOOK_GATE_SENDS_BEARER",
        flag: Some("gate-sends-bearer"),
        value: "on|off",
        default: "off",
        doc: "Whether the gate's `X-Auth-Token` carries the bearer token itself, as the predecessor's did, and not only its id. \
              Every server behind the gate can then act as the person.",
        ..COMMON
    },
    parse: parse::switch,
};

/// Whether requests are counted.
pub const RATE_LIMIT: Opt<bool> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "rate_limit",
        env: "DOORBOOK_RATE_LIMIT",
        flag: Some("rate-limit"),
        value: "on|off",
        default: "on",
        doc: "Whether requests are limited per client address. Limits against guessing stay on.",
        ..COMMON
    },
    parse: parse::switch,
};

/// Addresses that many people share.
pub const SHARED_EGRESS: Opt<Vec<IpNet>> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "shared_egress",
        env: "DOORBOOK_SHARED_EGRESS",
        flag: Some("shared-egress"),
        value: "LIST",
        default: "160.79.104.0/21",
        doc: "Addresses and ranges from which hosted clients reach us for many people at once, or `none`; they get a wider limit. The default is Claude's.",
        ..COMMON
    },
    parse: parse::networks,
};

/// Hosts that may stand at addresses that are not public.
pub const OUTBOUND_EXCEPTIONS: Opt<Vec<Exception>> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "outbound_exceptions",
        env: "DOORBOOK_OUTBOUND_EXCEPTIONS",
        flag: Some("outbound-exceptions"),
        value: "LIST",
        default: "none",
        default_words: "none",
        doc: "Documents and keys of clients are fetched from public addresses only. Hosts named here may stand elsewhere too: `host`, or \
              `host=network` for one place only, as in `apps.internal=10.0.0.0/8`.",
        ..COMMON
    },
    parse: parse::exceptions,
};

/// Certificate authorities to trust when documents and keys of clients are fetched.
pub const OUTBOUND_CA_FILE: Opt<PathBuf> = Opt {
    facts: Facts {
        section: Section::Network,
        key: "outbound_ca_file",
        env: "DOORBOOK_OUTBOUND_CA_FILE",
        flag: Some("outbound-ca-file"),
        value: "FILE",
        doc: "Certificate authorities to trust besides the system's when documents and keys of clients are fetched: a PEM file.",
        ..COMMON
    },
    parse: parse::path,
};

/// For whom the log is.
pub const LOG_FORMAT: Opt<LogFormat> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "log_format",
        env: "DOORBOOK_LOG_FORMAT",
        flag: Some("log-format"),
        value: "text|json",
        default: "text",
        doc: "`text` for people, `json` for programs: one object a line.",
        ..COMMON
    },
    parse: parse::log_format,
};

/// How much is logged.
pub const LOG_LEVEL: Opt<log::LevelFilter> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "log_level",
        env: "DOORBOOK_LOG_LEVEL",
        aliases: &["LOG_LEVEL"],
        flag: Some("log-level"),
        value: "LEVEL",
        default: "info",
        doc: "`error`, `warn`, `info`, `debug`, `trace` or `off`. No level shows a secret.",
        ..COMMON
    },
    parse: parse::log_level,
};

/// Where the log goes.
pub const LOG_FILE: Opt<PathBuf> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "log_file",
        env: "DOORBOOK_LOG_FILE",
        aliases: &["LOG_FILE"],
        flag: Some("log-file"),
        value: "PATH",
        default_words: "standard error",
        doc: "A file that log lines are added to.",
        ..COMMON
    },
    parse: parse::path,
};

/// What opens `/metrics` from elsewhere.
pub const METRICS_TOKEN: Opt<Plain> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "metrics_token",
        env: "DOORBOOK_METRICS_TOKEN",
        value: "SECRET",
        default_words: "none: `/metrics` answers on loopback only",
        doc: "The bearer token that opens `/metrics` from elsewhere; at least 16 characters.",
        secret: true,
        ..COMMON
    },
    parse: parse::long_secret,
};

/// Where an administrator is told what waits for them.
pub const WEBHOOK_URL: Opt<Plain> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "webhook_url",
        env: "DOORBOOK_WEBHOOK_URL",
        value: "URL",
        doc: "Where to send word, as a POST of JSON, when somebody waits until a client is approved: `text` is for people, as chats and \
              ntfy show it, `type` and `data` for programs. It is shown to nobody, because such addresses often open by themselves. \
              Addresses that are not public need `outbound_exceptions`.",
        secret: true,
        ..COMMON
    },
    parse: parse::webhook_url,
};

/// What signs it.
pub const WEBHOOK_SECRET: Opt<Zeroizing<Vec<u8>>> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "webhook_secret",
        env: "DOORBOOK_WEBHOOK_SECRET",
        value: "SECRET",
        doc: "What the words to `webhook_url` are signed with, as Standard Webhooks have it: 24 to 64 bytes in base64 behind `whsec_`.",
        secret: true,
        ..COMMON
    },
    parse: parse::webhook_secret,
};

/// Documentation for developers.
pub const DOCUMENTATION_URL: Opt<String> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "documentation_url",
        env: "DOORBOOK_DOCUMENTATION_URL",
        flag: Some("documentation-url"),
        value: "URL",
        doc: "A page for developers; `service_documentation` in the metadata.",
        ..COMMON
    },
    parse: parse::page,
};

/// What clients may do with data.
pub const POLICY_URL: Opt<String> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "policy_url",
        env: "DOORBOOK_POLICY_URL",
        flag: Some("policy-url"),
        value: "URL",
        doc: "A page about what clients may do with data; `op_policy_uri` in the metadata.",
        ..COMMON
    },
    parse: parse::page,
};

/// The terms of service.
pub const TERMS_URL: Opt<String> = Opt {
    facts: Facts {
        section: Section::Operation,
        key: "terms_url",
        env: "DOORBOOK_TERMS_URL",
        flag: Some("terms-url"),
        value: "URL",
        doc: "The terms of service; `op_tos_uri` in the metadata.",
        ..COMMON
    },
    parse: parse::page,
};

/// Every option there is, in the order of the documentation.
pub const ALL: [&Facts; 58] = [
    &PUBLIC_URL.facts,
    &BIND.facts,
    &WORKERS.facts,
    &DATABASE.facts,
    &MASTER_KEY.facts,
    &MASTER_KEY_FILE.facts,
    &BACKUP_FOLDER.facts,
    &GITHUB_CLIENT_ID.facts,
    &GITHUB_CLIENT_SECRET.facts,
    &GITHUB_URL.facts,
    &GITHUB_API_URL.facts,
    &ALLOWED_USERS.facts,
    &ADMIN_USERS.facts,
    &REGISTRATION.facts,
    &MOST_CLIENTS.facts,
    &ALLOWED_REDIRECT_HOSTS.facts,
    &DENIED_REDIRECT_HOSTS.facts,
    &REDIRECT_SCHEMES.facts,
    &REFUSED_NAMES.facts,
    &LOOK_ALIKES.facts,
    &CLIENT_DOCUMENTS.facts,
    &CLIENT_DOCUMENT_HOSTS.facts,
    &REUSE_REGISTRATIONS.facts,
    &OUT_OF_BAND.facts,
    &ALLOWED_CLIENTS.facts,
    &REQUIRE_PUSHED.facts,
    &SCOPES.facts,
    &DEFAULT_SCOPE.facts,
    &SIGNING_ALGORITHM.facts,
    &DPOP_NONCES.facts,
    &ACCESS_TOKEN.facts,
    &REFRESH_TOKEN.facts,
    &REFRESH_GRACE.facts,
    &CODE.facts,
    &REQUEST.facts,
    &SESSION.facts,
    &CLIENT_SECRET.facts,
    &SECRET_OVERLAP.facts,
    &UNUSED_CLIENT.facts,
    &IDLE_CLIENT.facts,
    &TOMBSTONE.facts,
    &AUDIT.facts,
    &TRUSTED_PROXIES.facts,
    &PROXY_HEADERS.facts,
    &GATE_SENDS_BEARER.facts,
    &RATE_LIMIT.facts,
    &SHARED_EGRESS.facts,
    &OUTBOUND_EXCEPTIONS.facts,
    &OUTBOUND_CA_FILE.facts,
    &LOG_FORMAT.facts,
    &LOG_LEVEL.facts,
    &LOG_FILE.facts,
    &METRICS_TOKEN.facts,
    &WEBHOOK_URL.facts,
    &WEBHOOK_SECRET.facts,
    &DOCUMENTATION_URL.facts,
    &POLICY_URL.facts,
    &TERMS_URL.facts,
];

impl Facts {
    /// The default for people: in words, or as text.
    pub fn default_for_people(&self) -> String {
        match (self.default_words, self.default) {
            ("", "") => "not set".into(),
            ("", text) => format!("`{text}`"),
            (words, _) => words.to_owned(),
        }
    }
}
