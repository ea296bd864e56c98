//! The MCP SDKs: 401, discovery, registration, the person, the code, tools, and a refresh that nobody notices.

use doorbook::oauth::why::Why;
use serde_json::json;

use super::door::{Door, Program, Runtime};

const PYTHON: Program = Runtime::Python.program("server.py");
const PYTHON_1: Program = Runtime::Python1.program("server.py");
const TYPESCRIPT_1: Program = Runtime::Node.program("server.mjs").of("v1");
const TYPESCRIPT_2: Program = Runtime::Node.program("server.mjs").of("v2");

#[tokio::test]
async fn the_first_typescript_sdk_runs_the_whole_flow() {
    typescript("v1", &TYPESCRIPT_1, Door::open()).await;
}

#[tokio::test]
async fn the_second_typescript_sdk_runs_the_whole_flow() {
    typescript("v2", &TYPESCRIPT_2, Door::open()).await;
}

#[tokio::test]
async fn a_typescript_client_gets_in_at_a_python_server() {
    // This server writes a slash behind an issuer without a path; this client does not mind.
    typescript("v2", &PYTHON_1, Door::open()).await;
}

async fn typescript(generation: &'static str, server: &Program, door: Door) {
    let _server = door.protect(server);
    let story = door.story(&Runtime::Node.program("client.mjs").of(generation), &[&door.resource]);

    let client = story.is_let_in(&door, "none");
    let refusal = story.step("refused");
    assert_eq!(refusal["status"], 401);
    assert!(refusal["challenge"].as_str().unwrap().starts_with("Bearer "), "{refusal}");
    // Revoking at Doorbook closed the server; the refresh opened it again without the person.
    let text = format!("local:ada through {client}");
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "new_refresh": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);
    // For a client that Doorbook does not know the SDK throws away what it had, and begins anew by itself.
    let again = story.step("registered again");
    assert!(again["client"].as_str().unwrap().starts_with("client_"), "{again}");
    assert_ne!(again["client"], client);
    assert_ne!(again["client"], "client_that_is_gone");
    assert_eq!(again["asked"], 2);
    let statuses: Vec<_> = story.asked_of(&door, "/token").iter().map(|request| request["status"].clone()).collect();
    assert_eq!(statuses, [200, 200, 401]);

    let book = door.book().await;
    let events = [
        "client_registered",
        "signed_in",
        "consent_given",
        "token_issued",
        "token_revoked",
        "token_refreshed",
        "token_revoked",
        "client_registered",
    ];
    assert_eq!(book.events, events);
    assert_eq!(book.refusals, [Why::AuthClientUnknown.code()]);
}

#[tokio::test]
async fn the_first_python_sdk_runs_the_whole_flow() {
    python(Runtime::Python1, "none", &PYTHON_1, Door::open()).await;
}

#[tokio::test]
async fn the_second_python_sdk_runs_the_whole_flow() {
    python(Runtime::Python, "none", &PYTHON, Door::open()).await;
}

#[tokio::test]
async fn the_python_sdk_runs_the_whole_flow_with_a_secret() {
    // The program names no method; the SDK then uses the one that Doorbook answers.
    python(Runtime::Python, "client_secret_basic", &PYTHON, Door::open()).await;
}

#[tokio::test]
async fn a_python_client_gets_in_at_a_typescript_server() {
    python(Runtime::Python, "none", &TYPESCRIPT_2, Door::open()).await;
}

#[tokio::test]
async fn an_issuer_with_a_path_suits_both_python_sdks() {
    // Without a path this server would write a slash behind the issuer, and this client would refuse it for that.
    python(Runtime::Python, "none", &PYTHON_1, Door::open_at("/auth")).await;
}

async fn python(sdk: Runtime, method: &str, server: &Program, door: Door) {
    let _server = door.protect(server);
    let client = sdk.program("client.py");
    let client = if method == "none" { client.of("none") } else { client };
    let story = door.story(&client, &[&door.resource]);

    let client = story.is_let_in(&door, method);
    assert_eq!(story.step("refused")["status"], 401);
    let text = format!("local:ada through {client}");
    let refreshed = json!({ "step": "refreshed", "text": text, "new_access": true, "new_refresh": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);
    // This SDK answers 401 with a whole authorization, and keeps its registration.
    let again = json!({ "step": "authorized again", "text": text, "same_client": true, "asked": 2 });
    assert_eq!(story.step("authorized again"), &again);

    // With a secret it sends its id twice: in the header and in the form.
    for request in story.asked_of(&door, "/token") {
        let header = if method == "none" { json!(null) } else { json!("Basic") };
        assert_eq!(request["authorization"], header, "{request}");
        assert!(request["sent"].as_array().unwrap().contains(&json!("client_id")), "{request}");
    }

    let book = door.book().await;
    let events = [
        "client_registered",
        "signed_in",
        "consent_given",
        "token_issued",
        "token_refreshed",
        "token_revoked",
        "consent_given",
        "token_issued",
    ];
    assert_eq!(book.events, events);
    assert!(book.refusals.is_empty(), "{:?}", book.refusals);
}
