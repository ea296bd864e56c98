//! `/device`: a person lets a device without a browser in (RFC 8628 section 3.3). They type the code that it shows, or follow
//! the link that carries it; either way they are asked, and see the code again.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{
    authorize::{failed, html, refused, see, site, through},
    consent::{ConsentScope, Form, choice, choose, chosen, face, life_note, lives, proof, proof_why, ticks, used_by},
    message::MessagePage,
    sign_in::to_enter,
};
use crate::{
    base::{call::Call, client::Client, redirect::Destination, resource::ResourceUri, time::Time, user_code::UserCode},
    flows::{
        Desk,
        consent::Others,
        device::{self, Asked, Concluded, Standing},
        forms,
        login::Errand,
    },
    oauth::{
        authorize::{
            consent::{Question, needed, sentence},
            look_alike::disguise,
        },
        error::{OAuthError, invalid_request},
        why::Why,
    },
    store::Stop,
    web::{
        extract::{self, CallFrom, FormBody},
        limit::{LimitName, Limits},
        reply::Refused,
        session::{self, SignedIn},
        view::{Ago, Face, Field, Hidden, Line, Phrase, Pick, Shape, Site, State, Tone},
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
    /// What its forms carry.
    pub form: Form,
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
    /// A word beside it.
    pub life_note: String,
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
    let params = extract::query(&req);
    let typed = params.text("user_code");
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
    let chosen = match chosen(&params) {
        Ok(chosen) => chosen,
        Err(error) => return refused(&desk, &call, &error),
    };
    let form = |resource: Option<&ResourceUri>| Form {
        action: "/device",
        csrf: person.csrf.clone(),
        about: vec![Hidden::new("user_code", code.to_string())],
        resource: resource.map(ToString::to_string),
    };
    match device::look(&desk, &call, &person.user, &code, chosen.as_ref()).await {
        Ok(Standing::Ready(asked, _)) if asked.owes_email => {
            let errand = Errand { email: true, login: Some(person.login) };
            to_enter(&desk, &call, &req, &format!("/device?user_code={code}"), &errand).await
        }
        Ok(Standing::Ready(asked, others)) => {
            html(StatusCode::OK, &question(&desk, &call, form(chosen.as_ref()), &code, *asked, &others), None)
        }
        Ok(Standing::Choose(asked, among)) => {
            html(StatusCode::OK, &choose(&desk, form(None), &asked.client, &asked.person, &among), None)
        }
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
    let Some(person) = session::signed_in(&req) else { return refused(&desk, &call, &unmarked()) };
    if !forms::same(&person.csrf, form.text("csrf")) {
        return refused(&desk, &call, &unmarked());
    }
    let approve = match form.get("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return refused(&desk, &call, &unmarked()),
    };
    let Some(code) = form.get("user_code").and_then(UserCode::parse) else {
        return see(&desk.config.issuer.url("/device"));
    };
    if let Err(error) = may_guess(&limits, &req) {
        return refused(&desk, &call, &error);
    }
    let choice = match choice(&form, approve) {
        Ok(choice) => choice,
        Err(error) => return refused(&desk, &call, &error),
    };
    let desk = desk.into_inner();
    match device::decide(&desk, &call, &person.user, person.auth_time, &code, choice).await {
        Ok((client, Concluded::Answered)) => html(StatusCode::OK, &answered(&desk, &client, approve), None),
        Ok((client, Concluded::Waits)) => html(StatusCode::OK, &waits(&desk, &client), None),
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
fn question(desk: &Desk, call: &Call, form: Form, code: &UserCode, asked: Asked, others: &Others) -> DeviceConsentPage {
    let Asked { device, client, person, .. } = asked;
    let register = desk.store.standing().register();
    let resource = register.find(&device.audience);
    // A device sends nobody anywhere, so nothing about it can prove a name.
    let lookalike = disguise(&client, &Destination::Shown);
    let ago = |at: Time| Ago::of(at.unix(), call.now.unix());
    let began = Phrase::from("Began ").time(ago(device.created_at));
    let began = if device.ip.is_empty() { began } else { began.text(", from ").code(&*device.ip) };
    let same = !device.ip.is_empty() && device.ip == call.ip;
    let needed = needed(&device.scope, &Question::All, resource, &desk.config.policy);
    DeviceConsentPage {
        site: site(desk),
        form,
        code: code.to_string(),
        client: client.name().to_owned(),
        resource: resource.map_or_else(|| device.audience.host(), |r| r.name.clone()),
        who: person.login,
        through: through(desk),
        face: face(&client, lookalike),
        proof: proof(&client),
        proof_why: proof_why(&client),
        notes: vec![
            Line::new(
                "The device",
                if same { began.text(", the address that you come from too.") } else { began.text(".") },
            ),
            Line::new("First seen", Phrase::default().time(ago(client.created_at))),
            used_by(desk, &client, others),
        ],
        scopes: ticks(&device.scope, &needed, |name| sentence(name, resource, &register)),
        lives: lives(lookalike.is_some()),
        life_note: life_note(call, lookalike.is_some()),
        lookalike: lookalike.map(|known| known.name),
    }
}

/// An administrator has to approve the client; the device hears it by itself.
fn waits(desk: &Desk, client: &Client) -> MessagePage {
    MessagePage {
        site: site(desk),
        stamp: State::new(Tone::Amber, Shape::Half, "Waits"),
        title: format!("{} waits for an administrator", client.name()),
        lede: Phrase::from("You let it in. An administrator of this server has to approve it too, at ")
            .code(desk.config.issuer.url("/admin/approvals"))
            .text(". Your device goes on by itself then; you can close this page."),
        ..MessagePage::default()
    }
}

/// That the answer was taken.
fn answered(desk: &Desk, client: &Client, approve: bool) -> MessagePage {
    let name = client.name();
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
