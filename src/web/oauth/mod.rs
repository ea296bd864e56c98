//! The doors of the protocol: documents, registration and its management, tokens.

pub mod device;
pub mod introspect;
pub mod jwks;
pub mod manage;
pub mod metadata;
pub mod par;
pub mod register;
pub mod resource;
pub mod revoke;
pub mod token;
pub mod userinfo;

use actix_web::web;

use super::{
    headers::Kind,
    limit::LimitName,
    routes::{Door, Entry, Under, Verb},
};

/// Their part of the table: what is asked most stands first.
pub fn routes() -> Vec<Entry> {
    vec![
        Entry::new("metadata", "/.well-known/oauth-authorization-server", Door::Open, Kind::Document)
            .under(Under::WellKnown)
            .shared()
            .on(Verb::Get, || web::to(metadata::metadata)),
        Entry::new("jwks", "/jwks", Door::Open, Kind::Document)
            .also("/oauth/jwks")
            .also("/.well-known/jwks.json")
            .shared()
            .on(Verb::Get, || web::to(jwks::jwks)),
        Entry::new("token", "/token", Door::Open, Kind::Token)
            .also("/oauth/token")
            .limited(LimitName::Token)
            .shared()
            .on(Verb::Post, || web::to(token::token)),
        Entry::new("introspect", "/introspect", Door::Open, Kind::Answer)
            .also("/oauth/introspect")
            .limited(LimitName::Token)
            .shared()
            .on(Verb::Post, || web::to(introspect::introspect)),
        Entry::new("register", "/register", Door::Open, Kind::Answer)
            .also("/oauth/register")
            .limited(LimitName::Register)
            .shared()
            .on(Verb::Post, || web::to(register::register)),
        Entry::new("manage", "/register/{client_id}", Door::Management, Kind::Answer)
            .also("/oauth/register/{client_id}")
            .with_tail()
            .limited(LimitName::Register)
            .shared()
            .on(Verb::Get, || web::to(manage::read))
            .on(Verb::Put, || web::to(manage::replace))
            .on(Verb::Delete, || web::to(manage::delete)),
        Entry::new("resource", "/.well-known/oauth-protected-resource{path:(/.*)?}", Door::Open, Kind::Document)
            .under(Under::Root)
            .with_tail()
            .shared()
            .on(Verb::Get, || web::to(resource::resource)),
        Entry::new("revoke", "/revoke", Door::Open, Kind::Answer)
            .also("/oauth/revoke")
            .limited(LimitName::Token)
            .shared()
            .on(Verb::Post, || web::to(revoke::revoke)),
        Entry::new("userinfo", "/userinfo", Door::Bearer, Kind::Answer)
            .also("/oauth/userinfo")
            .limited(LimitName::Token)
            .shared()
            .on(Verb::Get, || web::to(userinfo::userinfo))
            .on(Verb::Post, || web::to(userinfo::userinfo)),
        Entry::new("par", "/par", Door::Open, Kind::Answer)
            .also("/oauth/par")
            .limited(LimitName::Token)
            .shared()
            .on(Verb::Post, || web::to(par::par)),
        Entry::new("device-authorization", "/device_authorization", Door::Open, Kind::Answer)
            .also("/oauth/device_authorization")
            .limited(LimitName::Authorize)
            .shared()
            .on(Verb::Post, || web::to(device::device_authorization)),
        Entry::new("openid-metadata", "/.well-known/openid-configuration", Door::Open, Kind::Document)
            .under(Under::WellKnown)
            .shared()
            .on(Verb::Get, || web::to(metadata::openid)),
    ]
}
