//! Mounts the table: each line becomes a resource with its methods, its preflight, a 405 for the rest, and what is around it.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, Route,
    guard::fn_guard,
    http::Method,
    middleware::{Compat, Compress, from_fn},
    web::{self, Data, PayloadConfig, ServiceConfig},
};

use super::{
    around::{self, Around},
    extract::MOST_BYTES,
    headers::{self, Kind},
    pages::{about, authorize::site},
    reply,
    routes::{Entry, places, table},
    session,
    state::App,
};
use crate::oauth::error::OAuthError;

/// Mounts everything. Called once in each worker.
pub fn mount(app: &App, config: &mut ServiceConfig) {
    config
        .app_data(Data::from(Arc::clone(&app.desk)))
        .app_data(app.arrivals.clone())
        .app_data(app.limits.clone())
        .app_data(app.documents.clone())
        .app_data(app.once.clone())
        .app_data(app.live.clone())
        .app_data(PayloadConfig::new(MOST_BYTES));
    let table = table();
    for (path, entry) in places(&table, &app.desk.config.issuer) {
        place(app, config, &path, entry);
    }
}

fn place(app: &App, config: &mut ServiceConfig, path: &str, entry: &Entry) {
    let issuer = &app.desk.config.issuer;
    let fence = (app.desk.config.sign_in.is_local() && entry.kind != Kind::Health).then(|| issuer.authority());
    let site = matches!(entry.kind, Kind::Page | Kind::Leaving | Kind::Admin).then(|| site(&app.desk));
    let around =
        Around::new(entry.manner(), issuer.is_https(), fence, site, &app.limits, &app.metrics, &app.desk.tallies);
    if entry.has_tail {
        let prefix = path.split('{').next().unwrap_or(path).trim_end_matches('/');
        for (takes, route) in answers(app, entry) {
            let around = Rc::clone(&around);
            let serve = from_fn(move |req, next| around::serve(Rc::clone(&around), req, next));
            let scope = web::scope(prefix).guard(fn_guard(move |ctx| takes(&ctx.head().method)));
            config.service(scope.default_service(route).wrap(serve));
        }
        return;
    }
    let serve = from_fn(move |req, next| around::serve(Rc::clone(&around), req, next));
    let resource = answers(app, entry).into_iter().fold(web::resource(path), |resource, (takes, route)| {
        resource.route(route.guard(fn_guard(move |ctx| takes(&ctx.head().method))))
    });
    if entry.kind == Kind::Asset {
        // Only what holds no secret is packed: how small a page gets would tell what is in it.
        config.service(resource.wrap(Compat::new(Compress::default())).wrap(serve));
    } else if entry.door.has_session() {
        config.service(resource.wrap(session::middleware(&app.desk, app.clock())).wrap(serve));
    } else {
        config.service(resource.wrap(serve));
    }
}

/// Whether a route answers that method.
type Takes = Box<dyn Fn(&Method) -> bool>;

/// What an entry answers: its methods, browsers that ask before they send, and the rest with a 405.
fn answers(app: &App, entry: &Entry) -> Vec<(Takes, Route)> {
    let mut answers: Vec<(Takes, Route)> = Vec::new();
    for (verb, handler) in &entry.verbs {
        let verb = *verb;
        answers.push((Box::new(move |method| verb.takes(method)), handler()));
    }
    let allow: Rc<str> = entry.allow().into();
    if entry.has_preflight() {
        let allow = Rc::clone(&allow);
        let preflight = web::to(move || {
            let answer = headers::preflight(&allow);
            async { answer }
        });
        answers.push((Box::new(|method| *method == Method::OPTIONS), preflight));
    }
    let site = site(&app.desk);
    let kind = entry.kind;
    let has_pages = matches!(kind, Kind::Page | Kind::Leaving | Kind::Admin);
    let rest = web::to(move |req: HttpRequest| {
        let answers: &dyn Fn(&OAuthError) -> HttpResponse = match kind {
            Kind::Api => &reply::explained,
            _ if has_pages && about::wants_page(&req) => &|error| about::turned_away(&site, error),
            _ => &reply::refusal,
        };
        let answer = reply::method_not_allowed(answers, &allow);
        async { answer }
    });
    answers.push((Box::new(|_| true), rest));
    answers
}
