//! The MCP SDKs without a person, with their client credentials extension: the administrator makes the client, and it calls
//! the tool.

use serde_json::json;

use super::{
    door::{Door, Program, Runtime},
    service::made,
};

const TYPESCRIPT_1: Program = Runtime::Node.program("machine.mjs").of("v1");
const TYPESCRIPT_2: Program = Runtime::Node.program("machine.mjs").of("v2");
const PYTHON_1: Program = Runtime::Python1.program("machine.py");
const PYTHON_2: Program = Runtime::Python.program("machine.py");

#[test]
fn typescript_programs_call_tools_in_their_own_name() {
    call_tools(&[TYPESCRIPT_1, TYPESCRIPT_2], &Runtime::Node.program("server.mjs").of("v2"));
}

#[test]
fn python_programs_call_tools_in_their_own_name() {
    call_tools(&[PYTHON_1, PYTHON_2], &Runtime::Python.program("server.py"));
}

/// One client with a secret and one with a key, each used by both generations.
fn call_tools(programs: &[Program], server: &Program) {
    let door = Door::open();
    let _server = door.protect(server);
    for method in ["client_secret_basic", "private_key_jwt"] {
        let (client, credential) = made(&door, method);
        for program in programs {
            let arguments = [door.resource.as_str(), &door.issuer, &client, method, &credential];
            let story = door.story(program, &arguments);
            let text = format!("{client} through {client}");
            assert_eq!(story.step("called"), &json!({ "step": "called", "text": text, "refresh": false }), "{method}");
        }
    }
}
