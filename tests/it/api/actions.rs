//! What the API does: the answer, what holds afterwards, and the line in the audit log.

use doorbook::base::api_token::ApiRole;
use reqwest::Method;
use serde_json::{Value, json};

use super::program::{Program, refused};
use crate::support::app::TestApp;

#[actix_web::test]
async fn a_client_is_made_kept_out_vouched_for_and_thrown_out() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let body = json!({ "client_name": "Robot", "redirect_uris": ["https://robot.example/cb"], "software_id": "r2" });
    let made = program.post("/clients", body).await;
    let made = made.is(201).json();
    assert!(made["client_secret"].as_str().unwrap().starts_with("dbs_"), "{made}");
    assert!(made["registration_access_token"].as_str().unwrap().starts_with("reg-"), "{made}");
    assert_eq!(
        (&made["client"]["origin"], &made["client"]["registered_by"]),
        (&json!("administrator"), &json!("github:2"))
    );
    assert_eq!(made["client"]["metadata"]["software_id"], "r2");
    app.audit().await.ends_with(["client_created"]);
    let id = made["client"]["client_id"].as_str().unwrap().to_owned();
    let at = |action: &str| format!("/clients/{id}/{action}");

    assert_eq!(program.does(&at("disable")).await.body()["state"], "disabled");
    assert_eq!(program.does(&at("disable")).await.body()["state"], "disabled");
    assert_eq!(program.does(&at("enable")).await.body()["state"], "unused");
    assert_eq!(program.does(&at("trust")).await.body()["trusted"], true);
    assert_eq!(program.does(&at("untrust")).await.body()["trusted"], false);
    app.audit().await.ends_with(["client_disabled", "client_enabled", "client_trusted", "client_trusted"]);

    let rotated = program.post(&at("rotate-secret"), json!({ "overlap": 60 })).await.body();
    assert_eq!(rotated["old_secret_until"], "2027-01-15T08:01:00Z");
    assert_ne!(rotated["client_secret"], made["client_secret"]);
    assert_ne!(program.get(&format!("/clients/{id}")).await.body()["old_secret"], Value::Null);
    assert_eq!(program.does(&at("end-old-secret")).await.body()["old_secret"], Value::Null);
    let token = program.does(&at("rotate-registration-token")).await.body();
    assert!(token["registration_access_token"].as_str().unwrap().starts_with("reg-"), "{token}");
    let without = program.does(&at("revoke-registration-token")).await.body();
    assert_eq!(without["registration_token_made"], Value::Null);
    let done = ["secret_rotated", "old_secret_ended", "registration_token_rotated", "registration_token_revoked"];
    app.audit().await.ends_with(done);

    let ended = program.post(&at("revoke"), json!({ "reason": "It was only a test" })).await.body();
    assert_eq!(ended, json!({ "people": 0, "grants": 0, "tokens": 0 }));
    let log = app.audit().await;
    log.ends_with(["client_revoked"]);
    assert_eq!(log.lines.last().unwrap().detail["reason"], "It was only a test");
    assert_eq!(program.does(&at("revoke")).await.body(), ended, "what is done already is done");
    app.audit().await.ends_with(["client_revoked"]);
    refused(&program.does("/clients/none/revoke").await, 404, "DB-804");
    let left = program.get(&format!("/tombstones/{id}")).await.body();
    assert_eq!((&left["state"], &left["left_by"]), (&json!("revoked"), &json!("github:2")));
    assert_eq!(program.get("/tombstones").await.body()["items"][0], left);
    refused(&program.does(&at("revive")).await, 409, "DB-905");
}

#[actix_web::test]
async fn a_client_is_changed_member_by_member() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let client = app.client().await;
    let at = format!("/clients/{}", client.id);
    let tokens = app.ada().connects(&client).await;
    let patch = async |body: Value| program.asks(Method::PATCH, &at, Some(body)).await;

    let changed = patch(json!({ "client_name": "Notes", "contacts": ["ada@example.com"] })).await.body();
    assert_eq!(changed["client"]["metadata"]["client_name"], "Notes");
    assert_eq!(changed["client"]["metadata"]["redirect_uris"], json!([client.redirect_uri]), "what is not named stays");
    assert_eq!((&changed["effect"]["changes"], &changed["effect"]["secret"]), (&json!(true), &json!("kept")));
    let without = patch(json!({ "contacts": null })).await.body();
    assert_eq!(without["client"]["metadata"].get("contacts"), None, "{without}");
    app.gate(&tokens.access).await.is(200);

    let other = json!({ "redirect_uris": ["https://notes.example/cb"], "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_basic" });
    let effect = program.post(&format!("{at}/rehearse"), other.clone()).await.body();
    assert_eq!(effect["redirect_uris_lost"], json!([client.redirect_uri]));
    assert_eq!((&effect["grant_types_lost"], &effect["secret"]), (&json!(["refresh_token"]), &json!("issued")));
    assert_eq!(program.get(&at).await.body(), without["client"], "a rehearsal changes nothing");
    let changed = patch(other).await.body();
    assert_eq!(changed["effect"], effect);
    assert!(changed["client_secret"].as_str().unwrap().starts_with("dbs_"), "{changed}");
    let same = patch(json!({ "client_name": "Notes" })).await.body();
    assert_eq!((&same["effect"]["changes"], &same["client_secret"]), (&json!(false), &Value::Null));
    app.audit().await.ends_with(["client_updated", "client_updated", "client_updated"]);

    for (body, reason) in [
        (json!({ "redirect_uri": "https://notes.example/cb" }), "DB-748"),
        (json!({ "client_id": "another" }), "DB-748"),
        (json!({ "redirect_uris": ["http://notes.example/cb"] }), "DB-113"),
        (json!({ "client_uri": "ftp://notes.example/" }), "DB-124"),
        (json!({ "grant_types": ["client_credentials"] }), "DB-550"),
        (json!({ "scope": 5 }), "DB-103"),
    ] {
        refused(&patch(body).await, 400, reason);
    }
    refused(&program.asks(Method::PATCH, "/clients/none", Some(json!({}))).await, 404, "DB-804");
    let reader = Program::of(&app, ApiRole::Read).await;
    refused(&reader.asks(Method::PATCH, &at, Some(json!({ "client_name": "Mine" }))).await, 403, "DB-726");
}

#[actix_web::test]
async fn tokens_end_at_once_for_a_client_a_person_and_a_grant() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let (client, ada) = (app.client().await, app.ada());
    let ends = json!({ "people": 1, "grants": 1, "tokens": 1 });

    let tokens = ada.connects(&client).await;
    assert_eq!(program.does(&format!("/clients/{}/revoke-tokens", client.id)).await.body(), ends);
    app.gate(&tokens.access).await.is(401);
    app.audit().await.has("tokens_revoked");

    let tokens = ada.connects(&client).await;
    assert_eq!(program.does("/people/github:1/suspend").await.body(), ends);
    app.gate(&tokens.access).await.is(403);
    assert_eq!(program.does("/people/github:1/restore").await.body()["state"], "allowed");
    app.gate(&tokens.access).await.is(200);
    app.audit().await.has("user_suspended");
    assert_eq!(program.does("/people/github:1/revoke-all").await.body(), ends);
    app.gate(&tokens.access).await.is(401);

    let ada = app.ada();
    let tokens = ada.connects(&client).await;
    let grants = program.get("/grants?user=github:1").await.body();
    let id = &grants["items"][0]["grant_id"];
    assert_eq!(program.post("/grants/revoke", json!({ "grant_ids": [id] })).await.body(), ends);
    let again = program.post("/grants/revoke", json!({ "grant_ids": [id] })).await.body();
    assert_eq!(again, json!({ "people": 0, "grants": 0, "tokens": 0 }), "what is done already is done");
    app.gate(&tokens.access).await.is(401);
    app.audit().await.has("grant_revoked");
    let ended = program.get("/grants?user=github:1&ended=true").await.body();
    assert_eq!(ended["items"].as_array().unwrap().len(), 3);
    assert!(ended["items"].as_array().unwrap().iter().all(|grant| grant["state"] == "ended"), "{ended}");
    refused(&program.post("/grants/revoke", json!({ "grant_ids": ["none"] })).await, 404, "DB-804");
    refused(&program.post("/grants/revoke", json!({ "grants": [id] })).await, 400, "DB-731");
    refused(&program.does("/people/github:2/suspend").await, 409, "DB-901");
}

#[actix_web::test]
async fn the_access_list_changes_after_a_look_at_the_effect() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let added = program.post("/access", json!({ "who": ["Octavia-K", "id:7"], "role": "member" })).await.body();
    assert_eq!(added, json!({ "added": 2 }));
    let again = program.post("/access", json!({ "who": ["octavia-k"], "role": "member" })).await.body();
    assert_eq!(again, json!({ "added": 0 }));
    app.audit().await.ends_with(["access_added", "access_added"]);
    let octavia = crate::support::person::Person::new(&app, 9, "octavia-k");
    let client = app.client().await;
    octavia.connects(&client).await;
    let effect = json!({ "people": 1, "grants": 1, "tokens": 1 });
    assert_eq!(program.get("/access/member.octavia-k/effect").await.body(), effect);
    assert_eq!(program.delete("/access/member.octavia-k").await.body(), effect);
    app.audit().await.has("access_removed");
    let named = json!({ "who": ["octavia-k", "id:7", "nobody"], "role": "member" });
    let entering = |who: &str, held: Option<&str>, people: Value| json!({ "who": who, "held": held, "people": people });
    let octavia = json!([{ "id": "github:9", "login": "octavia-k", "may": null, "known": true, "suspended": false,
        "last_seen": "2027-01-15T08:00:00Z", "refused": 0 }]);
    let all = [
        entering("octavia-k", None, octavia),
        entering("id:7", Some("member"), json!([])),
        entering("nobody", None, json!([])),
    ];
    let rehearsed = program.post("/access/rehearse", named).await.body();
    assert_eq!(rehearsed, json!({ "entries": all, "regained": effect }));
    app.audit().await.ends_with(["access_removed", "sessions_ended"]);
    let odd = program.post("/access/rehearse", json!({ "who": ["*"], "role": "administrator" })).await;
    refused(&odd, 400, "DB-732");
    refused(&program.delete("/access/member.octavia-k").await, 404, "DB-804");
    refused(&program.delete("/access/member.ada").await, 409, "DB-902");
    let wrong = program.post("/access", json!({ "who": ["a b"], "role": "member" })).await;
    refused(&wrong, 400, "DB-732");
    assert_eq!(wrong.json()["value"], "a b is neither a login nor id: with a number.");
    refused(&program.post("/access", json!({ "who": ["*"], "role": "administrator" })).await, 400, "DB-732");
}

#[actix_web::test]
async fn protected_servers_keys_and_tokens_are_managed() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let url = "https://tools.example/mcp";
    let at = "/resources/https%3A%2F%2Ftools.example%2Fmcp";
    let body = json!({ "url": url, "name": "Tools", "scopes": [{ "scope": "tools", "sentence": "Use tools" }] });
    let added = program.post("/resources", body).await.body();
    assert_eq!((&added["name"], &added["scopes"][0]["scope"]), (&json!("Tools"), &json!("tools")));
    let renamed = program.post("/resources", json!({ "url": url, "name": "Hammers" })).await.body();
    assert_eq!((&renamed["name"], &renamed["scopes"]), (&json!("Hammers"), &json!([])));
    let credential = program.does(&format!("{at}/credential")).await.body();
    assert!(credential["credential"].as_str().unwrap().starts_with("dbk_"), "{credential}");
    let nothing = json!({ "people": 0, "grants": 0, "tokens": 0 });
    assert_eq!(program.get(&format!("{at}/effect")).await.body(), nothing);
    assert_eq!(program.delete(at).await.body(), nothing);
    app.audit().await.ends_with(["resource_added", "resource_changed", "resource_secret_issued", "resource_removed"]);
    refused(&program.delete(at).await, 404, "DB-804");
    refused(&program.post("/resources", json!({ "url": "ftp://x" })).await, 400, "DB-731");

    let key = program.does("/keys/rotate").await.body();
    assert_eq!(key["state"], "next");
    let key = program.post("/keys/rotate", json!({ "now": true })).await.body();
    assert_eq!(key["state"], "signing");
    let at = |action: &str| format!("/keys/{}/{action}", key["kid"].as_str().unwrap());
    refused(&program.does(&at("retire")).await, 409, "DB-750");
    let revoked = program.post(&at("revoke"), json!({ "reason": "It leaked" })).await.body();
    assert_eq!((&revoked["key"]["state"], &revoked["ended"]["tokens"]), (&json!("revoked"), &json!(0)));
    let all = program.get("/keys").await.body();
    let signing: Vec<_> = all["items"].as_array().unwrap().iter().filter(|key| key["state"] == "signing").collect();
    assert_eq!((signing.len(), &signing[0]["kid"]), (1, &revoked["successor"]));
    let again = program.does(&at("revoke")).await.body();
    assert_eq!((&again["key"], &again["successor"]), (&revoked["key"], &Value::Null), "what is done already is done");
    let log = app.audit().await;
    assert_eq!(log.names.iter().filter(|name| *name == "key_made").count(), 3, "{:?}", log.names);

    let token = json!({ "label": "Fleet" });
    let token = program.post("/initial-tokens", token).await.is(201).json()["token_id"].as_str().unwrap().to_owned();
    let revoke = format!("/initial-tokens/{token}/revoke");
    assert_eq!(program.does(&revoke).await.body(), program.does(&revoke).await.body());
    let other = Program::of(&app, ApiRole::Read).await;
    let revoke = format!("/api-tokens/{}/revoke", other.id);
    assert_eq!(program.does(&revoke).await.body(), program.does(&revoke).await.body());
    let log = app.audit().await;
    let times = |event: &str| log.names.iter().filter(|name| *name == event).count();
    assert_eq!((times("initial_token_revoked"), times("api_token_revoked")), (1, 1), "{:?}", log.names);

    let revoked = program.does(&format!("/api-tokens/{}/revoke", program.id)).await.body();
    assert_eq!(revoked["state"], "revoked");
    app.audit().await.has("api_token_revoked");
    refused(&program.get("/server").await, 401, "DB-723");
}

#[actix_web::test]
async fn what_cannot_be_used_is_refused_and_nothing_happens() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let client = app.client().await;
    let before = app.audit().await.names.len();
    refused(&program.post("/clients", json!([])).await, 400, "DB-731");
    refused(&program.post("/clients", json!({})).await, 400, "DB-104");
    refused(&program.post("/clients", json!({ "redirect_uris": ["javascript:1"] })).await, 400, "DB-114");
    let rotate = format!("/clients/{}/rotate-secret", client.id);
    refused(&program.does(&rotate).await, 409, "DB-904");
    refused(&program.post(&rotate, json!({ "overlap": -1 })).await, 400, "DB-731");
    refused(&program.post("/keys/rotate", json!({ "soon": true })).await, 400, "DB-731");
    let log = app.audit().await;
    assert!(log.lines[before..].iter().all(|line| line.event == "refused"), "{:?}", log.names);
}

#[actix_web::test]
async fn one_server_may_call_another_and_then_no_more() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let (notes, files) = ("https://notes.example/mcp", "https://files.example/mcp");
    app.protects(notes).await;
    app.protects(files).await;
    let pair = json!({ "caller": notes, "target": files });
    assert_eq!(program.get("/calls").await.body()["items"], json!([]));
    let allowed = json!({ "caller": notes, "target": files, "allowed": true });
    assert_eq!(program.post("/calls", pair.clone()).await.body(), allowed);
    assert_eq!(program.post("/calls", pair.clone()).await.body(), allowed, "what is done already is done");
    let listed = program.get("/calls").await.body();
    let entry = json!({ "caller": notes, "target": files, "from": "dashboard", "added": "2027-01-15T08:00:00Z" });
    assert_eq!(listed["items"], json!([entry]));
    assert_eq!(program.post("/calls/forbid", pair.clone()).await.body()["allowed"], false);
    assert_eq!(program.post("/calls/forbid", pair).await.body()["allowed"], false);
    let mistyped = json!({ "caller": notes, "target": "https://flies.example/mcp" });
    refused(&program.post("/calls/forbid", mistyped).await, 404, "DB-804");
    refused(&program.post("/calls", json!({ "caller": notes, "target": notes })).await, 400, "DB-592");
    refused(&program.post("/calls", json!({ "caller": "notes", "target": files })).await, 400, "DB-731");
    app.audit().await.ends_with(["call_allowed", "call_forbidden", "not_found", "call_itself"]);
}
