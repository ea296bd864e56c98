//! A protected server that calls another one in the name of whoever called it (RFC 8693), with a general OAuth client library.

use serde_json::json;

use super::door::{Door, Program, Runtime};

const OPENID_CLIENT: Program = Runtime::Node.program("exchange.mjs");
const FILES: &str = "https://files.example/mcp";

#[test]
fn openid_client_exchanges_a_token_with_a_credential_in_the_header() {
    exchanges("client_secret_basic");
}

#[test]
fn openid_client_exchanges_a_token_with_a_credential_in_the_form() {
    exchanges("client_secret_post");
}

fn exchanges(method: &str) {
    let door = Door::open_with(&format!("[[resources]]\nurl = '{FILES}'\nname = 'Files'\nscopes = ['mcp']\n"));
    let credential = door.credential();
    door.allows_call(FILES);
    let story = door.story(&OPENID_CLIENT, &[&door.issuer, &door.resource, &credential, FILES, method]);
    let exchanged = json!({
        "step": "exchanged",
        "same": true,
        "aud": FILES,
        "act": { "sub": door.resource },
        "type": "urn:ietf:params:oauth:token-type:access_token",
        "refresh": false,
    });
    assert_eq!(story.step("exchanged"), &exchanged);
    assert_eq!(story.step("valid"), &json!({ "step": "valid", "sub": "local:ada" }));
    // Each server may ask about its own tokens only.
    assert_eq!(story.step("introspected"), &json!({ "step": "introspected", "shown": true, "given": false }));
    let refused = json!({
        "step": "refused", "elsewhere": "invalid_target", "more": "invalid_scope", "nothing": "invalid_request"
    });
    assert_eq!(story.step("refused"), &refused);
}
