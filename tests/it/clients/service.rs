//! Programs that act for themselves: the administrator makes them, and they need nobody from then on.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use doorbook::{base::algorithm::SigningAlgorithm, crypto::keyring};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::json;

use super::{
    door::{Door, Program, Runtime},
    gate::Gate,
};
use crate::proxies::recipe::Kind;

const OPENID_CLIENT: Program = Runtime::Node.program("service.mjs");
const AUTHLIB: Program = Runtime::Python.program("service.py");

#[test]
fn openid_client_shows_its_secret_in_the_header() {
    service(&OPENID_CLIENT, "client_secret_basic", Kind::Caddy, false);
}

#[test]
fn openid_client_shows_its_secret_in_the_form() {
    service(&OPENID_CLIENT, "client_secret_post", Kind::Nginx, false);
}

#[test]
fn openid_client_signs_and_binds_its_tokens() {
    service(&OPENID_CLIENT, "private_key_jwt", Kind::Caddy, true);
}

#[test]
fn authlib_shows_its_secret() {
    service(&AUTHLIB, "client_secret_basic", Kind::Nginx, false);
}

#[test]
fn authlib_signs() {
    service(&AUTHLIB, "private_key_jwt", Kind::Caddy, false);
}

/// A client for a program that acts for itself: its id, and its secret or its private key as PKCS #8 in base64.
pub(crate) fn made(door: &Door, method: &str) -> (String, String) {
    let key = keyring::generate(SigningAlgorithm::Es256).unwrap();
    let public = Jwk::from_encoding_key(&EncodingKey::from_ec_der(&key), Algorithm::ES256).unwrap();
    let made = door.client(&json!({
        "client_name": "Nightly",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": method,
        "jwks": if method == "private_key_jwt" { json!({ "keys": [public] }) } else { json!(null) },
    }));
    assert_eq!(made["in_force"], "running_server");
    let text = |name: &str| made[name].as_str().map(str::to_owned);
    (text("client_id").unwrap(), text("client_secret").unwrap_or_else(|| STANDARD.encode(&key)))
}

fn service(program: &Program, method: &str, kind: Kind, bound: bool) {
    let gate = Gate::open(kind);
    let door = &gate.door;
    let (client, credential) = made(door, method);
    let story = door.story(program, &[&door.issuer, &door.resource, &client, method, &credential]);

    assert_eq!(
        story.step("tokens"),
        &json!({
            "step": "tokens",
            "type": if bound { "dpop" } else { "bearer" },
            "bound": bound,
            "sub": client,
            "client_id": client,
            "aud": door.resource,
            "scope": "mcp",
            // Whoever can ask again at any time needs none.
            "refresh": false,
        })
    );
    // No person is named: nobody behind the gate is to take a program for one.
    assert_eq!(story.step("gate"), &json!({ "step": "gate", "user": null, "client": client, "scope": "mcp" }));
    let revoked = json!({ "step": "revoked", "before": true, "after": false, "gate": "invalid_token" });
    assert_eq!(story.step("revoked"), &revoked);
    assert_eq!(story.step("another")["resource"], "invalid_target");
    assert_eq!(gate.guarded.reached(), 1);
}
