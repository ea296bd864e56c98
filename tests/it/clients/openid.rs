//! Clients that ask who signed in: OpenID Connect, by its other document, with an `id_token` and the userinfo endpoint.

use serde_json::json;

use super::door::{Door, Runtime};
use crate::proxies::recipe::free_port;

#[test]
fn openid_client_checks_the_id_token_and_asks_who_it_is() {
    let door = Door::open_with_openid();
    let story = door.story(&Runtime::Node.program("oidc.mjs"), &[&door.issuer]);
    assert_eq!(story.step("found")["at"], "/.well-known/openid-configuration");
    let claims = json!({
        "step": "claims", "iss": door.issuer, "sub": "local:ada", "own": true, "auth_time": "number"
    });
    assert_eq!(story.step("claims"), &claims);
    let userinfo = json!({ "step": "userinfo", "sub": "local:ada", "preferred_username": "ada" });
    assert_eq!(story.step("userinfo"), &userinfo);
    assert_eq!(story.step("refreshed"), &json!({ "step": "refreshed", "auth_time": true, "nonce": false }));
    let bound = json!({ "step": "bound", "type": "dpop", "asked": { "sub": "local:ada" }, "bare": "invalid_token" });
    assert_eq!(story.step("bound"), &bound);
    assert_eq!(story.step("revoked")["error"], "invalid_token");
    assert_eq!(story.step("silent")["refused"], "login_required");
}

#[test]
fn a_website_of_authlib_lets_its_visitors_in() {
    let door = Door::open_with_openid();
    let port = free_port().to_string();
    let client = door.client(&json!({
        "client_name": "Website",
        "redirect_uris": [format!("http://127.0.0.1:{port}/callback")],
    }));
    let text = |name: &str| client[name].as_str().unwrap();
    let arguments = [door.issuer.as_str(), text("client_id"), text("client_secret"), &port];
    let story = door.story(&Runtime::Python.program("website.py"), &arguments);
    let claims = json!({ "step": "claims", "iss": door.issuer, "sub": "local:ada", "aud": text("client_id") });
    assert_eq!(story.step("claims"), &claims);
    let userinfo = json!({ "step": "userinfo", "sub": "local:ada", "preferred_username": "ada" });
    assert_eq!(story.step("userinfo"), &userinfo);
}
