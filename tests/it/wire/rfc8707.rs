//! RFC 8707: resource indicators, from the request to `aud`.

use serde_json::json;

use crate::support::{
    app::{ISSUER, TestApp},
    client::confidential_client,
};

const MCP: &str = "https://tools.example/mcp";

#[actix_web::test]
async fn rfc8707_2_given_here_there_or_nowhere() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    for (at_authorize, at_token, audience) in [
        (Some(MCP), Some(MCP), MCP),
        (Some(MCP), None, MCP),
        (None, None, ISSUER),
        (None, Some(ISSUER), ISSUER),
        (Some("http://127.0.0.1:8080/mcp"), None, "http://127.0.0.1:8080/mcp"),
        (Some("https://tools.example"), Some("https://tools.example/"), "https://tools.example"),
        (Some("https://tools.example/"), Some("https://tools.example"), "https://tools.example/"),
        (Some("https://Tools.example/A/../b?c=%2f"), None, "https://Tools.example/A/../b?c=%2f"),
    ] {
        let mut ask = client.asks();
        if let Some(resource) = at_authorize {
            ask = ask.with(&[("resource", resource)]);
        }
        let code = ada.consents_to(&ask).await;
        let changes: Vec<_> = at_token.iter().map(|resource| ("resource", *resource)).collect();
        let claims = client.exchanges_with(&code, &changes).await.ok().claims();
        assert_eq!(claims["aud"], audience, "{at_authorize:?} {at_token:?}");
    }
}

#[actix_web::test]
async fn rfc8707_2_2_another_one_at_the_token_endpoint_is_invalid_target() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents_to(&client.asks().with(&[("resource", MCP)])).await;
    for other in ["https://tools.example/mcp/", "https://tools.example/MCP", "https://other.example/mcp", ISSUER] {
        client.exchanges_with(&code, &[("resource", other)]).await.refused(400, "invalid_target");
    }
    for malformed in ["tools", "http://tools.example/", "https://tools.example/#f", "https://u@tools.example/"] {
        client.exchanges_with(&code, &[("resource", malformed)]).await.refused(400, "invalid_target");
    }
    let twice = [("resource", MCP), ("+resource", MCP)];
    client.exchanges_with(&code, &twice).await.ok();
}

#[actix_web::test]
async fn rfc8707_2_several_resources_are_invalid_target() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let two = client.asks().with(&[("resource", MCP), ("+resource", "https://other.example/")]);
    ada.asked(&two).await.denied("invalid_target");
    let same = client.asks().with(&[("resource", MCP), ("+resource", MCP)]);
    client.exchanges(&ada.consents_to(&same).await).await.ok();
}

#[actix_web::test]
async fn rfc8707_2_once_servers_are_registered_only_they_are_resources() {
    let app = TestApp::start().await;
    app.protects("https://tools.example").await;
    let client = app.client().await;
    let ada = app.ada();
    for spelling in ["https://tools.example", "https://tools.example/"] {
        let code = ada.consents_to(&client.asks().with(&[("resource", spelling)])).await;
        let claims = client.exchanges_with(&code, &[("resource", spelling)]).await.ok().claims();
        assert_eq!(claims["aud"], "https://tools.example", "as registered");
    }
    let only = client.exchanges(&ada.consents(&client).await).await.ok().claims();
    assert_eq!(only["aud"], "https://tools.example", "no resource means the only one");
    for unknown in [MCP, "https://other.example", "https://TOOLS.example", "https://tools.example:443"] {
        ada.asked(&client.asks().with(&[("resource", unknown)])).await.denied("invalid_target");
    }
    app.protects(MCP).await;
    let several = client.exchanges(&ada.consents(&client).await).await.ok().claims();
    assert_eq!(several["aud"], ISSUER, "of several none is meant");
}

#[actix_web::test]
async fn rfc8707_the_question_names_the_resource() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| resource.name = "Tool shed".into()).await;
    let client = app.client().await;
    let page = app.ada().asked(&client.asks().with(&[("resource", MCP)])).await.page().page(200);
    assert!(page.contains("Tool shed"), "{page}");
}

#[actix_web::test]
async fn a_remembered_answer_is_for_one_resource() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    ada.consents_to(&client.asks().with(&[("resource", MCP)])).await;
    let again = client.asks().with(&[("resource", MCP)]);
    ada.code(&again, ada.asked(&again).await);
    ada.asked(&client.asks().with(&[("resource", "https://other.example/")])).await.page().page(200);
    let refresh = client.exchanges(&ada.code(&again, ada.asked(&again).await)).await.ok();
    let other = [("resource", "https://other.example/")];
    client.refreshes_with(&refresh, &other).await.refused(400, "invalid_target");
    assert_eq!(client.refreshes(&refresh).await.ok().claims()["aud"], json!(MCP));
}
