//! The MCP SDKs: 401, discovery, registration, the person, the code, tools, and a refresh that nobody notices.

use serde_json::json;

use super::{
    door::{Door, Program},
    process::Story,
};

#[tokio::test]
async fn the_first_typescript_sdk_runs_the_whole_flow() {
    typescript("v1").await;
}

#[tokio::test]
async fn the_second_typescript_sdk_runs_the_whole_flow() {
    typescript("v2").await;
}

async fn typescript(generation: &'static str) {
    let door = Door::open();
    let _server = door.protect(&Program::node("server.mjs", generation));
    let story = door.story(&Program::node("client.mjs", generation), &[&door.resource]);

    let subject = story.is_let_in(&door);
    // Revoking at Doorbook closed the server; the refresh opened it again without the person.
    let refreshed =
        json!({ "step": "refreshed", "text": subject, "new_access": true, "new_refresh": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);
    assert_eq!(story.times("invalidated"), 0);
    let wire = story.wire();
    assert_eq!(wire.iter().filter(|line| *line == "POST /register 201").count(), 1, "{wire:?}");
    assert_eq!(wire.last().unwrap(), "POST /token 200");

    let first = ["client_registered", "signed_in", "consent_given", "token_issued", "token_revoked", "token_refreshed"];
    assert_eq!(door.events().await, first);
}

#[tokio::test]
async fn the_python_sdk_runs_the_whole_flow() {
    python("none").await;
}

#[tokio::test]
async fn the_python_sdk_runs_the_whole_flow_with_a_secret() {
    // The SDK leaves the method out, and does what it is told then.
    python("").await;
}

async fn python(method: &'static str) {
    let door = Door::open();
    let _server = door.protect(&Program::python("server.py", ""));
    let story = door.story(&Program::python("client.py", method), &[&door.resource]);

    let subject = story.is_let_in(&door);
    let refreshed =
        json!({ "step": "refreshed", "text": subject, "new_access": true, "new_refresh": true, "asked": 1 });
    assert_eq!(story.step("refreshed"), &refreshed);
    // This SDK answers 401 with a whole authorization, and keeps its registration.
    let again = json!({ "step": "authorized again", "text": subject, "same_client": true, "asked": 2 });
    assert_eq!(story.step("authorized again"), &again);

    let all = [
        "client_registered",
        "signed_in",
        "consent_given",
        "token_issued",
        "token_refreshed",
        "token_revoked",
        "consent_given",
        "token_issued",
    ];
    assert_eq!(door.events().await, all);
}

impl Story {
    /// A stranger was refused, went through the door, and the tool knows them; what the tool says.
    fn is_let_in(&self, door: &Door) -> String {
        assert_eq!(self.step("refused")["status"], 401);
        let client = self.step("registered")["client"].as_str().unwrap();
        let pages = self.step("person")["pages"].as_array().unwrap();
        assert_eq!(pages.len(), 2, "sign-in and consent: {pages:?}");

        let tokens = self.step("tokens");
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["refresh"], true);
        let claims = &tokens["claims"];
        assert_eq!(claims["iss"], door.issuer);
        assert_eq!(claims["aud"], door.resource);
        assert_eq!(claims["client_id"], client);

        let says = format!("local:ada through {client}");
        let called = self.step("called");
        assert_eq!(called["tools"], json!(["whoami"]));
        assert_eq!(called["text"], says);
        says
    }
}
