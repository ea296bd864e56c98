//! What a person decided, and what is remembered of it.

use doorbook::{
    base::{event::Actor, id::ClientId},
    flows::clients,
};
use serde_json::json;

use crate::support::{
    answer::param,
    app::{ISSUER, TestApp},
    client::{confidential_client, public_client},
    form::form,
    person::Landing,
};

#[actix_web::test]
async fn who_says_no_sends_the_client_away_and_leaves_nothing() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let url = app.ada().denies(&client).await;
    assert_eq!(param(&url, "iss").as_deref(), Some(ISSUER));
    let audit = app.audit().await;
    audit.has("consent_denied");
    assert!(!audit.names.iter().any(|name| name == "consent_given" || name == "token_issued"));
}

#[actix_web::test]
async fn only_a_proven_client_is_remembered() {
    let app = TestApp::start().await;
    let ada = app.ada();
    let (public, proven) = (app.client().await, app.registers(confidential_client()).await);
    let program = app.registers(json!({"client_name": "Tool", "redirect_uris": ["http://127.0.0.1:7777/cb"]})).await;
    for (client, remembered) in [(&public, false), (&proven, true), (&program, false)] {
        ada.connects(client).await;
        let landing = ada.asked(&client.asks()).await;
        assert_eq!(matches!(landing, Landing::Client(_)), remembered, "{}", client.registration);
    }
    let other = app.grace();
    assert!(matches!(other.asked(&proven.asks()).await, Landing::Page(_)), "remembered for one person only");
}

#[actix_web::test]
async fn a_client_that_the_administrator_trusts_is_remembered_until_it_changes() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let id = ClientId::new(client.id.as_str());
    clients::trust(&app.desk, &app.call(), &Actor::CommandLine, &id, true).await.unwrap();
    ada.connects(&client).await;
    let ask = client.asks();
    ada.code(&ask, ada.asked(&ask).await);
    let mut body = public_client();
    body["client_name"] = json!("Renamed");
    client.replaces(&body).await.is(200);
    ada.asked(&client.asks()).await.page().page(200);
}

#[actix_web::test]
async fn new_scopes_are_asked_for_alone_and_nothing_more_is_given_than_was_shown() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    ada.connects(&client).await;
    let more = client.asks().with(&[("scope", "mcp offline_access")]);
    let page = ada.asked(&more).await.page();
    let html = page.page(200);
    assert!(html.contains("You allowed before:") && html.contains("Use the tools of this server"), "{html}");
    let mut forged = form(&page.text(), "/consent");
    forged.fields.push(("scope".into(), "admin".into()));
    let landing = ada.follows(ada.posts(&forged, Some(("decision", "approve"))).await).await;
    let tokens = client.exchanges(&ada.code(&more, landing)).await.ok();
    assert_eq!(tokens.body["scope"], "mcp offline_access");
}

#[actix_web::test]
async fn con_08_a_form_cannot_widen_what_was_asked() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp admin offline_access")]).await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks().with(&[("scope", "mcp")]);
    let page = ada.asked(&ask).await.page();
    let mut forged = form(&page.text(), "/consent");
    forged.fields.push(("scope".into(), "admin".into()));
    let landing = ada.follows(ada.posts(&forged, Some(("decision", "approve"))).await).await;
    let tokens = client.exchanges(&ada.code(&ask, landing)).await.ok();
    assert_eq!(tokens.body["scope"], "mcp");
}

#[actix_web::test]
async fn every_authorization_is_a_grant_of_its_own() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let (laptop, desktop) = (ada.connects(&client).await, ada.connects(&client).await);
    assert_ne!(laptop.claims()["grant"], desktop.claims()["grant"]);
    client.revokes(&laptop.refresh).await.is(200);
    app.gate(&laptop.access).await.refused(401, "invalid_token");
    app.gate(&desktop.access).await.is(200);
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_prompt_consent_asks_again_whatever_is_remembered() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    ada.connects(&client).await;
    let ask = client.asks().with(&[("prompt", "consent"), ("scope", "mcp offline_access")]);
    let page = ada.asked(&ask).await.page();
    let code = ada.code(&ask, ada.decides(&page, "approve").await);
    assert_eq!(client.exchanges(&code).await.ok().body["scope"], "mcp offline_access");
}

#[actix_web::test]
async fn a_session_lasts_twelve_hours() {
    use doorbook::base::time::Span;
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.connects(&client).await;
    let at_github = |answer: crate::support::answer::Answer| answer.header("location").starts_with(&app.github().url);
    app.later(Span::hours(11));
    assert!(!at_github(ada.opens(&client.asks().path()).await));
    app.later(Span::hours(1));
    assert!(at_github(ada.opens(&client.asks().path()).await));
}
