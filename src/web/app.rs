//! Mounts the table: each line becomes a resource with its methods, its preflight, a 405 for the rest, and what is around it.

use std::{rc::Rc, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, Resource,
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
        .app_data(app.metadata.clone())
        .app_data(app.key_set.clone())
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
    let serve = from_fn(move |req, next| around::serve(Rc::clone(&around), req, next));
    let resource = resource(app, path, entry);
    if entry.kind == Kind::Asset {
        // Only what holds no secret is packed: how small a page gets would tell what is in it.
        config.service(resource.wrap(Compat::new(Compress::default())).wrap(serve));
    } else if entry.door.has_session() {
        config.service(resource.wrap(session::middleware(&app.desk, app.clock())).wrap(serve));
    } else {
        config.service(resource.wrap(serve));
    }
}

/// The methods of an entry at one of its paths.
fn resource(app: &App, path: &str, entry: &Entry) -> Resource {
    let mut resource = web::resource(path);
    for (verb, handler) in &entry.verbs {
        let verb = *verb;
        let fits = actix_web::guard::fn_guard(move |ctx| verb.takes(&ctx.head().method));
        resource = resource.route(handler().guard(fits));
    }
    let allow: Rc<str> = entry.allow().into();
    if entry.has_preflight() {
        let allow = Rc::clone(&allow);
        resource = resource.route(web::method(Method::OPTIONS).to(move || {
            let answer = headers::preflight(&allow);
            async { answer }
        }));
    }
    let site = site(&app.desk);
    let kind = entry.kind;
    let has_pages = matches!(kind, Kind::Page | Kind::Leaving | Kind::Admin);
    resource.default_service(web::to(move |req: HttpRequest| {
        let answers: &dyn Fn(&OAuthError) -> HttpResponse = match kind {
            Kind::Api => &reply::explained,
            _ if has_pages && about::wants_page(&req) => &|error| about::turned_away(&site, error),
            _ => &reply::refusal,
        };
        let answer = reply::method_not_allowed(answers, &allow);
        async { answer }
    }))
}
