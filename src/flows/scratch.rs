//! A desk on a file of its own, for tests.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    base::{
        call::Call,
        grant::{Access, Code, Consent, Grant},
        id::{AccessId, ClientId, GrantId, UserId},
        redirect::RedirectUri,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::{Digest, Plain},
        time::{Span, Time},
        token::TokenKind,
        user::{Email, Identity, Provider, Role, Who},
    },
    config::{self, Backend, Config, Overrides, Sources},
    crypto::{digest, random},
    flows::{
        Desk, FlowResult,
        first_run::{self, Opening},
        register,
    },
    oauth::why::Why,
    store::{
        Reader, Stop, StoreResult, Tx, access, audit, clients, codes, consents, grants, sessions,
        standing::{Bearer, Verdict},
        users,
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

    /// A client that signs the book: its id, and its secret if it has one.
    pub(crate) async fn registers(&self, body: Value) -> (ClientId, Option<Plain>) {
        let reply = register::sign(&self.desk, &call(), None, body.to_string().as_bytes()).await.unwrap();
        let text = |name: &str| reply[name].as_str().map(str::to_owned);
        (ClientId::new(text("client_id").unwrap()), text("client_secret").map(Plain::new))
    }

    /// A person who signs in for the first time, by the name of local mode.
    pub(crate) async fn meets(&self, name: &str) -> UserId {
        let (stable_id, login) = (name.to_owned(), name.to_owned());
        let identity = Identity { provider: Provider::Local, stable_id, login, name: None, email: Email::NotAsked };
        let id = identity.user_id();
        self.wrote(move |tx| users::signed_in(tx, &identity, NOW)).await;
        id
    }

    /// What a person allows a client: a grant with a code that waits and a token that lives for ten minutes.
    pub(crate) async fn allows(&self, user: &UserId, client: &ClientId) -> Given {
        let (id, code) = (random::id("dbg_", 0), digest::of(&random::token(TokenKind::Code)));
        let given = Given { grant: id, token: random::id("dba_", 0), code, client: client.clone(), user: user.clone() };
        let scope = ScopeSet::parse("mcp");
        let audience = ResourceUri::stored("https://mcp.example".into());
        let redirect_uri = RedirectUri::stored("https://app.example/cb");
        let grant = Grant {
            id: given.grant.clone(),
            client: client.clone(),
            user: user.clone(),
            scope: scope.clone(),
            audience: audience.clone(),
            redirect_uri: Some(redirect_uri.clone()),
            auth_time: NOW,
            created_at: NOW,
            expires_at: None,
            ended_at: None,
            last_used_at: None,
        };
        let code = Code {
            digest: given.code.clone(),
            grant: grant.id.clone(),
            client: client.clone(),
            redirect_uri: redirect_uri.clone(),
            challenge: "A".repeat(43),
            key: None,
            nonce: None,
            expires_at: NOW + Span::minutes(1),
            spent_at: None,
        };
        let token = Access {
            id: given.token.clone(),
            digest: None,
            grant: grant.id.clone(),
            client: client.clone(),
            user: user.clone(),
            audience: audience.clone(),
            scope: scope.clone(),
            issued_at: NOW,
            expires_at: NOW + Span::minutes(10),
            revoked_at: None,
        };
        let consent = Consent { user: user.clone(), client: client.clone(), redirect_uri, audience, scope };
        self.wrote(move |tx| {
            grants::insert(tx, &grant)?;
            codes::insert(tx, &code)?;
            clients::authorized(tx, &grant.client, NOW)?;
            consents::remember(tx, &consent, NOW)?;
            access::insert(tx, &token)
        })
        .await;
        given
    }

    /// A browser in which the person is signed in.
    pub(crate) async fn browses(&self, user: &UserId) {
        let session = sessions::Session {
            digest: digest::of(&random::token(TokenKind::Session)),
            user: Some(user.clone()),
            state: "{}".into(),
            ip: String::new(),
            user_agent: String::new(),
            created_at: NOW,
            last_seen_at: NOW,
            expires_at: NOW + Span::hours(8),
        };
        self.wrote(move |tx| sessions::insert(tx, &session)).await;
    }

    /// How many browsers the person is signed in with.
    pub(crate) async fn browsers(&self, user: &UserId) -> usize {
        let user = user.clone();
        self.finds(move |reader| sessions::of_user(reader, &user, NOW)).await.len()
    }

    /// Whether a remembered consent stands in for the question.
    pub(crate) async fn remembers(&self, given: &Given) -> bool {
        let given = given.clone();
        let (uri, audience) =
            (RedirectUri::stored("https://app.example/cb"), ResourceUri::stored("https://mcp.example".into()));
        self.finds(move |reader| consents::find(reader, &given.user, &given.client, &uri, &audience)).await.is_some()
    }

    /// Whether a grant still stands in its row.
    pub(crate) async fn stands(&self, given: &Given) -> bool {
        let id = given.grant.clone();
        self.finds(move |reader| grants::find(reader, &id)).await.unwrap().is_live(NOW)
    }

    /// What the gate hears of the token.
    pub(crate) fn verdict(&self, given: &Given) -> Verdict {
        let Given { grant, token, client, user, .. } = given;
        self.desk.store.standing().judge(&Bearer { token, grant, client, user })
    }

    /// The audit log from the beginning, each line as `actor event`.
    pub(crate) async fn trail(&self) -> Vec<String> {
        let page = self.finds(|reader| audit::page(reader, &audit::Filter::default(), None, 1_000)).await;
        page.rows.into_iter().rev().map(|line| format!("{} {}", line.actor_kind, line.event)).collect()
    }

    /// The newest lines of the audit log, oldest of them first.
    pub(crate) async fn last(&self, lines: usize) -> Vec<String> {
        let trail = self.trail().await;
        trail[trail.len() - lines..].to_vec()
    }

    pub(crate) async fn wrote<F>(&self, work: F)
    where
        F: FnOnce(&mut Tx<'_>) -> StoreResult<()> + Send + 'static,
    {
        self.desk.store.record(work).await.unwrap();
    }

    pub(crate) async fn finds<T, F>(&self, work: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    {
        self.desk.store.read(work).await.unwrap()
    }
}

/// What a person allowed a client.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) grant: GrantId,
    pub(crate) token: AccessId,
    pub(crate) code: Digest,
    pub(crate) client: ClientId,
    pub(crate) user: UserId,
}

/// What a flow answered when it refused: the reason and the status.
pub(crate) fn refusal<T>(result: FlowResult<T>) -> (Why, u16) {
    match result {
        Err(Stop::Refuse(error)) => (error.why(), error.status()),
        Err(Stop::Fail(error)) => panic!("failed: {error}"),
        Ok(_) => panic!("was not refused"),
    }
}

/// A call of that moment.
pub(crate) fn call() -> Call {
    Call::inside(NOW, "test")
}
