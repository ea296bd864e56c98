//! The registrations that real clients send, as the client lab has them: each must be taken, echoed as it is in force, and lead
//! to a token at the gate. One refused address or scope leaves a whole product outside.

use doorbook::lab::{self, Shape};
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::{Code, TestClient},
};

#[actix_web::test]
async fn rfc7591_3_2_1_what_real_clients_send_is_taken_and_echoed() {
    let app = TestApp::start().await;
    for shape in lab::named("all") {
        let (name, request, becomes) = (shape.name, &shape.register, &shape.becomes);
        let answer = app.post_json("/register", request).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        let body = answer.json();
        assert_eq!(body["redirect_uris"], request["redirect_uris"], "{name}");
        for (member, value) in &becomes.members {
            assert_eq!(&body[member], value, "{name}: {member}");
        }
        assert_eq!(body.get("client_secret").is_some(), becomes.secret, "{name}");
        let expires = body.get("client_secret_expires_at").and_then(Value::as_i64);
        assert_eq!(expires, becomes.secret.then_some(0), "{name}");
        for (member, value) in body.as_object().unwrap() {
            assert!(!value.is_null() && value != "", "{name}: {member}");
        }
        assert_eq!(body["response_types"], json!(["code"]), "{name}");
    }
}

#[actix_web::test]
async fn rfc7591_2_the_least_that_a_client_may_send_is_enough() {
    let app = TestApp::start().await;
    let body = app.post_json("/register", &json!({"redirect_uris": ["https://a.example/callback"]})).await.body();
    assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(body["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!((&body["response_types"], &body["client_secret_expires_at"]), (&json!(["code"]), &json!(0)));
}

#[actix_web::test]
async fn rfc8252_7_3_what_real_clients_register_leads_to_a_token() {
    let app = TestApp::start().await;
    let ada = app.ada();
    for shape in lab::named("all") {
        let mut client = app.registers(shape.register.clone()).await;
        client.redirect_uri.clone_from(&shape.authorize.redirect_uri);
        let ask = client.asks().with(&[("scope", shape.authorize.scope.as_deref().unwrap_or_default())]);
        let code = ada.consents_to(&ask).await;
        let tokens = exchanges(&client, &code, &shape).await;
        app.gate(tokens["access_token"].as_str().unwrap()).await.is(200);
        assert!(tokens["scope"].as_str().unwrap().split(' ').any(|scope| scope == "mcp"), "{}", shape.name);
        assert_eq!(tokens["refresh_token"].is_string(), shape.name != "zed", "{}", shape.name);
    }
}

/// As the client does it: some send their secret in the body.
async fn exchanges(client: &TestClient<'_>, code: &Code, shape: &Shape) -> Value {
    let Some(secret) = client.secret.as_ref().filter(|_| shape.token.method == lab::Method::Post) else {
        return client.exchanges(code).await.ok().body;
    };
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code.code),
        ("redirect_uri", &code.redirect_uri),
        ("code_verifier", &code.verifier),
        ("client_id", &client.id),
        ("client_secret", secret),
    ];
    client.app.post_form("/token", &fields).await.body()
}
