//! The second yardstick, the ceiling of Doorbook's design: the same paths and the same work on disk, and nothing else. Tokens
//! are looked up by digest in a map, registrations and spent refresh tokens are committed in groups before their answer,
//! registrations are read from SQLite. No policy, no limiter, no audit, no signatures: never use it for anything but measuring.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, PoisonError, RwLock, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::header::{AUTHORIZATION, CACHE_CONTROL},
    web::{Data, Form, Json, Path as InPath, get, post},
};
use anyhow::Context;
use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    prelude::*,
    r2d2::{ConnectionManager, CustomizeConnection, Pool},
};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

const METADATA: &str = r#"{"issuer":"http://127.0.0.1","authorization_endpoint":"http://127.0.0.1/authorize","token_endpoint":"http://127.0.0.1/token","registration_endpoint":"http://127.0.0.1/register","response_types_supported":["code"],"grant_types_supported":["authorization_code","refresh_token"],"code_challenge_methods_supported":["S256"]}"#;

/// With the indexes that lists, searches and sweeps cannot do without.
const TABLES: &str = "
    CREATE TABLE clients (
        id TEXT NOT NULL PRIMARY KEY, token BLOB NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, created BIGINT NOT NULL);
    CREATE INDEX clients_by_name ON clients (name, id);
    CREATE INDEX clients_by_age ON clients (created, id);
    CREATE TABLE refresh (
        digest BLOB NOT NULL PRIMARY KEY, client TEXT NOT NULL REFERENCES clients (id), expires BIGINT NOT NULL, spent BIGINT);
    CREATE INDEX refresh_by_client ON refresh (client);
    CREATE INDEX refresh_by_expiry ON refresh (expires);";

const PRAGMAS: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;";

diesel::table! {
    clients (id) { id -> Text, token -> Binary, name -> Text, body -> Text, created -> BigInt, }
}
diesel::table! {
    refresh (digest) { digest -> Binary, client -> Text, expires -> BigInt, spent -> Nullable<BigInt>, }
}

type Sha256 = [u8; 32];

/// Serves until it is killed.
pub(crate) async fn serve(bind: &str, workers: usize, database: &Path) -> anyhow::Result<()> {
    let path = database.to_str().context("the path of the database is not UTF-8")?;
    let mut db = SqliteConnection::establish(path)?;
    db.batch_execute(PRAGMAS)?;
    db.batch_execute(TABLES)?;
    let readers = Pool::builder()
        .max_size(4)
        .test_on_check_out(false)
        .connection_customizer(Box::new(ReadOnly))
        .build(ConnectionManager::new(path))?;
    let state = Data::new(State {
        issuer: format!("http://{bind}"),
        tokens: RwLock::default(),
        writer: Writer::spawn(db),
        readers,
    });
    let app = move || {
        App::new()
            .app_data(state.clone())
            .route("/.well-known/oauth-authorization-server", get().to(metadata))
            .route("/verify", get().to(verify))
            .route("/register", post().to(register))
            .route("/register/{id}", get().to(read))
            .route("/token", post().to(token))
            .route("/introspect", post().to(introspect))
    };
    HttpServer::new(app).workers(workers).bind(bind)?.run().await?;
    Ok(())
}

struct State {
    issuer: String,
    tokens: RwLock<HashMap<Sha256, Arc<Claims>>>,
    writer: Writer,
    readers: Pool<ConnectionManager<SqliteConnection>>,
}

#[derive(Serialize)]
struct Claims {
    sub: String,
    name: String,
    client_id: String,
    scope: String,
    jti: String,
}

async fn metadata() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(METADATA)
}

// -- tokens by digest

async fn verify(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let Some(claims) = bearer(&request).and_then(|token| state.find(token)) else {
        return HttpResponse::Unauthorized().finish();
    };
    HttpResponse::Ok()
        .insert_header(("x-user-id", claims.sub.as_str()))
        .insert_header(("x-user-name", claims.name.as_str()))
        .insert_header(("x-auth-token", claims.jti.as_str()))
        .insert_header(("x-auth-client-id", claims.client_id.as_str()))
        .insert_header(("x-auth-scope", claims.scope.as_str()))
        .insert_header(("x-auth-email", ""))
        .finish()
}

#[derive(Deserialize)]
struct Introspection {
    token: String,
}

async fn introspect(state: Data<State>, form: Form<Introspection>) -> HttpResponse {
    #[derive(Serialize)]
    struct Active<'a> {
        active: bool,
        #[serde(flatten)]
        claims: Option<&'a Claims>,
    }
    let claims = state.find(&form.token);
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Active { active: claims.is_some(), claims: claims.as_deref() })
}

impl State {
    fn find(&self, token: &str) -> Option<Arc<Claims>> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner).get(&sha256(token)).cloned()
    }
}

// -- registration

#[derive(Serialize, Deserialize)]
struct Metadata {
    client_name: String,
    redirect_uris: Vec<String>,
    grant_types: Vec<String>,
    response_types: Vec<String>,
    token_endpoint_auth_method: String,
    scope: String,
}

#[derive(Serialize)]
struct Registered<'a> {
    client_id: &'a str,
    registration_access_token: &'a str,
    registration_client_uri: String,
    #[serde(flatten)]
    metadata: &'a Metadata,
}

async fn register(state: Data<State>, body: Json<Metadata>) -> actix_web::Result<HttpResponse> {
    let (client_id, token) = (drawn("client_").map_err(internal)?, drawn("reg-").map_err(internal)?);
    let row = Row {
        id: client_id.clone(),
        token: sha256(&token).to_vec(),
        name: body.client_name.clone(),
        body: serde_json::to_string(&*body)?,
        created: NOW,
    };
    if !state.writer.write(Write::Client(row)).await? {
        return Ok(HttpResponse::InternalServerError().finish());
    }
    Ok(HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(Registered {
        client_id: &client_id,
        registration_access_token: &token,
        registration_client_uri: format!("{}/register/{client_id}", state.issuer),
        metadata: &body,
    }))
}

async fn read(state: Data<State>, request: HttpRequest, id: InPath<String>) -> actix_web::Result<HttpResponse> {
    let id = id.into_inner();
    let Some(token) = bearer(&request) else {
        return Ok(HttpResponse::Unauthorized().finish());
    };
    // On the worker itself: ten microseconds of reading cost less than the way to another thread and back.
    let mut reader = state.readers.get().map_err(internal)?;
    let row = clients::table.find(id).select(Row::as_select()).get_result(&mut reader).optional().map_err(internal)?;
    let Some(row) = row.filter(|row| row.token == sha256(token)) else {
        return Ok(HttpResponse::Unauthorized().finish());
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Registered {
        client_id: &row.id,
        registration_access_token: token,
        registration_client_uri: format!("{}/register/{}", state.issuer, row.id),
        metadata: &serde_json::from_str(&row.body)?,
    }))
}

// -- refresh with rotation; any code gives a first pair of tokens

#[derive(Deserialize)]
struct Exchange {
    grant_type: String,
    client_id: String,
    refresh_token: Option<String>,
}

async fn token(state: Data<State>, form: Form<Exchange>) -> actix_web::Result<HttpResponse> {
    #[derive(Serialize)]
    struct Issued<'a> {
        access_token: &'a str,
        token_type: &'a str,
        expires_in: u32,
        scope: &'a str,
        refresh_token: &'a str,
    }
    let spent = match (form.grant_type.as_str(), &form.refresh_token) {
        ("authorization_code", None) => None,
        ("refresh_token", Some(token)) => Some(sha256(token)),
        _ => return Ok(HttpResponse::BadRequest().finish()),
    };
    let (access, next) = (drawn("").map_err(internal)?, drawn("dbr_").map_err(internal)?);
    let write = Write::Rotation { spent, next: sha256(&next), client: form.client_id.clone() };
    if !state.writer.write(write).await? {
        return Ok(HttpResponse::BadRequest().finish());
    }
    let claims = Claims {
        sub: "local:ada".to_owned(),
        name: "ada".to_owned(),
        client_id: form.into_inner().client_id,
        scope: "mcp".to_owned(),
        jti: drawn("").map_err(internal)?,
    };
    state.tokens.write().unwrap_or_else(PoisonError::into_inner).insert(sha256(&access), Arc::new(claims));
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Issued {
        access_token: &access,
        token_type: "Bearer",
        expires_in: 3600,
        scope: "mcp",
        refresh_token: &next,
    }))
}

// -- storage: one writer that commits many requests at once, a few readers

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = clients)]
struct Row {
    id: String,
    token: Vec<u8>,
    name: String,
    body: String,
    created: i64,
}

/// Any time: nothing here ends.
const NOW: i64 = 1_700_000_000;

enum Write {
    Client(Row),
    Rotation { spent: Option<Sha256>, next: Sha256, client: String },
}

impl Write {
    /// Whether it was done: a refresh token is spent once.
    fn run(self, db: &mut SqliteConnection) -> QueryResult<bool> {
        match self {
            Self::Client(row) => diesel::insert_into(clients::table).values(row).execute(db).map(|n| n == 1),
            Self::Rotation { spent, next, client } => {
                if let Some(spent) = spent {
                    let unspent = refresh::table.find(spent.to_vec()).filter(refresh::spent.is_null());
                    if diesel::update(unspent).set(refresh::spent.eq(NOW)).execute(db)? != 1 {
                        return Ok(false);
                    }
                }
                let row = (refresh::digest.eq(next.to_vec()), refresh::client.eq(client), refresh::expires.eq(NOW));
                diesel::insert_into(refresh::table).values(row).execute(db).map(|n| n == 1)
            }
        }
    }
}

struct Writer(mpsc::SyncSender<(Write, oneshot::Sender<bool>)>);

impl Writer {
    fn spawn(mut db: SqliteConnection) -> Self {
        let (queue, jobs) = mpsc::sync_channel::<(Write, oneshot::Sender<bool>)>(4096);
        thread::spawn(move || {
            while let Ok(first) = jobs.recv() {
                let batch: Vec<_> = std::iter::once(first).chain(jobs.try_iter().take(255)).collect();
                let (writes, callers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
                // Nobody is told before the commit; a dropped caller reads as a failure.
                if let Ok(outcomes) = commit(&mut db, writes) {
                    for (caller, done) in callers.into_iter().zip(outcomes) {
                        let _gone = caller.send(done);
                    }
                }
            }
        });
        Self(queue)
    }

    async fn write(&self, write: Write) -> actix_web::Result<bool> {
        let (done, committed) = oneshot::channel();
        self.0.try_send((write, done)).map_err(internal)?;
        committed.await.map_err(internal)
    }
}

fn commit(db: &mut SqliteConnection, writes: Vec<Write>) -> QueryResult<Vec<bool>> {
    AnsiTransactionManager::begin_transaction_sql(db, "BEGIN IMMEDIATE")?;
    let outcomes = writes.into_iter().map(|write| db.transaction(|db| write.run(db)).unwrap_or(false)).collect();
    AnsiTransactionManager::commit_transaction(db)?;
    Ok(outcomes)
}

#[derive(Debug)]
struct ReadOnly;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for ReadOnly {
    fn on_acquire(&self, db: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        db.batch_execute("PRAGMA query_only=ON").map_err(diesel::r2d2::Error::QueryError)
    }
}

/// A database that is written one row of 1 KB a commit.
pub(crate) struct SingleCommits {
    db: SqliteConnection,
    body: String,
}

impl SingleCommits {
    /// A new one at that path.
    pub(crate) fn to(database: &Path) -> anyhow::Result<Self> {
        let mut db = SqliteConnection::establish(database.to_str().context("the path of the database is not UTF-8")?)?;
        db.batch_execute(PRAGMAS)?;
        db.batch_execute(TABLES)?;
        Ok(Self { db, body: "x".repeat(900) })
    }

    /// Writes one row.
    pub(crate) fn write(&mut self) -> anyhow::Result<()> {
        let (id, body) = (drawn("client_")?, self.body.clone());
        let row = Row { id, token: vec![0; 32], name: "n".to_owned(), body, created: NOW };
        let done = commit(&mut self.db, vec![Write::Client(row)])?;
        done.iter().all(|done| *done).then_some(()).context("a row was not written")
    }
}

// -- small things

fn bearer(request: &HttpRequest) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn sha256(text: &str) -> Sha256 {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    out
}

/// The prefix and 256 random bits.
fn drawn(prefix: &str) -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)?;
    let mut text = prefix.to_owned();
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    Ok(text)
}

fn internal(trouble: impl std::fmt::Display) -> actix_web::Error {
    actix_web::error::ErrorInternalServerError(trouble.to_string())
}
