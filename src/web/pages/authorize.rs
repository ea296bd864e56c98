//! `/authorize`, `/callback` and `/consent`: from the client's first request to its answer.

use actix_session::SessionExt as _;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};

use super::{
    consent::{Form, choice, choose, chosen, question},
    message::{ClientHelp, FormPostPage, MessagePage, SignedIn as Person, WayOut},
    waiting,
};
use crate::{
    base::{call::Call, client::Departure, resource::ResourceUri, secret::Plain},
    flows::{
        Desk,
        authorize::{self, Begun, DeadEnd, Visitor},
        consent::{self, Asked, Concluded, Standing},
        forms,
        login::{self, Ended, Errand, Next},
    },
    oauth::{
        authorize::Answer,
        cimd,
        error::{OAuthError, invalid_request},
        params::Params,
        why::Why,
    },
    store::{Stop, StoreError},
    web::{
        extract::{self, CallFrom, FormBody},
        reply::{self, Refused},
        session,
        view::{Hidden, Line, Phrase, Shape, Site, State, Tone},
    },
};

/// `GET /authorize`.
pub async fn authorize_get(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> HttpResponse {
    let params = Params::parse(req.query_string().as_bytes());
    begin(desk, call, req, params).await
}

/// `POST /authorize`: the same with the parameters in the body (RFC 6749 section 3.1).
pub async fn authorize_post(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    begin(desk, call, req, form.map(|form| form.0).map_err(|refused| refused.error().clone())).await
}

async fn begin(desk: Data<Desk>, call: Call, req: HttpRequest, params: Result<Params, OAuthError>) -> HttpResponse {
    let desk = desk.into_inner();
    let https = desk.config.issuer.is_https();
    let params = match params {
        Ok(params) => params,
        Err(error) => return refused(&desk, &call, &error),
    };
    let (browser, new) = session::browser(&req, https);
    let signed_in = session::signed_in(&req).map(|person| (person.user, person.auth_time));
    let visitor = Visitor { browser, signed_in };
    let mut answer = match authorize::begin(&desk, &call, params, &visitor).await {
        Ok(Begun::Back(answer)) => back(&desk, &answer),
        Ok(Begun::SignIn(id, errand)) => to_sign_in(&desk, &id, &errand),
        Ok(Begun::Ask(id)) => see(&consent_path(&desk, &id)),
        Ok(Begun::DeadEnd(end)) => dead_end(&desk, &call, &end),
        Err(stop) => failed(&desk, &call, stop),
    };
    if new && answer.status().is_redirection() {
        session::bind_browser(&mut answer, &visitor.browser, https);
    }
    answer
}

/// `GET /callback`: GitHub's answer.
pub async fn callback(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> HttpResponse {
    let desk = desk.into_inner();
    let unknown = || invalid_request(Why::CallbackUnknown);
    let Ok(params) = Params::parse(req.query_string().as_bytes()) else {
        return refused(&desk, &call, &unknown());
    };
    let Some(id) = params.get("state").and_then(forms::request) else { return refused(&desk, &call, &unknown()) };
    let Some(browser) = session::known_browser(&req, desk.config.issuer.is_https()) else {
        let other = invalid_request(Why::CallbackOtherBrowser).with_status(403);
        return refused(&desk, &call, &other);
    };
    let ended = match (params.get("code"), params.get("error")) {
        (Some(code), None) => login::returned(&desk, &call, &id, &browser, code).await,
        (None, Some(_)) => match login::declined(&desk, &call, &id, &browser).await {
            Ok(Some(answer)) => return back(&desk, &answer),
            Ok(None) => return told(&desk, &call, &invalid_request(Why::GitHubDenied)),
            Err(stop) => Err(stop),
        },
        _ => return refused(&desk, &call, &unknown()),
    };
    signed_in(&desk, &call, &req, ended)
}

/// A sign-in that ended, one way or the other.
pub(super) fn signed_in(
    desk: &Desk,
    call: &Call,
    req: &HttpRequest,
    ended: Result<Ended, Stop<OAuthError>>,
) -> HttpResponse {
    match ended {
        Ok(Ended::In(person)) => {
            if let Err(error) = session::begin(&req.get_session(), call, &person.user, &person.login) {
                log::error!("a session cannot begin: {error}");
                return failed(desk, call, Stop::Fail(StoreError::Other("a session cannot begin".into())));
            }
            match person.next {
                Next::Page(path) => see(&desk.config.issuer.url(&path)),
                Next::Ask(id) => see(&consent_path(desk, &id)),
            }
        }
        Ok(Ended::Out(turned)) => {
            let asks = Phrase::from("Ask the administrator of this server to ");
            let (title, ask) = match turned.error.why() {
                Why::PersonSuspended => {
                    ("You are suspended here", asks.text("restore ").strong(turned.login.clone()).text("."))
                }
                _ => (
                    "This server does not know you yet",
                    asks.text("add ").strong(turned.login.clone()).text(" to the access list."),
                ),
            };
            let page = MessagePage {
                title: title.into(),
                csrf: session::signed_in(req).map(|other| other.csrf),
                stamp: State::refused(turned.error.why().code()),
                lede: Phrase::from(turned.error.why().words()).text("."),
                who: Some(Person { name: turned.login, ..Person::default() }),
                way_out: turned.back.map(|answer| {
                    let form = answer.form();
                    WayOut {
                        label: "Go back".into(),
                        words: "Your client hears that it was not let in.".into(),
                        action: form.map_or_else(|| answer.url(), |(to, _)| to.to_owned()),
                        post: form.is_some(),
                        hidden: form.map(|(_, fields)| hidden(fields)).unwrap_or_default(),
                        button: "Back to your client".into(),
                    }
                }),
                steps: vec![ask, Phrase::from("Then connect your client once more.")],
                ..message(desk, call, &turned.error)
            };
            html(StatusCode::FORBIDDEN, &page, Some(turned.error.why()))
        }
        Err(stop) => failed(desk, call, stop),
    }
}

/// `GET /consent`.
pub async fn consent_get(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> HttpResponse {
    let desk = desk.into_inner();
    let over = || invalid_request(Why::RequestOver);
    let params = extract::query(&req);
    let id = params.get("request").and_then(forms::request);
    let (Some(id), Some(browser)) = (id, session::known_browser(&req, desk.config.issuer.is_https())) else {
        return refused(&desk, &call, &over());
    };
    let chosen = match chosen(&params) {
        Ok(chosen) => chosen,
        Err(error) => return refused(&desk, &call, &error),
    };
    let form = |resource: Option<&ResourceUri>| Form::of_request(&desk, &id, &browser, resource);
    match consent::look(&desk, &call, &id, &browser, chosen.as_ref()).await {
        Ok(Standing::Ready(ready)) => {
            html(StatusCode::OK, &question(&desk, &call, form(chosen.as_ref()), *ready), None)
        }
        Ok(Standing::Choose(choosing)) => {
            let Asked { client, person, .. } = &choosing.asked;
            html(StatusCode::OK, &choose(&desk, form(None), client, person, &choosing.among), None)
        }
        Ok(Standing::Waits(waits)) => html(StatusCode::OK, &waiting::page(&desk, &call, &id, &waits), None),
        Ok(Standing::Answered(answer)) => back(&desk, &answer),
        Ok(Standing::SignIn(errand)) => to_sign_in(&desk, &id, &errand),
        Ok(Standing::DeadEnd(end)) => {
            desk.refused(&call, "consent", &end.error, end.client.as_ref(), None);
            dead_end(&desk, &call, &end)
        }
        Err(stop) => failed(&desk, &call, stop),
    }
}

/// `POST /consent`: the person's answer.
pub async fn consent_post(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    let desk = desk.into_inner();
    let unmarked = || invalid_request(Why::FormToken).with_status(403);
    let form = match form {
        Ok(form) => form.0,
        Err(error) => return refused(&desk, &call, error.error()),
    };
    let id = form.get("request").and_then(forms::request);
    let (Some(id), Some(browser)) = (id, session::known_browser(&req, desk.config.issuer.is_https())) else {
        return refused(&desk, &call, &unmarked());
    };
    if !forms::is_marked(&desk, id.expose(), &browser, form.text("csrf")) {
        return refused(&desk, &call, &unmarked());
    }
    let approve = match form.get("decision") {
        Some("approve") => true,
        Some("deny") => false,
        _ => return refused(&desk, &call, &unmarked()),
    };
    let choice = match choice(&form, approve) {
        Ok(choice) => choice,
        Err(error) => return refused(&desk, &call, &error),
    };
    match consent::decide(&desk, &call, &id, &browser, choice).await {
        Ok(Concluded::Answered(answer)) => back(&desk, &answer),
        Ok(Concluded::Waits) => see(&consent_path(&desk, &id)),
        Err(stop) => failed(&desk, &call, stop),
    }
}

/// How people sign in here.
pub(in crate::web) fn through(desk: &Desk) -> String {
    if desk.config.sign_in.is_local() { "local name".into() } else { "through GitHub".into() }
}

/// Where a person signs in for a parked request.
pub(super) fn to_sign_in(desk: &Desk, id: &Plain, errand: &Errand) -> HttpResponse {
    match login::github_url(desk, id, errand) {
        Some(url) => see(&url),
        None => see(&desk.config.issuer.url(&format!("/login/local?request={}", id.expose()))),
    }
}

fn consent_path(desk: &Desk, id: &Plain) -> String {
    desk.config.issuer.url(&format!("/consent?request={}", id.expose()))
}

/// The answer to the client: an address, or a form that the browser posts there.
fn back(desk: &Desk, answer: &Answer) -> HttpResponse {
    let Some((to, fields)) = answer.form() else { return see(&answer.url()) };
    let page = FormPostPage { site: site(desk), action: to.to_owned(), hidden: hidden(fields) };
    html(StatusCode::OK, &page, None)
}

fn hidden(fields: &[(String, String)]) -> Vec<Hidden> {
    fields.iter().map(|(name, value)| Hidden::new(name, value)).collect()
}

/// Why a client does not get in, for the person in front of the browser. Exactly 400: some clients learn from it.
fn dead_end(desk: &Desk, call: &Call, end: &DeadEnd) -> HttpResponse {
    let id = end.client.as_ref().map(ToString::to_string).unwrap_or_default();
    let again = || {
        Some(ClientHelp {
            label: "In your client".into(),
            tool: "other".into(),
            name: desk.config.issuer.authority(),
            host: desk.config.issuer.authority(),
            ..ClientHelp::default()
        })
    };
    let mut lines =
        if id.is_empty() { Vec::new() } else { vec![Line::new("Id it showed", Phrase::default().code(id))] };
    let what = end.error.value().filter(|_| end.client.as_ref().is_some_and(cimd::is_url));
    lines.extend(what.map(|what| Line::new("What was wrong", Phrase::default().text(what))));
    let page = match (&end.stone, end.error.why()) {
        (Some(stone), _) => {
            let name = stone.metadata.client_name.clone().unwrap_or_else(|| "Your client".into());
            let why = match stone.why {
                Departure::Unused => "because nobody used it",
                Departure::Revoked => "by its administrator",
                Departure::Deleted => "by the client itself",
            };
            MessagePage {
                stamp: State::new(Tone::Plain, Shape::Cross, "Retired"),
                title: format!("{name} was taken out of the book {why}"),
                lede: "Your account is fine. Remove the connection in your client and add it again: it then signs the book anew.".into(),
                client_help: again(),
                lines,
                ..message(desk, call, &end.error)
            }
        }
        (None, Why::ClientUnknown) => MessagePage {
            title: "Your client showed an id that is not in this book".into(),
            lede: "Your account is fine. Remove the connection in your client and add it again.".into(),
            client_help: again(),
            lines,
            ..message(desk, call, &end.error)
        },
        _ => MessagePage { lines, ..message(desk, call, &end.error) },
    };
    html(StatusCode::BAD_REQUEST, &page, Some(end.error.why()))
}

/// A refusal as a page, and in the audit log under the reference that the page shows.
pub(super) fn refused(desk: &Desk, call: &Call, error: &OAuthError) -> HttpResponse {
    desk.refused(call, "page", error, None, None);
    told(desk, call, error)
}

/// A refusal that is written down already, as a page.
fn told(desk: &Desk, call: &Call, error: &OAuthError) -> HttpResponse {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    html(status, &message(desk, call, error), Some(error.why()))
}

/// A flow that did not end well, as a page.
pub(in crate::web) fn failed(desk: &Desk, call: &Call, stop: Stop<OAuthError>) -> HttpResponse {
    match stop {
        Stop::Refuse(error) => refused(desk, call, &error),
        Stop::Fail(error) => {
            log::error!("{}: {error}", call.request_id);
            let busy = error.is_passing();
            let answer = if busy { Refused::busy() } else { Refused::broken() };
            let page = MessagePage {
                title: "Doorbook could not do this just now".into(),
                lede: "Nothing is lost. Try again in a moment.".into(),
                ..message(desk, call, answer.error())
            };
            let status = if busy { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
            let mut html = html(status, &page, Some(answer.error().why()));
            if let Some(wait) = answer.error().retry_after() {
                html.headers_mut().insert(header::RETRY_AFTER, wait.as_seconds().into());
            }
            html
        }
    }
}

pub(in crate::web) fn message(desk: &Desk, call: &Call, error: &OAuthError) -> MessagePage {
    MessagePage {
        site: site(desk),
        stamp: State::refused(error.why().code()),
        title: error.why().words().to_owned(),
        lede: Phrase::from(error.why().fix()),
        code: error.why().code().to_owned(),
        reference: call.request_id.clone(),
        ..MessagePage::default()
    }
}

/// Which server this is, for pages.
pub(in crate::web) fn site(desk: &Desk) -> Site {
    Site {
        base: desk.config.issuer.path().to_owned(),
        host: desk.config.issuer.authority(),
        local: desk.config.sign_in.is_local(),
    }
}

/// A page.
pub(in crate::web) fn html(status: StatusCode, page: &impl askama::Template, why: Option<Why>) -> HttpResponse {
    written(status, page.render(), why)
}

/// The page, once it is text: the same for all of them.
fn written(status: StatusCode, text: askama::Result<String>, why: Option<Why>) -> HttpResponse {
    let mut answer = match text {
        Ok(text) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(text),
        Err(error) => {
            log::error!("a page cannot be written: {error}");
            HttpResponse::InternalServerError().finish()
        }
    };
    if let Some(why) = why {
        reply::because(&mut answer, why);
    }
    answer
}

/// 303: the browser goes there with a GET, whatever it came with; never 307 (OAuth 2.1).
pub(in crate::web) fn see(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, url)).finish()
}
