//! Every line of the table by which a program changes something, done once: it leaves its line in the audit log, under the token
//! that did it. A route without a row here fails, so that none is forgotten.

use doorbook::{
    base::api_token::ApiRole,
    web::routes::{Door, Entry, Verb, table},
};
use reqwest::Method;
use serde_json::Value;

use super::program::Program;
use crate::{
    pages::deeds::{Routes, World, leaves, world},
    support::{client::public_client, person::Person},
};

/// One action of a program.
struct Deed {
    /// Its line of the table.
    route: &'static str,
    /// What it is done to, as it stands in the path; `@name` stands for something of the [`World`].
    id: &'static str,
    /// What is sent; empty for nothing.
    body: &'static str,
    /// The event in the log; empty for what only looks.
    leaves: &'static str,
}

const fn deed(route: &'static str, id: &'static str, body: &'static str, leaves: &'static str) -> Deed {
    Deed { route, id, body, leaves }
}

const NOTES: &str = "https%3A%2F%2Fnotes.example%2Fmcp";
const CALL: &str = r#"{"caller":"https://notes.example/mcp","target":"https://files.example/mcp"}"#;

/// All of them, in an order in which each finds what it is done to.
const DEEDS: &[Deed] = &[
    deed(
        "api-clients",
        "",
        r#"{"client_name":"Robot","redirect_uris":["https://robot.example/cb"]}"#,
        "client_created",
    ),
    deed("api-client-approve", "@waiting", "", "approval_decided"),
    deed("api-client-rehearse", "@client", r#"{"client_name":"Workbench of Ada"}"#, ""),
    deed("api-client", "@client", r#"{"client_name":"Workbench of Ada"}"#, "client_updated"),
    deed("api-client-disable", "@client", "", "client_disabled"),
    deed("api-client-enable", "@client", "", "client_enabled"),
    deed("api-client-trust", "@client", "", "client_trusted"),
    deed("api-client-untrust", "@client", "", "client_trusted"),
    deed("api-client-secret", "@client", r#"{"overlap":60}"#, "secret_rotated"),
    deed("api-client-old-secret", "@client", "", "old_secret_ended"),
    deed("api-client-token", "@client", "", "registration_token_rotated"),
    deed("api-client-token-end", "@client", "", "registration_token_revoked"),
    deed("api-grants-revoke", "", r#"{"grant_ids":["@adas"]}"#, "grant_revoked"),
    deed("api-client-tokens", "@other", "", "tokens_revoked"),
    deed("api-client-revoke", "@unused", "", "client_revoked"),
    deed("api-client-revive", "@retired", "", "client_revived"),
    deed("api-person-suspend", "github:3", "", "user_suspended"),
    deed("api-person-restore", "github:3", "", "user_restored"),
    deed("api-person-revoke", "github:3", "", "tokens_revoked"),
    deed("api-access-rehearse", "", r#"{"who":["linus"],"role":"member"}"#, ""),
    deed("api-access", "", r#"{"who":["linus"],"role":"member"}"#, "access_added"),
    deed("api-access-entry", "member.linus", "", "access_removed"),
    deed("api-resources", "", r#"{"url":"https://notes.example/mcp","name":"Notes"}"#, "resource_added"),
    deed("api-resource-credential", NOTES, "", "resource_secret_issued"),
    deed("api-calls", "", CALL, "call_allowed"),
    deed("api-calls-forbid", "", CALL, "call_forbidden"),
    deed("api-scopes", "", r#"{"scope":"mcp","sentence":"Use its tools"}"#, "scope_worded"),
    deed("api-resource", NOTES, "", "resource_removed"),
    deed("api-approve", "@wait", r#"{"for":"group"}"#, "approval_decided"),
    deed("api-approval", "@approval", "", "approval_taken_back"),
    deed("api-deny", "@another", "", "approval_decided"),
    // From the return to the first version on nobody waits any more.
    deed("api-policy-rehearse", "", r#"{"set":{"look_alikes":"refuse"}}"#, ""),
    deed("api-policy", "", r#"{"set":{"look_alikes":"refuse"}}"#, "policy_changed"),
    deed("api-policy-undo", "", "", "policy_changed"),
    deed("api-policy-restore", "", r#"{"version":0}"#, "policy_changed"),
    deed("api-initial-tokens", "", r#"{"label":"The other desk"}"#, "initial_token_made"),
    deed("api-initial-token-revoke", "dbit_desk", "", "initial_token_revoked"),
    deed("api-document-hosts", "", r#"{"host":"site.example"}"#, "document_host_approved"),
    deed("api-document-host", "site.example", "", "document_host_removed"),
    deed("api-audit-verify", "", "", "audit_checked"),
    deed("api-health-check", "", "", "self_checked"),
    deed("api-backups", "", "", "backup_taken"),
    deed("api-backup-check", "@backup", "", "backup_checked"),
    deed("api-key-retire", "@next", "", "key_retired"),
    deed("api-keys-rotate", "", "", "key_made"),
    deed("api-key-revoke", "@signing", "", "key_revoked"),
    deed("api-token-revoke", "@api", "", "api_token_revoked"),
];

/// The lines of the table by which something is changed, each with the method that does it.
fn changing() -> Routes<(Method, Entry)> {
    let method = |entry: &Entry| {
        let changes = |(verb, _): &(Verb, _)| match verb {
            Verb::Get | Verb::Any => None,
            Verb::Post => Some(Method::POST),
            Verb::Put => Some(Method::PUT),
            Verb::Patch => Some(Method::PATCH),
            Verb::Delete => Some(Method::DELETE),
        };
        let mut all = entry.verbs.iter().filter_map(changes);
        let first = all.next();
        assert!(all.next().is_none(), "{} changes things in two ways: it needs two rows", entry.name);
        first
    };
    let behind = table().into_iter().filter(|entry| entry.door == Door::Api);
    behind.filter_map(|entry| Some((entry.name, (method(&entry)?, entry)))).collect()
}

/// What stands for a name: known from the start, or what the API tells of it by now.
async fn meant(program: &Program<'_>, world: &World, name: &str) -> String {
    let (list, member) = match name {
        "@wait" | "@another" => ("/approvals", "wait_id"),
        "@approval" => ("/approvals/decided", "approval_id"),
        "@backup" => ("/backups", "file"),
        name => return world.get(name).map_or(name, String::as_str).to_owned(),
    };
    let body = program.get(list).await.body();
    body["items"][0][member].as_str().unwrap_or_else(|| panic!("{name} is not in {body}")).to_owned()
}

#[actix_web::test]
async fn every_action_leaves_its_line() {
    let (_backups, app, world) = world().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let mut routes = changing();
    for deed in DEEDS {
        let (method, entry) = routes.take(deed.route);
        if deed.id == "@another" {
            let mut body = public_client();
            body["client_name"] = "One more".into();
            Person::new(&app, 3, "hedy").consented(&app.registers(body).await).await;
        }
        let id = meant(&program, &world, deed.id).await;
        let path = entry.paths[0].trim_start_matches("/admin/api/v1").replace("{id}", &id);
        let body = match deed.body {
            "" => None,
            text => Some(text.replace("@adas", &world["@adas"])),
        };
        let body: Option<Value> = body.map(|text| serde_json::from_str(&text).unwrap());
        let before = app.audit().await.lines.len();
        let answer = program.asks(method, &path, body).await;
        assert!(matches!(answer.status, 200 | 201), "{}: {} {}", deed.route, answer.status, answer.text());
        leaves(&app, before, (deed.leaves, &program.id), deed.route).await;
    }
    routes.are_done();
}
