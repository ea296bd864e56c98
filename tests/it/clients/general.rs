//! General OAuth client libraries that know nothing of MCP, openid-client and the oauth4webapi that it stands on: each way in
//! which a client proves itself, and each grant.

use serde_json::{Value, json};

use super::{
    door::{Door, Runtime},
    gate::Gate,
    process::Story,
};
use crate::proxies::recipe::Kind;

#[test]
fn a_public_client_runs_the_whole_flow() {
    let story = flow("none");
    let registered = story.step("registered");
    assert_eq!(registered["secret"], false);
    assert_eq!(registered["expires"], Value::Null);
    // Anybody could ask in its name, so it learns nothing.
    assert_eq!(story.step("introspected"), &json!({ "step": "introspected", "access": false, "refresh": false }));
}

#[test]
fn a_client_with_basic_authentication_runs_the_whole_flow() {
    confidential("client_secret_basic");
}

#[test]
fn a_client_with_its_secret_in_the_form_runs_the_whole_flow() {
    confidential("client_secret_post");
}

#[test]
fn a_client_with_a_key_runs_the_whole_flow() {
    let story = flow("private_key_jwt");
    assert_eq!(story.step("registered")["secret"], false);
    assert_eq!(story.step("introspected"), &json!({ "step": "introspected", "access": true, "refresh": true }));
}

#[test]
fn everything_at_once_with_a_signature_a_pushed_request_and_bound_tokens() {
    let gate = Gate::open(Kind::Nginx);
    let door = &gate.door;
    let story = door.story(&Runtime::Node.program("web.mjs"), &[&door.issuer, &door.resource]);
    let registered = story.step("registered");
    let client = &registered["client"];
    assert_eq!((&registered["method"], &registered["secret"]), (&json!("private_key_jwt"), &json!(false)));
    assert_eq!(story.step("tokens"), &json!({ "step": "tokens", "type": "dpop", "scope": "mcp", "refresh": true }));
    let told = json!({ "step": "gate", "user": "github:1", "client": client, "scope": "mcp" });
    assert_eq!(story.step("gate"), &told);
    for step in ["without the key", "with another key", "revoked"] {
        let challenge = story.step(step);
        assert_eq!((&challenge["status"], &challenge["error"]), (&json!(401), &json!("invalid_token")), "{challenge}");
    }
    let introspected = json!({ "step": "introspected", "active": true, "type": "DPoP", "bound": "string" });
    assert_eq!(story.step("introspected"), &introspected);
    assert_eq!(story.step("code again")["refused"], "invalid_grant");
    assert_eq!(gate.guarded.reached(), 1);
}

#[tokio::test]
async fn a_device_without_a_browser_is_let_in_and_binds_its_tokens() {
    let door = Door::open();
    let story = door.story(&Runtime::Node.program("device.mjs"), &[&door.issuer, &door.resource]);
    assert_eq!(story.step("registered")["redirects"], json!([]));
    assert_eq!(story.step("early")["refused"], "authorization_pending");
    let tokens = json!({ "step": "tokens", "type": "dpop", "aud": door.resource, "scope": "mcp", "refresh": true });
    assert_eq!(story.step("tokens"), &tokens);
    assert_eq!(story.step("refreshed")["new_access"], true);
    assert_eq!(story.step("again")["refused"], "invalid_grant");
    assert_eq!(story.step("denied")["refused"], "access_denied");
    let book = door.book().await;
    let events =
        ["client_registered", "signed_in", "consent_given", "token_issued", "token_refreshed", "consent_denied"];
    assert_eq!(book.events, events);
}

#[tokio::test]
async fn authlib_runs_the_whole_flow_without_a_secret() {
    authlib("none").await;
}

#[tokio::test]
async fn authlib_runs_the_whole_flow_with_a_secret_in_the_header() {
    authlib("client_secret_basic").await;
}

#[tokio::test]
async fn authlib_runs_the_whole_flow_with_a_secret_in_the_form() {
    authlib("client_secret_post").await;
}

#[tokio::test]
async fn authlib_runs_the_whole_flow_with_a_key() {
    authlib("private_key_jwt").await;
}

async fn authlib(method: &'static str) {
    let door = Door::open();
    let story = door.story(&Runtime::Python.program("general.py").of(method), &[&door.issuer, &door.resource]);
    let registered = story.step("registered");
    assert_eq!(registered["method"], method);
    assert_eq!(registered["secret"], method.starts_with("client_secret"));
    let tokens = story.step("tokens");
    assert_eq!((&tokens["type"], &tokens["scope"]), (&json!("Bearer"), &json!("mcp")));
    assert_eq!(story.step("valid")["client"], registered["client"]);
    let refreshed = json!({ "step": "refreshed", "access_token": true, "refresh_token": true });
    assert_eq!(story.step("refreshed"), &refreshed);
    // Without a proof of who asks nothing is told.
    let before = if method == "none" { json!(false) } else { json!(true) };
    assert_eq!(story.step("revoked"), &json!({ "step": "revoked", "status": 200, "before": before, "after": false }));
    assert_eq!(story.step("dead")["refresh"], "invalid_grant");
    assert_eq!(story.step("code again")["refused"], "invalid_grant");
    let device = json!({ "step": "device", "early": "authorization_pending", "scope": "mcp", "aud": door.resource });
    assert_eq!(story.step("device"), &device);
}

#[test]
fn a_client_pushes_its_request_and_binds_its_tokens() {
    let door = Door::open();
    let story = door.story(&Runtime::Node.program("bound.mjs"), &[&door.issuer, &door.resource]);
    let registered = story.step("registered");
    assert_eq!(registered["dpop_bound_access_tokens"], true);
    assert_eq!(registered["require_pushed_authorization_requests"], true);
    assert_eq!(story.step("pushed")["brought"], json!(["client_id", "request_uri"]));
    assert_eq!(story.step("tokens"), &json!({ "step": "tokens", "type": "dpop", "bound": "string" }));
    assert_eq!(story.step("refreshed"), &json!({ "step": "refreshed", "type": "dpop" }));
    assert_eq!(story.step("stolen"), &json!({ "step": "stolen", "refresh": "invalid_grant" }));
}

fn confidential(method: &'static str) {
    let story = flow(method);
    let registered = story.step("registered");
    assert_eq!(registered["secret"], true);
    assert_eq!(registered["expires"], 0);
    assert_eq!(story.step("introspected"), &json!({ "step": "introspected", "access": true, "refresh": true }));
}

/// What is the same for all: what the library itself checks (issuer, state, `iss`, replies) it has checked on the way.
fn flow(method: &'static str) -> Story {
    let door = Door::open();
    let story = door.story(&Runtime::Node.program("openid.mjs").of(method), &[&door.issuer, &door.resource]);
    let registered = story.step("registered");
    assert_eq!(registered["method"], method);
    assert_eq!(registered["grants"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(story.step("tokens")["scope"], "mcp");
    assert_eq!(story.step("valid")["client"], registered["client"]);
    let refreshed = json!({ "step": "refreshed", "new_access": true, "new_refresh": true });
    assert_eq!(story.step("refreshed"), &refreshed);
    let revoked = json!({ "step": "revoked", "refresh": "invalid_grant", "access": false });
    assert_eq!(story.step("revoked"), &revoked);
    for request in story.asked_of(&door, "/token") {
        let header = if method == "client_secret_basic" { json!("Basic") } else { Value::Null };
        assert_eq!(request["authorization"], header, "{request}");
        let form = request["sent"].as_array().unwrap();
        assert_eq!(form.contains(&json!("client_secret")), method == "client_secret_post", "{request}");
    }
    assert_eq!(story.step("denied")["refused"], "access_denied");
    story
}
