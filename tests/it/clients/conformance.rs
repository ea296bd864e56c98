//! The conformance tool of MCP, in its mode for authorization servers. It calls itself a client and waits for a person.

use serde_json::json;

use super::door::{Door, Runtime};
use crate::proxies::recipe::free_port;

#[test]
fn the_conformance_tool_of_mcp_finds_nothing() {
    let door = Door::open();
    let client = door.client(&json!({
        "client_name": "Conformance",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
    }));
    let (client, port) = (client["client_id"].as_str().unwrap(), free_port().to_string());
    let arguments = [door.issuer.as_str(), &door.resource, client, &port];
    let story = door.story(&Runtime::Node.program("conformance.mjs"), &arguments);
    // All that it has: a check that it gains, or one that it warns of, is looked at by a person first.
    let checks = json!({
        "authorization-server-metadata": "SUCCESS",
        "authorization-server-metadata-cimd": "SUCCESS",
        "authorization-code-grant": "SUCCESS",
    });
    assert_eq!(story.step("checked"), &json!({ "step": "checked", "code": 0, "checks": checks }));
}
