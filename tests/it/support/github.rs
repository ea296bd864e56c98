//! GitHub, as far as Doorbook knows it: the web flow with PKCE and the look-up of a person and their addresses. The one thing that is faked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, http::header, web};
use serde_json::json;

/// A person at GitHub.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) number: u64,
    pub(crate) login: String,
}

/// How GitHub feels today.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// Answers 500 to everything behind the scenes.
    Broken,
    /// Answers with something that is no JSON.
    Nonsense,
    /// Takes the request and never answers.
    Silent,
    /// The person presses Cancel.
    Declines,
    /// Vouches for nobody's address.
    Discreet,
}

/// What somebody was sent to GitHub with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sent {
    pub(crate) scope: String,
    pub(crate) login: Option<String>,
}

struct State {
    person: Person,
    mood: Mood,
    /// Code -> who, the challenge it is bound to, and whether addresses may be looked up.
    codes: HashMap<String, (Person, String, bool)>,
    /// How people were sent here.
    sent: Vec<Sent>,
    drawn: usize,
    /// What was asked for at the page for new applications, until it is made.
    manifest: Option<serde_json::Value>,
}

/// A running fake, on a port of its own.
pub(crate) struct GitHub {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    server: ServerHandle,
}

pub(crate) const CLIENT_ID: &str = "Iv1.test";
pub(crate) const CLIENT_SECRET: &str = "not-a-secret-of-anybody";

impl GitHub {
    /// Starts one at which `login` is signed in.
    pub(crate) fn start(number: u64, login: &str) -> Self {
        let person = Person { number, login: login.to_owned() };
        let state = Arc::new(Mutex::new(State {
            person,
            mood: Mood::Well,
            codes: HashMap::new(),
            sent: Vec::new(),
            drawn: 0,
            manifest: None,
        }));
        let shared = web::Data::from(state.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/login/oauth/authorize", web::get().to(authorize))
                .route("/login/oauth/access_token", web::post().to(access_token))
                .route("/api/user", web::get().to(user))
                .route("/settings/apps/new", web::post().to(new_app))
                .route("/api/app-manifests/{code}/conversions", web::post().to(conversion))
                .route("/api/user/emails", web::get().to(emails))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let running = server.run();
        let handle = running.handle();
        actix_web::rt::spawn(running);
        Self { url, state, server: handle }
    }

    /// Somebody else sits down at the browser.
    pub(crate) fn sits_down(&self, number: u64, login: &str) {
        self.state().person = Person { number, login: login.to_owned() };
    }

    /// Changes its mood.
    pub(crate) fn is(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// The application that was asked for last.
    pub(crate) fn manifest(&self) -> serde_json::Value {
        self.state().manifest.clone().unwrap()
    }

    /// How people were sent here, in order.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

type Shared = web::Data<Mutex<State>>;

async fn authorize(state: Shared, query: web::Query<HashMap<String, String>>) -> HttpResponse {
    let mut state = state.lock().unwrap();
    let (Some(back), Some(given), Some(challenge)) =
        (query.get("redirect_uri"), query.get("state"), query.get("code_challenge"))
    else {
        return HttpResponse::BadRequest().body("a parameter is missing");
    };
    if query.get("client_id").map(String::as_str) != Some(CLIENT_ID) {
        return HttpResponse::NotFound().finish();
    }
    let scope = query.get("scope").cloned().unwrap_or_default();
    state.sent.push(Sent { scope: scope.clone(), login: query.get("login").cloned() });
    let answer = if state.mood == Mood::Declines {
        ("error", "access_denied".to_owned())
    } else {
        state.drawn += 1;
        let code = format!("github-code-{}", state.drawn);
        let person = state.person.clone();
        state.codes.insert(code.clone(), (person, challenge.clone(), scope.contains("user:email")));
        ("code", code)
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(answer.0, &answer.1)
        .append_pair("state", given)
        .finish();
    HttpResponse::Found().insert_header((header::LOCATION, format!("{back}?{query}"))).finish()
}

async fn access_token(state: Shared, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    let mood = state.lock().unwrap().mood;
    if mood == Mood::Silent {
        std::future::pending::<()>().await;
    }
    let mut state = state.lock().unwrap();
    match mood {
        Mood::Broken => return HttpResponse::InternalServerError().finish(),
        Mood::Nonsense => return HttpResponse::Ok().content_type("application/json").body("<html>"),
        Mood::Well | Mood::Declines | Mood::Discreet | Mood::Silent => (),
    }
    let one = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let found = state.codes.remove(one("code"));
    let proven = found.filter(|(_, challenge, _)| {
        doorbook::crypto::digest::sha256_base64url(one("code_verifier").as_bytes()) == *challenge
            && one("client_secret") == CLIENT_SECRET
    });
    match proven {
        Some((person, _, email)) => {
            let (kind, scope) = if email { ("open-token", "read:user,user:email") } else { ("token", "read:user") };
            HttpResponse::Ok().json(json!({
                "access_token": format!("{kind}-of-{}-{}", person.number, person.login),
                "token_type": "bearer",
                "scope": scope,
            }))
        }
        None => HttpResponse::Ok().json(json!({"error": "bad_verification_code"})),
    }
}

async fn user(req: HttpRequest) -> HttpResponse {
    let bearer = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match bearer.split_once("token-of-").and_then(|(_, who)| who.split_once('-')) {
        Some((number, login)) => HttpResponse::Ok().json(json!({
            "id": number.parse::<u64>().unwrap(),
            "login": login,
            "name": null,
            "type": "User",
        })),
        None => HttpResponse::Unauthorized().finish(),
    }
}

/// The person presses Create at once.
async fn new_app(
    state: Shared,
    query: web::Query<HashMap<String, String>>,
    form: web::Form<HashMap<String, String>>,
) -> HttpResponse {
    let manifest: serde_json::Value = serde_json::from_str(&form["manifest"]).unwrap();
    let back = format!("{}?code=manifest-code-1&state={}", manifest["redirect_url"].as_str().unwrap(), query["state"]);
    state.lock().unwrap().manifest = Some(manifest);
    HttpResponse::Found().insert_header((header::LOCATION, back)).finish()
}

async fn conversion(state: Shared, code: web::Path<String>) -> HttpResponse {
    let mut state = state.lock().unwrap();
    if state.mood == Mood::Broken {
        return HttpResponse::InternalServerError().finish();
    }
    if *code != "manifest-code-1" || state.manifest.is_none() || state.drawn > 0 {
        return HttpResponse::NotFound().finish();
    }
    state.drawn += 1;
    let owner = json!({"id": state.person.number, "login": state.person.login, "type": "User"});
    HttpResponse::Created().json(json!({
        "id": 7, "slug": "doorbook", "html_url": "https://github.example/apps/doorbook", "owner": owner,
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "webhook_secret": null, "pem": "not a key",
    }))
}

/// A second address beside the primary one; nothing for a token that was not asked for with that scope.
async fn emails(state: Shared, req: HttpRequest) -> HttpResponse {
    let bearer = req.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let verified = state.lock().unwrap().mood != Mood::Discreet;
    match bearer.strip_prefix("Bearer open-token-of-").and_then(|who| who.split_once('-')) {
        Some((_, login)) => HttpResponse::Ok().json(json!([
            {"email": "old@mail.example", "primary": false, "verified": true, "visibility": null},
            {"email": format!("{login}@mail.example"), "primary": true, "verified": verified, "visibility": "private"},
        ])),
        None => HttpResponse::NotFound().json(json!({"message": "Not Found"})),
    }
}
