//! The dashboard: behind the guard, one file a page, every value already formatted.
pub mod access;
pub mod audit;
pub mod client;
pub mod clients;
pub mod confirm;
pub mod grants;
pub mod guard;
pub mod lines;
pub mod links;
pub mod needs;
pub mod new_client;
pub mod overview;
pub mod people;

use actix_web::web;

use super::{
    headers::Kind,
    limit::LimitName,
    routes::{Door, Entry, Verb},
};

/// Its part of the table.
pub fn routes() -> Vec<Entry> {
    let page = |name, path| Entry::new(name, path, Door::Admin, Kind::Admin).limited(LimitName::Page);
    vec![
        page("admin", "/admin").on(Verb::Get, || web::to(overview::get)),
        page("admin-clients", "/admin/clients").on(Verb::Get, || web::to(clients::get)),
        page("admin-client-new", "/admin/clients/new").on(Verb::Get, || web::to(new_client::get)),
        page("admin-client", "/admin/clients/{id}").on(Verb::Get, || web::to(client::get)),
        page("admin-people", "/admin/people").on(Verb::Get, || web::to(people::get)),
        page("admin-person", "/admin/people/{id}").on(Verb::Get, || web::to(people::person)),
        page("admin-grants", "/admin/grants").on(Verb::Get, || web::to(grants::get)),
        page("admin-access", "/admin/access").on(Verb::Get, || web::to(access::get)),
        page("admin-audit", "/admin/audit").on(Verb::Get, || web::to(audit::get)),
    ]
}
