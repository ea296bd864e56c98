//! What stands behind the desk: keys that take over, and one that leaked.

use super::dashboard::administrator;
use crate::support::{app::TestApp, client::public_client};

#[actix_web::test]
async fn a_key_takes_over_and_one_that_leaked_ends_what_it_signed() {
    let app = TestApp::local().await;
    let client = app.registers(public_client()).await;
    let tokens = app.ada().connects(&client).await;
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/keys", app.at)).await;
    browser.presses_button("Make a new key").await;
    browser.ticks("input[value=now]").await;
    browser.presses_button("Make a new key").await;
    browser.pictures("keys").await;
    assert_eq!(app.gate(&tokens.access).await.status, 200, "nobody notices");
    let leaked = jsonwebtoken::decode_header(&tokens.access).unwrap().kid.unwrap();
    browser.opens(&format!("{}/admin/keys/revoke?kid={leaked}", app.at)).await;
    browser.pictures("key-revoke").await;
    browser.types("#word", "revoke").await;
    browser.types("#reason", "A stolen disk").await;
    browser.presses_button("Revoke the key").await;
    browser.pictures("key-revoked").await;
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    browser.quits().await;
}
