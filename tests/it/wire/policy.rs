//! The policy of registration at the doors: what it refuses is named, and a change is in force with the next request.

use doorbook::{
    base::event::Actor,
    flows::policy::{self, Allow, Draft},
    store::attempts,
};
use serde_json::{Value, json};

use crate::support::app::TestApp;

async fn changes(app: &TestApp, set: Value) -> i64 {
    let draft = Draft { set: set.as_object().unwrap().clone(), ..Draft::default() };
    policy::change(&app.desk, &app.call(), &Actor::CommandLine, draft).await.unwrap_or_else(|_| panic!("{set}"))
}

fn named(name: &str, uri: &str) -> Value {
    json!({ "client_name": name, "redirect_uris": [uri], "token_endpoint_auth_method": "none" })
}

#[actix_web::test]
async fn a_change_of_the_mode_is_in_force_in_metadata_and_at_the_endpoint() {
    let app = TestApp::start().await;
    let promised = async || app.get("/.well-known/oauth-authorization-server").await.is(200).json();
    let before = promised().await;
    assert!(before["registration_endpoint"].is_string() && before["client_id_metadata_document_supported"] == true);

    changes(&app, json!({ "registration": "closed" })).await;
    let closed = promised().await;
    assert_eq!(closed.get("registration_endpoint"), None);
    assert_eq!(closed.get("client_id_metadata_document_supported"), None);
    app.post_json("/register", &named("Notes", "https://a.example/cb")).await.is(404);

    policy::undo(&app.desk, &app.call(), &Actor::CommandLine).await.unwrap_or_else(|_| panic!());
    assert_eq!(promised().await, before);
    app.post_json("/register", &named("Notes", "https://a.example/cb")).await.is(201);
}

#[actix_web::test]
async fn rfc7591_3_2_2_refused_sites_and_schemes_are_named_and_one_step_from_allowed() {
    let app = TestApp::with(&[("DOORBOOK_DENIED_REDIRECT_HOSTS", "evil.example, *.evil.example")]).await;
    changes(&app, json!({ "allowed_redirect_hosts": ["claude.ai", "*.evil.example"] })).await;
    for (uri, named_value) in [
        ("https://www.cursor.com/cb", "www.cursor.com"),
        ("https://a.evil.example:8443/cb", "a.evil.example"),
        ("notes://cb", "notes"),
    ] {
        let refused = app.post_json("/register", &named("Notes", uri)).await;
        refused.refused(400, "invalid_redirect_uri");
        let words = refused.json()["error_description"].as_str().unwrap().to_owned();
        assert!(words.contains(named_value) && words.contains("administrator"), "{words}");
        let audit = app.audit().await;
        assert_eq!(audit.lines.last().unwrap().detail["value"], uri);
    }
    app.post_json("/register", &named("Notes", "http://127.0.0.1:1/cb")).await.is(201);
    let allow = Allow::RedirectHost("www.cursor.com".into());
    policy::allow(&app.desk, &app.call(), &Actor::CommandLine, &allow).await.unwrap_or_else(|_| panic!());
    app.post_json("/register", &named("Notes", "https://www.cursor.com/cb")).await.is(201);
}

#[actix_web::test]
async fn rfc7591_3_2_2_refused_names_and_look_alikes_are_client_metadata() {
    let app = TestApp::start().await;
    changes(&app, json!({ "refused_names": ["Bank of Ada"], "look_alikes": "refuse" })).await;
    let mut translated = named("Notes", "https://a.example/cb");
    translated["client_name#de"] = json!("B\u{430}nk of Ada");
    for body in [
        named("The bank-of-ADA app", "https://a.example/cb"),
        translated,
        named("Claude", "https://a.example/cb"),
        named("ChatGPT", "http://localhost/cb"),
    ] {
        app.post_json("/register", &body).await.refused(400, "invalid_client_metadata");
    }
    app.post_json("/register", &named("Claude", "https://claude.ai/cb")).await.is(201);
    let audit = app.audit().await;
    audit.has("name_refused");
    audit.has("name_look_alike");
}

#[actix_web::test]
async fn the_management_door_holds_updates_to_the_same_policy() {
    let app = TestApp::start().await;
    let client = app.registers(named("Notes", "https://a.example/cb")).await;
    changes(&app, json!({ "denied_redirect_hosts": ["b.example"] })).await;
    client.replaces(&named("Notes", "https://b.example/cb")).await.refused(400, "invalid_redirect_uri");
    client.replaces(&named("Notes", "https://c.example/cb")).await.is(200);
}

#[actix_web::test]
async fn attempts_are_kept_without_secrets() {
    let app = TestApp::start().await;
    let mut body = named("Notes", "https://a.example/cb");
    body["contacts"] = json!(["ada@a.example"]);
    body["software_id"] = json!("very-private");
    app.post_json("/register", &body).await.is(201);
    app.post_json("/register", &named("Notes", "notes://cb")).await.is(400);
    app.post_json("/register", &named("Notes", "javascript:alert(1)")).await.is(400);
    app.desk.write_attempts().await.unwrap();
    let kept = app.desk.store.read(attempts::all).await.unwrap();
    let told: Vec<_> = kept.iter().map(|tried| (tried.refused.as_deref(), json!(tried.attempt))).collect();
    let attempt = |uri: &str| json!({ "way": "stranger", "names": ["Notes"], "redirect_uris": [uri] });
    assert_eq!(told, [(Some("DB-115"), attempt("notes://cb")), (None, attempt("https://a.example/cb"))]);
}
