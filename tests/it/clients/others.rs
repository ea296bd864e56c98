//! Two clients that build on the SDKs and do some things their own way: FastMCP and mcp-remote.

use doorbook::oauth::why::Why;
use serde_json::json;

use super::door::{Door, Runtime};

#[tokio::test]
async fn fastmcp_replaces_a_registration_that_is_gone_and_runs_the_whole_flow() {
    let door = Door::open();
    let _server = door.protect(&Runtime::Python.program("fast_server.py"));
    let story = door.story(&Runtime::Python.program("fast_client.py"), &[&door.resource]);

    let client = story.is_let_in(&door, "client_secret_basic");
    assert_eq!(story.step("registered")["again"], true);
    let text = format!("local:ada through {client}");
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "new_refresh": true });
    assert_eq!(story.step("refreshed"), &refreshed);

    let book = door.book().await;
    let events = ["client_registered", "signed_in", "consent_given", "token_issued", "token_refreshed"];
    assert_eq!(book.events, events);
    // Its look at the page of a registration that is gone; the look at the page of the new one used nothing up.
    assert_eq!(book.refusals, [Why::ClientUnknown.code()]);
}

#[tokio::test]
async fn a_server_that_introspects_hears_of_a_revocation_by_itself() {
    let door = Door::open();
    let credential = door.credential();
    let _server = door.protect_with(&Runtime::Python.program("fast_server.py"), &[&credential]);
    let story = door.story(&Runtime::Node.program("client.mjs").of("v2"), &[&door.resource]);

    let client = story.is_let_in(&door, "none");
    let text = format!("local:ada through {client}");
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "new_refresh": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);
    assert_eq!(door.book().await.events.first().unwrap(), "resource_secret_issued");
}

#[tokio::test]
async fn mcp_remote_lends_its_authorization_to_a_desktop_program() {
    let door = Door::open();
    let _server = door.protect(&Runtime::Node.program("server.mjs").of("v1"));
    let story = door.story(&Runtime::Node.program("remote.mjs"), &[&door.resource]);

    let kept = story.step("kept");
    assert_eq!(kept["method"], "none");
    let text = format!("local:ada through {}", kept["client"].as_str().unwrap());
    let called = json!({ "step": "called", "tools": ["whoami"], "text": text, "asked": 1 });
    assert_eq!(story.step("called"), &called);
    // Started again: what it kept is enough, although the access token was revoked meanwhile.
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);

    let book = door.book().await;
    let events =
        ["client_registered", "signed_in", "consent_given", "token_issued", "token_revoked", "token_refreshed"];
    assert_eq!(book.events, events);
    assert!(book.refusals.is_empty(), "{:?}", book.refusals);
}
