//! `GET /.well-known/oauth-protected-resource[/path]` (RFC 9728 section 3).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{
    base::register::Resource,
    flows::Desk,
    oauth::{error, openid, resource_metadata},
    web::{arrival::Arrivals, document::Document, reply::Refused},
};

/// The document of the resource that is at the request's host and path: one in the register, or our own userinfo endpoint.
pub async fn resource(desk: Data<Desk>, arrivals: Data<Arrivals>, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let register = desk.store.standing().register();
    let path = resource_metadata::asked_about(req.path());
    let host = arrivals.host(&req);
    // The proxy need not say how it was reached: no host serves two resources that differ in nothing but the scheme.
    let found = path.zip(host).and_then(|(path, host)| {
        let at = |scheme| register.at(&resource_metadata::origin(scheme, host)?, path);
        at("https").or_else(|| at("http"))
    });
    let own = (found.is_none() && desk.config.policy.has_openid())
        .then(|| openid::resource(&desk.config.issuer, &desk.config.policy))
        .filter(|own| path.zip(host).is_some_and(|(path, host)| is_at(own, path, host)));
    let found = found.or(own.as_ref()).ok_or_else(error::not_found)?;
    let issuer = &desk.config.issuer;
    let document = resource_metadata::document(found, issuer, &desk.config.policy);
    Ok(Document::json(&document, issuer.is_https()).answer(&req))
}

fn is_at(resource: &Resource, path: &str, host: &str) -> bool {
    let same = |scheme| resource_metadata::origin(scheme, host).is_some_and(|origin| origin == resource.uri.origin());
    resource.uri.path() == path && (same("https") || same("http"))
}
