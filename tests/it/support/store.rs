//! A scratch store in a folder of its own, and short builders of what goes into it.

use std::path::{Path, PathBuf};

use doorbook::{
    base::{
        client::{AuthMethod, Client, GrantType, Metadata, Origin},
        grant::{Access, Code, Device, Grant, Parked, Refresh},
        id::{AccessId, ClientId, GrantId, InitialTokenId, UserId},
        initial_token::InitialToken,
        issuer::Issuer,
        redirect::RedirectUri,
        registration::RegistrationPolicy,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Digest,
        time::{Span, Time},
        user::{Email, Identity, Provider, Role, Who},
    },
    store::{
        Reader, Store, StoreResult, Tx, access, clients, codes, grants, refresh,
        standing::{Bearer, Fixed, Verdict},
        users,
    },
};

/// When every story begins.
pub(crate) const NOW: Time = Time::from_unix(1_800_000_000);

/// A store on a file in a folder that goes with it.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    pub(crate) store: Store,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("doorbook.db")).unwrap();
        Self { folder, store }
    }

    /// One with a client, Ada, and a grant between them.
    pub(crate) async fn furnished() -> Self {
        let scratch = Self::new();
        scratch.wrote(furnish).await;
        scratch
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("doorbook.db")
    }

    /// The store of another process on the same file.
    pub(crate) fn another(&self) -> Store {
        open(&self.path()).unwrap()
    }

    /// The same file after a stop and a start.
    pub(crate) fn reopened(self) -> Self {
        let folder = self.closed();
        let store = open(&folder.path().join("doorbook.db")).unwrap();
        Self { folder, store }
    }

    /// The folder after a stop.
    pub(crate) fn closed(self) -> tempfile::TempDir {
        let Self { folder, store } = self;
        drop(store);
        folder
    }

    pub(crate) async fn wrote<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> StoreResult<T> + Send + 'static,
    ) -> T {
        self.store.record(work).await.unwrap()
    }

    pub(crate) async fn reads<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Reader<'_>) -> StoreResult<T> + Send + 'static,
    ) -> T {
        self.store.read(work).await.unwrap()
    }
}

pub(crate) fn open(path: &Path) -> StoreResult<Store> {
    Store::open(path, NOW, |_| Ok(fixed()))
}

/// Ada is on the list by her number; nobody else is.
pub(crate) fn fixed() -> Fixed {
    Fixed {
        provider: Provider::GitHub,
        entries: vec![(Who::Number("1".into()), Role::Member)],
        issuer: Issuer::parse("https://auth.example").unwrap(),
        registration: RegistrationPolicy::default(),
    }
}

/// An initial access token of that name, which anybody may use.
pub(crate) fn initial_token(id: &str) -> InitialToken {
    InitialToken {
        id: InitialTokenId::new(id),
        label: "The desk".into(),
        scopes: ScopeSet::empty(),
        redirect_hosts: Vec::new(),
        grant_types: Vec::new(),
        most_uses: None,
        uses: 0,
        expires_at: None,
        created_at: NOW,
        created_by: None,
        last_used_at: None,
        revoked_at: None,
    }
}

/// Writes down the client `c1`, Ada, and the grant `g1` with the token `t1`.
pub(crate) fn furnish(tx: &mut Tx<'_>) -> StoreResult<()> {
    clients::insert(tx, &client("c1"))?;
    users::signed_in(tx, &ada(), NOW)?;
    grants::insert(tx, &grant("g1"))?;
    access::insert(tx, &token("t1", "g1"))
}

pub(crate) fn later(seconds: i64) -> Time {
    NOW + Span::seconds(seconds)
}

pub(crate) fn digest(n: usize) -> Digest {
    Digest::from_hex(format!("{n:064x}"))
}

pub(crate) fn ada() -> Identity {
    person("1", "ada")
}

pub(crate) fn person(number: &str, login: &str) -> Identity {
    Identity {
        provider: Provider::GitHub,
        stable_id: number.into(),
        login: login.into(),
        name: None,
        email: Email::NotAsked,
    }
}

pub(crate) fn client(id: &str) -> Client {
    named_client(id, "Claude", "https://claude.example/callback")
}

pub(crate) fn named_client(id: &str, name: &str, redirect_uri: &str) -> Client {
    let metadata = Metadata {
        redirect_uris: vec![RedirectUri::stored(redirect_uri)],
        token_endpoint_auth_method: AuthMethod::None,
        grant_types: GrantType::DEFAULT.to_vec(),
        response_types: vec!["code".into()],
        client_name: Some(name.into()),
        ..Metadata::default()
    };
    let client = Client::new(ClientId::new(id), metadata, Origin::Dynamic, NOW);
    Client { created_ip: "192.0.2.1".into(), ..client }
}

/// What Ada allowed the client `c1`.
pub(crate) fn grant(id: &str) -> Grant {
    Grant {
        id: GrantId::new(id),
        client: ClientId::new("c1"),
        user: ada().user_id(),
        scope: ScopeSet::parse("mcp"),
        audience: resource(),
        redirect_uri: Some(RedirectUri::stored("https://claude.example/callback")),
        auth_time: NOW,
        created_at: NOW,
        expires_at: None,
        ended_at: None,
        last_used_at: None,
    }
}

/// A device that waits for the client `c1`.
pub(crate) fn device(n: usize) -> Device {
    Device {
        open: None,
        digest: digest(n),
        client: ClientId::new("c1"),
        scope: ScopeSet::parse("mcp"),
        audience: resource(),
        ip: "192.0.2.1".into(),
        created_at: NOW,
        expires_at: later(600),
        interval: Span::seconds(5),
        polled_at: None,
        decided_at: None,
        grant: None,
        spent_at: None,
    }
}

pub(crate) fn resource() -> ResourceUri {
    ResourceUri::parse("https://mcp.example/mcp").unwrap()
}

pub(crate) fn code(n: usize, grant: &str) -> Code {
    Code {
        digest: digest(n),
        grant: GrantId::new(grant),
        client: ClientId::new("c1"),
        redirect_uri: RedirectUri::stored("https://claude.example/callback"),
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
        key: None,
        nonce: None,
        expires_at: later(60),
        spent_at: None,
    }
}

pub(crate) fn refresh_token(n: usize, grant: &str) -> Refresh {
    Refresh {
        digest: digest(n),
        grant: GrantId::new(grant),
        client: ClientId::new("c1"),
        key: None,
        expires_at: later(86_400),
        spent_at: None,
    }
}

pub(crate) fn spent_by(successor: usize) -> refresh::Spent {
    refresh::Spent {
        successor: digest(successor),
        spent_for: "scope=mcp".into(),
        reply: "sealed".into(),
        reply_until: later(60),
    }
}

pub(crate) fn token(id: &str, grant: &str) -> Access {
    Access {
        id: AccessId::new(id),
        digest: None,
        grant: GrantId::new(grant),
        client: ClientId::new("c1"),
        user: ada().user_id(),
        audience: resource(),
        scope: ScopeSet::parse("mcp"),
        issued_at: NOW,
        expires_at: later(3_600),
        revoked_at: None,
    }
}

pub(crate) fn parked(n: usize) -> Parked {
    Parked {
        digest: digest(n),
        client: Some(ClientId::new("c1")),
        request: "{}".into(),
        browser: digest(9),
        user: None,
        auth_time: None,
        created_at: NOW,
        expires_at: later(600),
        returned_at: None,
        decided_at: None,
        answer: None,
    }
}

/// What the gate hears about the token `t1` of the grant `g1`.
pub(crate) fn verdict(store: &Store) -> Verdict {
    verdict_on(store, "t1", "g1")
}

pub(crate) fn verdict_on(store: &Store, token: &str, grant: &str) -> Verdict {
    store.standing().judge(&Bearer {
        token: &AccessId::new(token),
        grant: &GrantId::new(grant),
        client: &ClientId::new("c1"),
        user: &UserId::new("github:1"),
    })
}

/// Writes a code of the grant `g1`.
pub(crate) fn put_code(n: usize) -> impl FnOnce(&mut Tx<'_>) -> StoreResult<()> + Send + 'static {
    move |tx| codes::insert(tx, &code(n, "g1"))
}
