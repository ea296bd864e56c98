//! RFC 7009: a client gives its tokens back.

use doorbook::base::time::Span;

use crate::support::{app::TestApp, client::confidential_client};

#[actix_web::test]
async fn rfc7009_2_1_revoking_a_refresh_token_ends_the_grant_at_once() {
    let app = TestApp::start().await;
    for client in [app.client().await, app.registers(confidential_client()).await] {
        let first = app.ada().connects(&client).await;
        let second = client.refreshes(&first).await.ok();
        let answer = client.revokes(&second.refresh).await;
        answer.is(200);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("cache-control"), "no-store");
        app.gate(&first.access).await.refused(401, "invalid_token");
        app.gate(&second.access).await.refused(401, "invalid_token");
        client.refreshes(&second).await.refused(400, "invalid_grant");
        client.revokes(&second.refresh).await.is(200);
    }
    app.audit().await.has("token_revoked");
}

#[actix_web::test]
async fn rfc7009_2_1_revoking_an_access_token_leaves_the_grant() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    client.revokes(&tokens.access).await.is(200);
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    app.later(Span::minutes(2));
    let next = client.refreshes(&tokens).await.ok();
    app.gate(&next.access).await.is(200);
    app.gate(&tokens.access).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn rfc7009_2_1_a_wrong_hint_does_not_hinder() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let tokens = app.ada().connects(&client).await;
        let fields = [("token", tokens.refresh.as_str()), ("token_type_hint", hint)];
        client.posts("/revoke", &fields, &[]).await.is(200);
        app.gate(&tokens.access).await.refused(401, "invalid_token");
    }
}

#[actix_web::test]
async fn rfc7009_2_2_unknown_tokens_are_200() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    for token in ["nonsense", "a.b.c", "dbr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &code.code] {
        client.revokes(token).await.is(200);
    }
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rft_08_strangers_end_nothing_and_learn_nothing() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.client().await);
    let confidential = app.registers(confidential_client()).await;
    let tokens = app.ada().connects(&client).await;
    for thief in [&other, &confidential] {
        for token in [&tokens.access, &tokens.refresh] {
            let answer = thief.revokes(token).await;
            answer.is(200);
            assert!(answer.body.is_empty());
        }
    }
    app.gate(&tokens.access).await.is(200);
    client.refreshes(&tokens).await.ok();
}

#[actix_web::test]
async fn rfc7009_2_1_the_client_must_say_who_it_is() {
    let app = TestApp::start().await;
    let confidential = app.registers(confidential_client()).await;
    let tokens = app.ada().connects(&confidential).await;
    app.post_form("/revoke", &[("token", &tokens.refresh)]).await.refused(401, "invalid_client");
    let by_id = [("token", tokens.refresh.as_str()), ("client_id", &confidential.id)];
    app.post_form("/revoke", &by_id).await.refused(401, "invalid_client");
    let unknown = [("token", tokens.refresh.as_str()), ("client_id", "client_nobody")];
    app.post_form("/revoke", &unknown).await.refused(401, "invalid_client");
    app.gate(&tokens.access).await.is(200);
    confidential.posts("/revoke", &[], &[]).await.refused(400, "invalid_request");
    let twice = [("token", "a"), ("token", "b")];
    confidential.posts("/revoke", &twice, &[]).await.refused(400, "invalid_request");
    app.get("/revoke").await.refused(405, "invalid_request");
}
