//! Browser sessions: on the server, so that they can be ended; and the cookie that binds a waiting request to one browser.
//! Only pages pay for a session: protocol endpoints, the gate and documents never touch one.

use std::sync::Arc;

use actix_session::{
    Session, SessionExt as _, SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession},
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError, generate_session_key},
};
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, Key, SameSite, time::Duration},
    web::Data,
};
use anyhow::{Error, anyhow};

use crate::{
    base::{
        call::Call,
        id::UserId,
        secret::Plain,
        time::{Span, Time},
    },
    clock::Clock,
    flows::{
        Desk, forms,
        sessions::{self, Facts, State},
    },
};

const USER: &str = "user";
const LOGIN: &str = "login";
const AUTH_TIME: &str = "auth_time";
const SEED: &str = "seed";
const IP: &str = "ip";
const AGENT: &str = "agent";
const FLASH: &str = "flash";

/// Who is signed in at this browser.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// Their login.
    pub login: String,
    /// Since when.
    pub auth_time: Time,
    /// What every form of this session carries in `csrf`.
    pub csrf: String,
}

/// The sessions of one server, in the store.
#[derive(Clone)]
pub struct Sessions {
    desk: Arc<Desk>,
    clock: Clock,
}

/// The middleware for pages.
pub fn middleware(desk: &Arc<Desk>, clock: &Clock) -> SessionMiddleware<Sessions> {
    let https = desk.config.issuer.is_https();
    let life = Duration::seconds(desk.config.policy.lifetimes.session.as_seconds());
    let store = Sessions { desk: desk.clone(), clock: clock.clone() };
    SessionMiddleware::builder(store, Key::from(&forms::cookie_key(desk)))
        .cookie_name(named(https, "doorbook"))
        .cookie_secure(https)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(PersistentSession::default().session_ttl(life))
        .build()
}

/// Under https the browser itself sees to it that no other host or path sets the cookie.
fn named(https: bool, name: &str) -> String {
    if https { format!("__Host-{name}") } else { name.to_owned() }
}

/// Who is signed in, if anybody is. A name of local mode is nobody once GitHub vouches for people: its session counts no more.
pub fn signed_in(req: &HttpRequest) -> Option<SignedIn> {
    let (session, desk) = (req.get_session(), req.app_data::<Data<Desk>>()?);
    let user = UserId::new(session.get::<String>(USER).ok()??);
    if !desk.store.standing().access().provider().knows(&user) {
        return None;
    }
    Some(SignedIn {
        user,
        login: session.get::<String>(LOGIN).ok()??,
        auth_time: Time::from_unix(session.get::<i64>(AUTH_TIME).ok()??),
        csrf: forms::session_mark(desk, &session.get::<String>(SEED).ok()??),
    })
}

/// Begins a session under a new key, whatever was there before.
pub fn begin(session: &Session, call: &Call, user: &UserId, login: &str) -> Result<(), actix_web::Error> {
    session.clear();
    session.renew();
    session.insert(USER, user.as_str())?;
    session.insert(LOGIN, login)?;
    session.insert(AUTH_TIME, call.now.unix())?;
    session.insert(SEED, forms::session_seed())?;
    session.insert(IP, &call.ip)?;
    session.insert(AGENT, &call.user_agent)?;
    Ok(())
}

/// Ends it, here and in the store.
pub fn end(session: &Session) {
    session.purge();
}

/// Whether what the store keeps of a session is of this one.
pub fn is_this(session: &Session, kept: &str) -> bool {
    let kept: State = serde_json::from_str(kept).unwrap_or_default();
    let seed = session.get::<String>(SEED).ok().flatten();
    seed.is_some() && seed == plain(&kept, SEED)
}

/// What every form of a session carries, of which the store keeps this.
pub fn mark_of(desk: &Desk, kept: &str) -> Option<String> {
    let kept: State = serde_json::from_str(kept).ok()?;
    Some(forms::session_mark(desk, &plain(&kept, SEED)?))
}

/// Leaves a sentence for the next page.
pub fn leave_flash(session: &Session, words: &str) -> Result<(), actix_web::Error> {
    Ok(session.insert(FLASH, words)?)
}

/// Takes the sentence that the last action left. Where there is none the session stays as it is, and costs no write.
pub fn take_flash(session: &Session) -> Option<String> {
    let words = session.get::<String>(FLASH).ok().flatten()?;
    session.remove(FLASH);
    Some(words)
}

/// The value of this browser's cookie, or a new one.
pub fn browser(req: &HttpRequest, https: bool) -> (Plain, bool) {
    match known_browser(req, https) {
        Some(known) => (known, false),
        None => (forms::new_browser(), true),
    }
}

/// The value of this browser's cookie, if it has one.
pub fn known_browser(req: &HttpRequest, https: bool) -> Option<Plain> {
    req.cookie(&named(https, "doorbook-browser")).and_then(|cookie| forms::browser(cookie.value()))
}

/// Gives the browser its cookie.
pub fn bind_browser(answer: &mut HttpResponse, value: &Plain, https: bool) {
    let cookie = Cookie::build(named(https, "doorbook-browser"), value.expose().to_owned())
        .path("/")
        .secure(https)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(1))
        .finish();
    if let Err(error) = answer.add_cookie(&cookie) {
        log::error!("a cookie cannot be written: {error}");
    }
}

impl SessionStore for Sessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let found = sessions::load(&self.desk, key.as_ref(), self.clock.now()).await;
        found.map_err(|e| LoadError::Other(e.into()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let (key, now) = (generate_session_key(), self.clock.now());
        let text = |name: &str| plain(&state, name).unwrap_or_default();
        let facts = Facts { user: plain(&state, USER).map(UserId::new), ip: text(IP), user_agent: text(AGENT) };
        let ends = now + Span::seconds(ttl.whole_seconds());
        let begun = sessions::begin(&self.desk, key.as_ref(), &state, facts, ends, now).await;
        begun.map_err(|e| SaveError::Other(e.into()))?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: State, _: &Duration) -> Result<SessionKey, UpdateError> {
        let user = plain(&state, USER).map(UserId::new);
        match sessions::change(&self.desk, key.as_ref(), &state, user, self.clock.now()).await {
            Ok(true) => Ok(key),
            // An ended session is never brought back.
            Ok(false) => Err(UpdateError::Other(anyhow!("the session has ended"))),
            Err(error) => Err(UpdateError::Other(error.into())),
        }
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), Error> {
        Ok(sessions::end(&self.desk, key.as_ref()).await?)
    }
}

/// A text value of the session: actix keeps each as JSON.
fn plain(state: &State, name: &str) -> Option<String> {
    state.get(name).and_then(|json| serde_json::from_str(json).ok())
}
