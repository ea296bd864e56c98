//! The dashboard's API: what an administrator does in the dashboard, done by a program with a token of theirs. One file a kind
//! of thing; the same flows as the pages, the same audit lines with the token as actor. `describe` is its OpenAPI description.

pub mod access;
pub mod api_tokens;
pub mod approvals;
pub mod audit;
pub mod backups;
pub mod caller;
pub mod calls;
pub mod client_actions;
pub mod clients;
pub mod describe;
pub mod grants;
pub mod health;
pub mod hosts;
pub mod initial_tokens;
pub mod keys;
pub mod list;
pub mod people;
pub mod policy;
pub mod problem;
pub mod resources;
pub mod scopes;
pub mod server;

use actix_web::web;

use super::{
    headers::Kind,
    limit::LimitName,
    routes::{Door, Entry, Handler, Verb},
};

/// Its part of the table. A fixed path goes before one with an id in it; the last line is for paths that nothing is at.
pub fn routes() -> Vec<Entry> {
    let mut all = vec![
        at("api-description", "/admin/api/v1/openapi.json").on(Verb::Get, || web::to(describe::get)),
        at("api-server", "/admin/api/v1/server").on(Verb::Get, || web::to(server::get)),
        at("api-audit", "/admin/api/v1/audit").on(Verb::Get, || web::to(audit::list)),
        act("api-audit-verify", "/admin/api/v1/audit/verify", || web::to(audit::verify)),
        at("api-tokens", "/admin/api/v1/api-tokens").on(Verb::Get, || web::to(api_tokens::list)),
        act("api-token-revoke", "/admin/api/v1/api-tokens/{id}/revoke", || web::to(api_tokens::revoke)),
        at("api-health", "/admin/api/v1/health").on(Verb::Get, || web::to(health::get)),
        act("api-health-check", "/admin/api/v1/health/check", || web::to(health::check)),
        at("api-settings", "/admin/api/v1/settings").on(Verb::Get, || web::to(health::settings)),
        at("api-backups", "/admin/api/v1/backups")
            .on(Verb::Get, || web::to(backups::list))
            .on(Verb::Post, || web::to(backups::take)),
        act("api-backup-check", "/admin/api/v1/backups/{id}/check", || web::to(backups::check)),
        at("api-keys", "/admin/api/v1/keys").on(Verb::Get, || web::to(keys::list)),
        act("api-keys-rotate", "/admin/api/v1/keys/rotate", || web::to(keys::rotate)),
        act("api-key-retire", "/admin/api/v1/keys/{id}/retire", || web::to(keys::retire)),
        act("api-key-revoke", "/admin/api/v1/keys/{id}/revoke", || web::to(keys::revoke)),
    ];
    all.extend(of_clients());
    all.extend(of_people());
    all.extend(of_policy());
    all.push(at("api-nowhere", "/admin/api/{path:.*}").on(Verb::Any, || web::to(problem::nowhere)));
    all
}

fn at(name: &'static str, path: &'static str) -> Entry {
    Entry::new(name, path, Door::Api, Kind::Api).limited(LimitName::Api)
}

fn act(name: &'static str, path: &'static str, handler: Handler) -> Entry {
    at(name, path).on(Verb::Post, handler)
}

fn of_clients() -> Vec<Entry> {
    use client_actions as client_do;
    vec![
        at("api-clients", "/admin/api/v1/clients")
            .on(Verb::Get, || web::to(clients::list))
            .on(Verb::Post, || web::to(clients::create)),
        at("api-client", "/admin/api/v1/clients/{id}")
            .on(Verb::Get, || web::to(clients::one))
            .on(Verb::Patch, || web::to(clients::change)),
        act("api-client-rehearse", "/admin/api/v1/clients/{id}/rehearse", || web::to(clients::rehearse)),
        at("api-client-effect", "/admin/api/v1/clients/{id}/effect").on(Verb::Get, || web::to(clients::effect)),
        at("api-client-timeline", "/admin/api/v1/clients/{id}/timeline").on(Verb::Get, || web::to(clients::timeline)),
        act("api-client-disable", "/admin/api/v1/clients/{id}/disable", || web::to(client_do::disable)),
        act("api-client-enable", "/admin/api/v1/clients/{id}/enable", || web::to(client_do::enable)),
        act("api-client-trust", "/admin/api/v1/clients/{id}/trust", || web::to(client_do::trust)),
        act("api-client-approve", "/admin/api/v1/clients/{id}/approve", || web::to(client_do::approve)),
        act("api-client-untrust", "/admin/api/v1/clients/{id}/untrust", || web::to(client_do::untrust)),
        act("api-client-secret", "/admin/api/v1/clients/{id}/rotate-secret", || web::to(client_do::rotate_secret)),
        act("api-client-old-secret", "/admin/api/v1/clients/{id}/end-old-secret", || {
            web::to(client_do::end_old_secret)
        }),
        act("api-client-token", "/admin/api/v1/clients/{id}/rotate-registration-token", || {
            web::to(client_do::rotate_registration_token)
        }),
        act("api-client-token-end", "/admin/api/v1/clients/{id}/revoke-registration-token", || {
            web::to(client_do::revoke_registration_token)
        }),
        act("api-client-tokens", "/admin/api/v1/clients/{id}/revoke-tokens", || web::to(client_do::revoke_tokens)),
        act("api-client-revoke", "/admin/api/v1/clients/{id}/revoke", || web::to(client_do::revoke)),
        act("api-client-revive", "/admin/api/v1/clients/{id}/revive", || web::to(client_do::revive)),
        at("api-tombstones", "/admin/api/v1/tombstones").on(Verb::Get, || web::to(clients::tombstones)),
        at("api-tombstone", "/admin/api/v1/tombstones/{id}").on(Verb::Get, || web::to(clients::tombstone)),
    ]
}

fn of_people() -> Vec<Entry> {
    vec![
        at("api-people", "/admin/api/v1/people").on(Verb::Get, || web::to(people::list)),
        at("api-person", "/admin/api/v1/people/{id}").on(Verb::Get, || web::to(people::one)),
        at("api-person-effect", "/admin/api/v1/people/{id}/effect").on(Verb::Get, || web::to(people::effect)),
        at("api-person-timeline", "/admin/api/v1/people/{id}/timeline").on(Verb::Get, || web::to(people::timeline)),
        act("api-person-suspend", "/admin/api/v1/people/{id}/suspend", || web::to(people::suspend)),
        act("api-person-restore", "/admin/api/v1/people/{id}/restore", || web::to(people::restore)),
        act("api-person-revoke", "/admin/api/v1/people/{id}/revoke-all", || web::to(people::revoke_all)),
        at("api-grants", "/admin/api/v1/grants").on(Verb::Get, || web::to(grants::list)),
        act("api-grants-revoke", "/admin/api/v1/grants/revoke", || web::to(grants::revoke)),
        at("api-grant", "/admin/api/v1/grants/{id}").on(Verb::Get, || web::to(grants::one)),
        at("api-access", "/admin/api/v1/access")
            .on(Verb::Get, || web::to(access::list))
            .on(Verb::Post, || web::to(access::add)),
        act("api-access-rehearse", "/admin/api/v1/access/rehearse", || web::to(access::rehearse)),
        at("api-access-entry", "/admin/api/v1/access/{id}").on(Verb::Delete, || web::to(access::remove)),
        at("api-access-effect", "/admin/api/v1/access/{id}/effect").on(Verb::Get, || web::to(access::effect)),
        at("api-resources", "/admin/api/v1/resources")
            .on(Verb::Get, || web::to(resources::list))
            .on(Verb::Post, || web::to(resources::add)),
        at("api-resource", "/admin/api/v1/resources/{id}")
            .on(Verb::Get, || web::to(resources::one))
            .on(Verb::Delete, || web::to(resources::remove)),
        at("api-resource-effect", "/admin/api/v1/resources/{id}/effect").on(Verb::Get, || web::to(resources::effect)),
        at("api-scopes", "/admin/api/v1/scopes")
            .on(Verb::Get, || web::to(scopes::list))
            .on(Verb::Post, || web::to(scopes::say)),
        act("api-resource-credential", "/admin/api/v1/resources/{id}/credential", || web::to(resources::credential)),
        at("api-calls", "/admin/api/v1/calls")
            .on(Verb::Get, || web::to(calls::list))
            .on(Verb::Post, || web::to(calls::allow)),
        act("api-calls-forbid", "/admin/api/v1/calls/forbid", || web::to(calls::forbid)),
    ]
}

fn of_policy() -> Vec<Entry> {
    vec![
        at("api-policy", "/admin/api/v1/policy")
            .on(Verb::Get, || web::to(policy::get))
            .on(Verb::Post, || web::to(policy::change)),
        act("api-policy-rehearse", "/admin/api/v1/policy/rehearse", || web::to(policy::rehearse)),
        at("api-policy-history", "/admin/api/v1/policy/history").on(Verb::Get, || web::to(policy::history)),
        act("api-policy-restore", "/admin/api/v1/policy/restore", || web::to(policy::restore)),
        act("api-policy-undo", "/admin/api/v1/policy/undo", || web::to(policy::undo)),
        at("api-approvals", "/admin/api/v1/approvals").on(Verb::Get, || web::to(approvals::list)),
        at("api-approvals-decided", "/admin/api/v1/approvals/decided").on(Verb::Get, || web::to(approvals::decided)),
        at("api-approval", "/admin/api/v1/approvals/decided/{id}").on(Verb::Delete, || web::to(approvals::take_back)),
        act("api-approve", "/admin/api/v1/approvals/{id}/approve", || web::to(approvals::approve)),
        act("api-deny", "/admin/api/v1/approvals/{id}/deny", || web::to(approvals::deny)),
        at("api-initial-tokens", "/admin/api/v1/initial-tokens")
            .on(Verb::Get, || web::to(initial_tokens::list))
            .on(Verb::Post, || web::to(initial_tokens::create)),
        at("api-initial-token", "/admin/api/v1/initial-tokens/{id}").on(Verb::Get, || web::to(initial_tokens::one)),
        act("api-initial-token-revoke", "/admin/api/v1/initial-tokens/{id}/revoke", || web::to(initial_tokens::revoke)),
        at("api-document-hosts", "/admin/api/v1/document-hosts")
            .on(Verb::Get, || web::to(hosts::list))
            .on(Verb::Post, || web::to(hosts::approve)),
        at("api-document-host", "/admin/api/v1/document-hosts/{id}").on(Verb::Delete, || web::to(hosts::remove)),
    ]
}
