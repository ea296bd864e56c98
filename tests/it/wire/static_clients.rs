//! Clients that the configuration lists: known without a registration, and changed nowhere else.

use doorbook::{base::id::ClientId, flows::clients, oauth::why::Why, store::Stop};
use reqwest::Method;
use serde_json::json;

use crate::support::{app::TestApp, client::TestClient};

const LIST: &str = "desk, phone|https://phone.example/cb, phone|https://phone.example/other";

fn listed<'a>(app: &'a TestApp, id: &str, redirect_uri: &str) -> TestClient<'a> {
    TestClient::registered(app, json!({"client_id": id, "redirect_uris": [redirect_uri]}))
}

#[actix_web::test]
async fn a_listed_client_connects_without_a_registration_even_when_it_is_closed() {
    let app = TestApp::with(&[("ALLOWED_MCP_CLIENTS", LIST), ("DOORBOOK_REGISTRATION", "closed")]).await;
    for (id, uri) in [
        ("desk", "http://localhost:51234/callback"),
        ("desk", "http://127.0.0.1:6274/oauth/callback"),
        ("desk", "http://127.0.0.1:33418/"),
        ("phone", "https://phone.example/cb"),
        ("phone", "https://phone.example/other"),
    ] {
        let tokens = app.ada().connects(&listed(&app, id, uri)).await;
        assert_eq!(tokens.claims()["client_id"], id);
        assert!(!tokens.refresh.is_empty());
    }
    for (id, uri) in [
        ("desk", "http://localhost.evil.example/callback"),
        ("desk", "http://localhost/elsewhere"),
        ("phone", "http://localhost/callback"),
        ("unlisted", "http://localhost/callback"),
    ] {
        app.ada().asked(&listed(&app, id, uri).asks()).await.page().page(400);
    }
    app.audit().await.has("client_created");
}

#[actix_web::test]
async fn a_table_says_more_of_a_client() {
    let file =
        "[[clients]]\nid = 'tool'\nname = 'The Tool'\nscope = ['mcp']\nredirect_uris = ['https://tool.example/cb']";
    let app = TestApp::with_file(&[], file).await;
    let client = listed(&app, "tool", "https://tool.example/cb");
    let ask = client.asks().with(&[("scope", "mcp offline_access")]);
    let page = app.ada().asked(&ask).await.page();
    assert!(page.page(200).contains("The Tool"));
    let code = app.ada().consents_to(&ask).await;
    assert_eq!(client.exchanges(&code).await.ok().body["scope"], "mcp");
}

#[actix_web::test]
async fn what_the_configuration_lists_changes_there_and_nowhere_else() {
    let app = TestApp::with(&[("ALLOWED_MCP_CLIENTS", "desk")]).await;
    let id = ClientId::new("desk");
    let (desk, call, actor) = (&app.desk, app.call(), doorbook::base::event::Actor::System);
    let refusals = [
        clients::revoke(desk, &call, &actor, &id, "").await.err(),
        clients::rotate_registration_token(desk, &call, &actor, &id).await.err(),
    ];
    for refused in refusals {
        assert!(matches!(refused, Some(Stop::Refuse(error)) if error.why() == Why::ClientConfigured));
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = app.request(method, "/register/desk").bearer_auth("reg-x").json(&json!({"client_id": "desk"}));
        app.send(request).await.refused(401, "invalid_token");
    }
    let own = json!({"client_id": "desk", "redirect_uris": ["https://evil.example/cb"]});
    let stranger = app.post_json("/register", &own).await.is(201).json();
    assert_ne!(stranger["client_id"], "desk");
    app.ada().asked(&listed(&app, "desk", "https://evil.example/cb").asks()).await.page().page(400);

    let client = listed(&app, "desk", "http://localhost/callback");
    let tokens = app.ada().connects(&client).await;
    clients::disable(desk, &call, &actor, &id).await.unwrap();
    client.refreshes(&tokens).await.refused(401, "invalid_client");
}
