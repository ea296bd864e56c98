//! Who comes into the book, by the API: who waits for an administrator, initial access tokens, and what scopes mean.

use doorbook::base::api_token::ApiRole;
use serde_json::{Value, json};

use super::program::{Program, refused};
use crate::support::{app::TestApp, client::public_client};

const APPROVAL: &[(&str, &str)] =
    &[("DOORBOOK_REGISTRATION", "approval"), ("ALLOWED_GITHUB_USERS", "ada,bob"), ("ADMIN_GITHUB_USERS", "grace")];

/// Who waits, as the API tells it.
async fn waiting(program: &Program<'_>) -> Vec<Value> {
    program.get("/approvals").await.body()["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn who_waits_is_told_let_in_and_turned_away() {
    let app = TestApp::with(APPROVAL).await;
    let program = Program::of(&app, ApiRole::Write).await;
    let (client, ada) = (app.registers(public_client()).await, app.ada());
    assert_eq!(waiting(&program).await, Vec::<Value>::new());
    ada.consented(&client).await;
    let wait = waiting(&program).await.remove(0);
    assert_eq!((&wait["client_id"], &wait["client_name"]), (&json!(client.id), &json!("Notebook")));
    assert_eq!((&wait["user"], &wait["login"], &wait["scope"]), (&json!("github:1"), &json!("ada"), &json!("mcp")));
    assert_eq!((&wait["alike"], &wait["redirect_uris"]), (&json!(1), &json!([client.redirect_uri])));
    assert_eq!((&wait["since"], &wait["until"]), (&json!("2027-01-15T08:00:00Z"), &json!("2027-01-15T08:10:00Z")));

    let at = |wait: &Value, action: &str| format!("/approvals/{}/{action}", wait["wait_id"].as_str().unwrap());
    refused(&program.post(&at(&wait, "approve"), json!({ "life": 5 })).await, 400, "DB-744");
    for wrong in [json!({ "for": "all" }), json!({ "life": "5" }), json!({ "for": "once", "until": 60 })] {
        refused(&program.post(&at(&wait, "approve"), wrong).await, 400, "DB-731");
    }
    let decided = program.does(&at(&wait, "approve")).await.body();
    assert_eq!(decided, json!({ "wait_id": wait["wait_id"], "state": "approved", "reached": 1 }));
    refused(&program.does(&at(&wait, "approve")).await, 409, "DB-164");
    refused(&program.does("/approvals/dbw_none/deny").await, 404, "DB-804");

    ada.consented(&client).await;
    let wait = waiting(&program).await.remove(0);
    let month = json!({ "for": "person", "life": 2_592_000 });
    assert_eq!(program.post(&at(&wait, "deny"), month).await.body()["state"], "denied");
    let kept = program.get("/approvals/decided").await.body()["items"][0].clone();
    assert_eq!((&kept["user"], &kept["state"]), (&json!("github:1"), &json!("denied")));
    assert_eq!((&kept["made_by"], &kept["until"]), (&json!("github:2"), &json!("2027-02-14T08:00:00Z")));
    let path = format!("/approvals/decided/{}", kept["approval_id"].as_str().unwrap());
    assert_eq!(program.delete(&path).await.body(), kept);
    refused(&program.delete(&path).await, 404, "DB-804");
    let log = app.audit().await;
    log.has("approval_taken_back");
    let decided: Vec<_> = log.lines.iter().filter(|line| line.event == "approval_decided").collect();
    assert_eq!((decided.len(), &*decided[0].actor_kind, &*decided[0].actor), (2, "api_token", &*program.id));
}

#[actix_web::test]
async fn a_client_is_approved_before_anybody_waits_for_it() {
    let app = TestApp::with(&[APPROVAL, &[("ALLOWED_MCP_CLIENTS", "desk")]].concat()).await;
    let program = Program::of(&app, ApiRole::Write).await;
    let client = app.registers(public_client()).await;
    let approve = format!("/clients/{}/approve", client.id);
    app.ada().consented(&client).await;
    assert_eq!(program.does(&approve).await.body(), json!({ "client_id": client.id, "reached": 1, "needed": true }));
    assert_eq!(program.does(&approve).await.body(), json!({ "client_id": client.id, "reached": 0, "needed": true }));
    let listed = program.does("/clients/desk/approve").await.body();
    assert_eq!(listed, json!({ "client_id": "desk", "reached": 0, "needed": false }));
    app.ada().connects(&client).await;
    app.ada().connects(&app.registers(public_client()).await).await;
    refused(&program.does("/clients/none/approve").await, 404, "DB-804");
    assert_eq!(program.get("/approvals/decided").await.body()["items"].as_array().unwrap().len(), 1);
    app.audit().await.has("approval_decided");
}

#[actix_web::test]
async fn initial_access_tokens_are_made_shown_once_and_ended() {
    let app = TestApp::with(&[("DOORBOOK_REGISTRATION", "token")]).await;
    let program = Program::of(&app, ApiRole::Write).await;
    let new = json!({ "label": "For the desk", "most_uses": 2, "life": 3600, "redirect_hosts": ["notebook.example"] });
    let made = program.post("/initial-tokens", new).await;
    let made = made.is(201).json();
    let (id, token) = (made["token_id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert!(token.starts_with("dbi_") && made["state"] == "good" && made["made_by"] == "github:2", "{made}");
    app.post_json("/register", &public_client()).await.is(401);
    let asked = app.request(reqwest::Method::POST, "/register").bearer_auth(token).json(&public_client());
    let registered = app.send(asked).await.is(201).json();

    let one = program.get(&format!("/initial-tokens/{id}")).await.body();
    assert_eq!((&one["uses"], &one["clients"][0]["client_id"]), (&json!(1), &registered["client_id"]));
    let list = program.get("/initial-tokens").await.body();
    assert_eq!((&list["items"][0]["label"], &list["items"][0]["until"]), (&json!("For the desk"), &one["until"]));
    assert!(!list.to_string().contains(token) && !one.to_string().contains(token));
    for (wrong, reason) in [
        (json!({ "label": "x", "grant_types": ["odd"] }), "DB-731"),
        (json!({ "label": "x", "scopes": ["a b"] }), "DB-731"),
        (json!({ "label": "" }), "DB-160"),
        (json!({ "label": "x", "life": 0 }), "DB-160"),
    ] {
        refused(&program.post("/initial-tokens", wrong).await, 400, reason);
    }
    assert_eq!(program.does(&format!("/initial-tokens/{id}/revoke")).await.body()["state"], "revoked");
    refused(&program.does("/initial-tokens/none/revoke").await, 404, "DB-804");
    let log = app.audit().await;
    ["initial_token_made", "initial_token_revoked"].iter().for_each(|event| log.has(event));
}

#[actix_web::test]
async fn scopes_are_put_into_words() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let scopes = program.get("/scopes").await.body();
    let mcp = scopes["items"].as_array().unwrap().iter().find(|scope| scope["scope"] == "mcp").unwrap().clone();
    assert_eq!(mcp["from"], "doorbook");
    let said = program.post("/scopes", json!({ "scope": "mcp", "sentence": "Use the tools as you" })).await.body();
    assert_eq!(said, json!({ "scope": "mcp", "sentence": "Use the tools as you", "from": "dashboard" }));
    let client = app.client().await;
    assert!(app.ada().asked(&client.asks()).await.page().text().contains("Use the tools as you"));
    assert_eq!(program.post("/scopes", json!({ "scope": "mcp", "sentence": "" })).await.body(), mcp);
    program.post("/scopes", json!({ "scope": "a b", "sentence": "x" })).await.is(400);
    app.audit().await.has("scope_worded");
}
