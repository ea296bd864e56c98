//! Signing in without a client that asks: administrators, the claim link, the local sign-in; and signing out.

use actix_session::Session;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use super::{
    authorize::{failed, html, refused, see, signed_in, site, to_sign_in},
    login::{ClaimPage, LocalPage, SignInPage},
};
use crate::{
    base::{call::Call, secret::Plain, time::Time},
    flows::{
        Desk, forms,
        login::{self, Errand},
        own,
    },
    oauth::{error::invalid_request, why::Why},
    store::Stop,
    web::{
        extract::{self, CallFrom, FormBody},
        reply::Refused,
        session,
        view::{Ago, Field, Hidden, Phrase},
    },
};

/// Sends an anonymous visitor of `path` to the sign-in, bound to this browser.
pub async fn to_enter(desk: &Data<Desk>, call: &Call, req: &HttpRequest, path: &str, errand: &Errand) -> HttpResponse {
    let desk = desk.clone().into_inner();
    let https = desk.config.issuer.is_https();
    let (browser, new) = session::browser(req, https);
    let mut answer = match login::visit(&desk, call, &browser, path, errand).await {
        Ok(id) => to_sign_in(&desk, &id, errand),
        Err(stop) => return failed(&desk, call, stop),
    };
    if new {
        session::bind_browser(&mut answer, &browser, https);
    }
    answer
}

/// The path of this request below the public URL, as a sign-in may lead back to it.
pub fn here(desk: &Desk, req: &HttpRequest) -> String {
    let path = req.uri().path_and_query().map_or("/", |path| path.as_str());
    let below = path.strip_prefix(desk.config.issuer.path()).unwrap_or(path);
    below.replace(':', "%3A").replace('@', "%40")
}

/// `GET /sign-in`: after signing out, or when somebody types it.
pub async fn sign_in_get(desk: Data<Desk>, req: HttpRequest) -> HttpResponse {
    let next = next_of(&req);
    html(StatusCode::OK, &SignInPage { site: site(&desk), csrf: None, next, problem: None }, None)
}

/// `POST /login/github`: begins the trip. In local mode it leads to the local sign-in.
pub async fn github_post(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    let next = form.ok().and_then(|form| form.0.get("next").map(str::to_owned));
    to_enter(&desk, &call, &req, next.as_deref().unwrap_or("/admin"), &Errand::default()).await
}

/// `GET /login/local`: the marked sign-in of local mode.
pub async fn local_get(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> HttpResponse {
    if !desk.config.sign_in.is_local() {
        return refused(&desk, &call, &invalid_request(Why::NotFound).with_status(404));
    }
    let params = extract::query(&req);
    let Some(id) = params.get("request").and_then(forms::request) else {
        return to_enter(&desk, &call, &req, &next_of(&req), &Errand::default()).await;
    };
    let Some(browser) = session::known_browser(&req, desk.config.issuer.is_https()) else {
        return refused(&desk, &call, &invalid_request(Why::RequestOtherBrowser).with_status(403));
    };
    local_page(&desk, &id, &browser, Field::default(), StatusCode::OK)
}

/// `POST /login/local`: the name that was typed.
pub async fn local_post(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    let unmarked = invalid_request(Why::FormToken).with_status(403);
    let Ok(FormBody(form)) = form else { return refused(&desk, &call, &unmarked) };
    let browser = session::known_browser(&req, desk.config.issuer.is_https());
    let (Some(id), Some(browser)) = (form.get("request").and_then(forms::request), browser) else {
        return refused(&desk, &call, &unmarked);
    };
    if !forms::is_marked(&desk, id.expose(), &browser, form.text("csrf")) {
        return refused(&desk, &call, &unmarked);
    }
    let name = form.text("name");
    if let Some(problem) = login::problem_with(name) {
        let field = Field { value: name.to_owned(), error: Some(problem.to_owned()) };
        return local_page(&desk, &id, &browser, field, StatusCode::BAD_REQUEST);
    }
    let ended = login::named(&desk.clone().into_inner(), &call, &id, &browser, name).await;
    signed_in(&desk, &call, &req, ended)
}

fn local_page(desk: &Desk, id: &Plain, browser: &Plain, name: Field, status: StatusCode) -> HttpResponse {
    let page = LocalPage {
        site: site(desk),
        csrf: Some(forms::mark(desk, id.expose(), browser)),
        hidden: vec![Hidden::new("request", id.expose())],
        name,
        bind: desk.config.bind.to_string(),
        continuing: Phrase::default(),
    };
    html(status, &page, None)
}

/// `GET /claim?claim=...`: the link from the console.
pub async fn claim_get(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> HttpResponse {
    let desk = desk.into_inner();
    let params = extract::query(&req);
    let link = params.text("claim");
    let until = match login::live_claim(&desk, &call, link).await {
        Ok(until) => until,
        Err(stop) => return failed(&desk, &call, stop),
    };
    let https = desk.config.issuer.is_https();
    let (browser, new) = session::browser(&req, https);
    let page = claim_page(&desk, &call, link, &browser, until, Field::default());
    let mut answer = html(StatusCode::OK, &page, None);
    if new {
        session::bind_browser(&mut answer, &browser, https);
    }
    answer
}

/// `POST /claim`: confirmed; now who is it?
pub async fn claim_post(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    let shared = desk.clone().into_inner();
    let unmarked = invalid_request(Why::FormToken).with_status(403);
    let Ok(FormBody(form)) = form else { return refused(&desk, &call, &unmarked) };
    let link = form.text("claim");
    let Some(browser) = session::known_browser(&req, desk.config.issuer.is_https()) else {
        return refused(&desk, &call, &unmarked);
    };
    if !forms::is_marked(&desk, link, &browser, form.text("csrf")) {
        return refused(&desk, &call, &unmarked);
    }
    let name = form.text("name");
    if let Some(problem) = login::problem_with(name).filter(|_| desk.config.sign_in.is_local()) {
        let field = Field { value: name.to_owned(), error: Some(problem.to_owned()) };
        return match login::live_claim(&shared, &call, link).await {
            Ok(until) => {
                let page = claim_page(&desk, &call, link, &browser, until, field);
                html(StatusCode::BAD_REQUEST, &page, None)
            }
            Err(stop) => failed(&desk, &call, stop),
        };
    }
    let id = match login::claim(&shared, &call, &browser, link).await {
        Ok(id) => id,
        Err(stop) => return failed(&desk, &call, stop),
    };
    if !desk.config.sign_in.is_local() {
        return to_sign_in(&desk, &id, &Errand::default());
    }
    let ended = login::named(&shared, &call, &id, &browser, name).await;
    signed_in(&desk, &call, &req, ended)
}

fn claim_page(desk: &Desk, call: &Call, link: &str, browser: &Plain, until: Time, name: Field) -> ClaimPage {
    ClaimPage {
        site: site(desk),
        csrf: Some(forms::mark(desk, link, browser)),
        claim: link.to_owned(),
        until: Ago::of(until.unix(), call.now.unix()),
        name,
    }
}

/// `POST /sign-out`.
pub async fn sign_out(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    session: Session,
    form: Result<FormBody, Refused>,
) -> HttpResponse {
    let form = form.map(|form| form.0).unwrap_or_default();
    let browser = session::known_browser(&req, desk.config.issuer.is_https());
    let from_consent = browser.is_some_and(|b| forms::is_marked(&desk, form.text("request"), &b, form.text("csrf")));
    if let Some(person) = session::signed_in(&req) {
        if !forms::same(&person.csrf, form.text("csrf")) && !from_consent {
            return refused(&desk, &call, &invalid_request(Why::FormToken).with_status(403));
        }
        if let Err(error) = own::signed_out(&desk, &call, &person.user).await {
            return failed(&desk, &call, Stop::Fail(error));
        }
    }
    session::end(&session);
    see(&desk.config.issuer.url("/sign-in"))
}

fn next_of(req: &HttpRequest) -> String {
    extract::query(req).get("next").unwrap_or("/admin").to_owned()
}
