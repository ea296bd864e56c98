//! RFC 9700: rotation of refresh tokens, what a replay ends, and what two processes of one client may do at once.

use doorbook::base::time::Span;
use futures_util::future::join_all;

use crate::support::{app::TestApp, client::confidential_client};

#[actix_web::test]
async fn rfc9700_4_14_2_every_use_rotates() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let mut tokens = app.ada().connects(&client).await;
    let mut seen = vec![tokens.refresh.clone()];
    for _ in 0..30 {
        app.later(Span::minutes(2));
        tokens = client.refreshes(&tokens).await.ok();
        assert!(!seen.contains(&tokens.refresh));
        seen.push(tokens.refresh.clone());
    }
    app.gate(&tokens.access).await.is(200);
}

#[actix_web::test]
async fn rfc9700_4_14_2_a_token_that_was_replaced_ends_its_family() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let first = app.ada().connects(&client).await;
    let other = app.ada().connects(&client).await;
    let second = client.refreshes(&first).await.ok();
    app.later(Span::seconds(61));
    client.refreshes(&first).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["refresh_reused", "refresh_reused"]);
    client.refreshes(&second).await.refused(400, "invalid_grant");
    app.gate(&first.access).await.refused(401, "invalid_token");
    app.gate(&second.access).await.refused(401, "invalid_token");
    app.gate(&other.access).await.is(200);
    client.refreshes(&other).await.ok();
}

#[actix_web::test]
async fn rfc9700_4_14_2_within_sixty_seconds_a_repeat_gets_the_identical_reply() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let first = app.ada().connects(&client).await;
    let second = client.refreshes(&first).await;
    app.later(Span::seconds(59));
    let again = client.refreshes(&first).await;
    assert_eq!(again.body, second.body);
    let second = second.ok();
    app.gate(&second.access).await.is(200);
    client.refreshes(&second).await.ok();
}

#[actix_web::test]
async fn rfc9700_4_14_2_the_repeat_must_be_the_same_request_and_its_successor_unspent() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = || client.asks().with(&[("scope", "mcp offline_access")]);
    let first = client.exchanges(&ada.consents_to(&ask()).await).await.ok();
    client.refreshes(&first).await.ok();
    client.refreshes_with(&first, &[("scope", "mcp")]).await.refused(400, "invalid_grant");
    let first = client.exchanges(&ada.consents_to(&ask()).await).await.ok();
    let second = client.refreshes(&first).await.ok();
    let third = client.refreshes(&second).await.ok();
    client.refreshes(&first).await.refused(400, "invalid_grant");
    client.refreshes(&third).await.refused(400, "invalid_grant");
    app.gate(&third.access).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn rfc9700_4_14_2_nothing_comes_again_once_it_was_revoked() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let first = app.ada().connects(&client).await;
    let second = client.refreshes(&first).await.ok();
    client.revokes(&second.refresh).await.is(200);
    client.refreshes(&first).await.refused(400, "invalid_grant");
}

#[actix_web::test]
async fn rfc9700_4_14_2_another_client_cannot_end_the_family() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.client().await);
    let first = app.ada().connects(&client).await;
    let second = client.refreshes(&first).await.ok();
    app.later(Span::minutes(5));
    other.refreshes(&first).await.refused(400, "invalid_grant");
    app.gate(&second.access).await.is(200);
    client.refreshes(&second).await.ok();
}

#[actix_web::test]
async fn rft_03_fifty_refreshes_at_once_leave_one_live_token() {
    let app = TestApp::start().await;
    for client in [app.client().await, app.registers(confidential_client()).await] {
        let first = app.ada().connects(&client).await;
        let answers = join_all((0..50).map(|_| client.refreshes(&first))).await;
        let tokens: Vec<_> = answers.iter().map(|answer| answer.ok()).collect();
        assert!(tokens.iter().all(|one| *one == tokens[0]), "all fifty hold the same pair");
        app.gate(&tokens[0].access).await.is(200);
        client.refreshes(&tokens[0]).await.ok();
    }
}

#[actix_web::test]
async fn cod_04_of_fifty_exchanges_at_once_one_wins_and_the_rest_end_what_it_got() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    let answers = join_all((0..50).map(|_| client.exchanges(&code))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.refused(400, "invalid_grant");
    }
    app.gate(&won[0].ok().access).await.refused(401, "invalid_token");
    app.audit().await.has("code_replayed");
}

#[actix_web::test]
async fn rfc9700_4_5_3_only_the_right_client_with_the_right_verifier_ends_what_a_code_gave() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.client().await);
    let code = app.ada().consents(&client).await;
    let tokens = client.exchanges(&code).await.ok();
    other.exchanges(&code).await.refused(400, "invalid_grant");
    let wrong = [("code_verifier", "x".repeat(43))];
    let wrong: Vec<_> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client.exchanges_with(&code, &wrong).await.refused(400, "invalid_grant");
    app.gate(&tokens.access).await.is(200);
    app.later(Span::minutes(30));
    client.exchanges(&code).await.refused(400, "invalid_grant");
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
}

#[actix_web::test]
async fn con_19_thirty_answers_at_once_are_one_answer() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let page = ada.asked(&client.asks()).await.page();
    let landings = join_all((0..30).map(|_| ada.decides(&page, "approve"))).await;
    let urls: Vec<_> = landings.into_iter().map(|landing| landing.client()).collect();
    assert!(urls.iter().all(|url| *url == urls[0]), "{urls:?}");
}
