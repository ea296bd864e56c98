//! RFC 7662: introspection, for who may know.

use doorbook::{
    base::{secret::Plain, time::Span, token::TokenKind},
    crypto::{digest, random},
    store::resources,
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    answer::Answer,
    app::{ISSUER, TestApp},
    client::confidential_client,
};

const MCP: &str = "https://tools.example/mcp";

/// The credential of a protected server.
async fn credential_of(app: &TestApp, uri: &str) -> Plain {
    let secret = random::token(TokenKind::ResourceSecret);
    let (row, uri) = (digest::of(&secret), doorbook::base::resource::ResourceUri::parse(uri).unwrap());
    assert!(app.desk.store.record(move |tx| resources::set_secret(tx, &uri, &row)).await.unwrap());
    secret
}

async fn server_asks(app: &TestApp, credential: &Plain, token: &str) -> Answer {
    let request = app.request(Method::POST, "/introspect").bearer_auth(credential.expose());
    app.send(request.form(&[("token", token)])).await
}

#[actix_web::test]
async fn rfc7662_2_2_a_confidential_client_learns_of_its_own_tokens() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let tokens = app.ada().connects(&client).await;
    let answer = client.introspects(&tokens.access).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let claims = tokens.claims();
    assert_eq!(
        answer.body(),
        json!({
            "active": true,
            "scope": "mcp",
            "client_id": client.id,
            "username": "ada",
            "token_type": "Bearer",
            "exp": claims["exp"],
            "iat": claims["iat"],
            "sub": "github:1",
            "aud": ISSUER,
            "iss": ISSUER,
            "jti": claims["jti"],
        })
    );
    let refresh = client.introspects(&tokens.refresh).await.body();
    assert_eq!((&refresh["active"], &refresh["sub"]), (&json!(true), &json!("github:1")));
    let hint = [("token", tokens.access.as_str()), ("token_type_hint", "refresh_token")];
    assert_eq!(client.posts("/introspect", &hint, &[]).await.body()["active"], true);
}

#[actix_web::test]
async fn rfc7662_2_2_what_is_not_active_is_that_and_nothing_more() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let other = app.registers(confidential_client()).await;
    let public = app.client().await;
    let theirs = app.ada().connects(&other).await;
    let publics = app.ada().connects(&public).await;
    let code = app.ada().consents(&client).await;
    let revoked = app.ada().connects(&client).await;
    client.revokes(&revoked.refresh).await.is(200);
    let old = app.ada().connects(&client).await;
    let spent = app.ada().connects(&client).await;
    client.refreshes(&spent).await.ok();
    let mut inactive = vec![
        "nonsense".to_owned(),
        "a.b.c".into(),
        theirs.access,
        theirs.refresh,
        publics.access,
        publics.refresh,
        code.code,
        revoked.access,
        revoked.refresh,
        spent.refresh,
        client.secret.clone().unwrap(),
    ];
    for token in inactive.drain(..) {
        assert_eq!(client.introspects(&token).await.body(), json!({"active": false}), "{token}");
    }
    app.later(Span::hours(1));
    assert_eq!(client.introspects(&old.access).await.body(), json!({"active": false}));
}

#[actix_web::test]
async fn rfc7662_2_1_who_asks_must_prove_who_they_are() {
    let app = TestApp::start().await;
    let (client, public) = (app.registers(confidential_client()).await, app.client().await);
    let tokens = app.ada().connects(&public).await;
    app.post_form("/introspect", &[("token", &tokens.access)]).await.refused(401, "invalid_client");
    let unknown = [("token", tokens.access.as_str()), ("client_id", "client_nobody")];
    app.post_form("/introspect", &unknown).await.refused(401, "invalid_client");
    let without_secret = [("token", tokens.access.as_str()), ("client_id", &client.id)];
    app.post_form("/introspect", &without_secret).await.refused(401, "invalid_client");
    let by_id = public.introspects(&tokens.access).await;
    if by_id.status == 200 {
        assert_eq!(by_id.body(), json!({"active": false}), "an id alone proves nothing");
    } else {
        by_id.refused(401, "invalid_client");
    }
    client.posts("/introspect", &[], &[]).await.refused(400, "invalid_request");
    app.get("/introspect").await.refused(405, "invalid_request");
    let own = app.request(Method::POST, "/introspect").bearer_auth(&tokens.access);
    app.send(own.form(&[("token", &tokens.access)])).await.refused(401, "invalid_client");
}

#[actix_web::test]
async fn rfc7662_2_1_a_protected_server_learns_of_tokens_that_are_meant_for_it() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects("https://other.example").await;
    let (mine, others) = (credential_of(&app, MCP).await, credential_of(&app, "https://other.example").await);
    let client = app.client().await;
    let code = app.ada().consents_to(&client.asks().with(&[("resource", MCP)])).await;
    let tokens = client.exchanges(&code).await.ok();
    let known = server_asks(&app, &mine, &tokens.access).await.body();
    assert_eq!((&known["active"], &known["aud"]), (&json!(true), &json!(MCP)));
    assert_eq!(server_asks(&app, &mine, &tokens.refresh).await.body(), json!({"active": false}));
    assert_eq!(server_asks(&app, &others, &tokens.access).await.body(), json!({"active": false}));
    let nobody = random::token(TokenKind::ResourceSecret);
    server_asks(&app, &nobody, &tokens.access).await.refused(401, "invalid_client");
    for (scheme, request) in [
        ("Basic ", app.request(Method::POST, "/introspect").basic_auth("tools", Some(nobody.expose()))),
        ("Bearer ", app.request(Method::POST, "/introspect").bearer_auth(nobody.expose())),
    ] {
        let answer = app.send(request.form(&[("token", &tokens.access)])).await;
        assert!(answer.refused(401, "invalid_client").header("www-authenticate").starts_with(scheme), "{scheme}");
    }
    client.revokes(&tokens.access).await.is(200);
    assert_eq!(server_asks(&app, &mine, &tokens.access).await.body(), json!({"active": false}));
}
