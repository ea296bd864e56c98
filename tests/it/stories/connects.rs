//! A client connects, works, and leaves.

use crate::support::app::TestApp;

#[actix_web::test]
async fn a_client_signs_the_book_is_let_in_works_and_leaves() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    let tokens = client.exchanges(&code).await.ok();
    let let_in = app.gate(&tokens.access).await;
    assert_eq!((let_in.status, let_in.header("x-user-id")), (200, "github:1"));
    assert_eq!(let_in.header("x-user-name"), "ada");
    client.deletes().await.is(204);
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    app.audit().await.has("client_deleted");
}
