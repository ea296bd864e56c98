//! RFC 9126: a client hands its authorization request in first; the browser comes with nothing but its name.

use doorbook::base::time::Span;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{
    answer::{Answer, param},
    app::TestApp,
    client::{Ask, TestClient, confidential_client, public_client},
    person::{Landing, Person},
};

/// Pushes a request as the client would, authenticated as at the token endpoint.
async fn pushes(client: &TestClient<'_>, ask: &Ask) -> Answer {
    let fields: Vec<_> = ask.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let fields: Vec<_> = fields.into_iter().filter(|(name, _)| *name != "client_id").collect();
    client.posts("/par", &fields, &[]).await
}

async fn pushed(client: &TestClient<'_>, ask: &Ask) -> String {
    let body = pushes(client, ask).await.is(201).json();
    body["request_uri"].as_str().unwrap().to_owned()
}

/// What the browser brings: who asks, and the name of what was pushed.
fn path(client: &TestClient<'_>, request_uri: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!(
        "/authorize?{}",
        query.append_pair("client_id", &client.id).append_pair("request_uri", request_uri).finish()
    )
}

async fn consents(person: &Person<'_>, path: &str) -> Landing {
    let page = person.goes(path).await.page();
    person.decides(&page, "approve").await
}

#[actix_web::test]
async fn rfc9126_2_2_a_pushed_request_gets_a_name_for_a_minute_and_a_code_through_it() {
    let app = TestApp::start().await;
    for client in [app.client().await, app.registers(confidential_client()).await] {
        let ask = client.asks();
        let answer = pushes(&client, &ask).await;
        assert_eq!(answer.status, StatusCode::CREATED.as_u16());
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        assert_eq!((body.as_object().unwrap().len(), &body["expires_in"]), (2, &json!(60)));
        let request_uri = body["request_uri"].as_str().unwrap();
        assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{request_uri}");
        let ada = app.ada();
        let landing = consents(&ada, &path(&client, request_uri)).await;
        let code = ada.code(&ask, landing);
        client.exchanges(&code).await.ok();
    }
    app.audit().await.has("consent_given");
}

#[actix_web::test]
async fn rfc9126_2_1_the_client_authenticates_as_at_the_token_endpoint() {
    let app = TestApp::start().await;
    let secretive = app.registers(confidential_client()).await;
    let ask = secretive.asks();
    let fields: Vec<_> = ask.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    app.post_form("/par", &fields).await.refused(401, "invalid_client");
    let wrong = app.request(Method::POST, "/par").basic_auth(&secretive.id, Some("dbs_wrong")).form(&fields);
    let answer = app.send(wrong).await;
    answer.refused(401, "invalid_client");
    assert_eq!(answer.header("www-authenticate"), "Basic realm=\"doorbook\"");
    app.post_form("/par", &[("client_id", "client_unknown")]).await.refused(401, "invalid_client");
    app.post_form("/par", &[("response_type", "code")]).await.refused(401, "invalid_client");
    secretive.posts("/par", &[("client_id", "client_other")], &[]).await.refused(400, "invalid_request");
    app.get("/par").await.refused(405, "invalid_request");
    app.post_json("/par", &json!({})).await.refused(400, "invalid_request");
    secretive.posts("/oauth/par", &[], &[]).await.refused(400, "invalid_request");
}

#[actix_web::test]
async fn rfc9126_2_3_the_score_sheet_answers_the_client_itself() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for (changes, error) in [
        (vec![("redirect_uri", "https://evil.example/")], "invalid_request"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("-response_type", "")], "invalid_request"),
        (vec![("-code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("+state", "twice")], "invalid_request"),
        (vec![("resource", "nonsense")], "invalid_target"),
        (vec![("request", "e30.e30.")], "request_not_supported"),
        (vec![("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
        (vec![("prompt", "none login")], "invalid_request"),
    ] {
        pushes(&client, &client.asks().with(&changes)).await.refused(400, error);
    }
}

#[actix_web::test]
async fn rfc9126_4_only_what_was_pushed_counts() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ask = client.asks();
    let request_uri = pushed(&client, &ask).await;
    let more = "&redirect_uri=https%3A%2F%2Fevil.example%2F&state=evil&scope=x&response_type=token&state=twice";
    let ada = app.ada();
    let landing = consents(&ada, &format!("{}{more}", path(&client, &request_uri))).await;
    let code = ada.code(&ask, landing);
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rfc9126_7_3_a_name_is_spent_by_the_decision_and_not_by_a_look() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (ada, grace) = (app.ada(), app.grace());
    let ask = client.asks();
    let way = path(&client, &pushed(&client, &ask).await);
    let (first, second) = (ada.goes(&way).await.page(), grace.goes(&way).await.page());
    ada.goes(&way).await.page().page(200);
    let code = ada.code(&ask, ada.decides(&first, "approve").await);
    let late = grace.decides(&second, "approve").await.page();
    assert!(late.page(400).contains("DB-343"));
    assert!(ada.goes(&way).await.page().page(400).contains("DB-343"));
    let again = ada.code(&ask, ada.decides(&first, "approve").await);
    assert_eq!(again.code, code.code, "a form that is sent twice gets the same answer");
    client.exchanges(&code).await.ok();

    let ask = client.asks();
    let way = path(&client, &pushed(&client, &ask).await);
    let page = ada.goes(&way).await.page();
    ada.decides(&page, "deny").await.denied("access_denied");
    assert!(ada.goes(&way).await.page().page(400).contains("DB-343"));
}

#[actix_web::test]
async fn rfc9126_2_2_a_name_is_for_its_client_and_its_minute() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.registers(public_client()).await);
    let ada = app.ada();
    let request_uri = pushed(&client, &client.asks()).await;
    for way in [
        path(&other, &request_uri),
        path(&client, &format!("urn:ietf:params:oauth:request_uri:dbu_{}", "A".repeat(43))),
        path(&client, &format!("{request_uri}x")),
    ] {
        assert!(ada.goes(&way).await.page().page(400).contains("DB-342"), "{way}");
    }
    ada.goes(&format!("/authorize?request_uri={request_uri}")).await.page().page(400);
    let page = ada.goes(&path(&client, &request_uri)).await.page();
    app.later(Span::seconds(60));
    assert!(ada.goes(&path(&client, &request_uri)).await.page().page(400).contains("DB-342"));
    let url = ada.decides(&page, "approve").await.client();
    assert!(param(&url, "code").is_some(), "who came in time may take their time");
}

#[actix_web::test]
async fn rfc9126_2_a_request_uri_of_others_is_not_supported() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for elsewhere in ["https://client.example/request.jwt", "urn:other:x", "urn:ietf:params:oauth:request_uri:x"] {
        let ask = client.asks().with(&[("request_uri", elsewhere)]);
        app.ada().asked(&ask).await.denied("request_uri_not_supported");
    }
}

#[actix_web::test]
async fn rfc9126_2_a_pushed_request_ends_with_its_client() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let way = path(&client, &pushed(&client, &client.asks()).await);
    client.deletes().await.is(204);
    app.ada().goes(&way).await.page().page(400);
}

#[actix_web::test]
async fn rfc9126_6_a_client_may_take_itself_at_its_word() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["require_pushed_authorization_requests"] = json!(true);
    let client = app.registers(body.clone()).await;
    assert_eq!(client.registration["require_pushed_authorization_requests"], true);
    assert_eq!(client.reads().await.body()["require_pushed_authorization_requests"], true);
    let ada = app.ada();
    ada.asked(&client.asks()).await.denied("invalid_request");
    let ask = client.asks();
    let landing = consents(&ada, &path(&client, &pushed(&client, &ask).await)).await;
    ada.code(&ask, landing);
    body["require_pushed_authorization_requests"] = json!("sometimes");
    app.post_json("/register", &body).await.refused(400, "invalid_client_metadata");
}

#[actix_web::test]
async fn rfc9126_5_the_metadata_names_the_endpoint_and_the_switch() {
    let app = TestApp::with(&[("DOORBOOK_REQUIRE_PUSHED_AUTHORIZATION_REQUESTS", "on")]).await;
    let document = app.get("/.well-known/oauth-authorization-server").await.body();
    assert_eq!(document["pushed_authorization_request_endpoint"], "https://auth.example/par");
    assert_eq!(document["require_pushed_authorization_requests"], true);
    let client = app.client().await;
    let ada = app.ada();
    ada.asked(&client.asks()).await.denied("invalid_request");
    let ask = client.asks();
    let landing = consents(&ada, &path(&client, &pushed(&client, &ask).await)).await;
    ada.code(&ask, landing);
}
