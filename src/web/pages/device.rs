//! `/device`: a person lets a device without a browser in (RFC 8628 section 3.3). They type the code that it shows, or follow
//! the link that carries it; either way they are asked, and see the code again.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{
    authorize::{LIVES, failed, html, proof, proof_why, refused, scope_words, see, site, through},
    consent::ConsentScope,
    message::MessagePage,
    sign_in::to_enter,
};
use crate::{
    base::{call::Call, redirect::Destination, scope::ScopeSet, time::Span, user_code::UserCode},
    flows::{
        Desk,
        consent::Choice,
        device::{self, Ready},
        forms,
        login::Errand,
    },
    oauth::{
        authorize::look_alike::looks_like,
        error::{OAuthError, invalid_request},
        params::Params,
        why::Why,
    },
    store::Stop,
    web::{
        extract::{self, CallFrom, FormBody},
        limit::{LimitName, Limits},
        reply::Refused,
        session::{self, SignedIn},
        view::{Ago, Face, Field, Line, Phrase, Pick, Shape, Site, State, Tone},
    },
};

/// `GET /device`: asks for the code.
#[derive(Template)]
#[template(path = "pages/device.html")]
pub struct DevicePage {
    /// Which server.
    pub site: Site,
    /// Token of the sign-out form.
    pub csrf: String,
    /// Login of the person.
    pub who: String,
    /// "through GitHub", "local name".
    pub through: String,
    /// What was typed, and what is wrong with it.
    pub code: Field,
}

/// `GET /device?user_code=...`: the question. Posts to `/device` with `user_code`, `csrf`, `scope` (repeated), `life` and
/// `decision` (`approve` or `deny`).
#[derive(Template)]
#[template(path = "pages/device_consent.html")]
pub struct DeviceConsentPage {
    /// Which server.
    pub site: Site,
    /// Token of the forms.
    pub csrf: String,
    /// The code, as the device shows it.
    pub code: String,
    /// Name of the client, as it says.
    pub client: String,
    /// Host or name of what it wants to use.
    pub resource: String,
    /// Login of the person.
    pub who: String,
    /// "through GitHub", "local name".
    pub through: String,
    /// Initials; unknown for look-alikes.
    pub face: Face,
    /// Who vouches for it.
    pub proof: State,
    /// One line why.
    pub proof_why: Phrase,
    /// More lines: when and where from it asks, when it was first seen.
    pub notes: Vec<Line>,
    /// What it may do.
    pub scopes: Vec<ConsentScope>,
    /// For how long.
    pub lives: Vec<Pick>,
    /// The known product whose name it bears without anything to prove it.
    pub lookalike: Option<&'static str>,
}

/// `GET /device`, with or without a code.
pub async fn device_get(
    desk: Data<Desk>,
    limits: Data<Limits>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
) -> HttpResponse {
    let params = Params::parse(req.query_string().as_bytes()).unwrap_or_default();
    let typed = params.one("user_code").ok().flatten().unwrap_or_default();
    let code = UserCode::parse(typed);
    let Some(person) = session::signed_in(&req) else {
        let path = code.map_or_else(|| "/device".to_owned(), |code| format!("/device?user_code={code}"));
        return to_enter(&desk, &call, &req, &path, &Errand::default()).await;
    };
    let Some(code) = code else {
        let problem = (!typed.is_empty()).then_some("A code has eight letters, without vowels and digits.");
        return ask_code(&desk, &person, typed, problem);
    };
    if let Err(error) = may_guess(&limits, &req) {
        return refused(&desk, &call, &error);
    }
    match device::look(&desk, &call, &person.user, &code).await {
        Ok(ready) if ready.owes_email => {
            let errand = Errand { email: true, login: Some(person.login) };
            to_enter(&desk, &call, &req, &format!("/device?user_code={code}"), &errand).await
        }
        Ok(ready) => html(StatusCode::OK, &question(&desk, &call, &person, &code, ready), None),
        Err(stop) => not_found_or(&desk, &call, &person, &code, stop),
    }
}

/// `POST /device`: the person's answer.
pub async fn device_post(
    desk: Data<Desk>,
    limits: Data<Limits>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    let unmarked = || invalid_request(Why::FormToken).with_status(403);
    let form = match form {
        Ok(form) => form.0,
        Err(error) => return refused(&desk, &call, error.error()),
    };
    let one = |name| form.one(name).ok().flatten();
    let Some(person) = session::signed_in(&req) else { return refused(&desk, &call, &unmarked()) };
    if !forms::same(&person.csrf, one("csrf").unwrap_or_default()) {
        return refused(&desk, &call, &unmarked());
    }
    let approve = match one("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return refused(&desk, &call, &unmarked()),
    };
    let Some(code) = one("user_code").and_then(UserCode::parse) else {
        return see(&desk.config.issuer.url("/device"));
    };
    if let Err(error) = may_guess(&limits, &req) {
        return refused(&desk, &call, &error);
    }
    let life = one("life").and_then(|life| life.parse().ok()).filter(|life| *life > 0).map(Span::seconds);
    let choice = Choice { approve, scope: form.many("scope").into_iter().collect::<ScopeSet>(), life };
    let desk = desk.into_inner();
    match device::decide(&desk, &call, &person.user, person.auth_time, &code, choice).await {
        Ok(ready) => html(StatusCode::OK, &answered(&desk, &ready, approve), None),
        Err(stop) => not_found_or(&desk, &call, &person, &code, stop),
    }
}

/// Whoever tries codes is slowed down, also where limits are off.
fn may_guess(limits: &Limits, req: &HttpRequest) -> Result<(), OAuthError> {
    let ip = extract::arrival(req).ok().and_then(|arrival| arrival.ip);
    limits.check(LimitName::Guess, ip)
}

fn ask_code(desk: &Desk, person: &SignedIn, typed: &str, problem: Option<&str>) -> HttpResponse {
    let page = DevicePage {
        site: site(desk),
        csrf: person.csrf.clone(),
        who: person.login.clone(),
        through: through(desk),
        code: Field { value: typed.chars().take(30).collect(), error: problem.map(str::to_owned) },
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    html(status, &page, None)
}

/// A code that nobody waits with is a slip of the pen: the page asks again. Anything else is a page of its own.
fn not_found_or(desk: &Desk, call: &Call, person: &SignedIn, code: &UserCode, stop: Stop<OAuthError>) -> HttpResponse {
    match &stop {
        Stop::Refuse(error) if matches!(error.why(), Why::UserCodeUnknown | Why::UserCodeOver) => {
            ask_code(desk, person, &code.to_string(), Some(error.why().words()))
        }
        _ => failed(desk, call, stop),
    }
}

/// The question as a page.
fn question(desk: &Desk, call: &Call, person: &SignedIn, code: &UserCode, ready: Ready) -> DeviceConsentPage {
    let Ready { device, client, person: user, .. } = ready;
    let register = desk.store.standing().register();
    let resource = register.find(&device.audience);
    // A device sends nobody anywhere, so nothing about it can prove a name.
    let nowhere = Destination::Shown;
    let lookalike = looks_like(client.name(), &nowhere).filter(|_| !client.is_vouched_for()).map(|known| known.name);
    let face = if lookalike.is_some() { Face::unknown() } else { Face::of(client.id.as_str(), client.name()) };
    let ago = |at: crate::base::time::Time| Ago::of(at.unix(), call.now.unix());
    let began = Phrase::from("Began ").time(ago(device.created_at));
    let began = if device.ip.is_empty() { began } else { began.text(", from ").code(&*device.ip) };
    let same = !device.ip.is_empty() && device.ip == call.ip;
    let lives = if lookalike.is_some() { LIVES.get(..1).unwrap_or_default() } else { &LIVES };
    let chosen = if lookalike.is_some() { "3600" } else { "" };
    DeviceConsentPage {
        site: site(desk),
        csrf: person.csrf.clone(),
        code: code.to_string(),
        client: client.name().to_owned(),
        resource: resource.map_or_else(|| device.audience.host(), |r| r.name.clone()),
        who: user.login,
        through: through(desk),
        face: face.large(),
        proof: proof(&client),
        proof_why: proof_why(&client),
        notes: vec![
            Line::new(
                "The device",
                if same { began.text(", the address that you come from too.") } else { began.text(".") },
            ),
            Line::new("First seen", Phrase::default().time(ago(client.created_at))),
        ],
        scopes: device
            .scope
            .iter()
            .map(|name| ConsentScope {
                name: name.into(),
                words: scope_words(desk, name, resource),
                optional: false,
                checked: true,
            })
            .collect(),
        lives: lives.iter().map(|(value, label)| Pick::new(value, label, chosen)).collect(),
        lookalike,
    }
}

/// That the answer was taken.
fn answered(desk: &Desk, ready: &Ready, approve: bool) -> MessagePage {
    let name = ready.client.name();
    let (stamp, title, lede) = match approve {
        true => (
            State::new(Tone::Accent, Shape::Tick, "Let in"),
            format!("{name} is in"),
            "Go back to your device: it goes on by itself within a few seconds. You can close this page.",
        ),
        false => (
            State::new(Tone::Plain, Shape::Cross, "Not let in"),
            format!("{name} was not let in"),
            "Your device hears it within a few seconds. You can close this page.",
        ),
    };
    MessagePage { site: site(desk), stamp, title, lede: lede.into(), ..MessagePage::default() }
}
