//! The dashboard: behind the guard, one file a page, every value already formatted.
pub mod access;
pub mod access_actions;
pub mod api_tokens;
pub mod approvals;
pub mod audit;
pub mod backups;
pub mod bulk;
pub mod client;
pub mod client_actions;
pub mod client_edit;
pub mod client_form;
mod client_setup;
pub mod clients;
pub mod confirm;
pub mod export;
pub mod grant_actions;
pub mod grants;
pub mod guard;
pub mod keys;
pub mod lines;
pub mod links;
pub mod live;
pub mod needs;
pub mod new_client;
pub mod overview;
pub mod people;
pub mod people_actions;
pub mod policy;
pub mod policy_actions;
pub mod refusals;
mod remedies;
pub mod resource;
pub mod resource_actions;
pub mod resource_calls;
pub mod resource_form;
pub mod resources;
pub mod search;
pub mod settings;
pub mod setup;
pub mod tokens;
pub mod tombstone;

use actix_web::web;

use super::{
    headers::Kind,
    limit::LimitName,
    routes::{Door, Entry, Verb},
};
use crate::flows::github_app;

/// Where lines come as they are written: a stream without an end, and no page.
pub const LIVE: &str = "/admin/live";

/// Its part of the table.
pub fn routes() -> Vec<Entry> {
    let mut all = pages();
    all.extend(actions());
    all
}

fn behind(name: &'static str, path: &'static str) -> Entry {
    Entry::new(name, path, Door::Admin, Kind::Admin).limited(LimitName::Page)
}

fn pages() -> Vec<Entry> {
    vec![
        behind("admin", "/admin").on(Verb::Get, || web::to(overview::get)),
        behind("admin-live", LIVE).on(Verb::Get, || web::to(live::get)),
        behind("admin-refusals", "/admin/refusals").on(Verb::Get, || web::to(refusals::get)),
        behind("admin-search", "/admin/search").on(Verb::Get, || web::to(search::get)),
        behind("admin-clients", "/admin/clients")
            .on(Verb::Get, || web::to(clients::get))
            .on(Verb::Post, || web::to(new_client::post)),
        behind("admin-client-new", "/admin/clients/new").on(Verb::Get, || web::to(new_client::get)),
        behind("admin-people", "/admin/people").on(Verb::Get, || web::to(people::get)),
        behind("admin-grants", "/admin/grants").on(Verb::Get, || web::to(grants::get)),
        behind("admin-access", "/admin/access").on(Verb::Get, || web::to(access::get)),
        behind("admin-api-tokens", "/admin/api-tokens")
            .on(Verb::Get, || web::to(api_tokens::get))
            .on(Verb::Post, || web::to(api_tokens::post)),
        behind("admin-backups", "/admin/backups")
            .on(Verb::Get, || web::to(backups::get))
            .on(Verb::Post, || web::to(backups::take)),
        behind("admin-settings", "/admin/settings").on(Verb::Get, || web::to(settings::get)),
        behind("admin-keys", "/admin/keys").on(Verb::Get, || web::to(keys::get)),
        behind("admin-policy", "/admin/policy")
            .on(Verb::Get, || web::to(policy::get))
            .on(Verb::Post, || web::to(policy_actions::post)),
        behind("admin-resources", "/admin/resources")
            .on(Verb::Get, || web::to(resources::get))
            .on(Verb::Post, || web::to(resource_form::create)),
        behind("admin-resource-new", "/admin/resources/new").on(Verb::Get, || web::to(resource_form::new)),
        behind("admin-approvals", "/admin/approvals").on(Verb::Get, || web::to(approvals::get)),
        behind("admin-tokens", "/admin/tokens")
            .on(Verb::Get, || web::to(tokens::get))
            .on(Verb::Post, || web::to(tokens::post)),
        behind("admin-audit", "/admin/audit").on(Verb::Get, || web::to(audit::get)),
        behind("admin-setup", "/admin/setup").on(Verb::Get, || web::to(setup::get)),
        behind("admin-setup-made", github_app::BACK).on(Verb::Get, || web::to(setup::github_made)),
        behind("admin-clients-csv", "/admin/clients.csv").on(Verb::Get, || web::to(export::clients_csv)),
        behind("admin-clients-json", "/admin/clients.json").on(Verb::Get, || web::to(export::clients_json)),
        behind("admin-people-csv", "/admin/people.csv").on(Verb::Get, || web::to(export::people_csv)),
        behind("admin-people-json", "/admin/people.json").on(Verb::Get, || web::to(export::people_json)),
        behind("admin-grants-csv", "/admin/grants.csv").on(Verb::Get, || web::to(export::grants_csv)),
        behind("admin-grants-json", "/admin/grants.json").on(Verb::Get, || web::to(export::grants_json)),
        behind("admin-access-csv", "/admin/access.csv").on(Verb::Get, || web::to(export::access_csv)),
        behind("admin-access-json", "/admin/access.json").on(Verb::Get, || web::to(export::access_json)),
        behind("admin-resources-csv", "/admin/resources.csv").on(Verb::Get, || web::to(export::resources_csv)),
        behind("admin-resources-json", "/admin/resources.json").on(Verb::Get, || web::to(export::resources_json)),
        behind("admin-audit-csv", "/admin/audit.csv").on(Verb::Get, || web::to(export::audit_csv)),
        behind("admin-audit-jsonl", "/admin/audit.jsonl").on(Verb::Get, || web::to(export::audit_jsonl)),
    ]
}

/// The actions, and behind them the pages of one thing: a fixed path goes before one with an id in it.
fn actions() -> Vec<Entry> {
    use client_actions as client_do;
    let act = |name, path, handler| behind(name, path).on(Verb::Post, handler);
    vec![
        act("admin-clients-bulk", "/admin/clients/bulk", || web::to(bulk::post)),
        act("admin-client-disable", "/admin/clients/disable", || web::to(client_do::disable)),
        act("admin-client-edit", "/admin/clients/edit", || web::to(client_edit::post))
            .on(Verb::Get, || web::to(client_edit::get)),
        act("admin-client-enable", "/admin/clients/enable", || web::to(client_do::enable)),
        act("admin-client-revoke", "/admin/clients/revoke", || web::to(client_do::revoke)),
        act("admin-client-revive", "/admin/clients/revive", || web::to(client_do::revive)),
        act("admin-client-trust", "/admin/clients/trust", || web::to(client_do::trust)),
        act("admin-client-approve", "/admin/clients/approve", || web::to(client_do::approve)),
        act("admin-client-untrust", "/admin/clients/untrust", || web::to(client_do::untrust)),
        act("admin-client-secret", "/admin/clients/rotate-secret", || web::to(client_do::rotate_secret)),
        act("admin-client-old-secret", "/admin/clients/end-old-secret", || web::to(client_do::end_old_secret)),
        act("admin-client-token", "/admin/clients/rotate-registration-token", || {
            web::to(client_do::rotate_registration_token)
        }),
        act("admin-client-token-end", "/admin/clients/revoke-registration-token", || {
            web::to(client_do::revoke_registration_token)
        }),
        act("admin-client-tokens", "/admin/clients/revoke-tokens", || web::to(client_do::revoke_tokens)),
        act("admin-grants-revoke", "/admin/grants/revoke", || web::to(grant_actions::revoke))
            .on(Verb::Get, || web::to(grant_actions::ask)),
        act("admin-person-suspend", "/admin/people/suspend", || web::to(people_actions::suspend))
            .on(Verb::Get, || web::to(people_actions::ask)),
        act("admin-person-restore", "/admin/people/restore", || web::to(people_actions::restore)),
        act("admin-person-revoke", "/admin/people/revoke-all", || web::to(people_actions::revoke_all)),
        act("admin-access-add", "/admin/access/add", || web::to(access_actions::add)),
        act("admin-access-remove", "/admin/access/remove", || web::to(access_actions::remove))
            .on(Verb::Get, || web::to(access_actions::ask)),
        act("admin-api-token-revoke", "/admin/api-tokens/revoke", || web::to(api_tokens::revoke))
            .on(Verb::Get, || web::to(api_tokens::ask)),
        act("admin-backup-check", "/admin/backups/check", || web::to(backups::check)),
        act("admin-settings-check", "/admin/settings/check", || web::to(settings::check)),
        act("admin-keys-rotate", "/admin/keys/rotate", || web::to(keys::rotate)),
        act("admin-key-retire", "/admin/keys/retire", || web::to(keys::retire))
            .on(Verb::Get, || web::to(keys::ask_retire)),
        act("admin-key-revoke", "/admin/keys/revoke", || web::to(keys::revoke))
            .on(Verb::Get, || web::to(keys::ask_revoke)),
        act("admin-approvals-decide", "/admin/approvals/decide", || web::to(approvals::decide)),
        act("admin-approvals-take-back", "/admin/approvals/take-back", || web::to(approvals::take_back)),
        act("admin-tokens-revoke", "/admin/tokens/revoke", || web::to(tokens::revoke))
            .on(Verb::Get, || web::to(tokens::ask_revoke)),
        Entry { kind: Kind::Leaving, ..act("admin-setup-github", "/admin/setup/github", || web::to(setup::github)) },
        act("admin-setup-keep", "/admin/setup/github/keep", || web::to(setup::github_keep)),
        act("admin-setup-check", "/admin/setup/check", || web::to(setup::check)),
        act("admin-policy-restore", "/admin/policy/restore", || web::to(policy_actions::restore))
            .on(Verb::Get, || web::to(policy_actions::ask_restore)),
        act("admin-policy-reset", "/admin/policy/reset", || web::to(policy_actions::reset))
            .on(Verb::Get, || web::to(policy_actions::ask_reset)),
        act("admin-policy-allow", "/admin/policy/allow", || web::to(policy_actions::allow))
            .on(Verb::Get, || web::to(policy_actions::ask_allow)),
        act("admin-audit-verify", "/admin/audit/verify", || web::to(audit::verify)),
        act("admin-resource-edit", "/admin/resources/edit", || web::to(resource_form::save))
            .on(Verb::Get, || web::to(resource_form::edit)),
        act("admin-resource-remove", "/admin/resources/remove", || web::to(resource_actions::remove))
            .on(Verb::Get, || web::to(resource_actions::remove)),
        act("admin-resource-credential", "/admin/resources/credential", || web::to(resource_actions::credential)),
        act("admin-resource-try", "/admin/resources/try", || web::to(resource_actions::try_token)),
        act("admin-calls-allow", "/admin/resources/calls/allow", || web::to(resource_calls::allow)),
        act("admin-calls-forbid", "/admin/resources/calls/forbid", || web::to(resource_calls::forbid)),
        act("admin-scope-say", "/admin/scopes/say", || web::to(resources::say)),
        behind("admin-resource", "/admin/resources/{uri}").on(Verb::Get, || web::to(resource::get)),
        behind("admin-client", "/admin/clients/{id}").on(Verb::Get, || web::to(client::get)),
        behind("admin-person", "/admin/people/{id}").on(Verb::Get, || web::to(people::person)),
    ]
}
