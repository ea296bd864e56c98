//! A client is changed: what harms nobody at once, what takes something away after a question; with scripts and without.

use super::dashboard::administrator;
use crate::support::{app::TestApp, client::public_client};

#[actix_web::test]
async fn a_client_is_changed_with_scripts_and_without() {
    for scripts in [true, false] {
        let app = TestApp::local().await;
        let client = app.registers(public_client()).await;
        let tokens = app.ada().connects(&client).await;
        let browser = administrator(&app).await;
        browser.scripts(scripts).await;
        browser.opens(&format!("{}/admin/clients/{}", app.at, client.id)).await;
        browser.follows_link("Edit").await;
        browser.types("#name", "Notebook of Ada").await;
        browser.types("#uris", "http://notebook.example/callback").await;
        browser.presses_button("Save").await;
        assert!(browser.reads("main").await.contains("Not saved"));
        browser.forgets_complaints().await;
        if scripts {
            browser.pictures("client-edit-wrong").await;
        }
        browser.types("#uris", "https://notebook.example/elsewhere").await;
        browser.presses_button("Save").await;
        assert!(browser.reads("main").await.contains("Codes no longer go to https://notebook.example/callback"));
        if scripts {
            browser.pictures("client-edit-asks").await;
        }
        browser.presses_button("Save it").await;
        let page = browser.reads("main").await;
        assert!(page.contains("Saved, and in force.") && page.contains("Notebook of Ada"), "{page}");
        assert_eq!(app.gate(&tokens.access).await.status, 200, "what people allowed goes on");
        app.audit().await.has("client_updated");
        browser.quits().await;
    }
}

#[actix_web::test]
async fn the_field_for_keys_comes_with_the_method_that_needs_it() {
    let app = TestApp::local().await;
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/clients/new", app.at)).await;
    assert!(!browser.reads("main").await.contains("Its public keys"));
    browser.ticks("input[value=private_key_jwt]").await;
    assert!(browser.reads("main").await.contains("Its public keys"));
    browser.pictures("client-new-key").await;
    browser.types("#name", "Nightly job").await;
    browser.types("#uris", "https://job.example/callback").await;
    browser.presses_button("Write it in the book").await;
    assert!(browser.reads("#jwks-error").await.contains("Give its public keys"));
    browser.forgets_complaints().await;
    browser.types("#jwks-uri", "https://job.example/keys").await;
    browser.presses_button("Write it in the book").await;
    assert!(browser.reads("main").await.contains("with a signature of its own key"));
    browser.quits().await;
}
