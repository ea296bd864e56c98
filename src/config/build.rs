//! From words to the [`Config`]. Every function looks at all of its options before it gives up, so that all errors come
//! at once; what is allowed but dangerous is noted on the way.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{
    Config, Gate, GitHub, Links, Log, MasterKey, Network, Place, Report, SignIn, Site, Webhook, clients,
    database::Backend,
    github, issuers,
    load::{Noted, Values},
    options as o, resources,
};
use crate::base::{
    issuer::Issuer,
    policy::{Lifetimes, Policy},
    redirect::RedirectRules,
    registration::RegistrationPolicy,
    scope::ScopeSet,
    time::Span,
    user::{Role, Who},
};

/// Makes all of it.
pub fn config(v: &mut Values) -> Result<Config, Noted> {
    let bind = v.get(&o::BIND);
    let issuer = issuer(v, bind);
    let workers = v.get(&o::WORKERS);
    let database = v.get(&o::DATABASE);
    let master_key = master_key(v, database.as_ref().map_err(|noted| *noted));
    let backup_folder = v.find(&o::BACKUP_FOLDER);
    let site = site(v);
    let github = github(v, site.as_ref().map_err(|noted| *noted));
    let access = access(v);
    let issuers = issuers::trusted(v);
    let statement_issuers = issuers::of_statements(v);
    let policy = policy(v, issuers.as_ref().is_ok_and(|issuers| !issuers.is_empty()));
    let registration = registration(v);
    let clients = clients::clients(v);
    let scope_sentences = resources::scope_sentences(v);
    let algorithm = v.get(&o::SIGNING_ALGORITHM);
    let dpop_nonces = v.get(&o::DPOP_NONCES);
    let network = network(v);
    let gate = gate(v);
    let log = log(v);
    let metrics_token = v.find(&o::METRICS_TOKEN);
    let webhook = webhook(v);
    let links = links(v);
    let (resources, calls) = (resources::resources(v), resources::calls(v));
    other_dangers(v);

    let (issuer, bind, github) = (issuer?, bind?, github?);
    let sign_in = sign_in(v, &issuer, bind.ip(), github);
    let (mut listed, network) = (access?, network?);
    let mut access = access_in_force(v, &sign_in, listed.clone());
    let (trusted_issuers, people): (Vec<_>, Vec<_>) = issuers?.into_iter().unzip();
    for people in people {
        access.extend(people.clone());
        listed.extend(people);
    }
    look_from_outside(v, &issuer, bind.ip(), &network);
    Ok(Config {
        issuer,
        bind,
        workers: workers?,
        database: database?,
        master_key: master_key?,
        backup_folder: backup_folder?,
        sign_in,
        github: site?,
        access,
        listed,
        policy: policy?,
        registration: registration?,
        scope_sentences: scope_sentences?,
        algorithm: algorithm?,
        dpop_nonces: dpop_nonces?,
        network,
        gate: gate?,
        log: log?,
        metrics_token: metrics_token?,
        webhook: webhook?,
        links: links?,
        clients: clients?,
        resources: resources?,
        calls: calls?,
        trusted_issuers,
        statement_issuers: statement_issuers?,
        report: Report::default(),
    })
}

/// The public URL; when nobody set it, the loopback address that the server listens on.
fn issuer(v: &mut Values, bind: Result<SocketAddr, Noted>) -> Result<Issuer, Noted> {
    if !v.is_set(&o::PUBLIC_URL) {
        let bind = bind?;
        let host = if bind.ip().is_loopback() { bind.ip() } else { IpAddr::V4(Ipv4Addr::LOCALHOST) };
        match bind.port() {
            0 => {
                return Err(
                    v.wrong(&o::PUBLIC_URL, "set it, because with port 0 in DOORBOOK_BIND nobody knows it beforehand")
                );
            }
            80 if host.is_ipv4() => v.derived(&o::PUBLIC_URL, format!("http://{host}")),
            port => v.derived(&o::PUBLIC_URL, format!("http://{}", SocketAddr::new(host, port))),
        }
    }
    v.get(&o::PUBLIC_URL)
}

/// The key itself, or the file it is in: beside the database, unless another is named.
fn master_key(v: &mut Values, database: Result<&Backend, Noted>) -> Result<MasterKey, Noted> {
    let (given, named) = (v.find(&o::MASTER_KEY), v.find(&o::MASTER_KEY_FILE));
    let (given, named, database) = (given?, named?, database?);
    let Backend::Sqlite(path) = database;
    match (given, named) {
        (Some(_), Some(_)) => {
            Err(v.wrong(&o::MASTER_KEY, "DOORBOOK_MASTER_KEY_FILE is set too; keep the one that holds the key"))
        }
        (Some(key), None) => Ok(MasterKey::Given(key)),
        (None, Some(file)) if file == *path => {
            Err(v.wrong(&o::MASTER_KEY_FILE, "this is the file of the database; name another one"))
        }
        (None, Some(file)) => Ok(MasterKey::File(file)),
        (None, None) => {
            let beside = database.default_key_file();
            v.derived(&o::MASTER_KEY_FILE, beside.display().to_string());
            Ok(MasterKey::File(beside))
        }
    }
}

/// GitHub, or the Enterprise server in its place.
fn site(v: &mut Values) -> Result<Site, Noted> {
    let web = v.get(&o::GITHUB_URL);
    if let Ok(web) = &web {
        v.derived(&o::GITHUB_API_URL, github::default_api(web));
    }
    let api = v.get(&o::GITHUB_API_URL);
    Ok(Site { web: web?, api: api? })
}

/// The GitHub application, whole or not at all.
fn github(v: &mut Values, site: Result<&Site, Noted>) -> Result<Option<GitHub>, Noted> {
    let (id, secret) = (v.find(&o::GITHUB_CLIENT_ID), v.find(&o::GITHUB_CLIENT_SECRET));
    match (id?, secret?) {
        (None, None) => Ok(None),
        (Some(client_id), Some(client_secret)) => {
            let site = site?;
            for (option, url) in [(&o::GITHUB_URL, &site.web), (&o::GITHUB_API_URL, &site.api)] {
                if Issuer::parse(url).is_none() {
                    v.danger(option.facts.env, "the client secret travels without TLS; use https");
                }
            }
            if client_secret.expose().len() < 20 {
                v.danger(
                    o::GITHUB_CLIENT_SECRET.facts.env,
                    "this is shorter than the secrets that GitHub makes; is it whole?",
                );
            }
            Ok(Some(GitHub { client_id, client_secret, site: site.clone() }))
        }
        (Some(_), None) => Err(missing(v, "GITHUB_CLIENT_SECRET", "GITHUB_CLIENT_ID")),
        (None, Some(_)) => Err(missing(v, "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET")),
    }
}

fn missing(v: &mut Values, name: &str, other: &str) -> Noted {
    v.error(
        name,
        "not set",
        format!("{other} is set and this is not; set both, as the page of the GitHub application shows them"),
    );
    Noted
}

/// GitHub, or local mode where nobody from elsewhere can reach it; anything else starts only with an application that the
/// database keeps.
fn sign_in(v: &mut Values, issuer: &Issuer, bind: IpAddr, github: Option<GitHub>) -> SignIn {
    match github {
        Some(github) => SignIn::GitHub(github),
        None if issuer.is_loopback() && bind.is_loopback() => {
            v.note("local mode", "no GitHub application is set: any name signs in, from this computer only");
            SignIn::Local
        }
        None => {
            let names = "GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET";
            v.note(
                names,
                "not set: it starts only if the set-up page has made an application, which the database keeps",
            );
            v.application = Some(Place::new((), names, "not set"));
            SignIn::Unset
        }
    }
}

/// Whom the lists name; who stands in both is an administrator.
fn access(v: &mut Values) -> Result<Vec<(Who, Role)>, Noted> {
    let (members, administrators) = (v.get(&o::ALLOWED_USERS), v.get(&o::ADMIN_USERS));
    let administrators = administrators?.into_iter().map(|who| (who, Role::Administrator));
    let members = members?.into_iter().map(|who| (who, Role::Member));
    let mut access: Vec<(Who, Role)> = Vec::new();
    for (who, role) in administrators.chain(members) {
        if !access.iter().any(|(other, _)| *other == who) {
            access.push((who, role));
        }
    }
    Ok(access)
}

fn access_in_force(v: &mut Values, sign_in: &SignIn, access: Vec<(Who, Role)>) -> Vec<(Who, Role)> {
    if sign_in.is_local() {
        for option in [&o::ALLOWED_USERS, &o::ADMIN_USERS] {
            if v.is_set(option) {
                v.ignore(
                    option.facts.env,
                    "in local mode any name signs in; the lists count once GitHub is configured",
                );
            }
        }
        return Vec::new();
    }
    if access.is_empty() {
        v.danger(
            o::ALLOWED_USERS.facts.env,
            "nobody is allowed in yet: name people here, or in the dashboard after the claim link",
        );
    }
    if access.iter().any(|(who, _)| *who == Who::Everybody) {
        v.danger(o::ALLOWED_USERS.facts.env, "* lets everybody in who has a GitHub account; name people instead");
    }
    access
}

fn policy(v: &mut Values, identity_assertions: bool) -> Result<Policy, Noted> {
    let require_pushed = v.get(&o::REQUIRE_PUSHED);
    let scopes = v.get(&o::SCOPES);
    let default_scope = default_scope(v, scopes.as_ref().map_err(|noted| *noted));
    let lifetimes = lifetimes(v);
    Ok(Policy {
        require_pushed: require_pushed?,
        scopes: scopes?,
        default_scope: default_scope?,
        identity_assertions,
        lifetimes: lifetimes?,
    })
}

/// Who may come into the book, until the dashboard says otherwise.
fn registration(v: &mut Values) -> Result<RegistrationPolicy, Noted> {
    let (mode, most_clients) = (v.get(&o::REGISTRATION), v.get(&o::MOST_CLIENTS));
    let (allowed, denied) = (v.get(&o::ALLOWED_REDIRECT_HOSTS), v.get(&o::DENIED_REDIRECT_HOSTS));
    let (schemes, out_of_band) = (v.get(&o::REDIRECT_SCHEMES), v.get(&o::OUT_OF_BAND));
    let (refused_names, look_alikes) = (v.get(&o::REFUSED_NAMES), v.get(&o::LOOK_ALIKES));
    let (documents, document_hosts) = (v.find(&o::CLIENT_DOCUMENTS), v.get(&o::CLIENT_DOCUMENT_HOSTS));
    let reuse = v.get(&o::REUSE_REGISTRATIONS);
    let (unused, idle) = (v.get(&o::UNUSED_CLIENT), v.get(&o::IDLE_CLIENT));
    Ok(RegistrationPolicy {
        mode: mode?,
        most_clients: most_clients?,
        allowed_redirect_hosts: allowed?,
        denied_redirect_hosts: denied?,
        redirects: RedirectRules { schemes: schemes?, out_of_band: out_of_band? },
        refused_names: refused_names?,
        look_alikes: look_alikes?,
        client_documents: documents?,
        client_document_hosts: document_hosts?,
        reuse: reuse?,
        unused: unused?,
        idle: idle?,
    })
}

/// What a request without a scope means: as set, else `mcp`, else the first scope on offer that is one by itself.
fn default_scope(v: &mut Values, scopes: Result<&ScopeSet, Noted>) -> Result<ScopeSet, Noted> {
    if let Ok(scopes) = scopes {
        let first = scopes.iter().find(|s| *s == "mcp").or_else(|| scopes.iter().find(|s| *s != "offline_access"));
        v.derived(&o::DEFAULT_SCOPE, first.or_else(|| scopes.iter().next()).unwrap_or_default());
    }
    let default = v.find(&o::DEFAULT_SCOPE)?;
    let (scopes, default) = (scopes?, default.unwrap_or_default());
    if !default.is_subset_of(scopes) {
        let missing = default.difference(scopes);
        let problem = format!("{missing} is not on offer; add it to DOORBOOK_SCOPES or take it out here");
        return Err(v.wrong(&o::DEFAULT_SCOPE, problem));
    }
    Ok(default)
}

fn lifetimes(v: &mut Values) -> Result<Lifetimes, Noted> {
    let (access_token, refresh_token, refresh_grace) =
        (v.get(&o::ACCESS_TOKEN), v.get(&o::REFRESH_TOKEN), v.get(&o::REFRESH_GRACE));
    let (code, request, session) = (v.get(&o::CODE), v.get(&o::REQUEST), v.get(&o::SESSION));
    let (client_secret, secret_overlap) = (v.get(&o::CLIENT_SECRET), v.get(&o::SECRET_OVERLAP));
    let (tombstone, audit) = (v.get(&o::TOMBSTONE), v.get(&o::AUDIT));
    if access_token.is_ok_and(|span| span > Span::hours(24)) {
        v.danger(o::ACCESS_TOKEN.facts.env, "servers that verify tokens offline accept a revoked one for over a day; an hour is enough, clients refresh");
    }
    if v.environment.get("CLIENT_LIFETIME").is_some_and(|value| value == "0") {
        v.note(
            "CLIENT_LIFETIME",
            "0 is harmless now: secrets do not expire, and registrations that nobody uses are still taken out",
        );
    }
    Ok(Lifetimes {
        access_token: access_token?,
        refresh_token: refresh_token?,
        refresh_grace: refresh_grace?,
        code: code?,
        request: request?,
        pushed: Lifetimes::default().pushed,
        session: session?,
        client_secret: client_secret?,
        secret_overlap: secret_overlap?,
        tombstone: tombstone?,
        audit: audit?,
    })
}

fn network(v: &mut Values) -> Result<Network, Noted> {
    let (proxies, limit, shared) = (v.get(&o::TRUSTED_PROXIES), v.get(&o::RATE_LIMIT), v.get(&o::SHARED_EGRESS));
    if proxies.as_ref().is_ok_and(|nets| nets.iter().any(|net| net.prefix_len() == 0)) {
        v.danger(
            o::TRUSTED_PROXIES.facts.env,
            "every address may claim to be any client and any host; name your proxy's address",
        );
    }
    if limit.is_ok_and(|on| !on) {
        v.danger(o::RATE_LIMIT.facts.env, "nothing slows down an address that floods this server");
    }
    let (exceptions, ca_file) = (v.get(&o::OUTBOUND_EXCEPTIONS), v.find(&o::OUTBOUND_CA_FILE));
    Ok(Network {
        trusted_proxies: proxies?,
        rate_limit: limit?,
        shared_egress: shared?,
        outbound_exceptions: exceptions?,
        outbound_ca_file: ca_file?,
    })
}

/// What follows from listening on a network.
fn look_from_outside(v: &mut Values, issuer: &Issuer, bind: IpAddr, network: &Network) {
    if bind.is_loopback() {
        return;
    }
    if !issuer.is_https() {
        v.danger(
            o::BIND.facts.env,
            "other machines reach this server, and without TLS; set an https DOORBOOK_PUBLIC_URL and a proxy",
        );
    }
    if network.trusted_proxies.iter().all(|net| net.addr().is_loopback()) {
        let note = "only a proxy on this machine is believed; name the address of yours if it runs elsewhere, as in another \
                    container, or all clients look like one and the gate refuses";
        v.note(o::TRUSTED_PROXIES.facts.env, note);
    }
}

fn gate(v: &mut Values) -> Result<Gate, Noted> {
    let (headers, sends_bearer) = (v.get(&o::PROXY_HEADERS), v.get(&o::GATE_SENDS_BEARER));
    if sends_bearer.is_ok_and(|on| on) {
        v.danger(
            o::GATE_SENDS_BEARER.facts.env,
            "every server behind the gate receives tokens that it can use elsewhere",
        );
    }
    Ok(Gate { headers: headers?, sends_bearer: sends_bearer? })
}

fn log(v: &mut Values) -> Result<Log, Noted> {
    let (format, level, file) = (v.get(&o::LOG_FORMAT), v.get(&o::LOG_LEVEL), v.find(&o::LOG_FILE));
    Ok(Log { format: format?, level: level?, file: file? })
}

fn webhook(v: &mut Values) -> Result<Option<Webhook>, Noted> {
    let (url, key) = (v.find(&o::WEBHOOK_URL), v.find(&o::WEBHOOK_SECRET));
    let (url, key) = (url?, key?);
    if url.is_none() && key.is_some() {
        v.danger(o::WEBHOOK_SECRET.facts.env, "it signs nothing, because DOORBOOK_WEBHOOK_URL is not set");
    }
    Ok(url.map(|url| Webhook { url, key }))
}

fn links(v: &mut Values) -> Result<Links, Noted> {
    let (documentation, policy, terms) = (v.find(&o::DOCUMENTATION_URL), v.find(&o::POLICY_URL), v.find(&o::TERMS_URL));
    Ok(Links { documentation: documentation?, policy: policy?, terms: terms? })
}

/// What the environment tells about the system that Doorbook replaces.
fn other_dangers(v: &mut Values) {
    for name in ["GATEWAY_JWT_SECRET", "JWT_SECRET", "OAUTH_JWT_SECRET"] {
        if v.environment.get(name).is_some_and(|secret| secret.len() < 32) {
            v.danger(name, "it has under 32 characters: whoever guessed it could make tokens for the old service; end that service");
        }
    }
}
