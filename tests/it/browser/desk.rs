//! What stands behind the desk: keys that take over, and one that leaked; how the server is; backups.

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

#[actix_web::test]
async fn the_server_looks_at_itself_and_a_backup_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::with_local(&[("DOORBOOK_BACKUP_FOLDER", folder.path().to_str().unwrap())]).await;
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/settings", app.at)).await;
    browser.pictures("settings-first").await;
    browser.presses_button("Run the checks").await;
    assert!(browser.reads("main").await.contains("leads here"));
    browser.pictures("settings").await;
    browser.opens(&format!("{}/admin/backups", app.at)).await;
    browser.pictures("backups-none").await;
    browser.presses_button("Take a backup").await;
    assert!(browser.reads("main").await.contains("Taken, and it can be restored"));
    browser.pictures("backups").await;
    browser.quits().await;
}
