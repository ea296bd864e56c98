//! Somebody steals: a code, a refresh token, a client's answer.

use doorbook::base::time::Span;

use crate::support::app::TestApp;

#[actix_web::test]
async fn a_stolen_code_ends_the_session_it_started() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    let tokens = client.exchanges(&code).await.ok();
    app.gate(&tokens.access).await.is(200);
    client.exchanges(&code).await.refused(400, "invalid_grant");
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["code_replayed", "code_replayed", "bearer_revoked", "grant_over"]);
}

#[actix_web::test]
async fn a_code_without_its_verifier_is_worth_nothing() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    for guess in ["a".repeat(43), "b".repeat(128)] {
        client.exchanges_with(&code, &[("code_verifier", &guess)]).await.refused(400, "invalid_grant");
    }
    let tokens = client.exchanges(&code).await.ok();
    app.gate(&tokens.access).await.is(200);
    app.audit().await.has("verifier_wrong");
}

#[actix_web::test]
async fn a_stolen_refresh_token_throws_both_out_once_it_shows() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let hers = app.ada().connects(&client).await;
    let thiefs = client.refreshes(&hers).await.ok();
    app.gate(&thiefs.access).await.is(200);
    app.later(Span::hours(1));
    client.refreshes(&hers).await.refused(400, "invalid_grant");
    client.refreshes(&thiefs).await.refused(400, "invalid_grant");
    app.gate(&thiefs.access).await.refused(401, "invalid_token");
    let audit = app.audit().await;
    audit.has("refresh_reused");
    let again = app.ada().connects(&client).await;
    app.gate(&again.access).await.is(200);
}

#[actix_web::test]
async fn con_20_a_client_that_imitates_another_is_asked_about_by_itself() {
    let app = TestApp::start().await;
    let ada = app.ada();
    let known = app.registers(crate::support::client::confidential_client()).await;
    ada.connects(&known).await;
    let twin = app.registers(crate::support::client::confidential_client()).await;
    let page = ada.asked(&twin.asks()).await.page();
    assert!(page.page(200).contains("approve"), "the same name and address are another client all the same");
}
