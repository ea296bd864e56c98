//! A whole Doorbook: its own folder, file, clock and port. GitHub is a fake, everything else is what runs in earnest.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv4Addr, TcpListener},
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{HttpServer, dev::ServerHandle};
use doorbook::{
    base::{
        api_token::ApiRole,
        call::Call,
        event::Actor,
        id::UserId,
        register::Resource,
        resource::ResourceUri,
        time::{Span, Time},
    },
    clock::Clock,
    config::{Config, Overrides, Sources},
    flows::{
        Desk,
        api_tokens::{self, Made, Wanted},
        clients,
        first_run::{self, Opening},
    },
    oauth::why::Why,
    outbound::{
        guard::{Guard, Names, Settings},
        http::Http,
    },
    store::{Store, audit, resources},
    web::{app, state::App},
};
use tokio::task::JoinHandle;

use super::{
    client::TestClient,
    github::{self, GitHub},
    reach::Reach,
    site::{self, Site},
};

/// When every story begins.
pub(crate) const NOW: Time = Time::from_unix(1_800_000_000);
/// Under which name people know the server.
pub(crate) const ISSUER: &str = "https://auth.example";
/// Stands for the address where it really listens.
const HERE: &str = "here";
/// How long GitHub may take here.
const GITHUB_TIME: Duration = Duration::from_secs(1);

/// How long other servers may take here.
const OTHERS_TIME: Duration = Duration::from_millis(500);

type NameList = Arc<Mutex<HashMap<String, Vec<IpAddr>>>>;

/// A running server.
pub(crate) struct TestApp {
    pub(crate) desk: Arc<Desk>,
    pub(crate) clock: Clock,
    /// Names of other servers, and where they are; there is no other network.
    names: NameList,
    /// Behind a proxy, its `at` is the proxy's.
    pub(crate) reach: Reach,
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
        Self::with_local(&[]).await
    }

    /// The same with these in the environment too.
    pub(crate) async fn with_local(env: &[(&str, &str)]) -> Self {
        Self::begin(env, None, true).await
    }

    /// With a site beside it that clients may be described by.
    pub(crate) async fn beside(site: &Site, env: &[(&str, &str)]) -> Self {
        Self::beside_with_file(site, env, None).await
    }

    /// The same with a configuration file, too.
    pub(crate) async fn beside_with_file(site: &Site, env: &[(&str, &str)], toml: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, site.root()).unwrap();
        let roots = roots.display().to_string();
        let exceptions = site::HOSTS.map(|host| format!("{host}=127.0.0.0/8")).join(",");
        let mut all = vec![("DOORBOOK_OUTBOUND_CA_FILE", &*roots), ("DOORBOOK_OUTBOUND_EXCEPTIONS", &*exceptions)];
        all.extend_from_slice(env);
        let app = Self::begin(&all, toml, false).await;
        for host in site::HOSTS {
            app.names(host, &[Ipv4Addr::LOCALHOST.into()]);
        }
        app
    }

    /// From now on that name leads there.
    pub(crate) fn names(&self, host: &str, to: &[IpAddr]) {
        self.names.lock().unwrap().insert(host.to_owned(), to.to_vec());
    }

    /// With these in the environment too.
    pub(crate) async fn with(env: &[(&str, &str)]) -> Self {
        Self::begin(env, None, false).await
    }

    /// With GitHub, under the address where it really listens.
    pub(crate) async fn at_its_address(env: &[(&str, &str)]) -> Self {
        Self::with(&[env, &[("DOORBOOK_PUBLIC_URL", HERE)]].concat()).await
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
        let config = configured(env, toml, folder.path(), (&github, local), &at);
        let clock = Clock::manual(NOW);
        let names = NameList::default();
        let desk = Arc::new(furnished(config, names.clone()).await);
        let app = App::new(desk.clone(), clock.clone());
        let server = HttpServer::new(move || {
            let app = app.clone();
            actix_web::App::new().configure(move |config| app::mount(&app, config))
        })
        .workers(2)
        .disable_signals()
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(1)
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let follower = follow(desk.store.clone());
        let reach = Reach::new(desk.config.issuer.clone(), at, github);
        Self { desk, clock, names, reach, folder, server: handle, follower }
    }

    /// The folder with the database in it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// A call as flows get it.
    pub(crate) fn call(&self) -> Call {
        Call::inside(self.clock.now(), "test")
    }

    /// An administrator writes a client into the book by hand.
    pub(crate) async fn writes(&self, body: serde_json::Value) -> TestClient<'_> {
        let body = body.to_string();
        let made = clients::create_from(&self.desk, &self.call(), &Actor::CommandLine, body.as_bytes()).await;
        TestClient::registered(self, made.unwrap().reply(&self.desk))
    }

    /// Somebody at the command line makes an API token for Grace, who has signed in.
    pub(crate) async fn api_token(&self, role: ApiRole) -> Made {
        let (label, life, user) = ("Tests".to_owned(), Span::days(1), UserId::new("github:2"));
        let wanted = Wanted { label, role, life, user };
        api_tokens::create(&self.desk, &self.call(), &Actor::CommandLine, wanted).await.unwrap()
    }

    /// A protected server goes into the register.
    pub(crate) async fn protects(&self, uri: &str) -> Resource {
        self.protects_with(uri, |_| ()).await
    }

    pub(crate) async fn protects_with(&self, uri: &str, change: impl FnOnce(&mut Resource)) -> Resource {
        let mut resource = Resource { name: "Tools".into(), ..Resource::new(ResourceUri::parse(uri).unwrap()) };
        change(&mut resource);
        let (row, now) = (resource.clone(), self.clock.now());
        self.desk.store.record(move |tx| resources::put(tx, &row, false, now)).await.unwrap();
        resource
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

impl Deref for TestApp {
    type Target = Reach;
    fn deref(&self) -> &Reach {
        &self.reach
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
fn configured(
    env: &[(&str, &str)],
    toml: Option<&str>,
    folder: &Path,
    (github, local): (&GitHub, bool),
    at: &str,
) -> Config {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    let mut set = |name: &str, value: &str| drop(all.insert(name.to_owned(), value.to_owned()));
    set("DOORBOOK_BIND", at.trim_start_matches("http://"));
    set("DOORBOOK_RATE_LIMIT", "off");
    set("DATABASE_URL", &folder.join("doorbook.db").display().to_string());
    set("GITHUB_URL", &github.url);
    set("GITHUB_API_URL", &format!("{}/api", github.url));
    if !local {
        set("DOORBOOK_PUBLIC_URL", ISSUER);
        set("GITHUB_CLIENT_ID", github::CLIENT_ID);
        set("GITHUB_CLIENT_SECRET", github::CLIENT_SECRET);
        set("ALLOWED_GITHUB_USERS", "ada");
        set("ADMIN_GITHUB_USERS", "grace");
    }
    for (name, value) in env {
        set(name, if *value == HERE { at } else { value });
    }
    let sources = Sources { env: all, toml: toml.map(str::to_owned), ..Sources::default() };
    Config::load(&Overrides::default(), &sources).unwrap_or_else(|refused| panic!("{:?}", refused.errors)).config
}

/// Opened as a server opens it, but with less patience for GitHub.
async fn furnished(config: Config, names: NameList) -> Desk {
    let settings = first_run::guard_settings(&config).unwrap_or_else(|error| panic!("{error}"));
    let opened = first_run::open(config, &Call::inside(NOW, "start"), Opening::Server).await;
    let mut desk = Arc::into_inner(opened.unwrap_or_else(|error| panic!("{error}"))).unwrap();
    if desk.http.is_some() {
        desk.http = Some(Http::new(GITHUB_TIME).unwrap());
    }
    desk.guard = Guard::new(Settings { total: OTHERS_TIME, names: Names::Listed(names), ..settings }).unwrap();
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
