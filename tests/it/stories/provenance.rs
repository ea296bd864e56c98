//! What a person reads about a client before they let it in: who vouches for it, who else uses it, whom it resembles.

use doorbook::{
    base::{event::Actor, id::ClientId},
    flows::clients,
};
use serde_json::json;

use crate::support::{
    app::TestApp,
    client::{TestClient, public_client},
    form::form,
    site::{Page, Site},
};

#[actix_web::test]
async fn the_question_says_who_else_uses_the_client_and_an_administrator_learns_who() {
    let app = TestApp::start().await;
    let (first, second) = (app.client().await, app.client().await);
    let (ada, grace) = (app.ada(), app.grace());
    let html = grace.asked(&first.asks()).await.page().page(200);
    assert!(html.contains("nobody else here"), "{html}");
    ada.connects(&first).await;
    let html = ada.asked(&second.asks()).await.page().page(200);
    assert!(html.contains("nobody else here"), "oneself does not count: {html}");
    let html = grace.asked(&second.asks()).await.page().page(200);
    let page = format!("/admin/clients/{}", second.id);
    assert!(html.contains("1 other person here: ada") && html.contains(&page), "a client that is alike: {html}");
    grace.connects(&second).await;
    let html = ada.asked(&second.asks()).await.page().page(200);
    assert!(html.contains("1 other person here") && !html.contains("grace"), "who it is stays untold: {html}");
}

#[actix_web::test]
async fn a_look_alike_is_shown_for_what_it_is_and_gets_an_hour() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["client_name"] = json!("Cl\u{430}ude");
    body["redirect_uris"] = json!(["https://evil.example/cb"]);
    let client = app.registers(body).await;
    let ada = app.ada();
    let ask = client.asks();
    let page = ada.asked(&ask).await.page();
    let html = page.page(200);
    for words in ["Look-alike", "This is not the", "evil.example", "Let it in anyway", "1 hour"] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert!(!html.contains("until taken back"), "{html}");
    let forged = form(&html, "/consent").fill("life", "open");
    ada.posts(&forged, Some(("decision", "approve"))).await.is(400);
    let tokens = client.exchanges(&ada.code(&ask, ada.decides(&page, "approve").await)).await.ok();
    app.later(doorbook::base::time::Span::minutes(61));
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    let id = ClientId::new(client.id.as_str());
    clients::trust(&app.desk, &app.call(), &Actor::CommandLine, &id, true).await.unwrap();
    let html = ada.asked(&client.asks()).await.page().page(200);
    assert!(!html.contains("Look-alike") && html.contains("knows this client"), "{html}");
}

#[actix_web::test]
async fn a_document_proves_its_site_and_no_name() {
    let site = Site::start().await;
    let app = TestApp::beside(&site, &[]).await;
    let document = json!({
        "client_id": site.url("/claude.json"),
        "client_name": "Claude",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
    });
    site.shows("/claude.json", Page::Json(document.clone(), ""));
    let client = TestClient::registered(&app, document);
    let ask = client.asks().with(&[("redirect_uri", "http://127.0.0.1:7777/callback")]);
    let html = app.ada().asked(&ask).await.page().page(200);
    for words in ["Look-alike", "is described by", "app.example", "any program could pass itself off"] {
        assert!(html.contains(words), "{words}: {html}");
    }
}
