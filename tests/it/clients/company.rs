//! People of a company, whose identity provider says who may use what through which client (SEP-990, an ID-JAG).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use doorbook::{base::algorithm::SigningAlgorithm, crypto::keyring};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::json;

use super::door::{Door, Program, Runtime};

const PYTHON: Program = Runtime::Python.program("company.py");
const TYPESCRIPT: Program = Runtime::Node.program("company.mjs").of("sdk");
const OPENID_CLIENT: Program = Runtime::Node.program("company.mjs").of("openid");
const PROVIDER: &str = "https://login.acme.example";
const PERSON: &str = "idp:acme:00u1";

/// Doorbook, which trusts a provider, and the provider's private key as PKCS #8 in base64.
fn trusting() -> (Door, String) {
    let key = keyring::generate(SigningAlgorithm::Es256).unwrap();
    let public = Jwk::from_encoding_key(&EncodingKey::from_ec_der(&key), Algorithm::ES256).unwrap();
    let public = serde_json::to_value(public).unwrap();
    let members = ["kty", "crv", "x", "y"].map(|name| format!("{name} = {}", public[name]));
    let table = format!(
        "[[trusted_issuers]]\nname = 'acme'\nissuer = '{PROVIDER}'\nkeys = [{{ {} }}]\npeople = ['*']\n",
        members.join(", ")
    );
    (Door::open_with(&table), STANDARD.encode(&key))
}

/// A client that an administrator has made for the company: its id, and its secret.
fn made(door: &Door, method: &str) -> (String, String) {
    let made = door.client(&json!({
        "client_name": "Agent",
        "grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "token_endpoint_auth_method": method,
    }));
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

#[test]
fn the_python_sdk_calls_a_tool_for_a_person_of_a_company() {
    calls_a_tool(&PYTHON, &Runtime::Python.program("server.py"), &["client_secret_post", "client_secret_basic"]);
}

#[test]
fn the_typescript_sdk_calls_a_tool_for_a_person_of_a_company() {
    calls_a_tool(&TYPESCRIPT, &Runtime::Node.program("server.mjs").of("v2"), &["client_secret_basic"]);
}

fn calls_a_tool(program: &Program, server: &Program, methods: &[&str]) {
    let (door, key) = trusting();
    let _server = door.protect(server);
    for method in methods {
        let (client, secret) = made(&door, method);
        let story = door.story(program, &[&door.resource, &door.issuer, &client, &secret, method, PROVIDER, &key]);
        let text = format!("{PERSON} through {client}");
        assert_eq!(story.step("called"), &json!({ "step": "called", "text": text, "refresh": false }), "{method}");
        assert_eq!(story.step("token"), &json!({ "step": "token", "name": "ada@acme.example" }));
    }
}

#[tokio::test]
async fn openid_client_shows_what_the_provider_said() {
    let (door, key) = trusting();
    let (client, secret) = made(&door, "client_secret_post");
    let arguments = [&door.resource, &door.issuer, &client, &secret, "client_secret_post", PROVIDER, &key];
    let story = door.story(&OPENID_CLIENT, &arguments);
    let tokens = json!({
        "step": "tokens", "sub": PERSON, "client_id": client, "aud": door.resource, "name": "ada@acme.example", "refresh": false
    });
    assert_eq!(story.step("tokens"), &tokens);
    assert_eq!(story.step("introspected"), &json!({ "step": "introspected", "active": true, "sub": PERSON }));
    let refused = json!({ "step": "refused", "again": "invalid_grant", "elsewhere": "invalid_grant" });
    assert_eq!(story.step("refused"), &refused);
    let book = door.book().await;
    assert_eq!(book.events, ["client_created", "person_vouched_for", "token_issued"]);
}
