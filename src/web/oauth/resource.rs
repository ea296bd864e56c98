//! `GET /.well-known/oauth-protected-resource[/path]` (RFC 9728 section 3).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{
    flows::Desk,
    oauth::{error, resource_metadata},
    web::{arrival::Arrivals, reply::Refused, state::Document},
};

/// The document of the resource that is at the request's host and path.
pub async fn resource(desk: Data<Desk>, arrivals: Data<Arrivals>, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let register = desk.store.standing().register();
    let path = resource_metadata::asked_about(req.path());
    let host = arrivals.host(&req);
    // The proxy need not say how it was reached: no host serves two resources that differ in nothing but the scheme.
    let found = path.zip(host).and_then(|(path, host)| {
        let at = |scheme| register.at(&resource_metadata::origin(scheme, host)?, path);
        at("https").or_else(|| at("http"))
    });
    let found = found.ok_or_else(error::not_found)?;
    Ok(Document::json(&resource_metadata::document(found, &desk.config.issuer, &desk.config.policy)).answer(&req))
}
