//! The MCP SDKs with a client id metadata document: nothing is registered, the site of the client vouches for it.

use serde_json::json;

use super::{
    beside::beside,
    door::{Door, Program, Runtime},
};
use crate::support::site::{Page, Site};

#[tokio::test]
async fn the_first_typescript_sdk_comes_with_a_document() {
    described(Runtime::Node, Some("v1"), &Runtime::Node.program("server.mjs").of("v1")).await;
}

#[tokio::test]
async fn the_second_typescript_sdk_comes_with_a_document() {
    described(Runtime::Node, Some("v2"), &Runtime::Node.program("server.mjs").of("v2")).await;
}

#[tokio::test]
async fn the_first_python_sdk_comes_with_a_document() {
    described(Runtime::Python1, None, &Runtime::Node.program("server.mjs").of("v2")).await;
}

#[tokio::test]
async fn the_second_python_sdk_comes_with_a_document() {
    described(Runtime::Python, None, &Runtime::Python.program("server.py")).await;
}

async fn described(runtime: Runtime, generation: Option<&'static str>, server: &Program) {
    let (site, _beside) = beside(Site::start);
    let id = site.here("/client.json");
    let document = json!({
        "client_id": id,
        "client_name": "Described",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
    });
    site.shows("/client.json", Page::Json(document, ""));
    let door = Door::open_that_trusts(site.root());
    let _server = door.protect(server);
    let client = match generation {
        Some(generation) => runtime.program("client.mjs").of(generation),
        None => runtime.program("client.py"),
    };
    let story = door.story(&client, &[&door.resource, &id]);

    assert_eq!(story.is_let_in(&door, "none"), id);
    let text = format!("local:ada through {id}");
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "new_refresh": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);
    assert!(story.asked_of(&door, "/register").is_empty(), "nobody registers");
    assert_eq!(site.asked("/client.json"), 1, "the document is kept");
}
