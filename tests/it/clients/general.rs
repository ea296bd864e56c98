//! A general OAuth client library that knows nothing of MCP: public, and with a secret in both places.

use serde_json::{Value, json};

use super::{
    door::{Door, Runtime},
    process::Story,
};

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
