//! RFC 7592: a client reads, replaces and deletes its own registration.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::{confidential_client, public_client},
};

#[actix_web::test]
async fn rfc7592_2_1_reading_echoes_the_token_and_never_a_secret() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let answer = client.reads().await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut expected = client.registration.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(answer.body(), expected);
    let lower = app.request(Method::GET, client.registration_uri());
    let lower = lower.header("authorization", format!("bearer {}", client.registration_token()));
    app.send(lower).await.is(200);
    let alias = app.request(Method::GET, &format!("/oauth/register/{}", client.id));
    app.send(alias.bearer_auth(client.registration_token())).await.is(200);
}

#[actix_web::test]
async fn rfc7592_2_whatever_is_wrong_with_the_token_the_answer_is_the_same() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.client().await);
    let right = client.registration_token();
    let wrong = format!("reg-{}", "A".repeat(right.len() - 4));
    let tokens = app.ada().connects(&client).await;
    let mut answers = Vec::new();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for (id, header) in [
            (client.id.as_str(), None),
            (client.id.as_str(), Some("Bearer".to_owned())),
            (client.id.as_str(), Some(format!("Bearer {wrong}"))),
            (client.id.as_str(), Some(format!("Bearer {}", other.registration_token()))),
            (client.id.as_str(), Some(format!("Bearer {}", tokens.access))),
            (client.id.as_str(), Some(format!("Bearer {}", tokens.refresh))),
            (client.id.as_str(), Some(format!("Basic {right}"))),
            (client.id.as_str(), Some(format!("Bearer {right} {right}"))),
            ("client_nobody", Some(format!("Bearer {right}"))),
            ("client_nobody", None),
            ("..%2f..%2fadmin", Some(format!("Bearer {right}"))),
        ] {
            let mut request = app.request(method.clone(), &format!("/register/{id}"));
            if let Some(header) = &header {
                request = request.header("authorization", header);
            }
            if method == Method::PUT {
                request = request.json(&public_client());
            }
            let answer = app.send(request).await;
            answer.refused(401, "invalid_token");
            assert!(answer.header("www-authenticate").starts_with("Bearer "), "{answer:?}");
            answers.push((answer.text(), answer.header("www-authenticate").to_owned()));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    client.reads().await.is(200);
}

#[actix_web::test]
async fn reg_13_the_token_counts_in_the_header_only() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let token = client.registration_token();
    for query in ["access_token", "registration_access_token"] {
        let path = format!("/register/{}?{query}={token}", client.id);
        app.get(&path).await.refused(401, "invalid_token");
    }
    app.get("/register").await.refused(405, "invalid_request");
    app.get("/register/").await.refused(404, "invalid_request");
}

#[actix_web::test]
async fn rfc7592_2_2_a_put_replaces_and_what_it_leaves_out_returns_to_its_default() {
    let app = TestApp::start().await;
    let mut request = confidential_client();
    request["client_uri"] = json!("https://workbench.example/");
    request["contacts"] = json!(["ops@workbench.example"]);
    let client = app.registers(request).await;
    let answer = client.replaces(&json!({"redirect_uris": ["https://workbench.example/new"]})).await;
    let body = answer.body();
    assert_eq!(body["redirect_uris"], json!(["https://workbench.example/new"]));
    for gone in ["client_uri", "contacts", "client_name", "client_secret"] {
        assert_eq!(body.get(gone), None, "{gone}");
    }
    assert_eq!(body["registration_access_token"], client.registration_token());
    assert_eq!(body["client_id_issued_at"], client.registration["client_id_issued_at"]);
    assert_eq!(client.reads().await.body(), body);
    app.audit().await.has("client_updated");
}

#[actix_web::test]
async fn rfc7592_2_2_what_only_the_server_sets_may_be_repeated_and_not_changed() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    client.replaces(&client.registration).await.is(200);
    for (member, value) in [
        ("client_id", json!("client_other")),
        ("client_id", json!(7)),
        ("client_secret", json!("chosen")),
        ("registration_access_token", json!("reg-chosen")),
        ("registration_client_uri", json!("https://evil.example/")),
        ("client_id_issued_at", json!(1)),
        ("client_secret_expires_at", json!(1)),
    ] {
        let mut body = client.registration.clone();
        body[member] = value;
        client.replaces(&body).await.refused(400, "invalid_client_metadata");
    }
    let other = app.registers(confidential_client()).await;
    let mut body = client.registration.clone();
    body["client_secret"] = json!(other.secret);
    client.replaces(&body).await.refused(400, "invalid_client_metadata");
}

#[actix_web::test]
async fn rfc7592_2_2_an_update_is_judged_like_a_registration() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for (body, code) in [
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
        (json!({"redirect_uris": ["http://evil.example/"]}), "invalid_redirect_uri"),
        (json!({"client_name": "no redirects"}), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
    ] {
        client.replaces(&body).await.refused(400, code);
    }
    assert_eq!(client.reads().await.body(), client.registration);
}

#[actix_web::test]
async fn rfc7592_2_2_a_method_with_a_secret_brings_one_and_none_takes_it_away() {
    let app = TestApp::start().await;
    let mut client = app.client().await;
    let mut body = public_client();
    body["token_endpoint_auth_method"] = json!("client_secret_post");
    let answer = client.replaces(&body).await.body();
    assert_eq!(answer["client_secret_expires_at"], 0);
    client.secret = Some(answer["client_secret"].as_str().unwrap().to_owned());
    let tokens = app.ada().connects(&client).await;
    let answer = client.replaces(&public_client()).await.body();
    assert_eq!((answer.get("client_secret"), answer.get("client_secret_expires_at")), (None, None));
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    client.secret = None;
    client.refreshes(&tokens).await.ok();
}

#[actix_web::test]
async fn reg_18_a_redirect_that_was_taken_away_is_dead_for_waiting_requests_too() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let question = ada.asked(&client.asks()).await.page();
    client.replaces(&json!({"redirect_uris": ["https://notebook.example/new"]})).await.is(200);
    ada.decides(&question, "approve").await.page().page(400);
    ada.asked(&client.asks()).await.page().page(400);
}

#[actix_web::test]
async fn rfc7592_2_2_a_client_that_becomes_another_is_asked_about_again() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    ada.connects(&client).await;
    assert!(matches!(ada.asked(&client.asks()).await, crate::support::person::Landing::Client(_)));
    let mut body = confidential_client();
    body["client_name"] = json!("Something else");
    client.replaces(&body).await.is(200);
    ada.asked(&client.asks()).await.page().page(200);
}

#[actix_web::test]
async fn rfc7592_2_3_with_the_registration_everything_ends() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let tokens = ada.connects(&client).await;
    let code = ada.consents(&client).await;
    let question = ada.asked(&client.asks()).await.page();
    let deleted = client.deletes().await;
    deleted.is(204);
    assert!(deleted.body.is_empty());
    client.reads().await.refused(401, "invalid_token");
    client.deletes().await.refused(401, "invalid_token");
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.exchanges(&code).await.refused(401, "invalid_client");
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    ada.decides(&question, "approve").await.page().page(400);
    let page = ada.asked(&client.asks()).await.page().page(400);
    assert!(page.contains("taken out of the book") && page.contains("by the client itself"), "{page}");
    let lines = app.audit().await.lines;
    let line = lines.iter().find(|line| line.event == "client_deleted").unwrap();
    assert_eq!(line.detail["ended"]["grants"], Value::from(2));
}

#[actix_web::test]
async fn rfc7592_under_a_path_the_address_is_absolute_and_works() {
    let app = TestApp::with(&[("DOORBOOK_PUBLIC_URL", "https://host.example/auth")]).await;
    let answer = app.post_json("/auth/register", &public_client()).await.is(201).json();
    let client = crate::support::client::TestClient::registered(&app, answer);
    assert!(client.registration_uri().starts_with("https://host.example/auth/register/"));
    client.reads().await.is(200);
}

#[actix_web::test]
async fn rfc7592_3_one_segment_names_the_registration_and_more_lead_nowhere() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for path in [
        "/register/",
        "/register/a/b",
        &format!("/register/{}/", client.id),
        &format!("/register//{}", client.id),
        "/registered",
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let request = app.request(method, path).bearer_auth(client.registration_token());
            app.send(request.json(&json!({}))).await.is(404);
        }
    }
    let uri = client.registration_uri();
    app.send(app.request(Method::HEAD, uri).bearer_auth(client.registration_token())).await.is(200);
    let other = app.send(app.request(Method::POST, uri)).await;
    assert_eq!(other.is(405).header("allow"), "GET, HEAD, PUT, DELETE, OPTIONS");
    app.send(app.request(Method::OPTIONS, uri)).await.is(204);
    client.reads().await;
}
