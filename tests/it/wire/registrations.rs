//! The registrations that real clients send (`clients/*.json`): each must be taken, echoed as it is in force, and lead to a
//! token. One refused address or scope leaves a whole product outside.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::{
    app::TestApp,
    client::{Code, TestClient},
};

fn fixtures() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/wire/clients");
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.len() >= 14);
    found.iter().map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}

#[actix_web::test]
async fn rfc7591_3_2_1_what_real_clients_send_is_taken_and_echoed() {
    let app = TestApp::start().await;
    for fixture in fixtures() {
        let (name, request, expected) = (&fixture["client"], &fixture["request"], &fixture["expect"]);
        let answer = app.post_json("/register", request).await;
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        let body = answer.json();
        assert_eq!(body["redirect_uris"], request["redirect_uris"], "{name}");
        for (member, value) in expected.as_object().unwrap() {
            match member.as_str() {
                "has_secret" => {
                    assert_eq!(body.get("client_secret").is_some(), *value, "{name}");
                    let expires = body.get("client_secret_expires_at").and_then(Value::as_i64);
                    assert_eq!(expires, value.as_bool().unwrap().then_some(0), "{name}");
                }
                _ => assert_eq!(&body[member], value, "{name}: {member}"),
            }
        }
        for (member, value) in body.as_object().unwrap() {
            assert!(!value.is_null() && value != "", "{name}: {member}");
        }
        assert_eq!(body["response_types"], serde_json::json!(["code"]), "{name}");
    }
}

#[actix_web::test]
async fn rfc8252_7_3_what_real_clients_register_leads_to_a_token() {
    let app = TestApp::start().await;
    let ada = app.ada();
    for fixture in fixtures() {
        let mut client = app.registers(fixture["request"].clone()).await;
        if let Some(elsewhere) = fixture["comes_back_to"].as_str() {
            client.redirect_uri = elsewhere.to_owned();
        }
        let ask = client.asks().with(&[("scope", fixture["request"]["scope"].as_str().unwrap_or_default())]);
        let code = ada.consents_to(&ask).await;
        let tokens = exchanges(&client, &code, &fixture).await;
        app.gate(tokens["access_token"].as_str().unwrap()).await.is(200);
        assert_eq!(tokens["scope"], "mcp", "{}", fixture["client"]);
        assert!(tokens["refresh_token"].is_string(), "{}", fixture["client"]);
    }
}

/// As the client does it: `client_secret_post` sends its secret in the body.
async fn exchanges(client: &TestClient<'_>, code: &Code, fixture: &Value) -> Value {
    let posts = fixture["expect"]["token_endpoint_auth_method"] == "client_secret_post";
    let Some(secret) = client.secret.as_ref().filter(|_| posts) else {
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
