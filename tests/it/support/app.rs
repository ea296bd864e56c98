//! A whole Doorbook: its own folder, file, clock and port. GitHub is a fake, everything else is what runs in earnest.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use actix_web::{HttpServer, dev::ServerHandle};
use doorbook::{
    base::{
        call::Call,
        event::Actor,
        register::Resource,
        resource::ResourceUri,
        scope::ScopeSet,
        time::{Span, Time},
    },
    clock::Clock,
    config::{Config, Overrides, Sources},
    flows::{
        Desk, clients,
        first_run::{self, Opening},
    },
    oauth::why::Why,
    outbound::http::Http,
    store::{Store, audit, resources},
    web::{app, state::App},
};
use reqwest::{Method, RequestBuilder, header, redirect};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{
    answer::Answer,
    client::{TestClient, public_client},
    github::{self, GitHub},
    person::Person,
};

/// When every story begins.
pub(crate) const NOW: Time = Time::from_unix(1_800_000_000);
/// Under which name people know the server.
pub(crate) const ISSUER: &str = "https://auth.example";
/// How long GitHub may take here.
const GITHUB_TIME: Duration = Duration::from_secs(1);

/// A running server.
pub(crate) struct TestApp {
    pub(crate) desk: Arc<Desk>,
    pub(crate) clock: Clock,
    /// Where it really listens: `http://127.0.0.1:PORT`.
    pub(crate) at: String,
    pub(crate) http: reqwest::Client,
    github: GitHub,
    folder: tempfile::TempDir,
    server: ServerHandle,
    follower: JoinHandle<()>,
}

impl TestApp {
    /// With GitHub, at [`ISSUER`]: Ada (1) may come in, Grace (2) keeps the book, nobody else is known.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// In local mode, at its own address.
    pub(crate) async fn local() -> Self {
        Self::begin(&[], None, true).await
    }

    /// With these in the environment too.
    pub(crate) async fn with(env: &[(&str, &str)]) -> Self {
        Self::begin(env, None, false).await
    }

    /// With a configuration file, too.
    pub(crate) async fn with_file(env: &[(&str, &str)], toml: &str) -> Self {
        Self::begin(env, Some(toml), false).await
    }

    async fn begin(env: &[(&str, &str)], toml: Option<&str>, local: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let github = GitHub::start(1, "ada");
        let config = configured(env, toml, folder.path(), (!local).then_some(&github), &at);
        let clock = Clock::manual(NOW);
        let desk = Arc::new(furnished(config).await);
        let app = App::new(desk.clone(), clock.clone());
        let server = HttpServer::new(move || {
            let app = app.clone();
            actix_web::App::new().configure(move |config| app::mount(&app, config))
        })
        .workers(2)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let follower = follow(desk.store.clone());
        Self { desk, clock, at, http: http_client(), github, folder, server: handle, follower }
    }

    pub(crate) fn issuer(&self) -> &str {
        self.desk.config.issuer.as_str()
    }

    pub(crate) fn github(&self) -> &GitHub {
        &self.github
    }

    /// The folder with the database in it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// A call as flows get it.
    pub(crate) fn call(&self) -> Call {
        Call::inside(self.clock.now(), "test")
    }

    // People

    /// On the access list.
    pub(crate) fn ada(&self) -> Person<'_> {
        Person::new(self, 1, "ada")
    }

    /// Administrator.
    pub(crate) fn grace(&self) -> Person<'_> {
        Person::new(self, 2, "grace")
    }

    /// On no list.
    pub(crate) fn mallory(&self) -> Person<'_> {
        Person::new(self, 666, "mallory")
    }

    // Requests

    /// A request to a path, or to an address under the issuer, under the server's own name.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let issuer = &self.desk.config.issuer;
        let origin = issuer.as_str().strip_suffix(issuer.path()).unwrap_or(issuer.as_str());
        let path = path.strip_prefix(origin).unwrap_or(path);
        assert!(path.starts_with('/'), "{path} is not ours");
        self.http.request(method, format!("{}{path}", self.at)).header(header::HOST, issuer.authority())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    // What stories do

    /// A client signs the book.
    pub(crate) async fn registers(&self, body: Value) -> TestClient<'_> {
        TestClient::registered(self, self.post_json("/register", &body).await.is(201).json())
    }

    /// An administrator writes a client into the book by hand.
    pub(crate) async fn writes(&self, body: Value) -> TestClient<'_> {
        let body = body.to_string();
        let made = clients::create_from(&self.desk, &self.call(), &Actor::CommandLine, body.as_bytes()).await;
        TestClient::registered(self, made.unwrap().reply(&self.desk))
    }

    /// The usual public client.
    pub(crate) async fn client(&self) -> TestClient<'_> {
        self.registers(public_client()).await
    }

    /// A protected server goes into the register.
    pub(crate) async fn protects(&self, uri: &str) -> Resource {
        self.protects_with(uri, |_| ()).await
    }

    pub(crate) async fn protects_with(&self, uri: &str, change: impl FnOnce(&mut Resource)) -> Resource {
        let mut resource = Resource {
            uri: ResourceUri::parse(uri).unwrap(),
            name: "Tools".into(),
            scopes: Vec::new(),
            required_scopes: ScopeSet::empty(),
            people: Vec::new(),
            allow_preflight: false,
        };
        change(&mut resource);
        let (row, now) = (resource.clone(), self.clock.now());
        self.desk.store.record(move |tx| resources::put(tx, &row, false, now)).await.unwrap();
        resource
    }

    /// The gate's answer to a token, for no server in particular.
    pub(crate) async fn gate(&self, token: &str) -> Answer {
        self.send(self.request(Method::GET, "/verify").bearer_auth(token)).await
    }

    /// The gate's answer for a request to `url`, as Traefik asks.
    pub(crate) async fn gate_at(&self, url: &str, token: Option<&str>) -> Answer {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut request = self
            .request(Method::GET, "/verify")
            .header("x-forwarded-method", "POST")
            .header("x-forwarded-proto", scheme)
            .header("x-forwarded-host", host)
            .header("x-forwarded-uri", if path.is_empty() { "/" } else { path });
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.send(request).await
    }

    /// What the audit log says, oldest first: events, and refusals by their reason.
    pub(crate) async fn audit(&self) -> Audit {
        self.desk.write_refusals().await.unwrap();
        let read = self.desk.store.read(|reader| audit::page(reader, &audit::Filter::default(), None, 500));
        let mut lines = read.await.unwrap().rows;
        lines.reverse();
        let name = |line: &audit::Line| match line.reason.as_deref().and_then(Why::parse) {
            Some(why) => why.slug().to_owned(),
            None => line.event.clone(),
        };
        Audit { names: lines.iter().map(name).collect(), lines }
    }

    /// Time goes by.
    pub(crate) fn later(&self, span: Span) {
        self.clock.forward(span);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.follower.abort();
        drop(self.server.stop(false));
    }
}

/// The audit log.
pub(crate) struct Audit {
    pub(crate) names: Vec<String>,
    pub(crate) lines: Vec<audit::Line>,
}

impl Audit {
    #[track_caller]
    pub(crate) fn ends_with<const N: usize>(&self, names: [&str; N]) {
        assert!(self.names.ends_with(&names.map(str::to_owned)), "{:?} does not end with {names:?}", self.names);
    }

    #[track_caller]
    pub(crate) fn has(&self, name: &str) {
        assert!(self.names.iter().any(|known| known == name), "{name} is not in {:?}", self.names);
    }
}

/// `github`: where people sign in; without one it is local mode.
fn configured(env: &[(&str, &str)], toml: Option<&str>, folder: &Path, github: Option<&GitHub>, at: &str) -> Config {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| drop(all.insert(name.to_owned(), value.to_owned()));
    set("DOORBOOK_BIND", at.trim_start_matches("http://"));
    set("DOORBOOK_RATE_LIMIT", "off");
    set("DATABASE_URL", &folder.join("doorbook.db").display().to_string());
    if let Some(github) = github {
        set("DOORBOOK_PUBLIC_URL", ISSUER);
        set("GITHUB_CLIENT_ID", github::CLIENT_ID);
        set("GITHUB_CLIENT_SECRET", github::CLIENT_SECRET);
        set("GITHUB_URL", &github.url);
        set("GITHUB_API_URL", &format!("{}/api", github.url));
        set("ALLOWED_GITHUB_USERS", "ada");
        set("ADMIN_GITHUB_USERS", "grace");
    }
    for (name, value) in env {
        set(name, value);
    }
    let sources = Sources { env: all, toml: toml.map(str::to_owned), ..Sources::default() };
    Config::load(&Overrides::default(), &sources).unwrap_or_else(|refused| panic!("{:?}", refused.errors)).config
}

/// Opened as a server opens it, but with less patience for GitHub.
async fn furnished(config: Config) -> Desk {
    let opened = first_run::open(config, &Call::inside(NOW, "start"), Opening::Server).await;
    let mut desk = Arc::into_inner(opened.unwrap_or_else(|error| panic!("{error}"))).unwrap();
    if desk.http.is_some() {
        desk.http = Some(Http::new(GITHUB_TIME).unwrap());
    }
    desk
}

/// Keeps the standing fresh, as the server's own ticker does.
fn follow(store: Store) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        loop {
            tick.tick().await;
            let store = store.clone();
            drop(tokio::task::spawn_blocking(move || store.follow()).await);
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "tests stand outside")]
fn http_client() -> reqwest::Client {
    reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap()
}
