//! The main tasks, each in the ways that people have: by keyboard alone, and without scripts.

use doorbook::base::id::ClientId;
use thirtyfour::Key;

use super::people::claim_link;
use crate::support::{
    app::TestApp,
    browser::Browser,
    client::{confidential_client, public_client},
};

/// The log of that client ends with this.
async fn ends_with(app: &TestApp, client: &str, event: &str) {
    let (log, id) = (app.audit().await, ClientId::new(client));
    let last = log.lines.iter().rfind(|line| line.client.as_ref() == Some(&id)).unwrap();
    assert_eq!(last.event, event);
}

#[actix_web::test]
async fn the_main_tasks_are_done_by_keyboard_alone() {
    let app = TestApp::local().await;
    let kept = app.registers(confidential_client()).await;
    let lost = app.registers(public_client()).await;
    let tokens = app.ada().connects(&lost).await;
    let browser = Browser::start().await;

    browser.opens(&claim_link(&app).await).await;
    browser.tabs_to("A name").await;
    browser.keys("octavia").await;
    browser.leaves_with(Key::Enter).await;
    assert_eq!(browser.url().await, format!("{}/admin", app.at));

    browser.keys("?").await;
    assert!(browser.reads("dialog[open]").await.contains("Search over everything"));
    browser.keys(Key::Escape).await;
    assert_eq!(browser.count("dialog").await, 0);

    browser.leaves_with("gc").await;
    assert_eq!(browser.url().await, format!("{}/admin/clients", app.at));
    browser.tabs_to("Select Workbench").await;
    browser.keys(" ").await;
    assert!(browser.reads(".bulk").await.contains("1 selected"));

    browser.keys("/notebook").await;
    browser.waits_for("[role=option]").await;
    browser.keys(Key::Down).await;
    browser.leaves_with(Key::Enter).await;
    assert_eq!(browser.reads("h1").await, "Notebook");
    browser.tabs_to("Revoke…").await;
    browser.leaves_with(Key::Enter).await;
    if browser.count("#word").await == 1 {
        browser.tabs_to("Notebook").await;
        browser.keys("Notebook").await;
    }
    browser.tabs_to("Revoke registration").await;
    browser.leaves_with(Key::Enter).await;
    ends_with(&app, &lost.id, "client_revoked").await;
    app.gate(&tokens.access).await.is(401);

    browser.keys("/").await;
    browser.keys(kept.id.as_str()).await;
    browser.leaves_with(Key::Enter).await;
    assert_eq!(browser.reads("h1").await, "Workbench");
    browser.tabs_to("24 h").await;
    browser.keys(Key::Right).await;
    browser.tabs_to("Rotate secret of").await;
    browser.leaves_with(Key::Enter).await;
    assert!(browser.reads("output").await.starts_with("dbs_"));
    ends_with(&app, &kept.id, "secret_rotated").await;

    browser.leaves_with("ga").await;
    browser.tabs_to("Name, as it is typed").await;
    browser.keys("linus").await;
    browser.tabs_to("See what it changes").await;
    browser.leaves_with(Key::Enter).await;
    browser.tabs_to("Add 1 entry").await;
    browser.leaves_with(Key::Enter).await;
    assert!(browser.reads(".flash").await.contains("1 new entry is on the list"));
    app.audit().await.ends_with(["access_added"]);
    browser.complains_of_nothing().await;
    browser.quits().await;
}

#[actix_web::test]
async fn the_main_tasks_are_done_without_scripts() {
    let app = TestApp::local().await;
    let kept = app.registers(confidential_client()).await;
    let lost = app.registers(public_client()).await;
    let browser = Browser::start().await;
    browser.scripts(false).await;

    browser.opens(&claim_link(&app).await).await;
    browser.types("#name", "octavia").await;
    browser.presses_button("Become administrator").await;
    browser.types("#find", "notebook").await;
    browser.leaves_with(Key::Enter).await;
    browser.follows_link("Notebook").await;
    browser.presses_button("Revoke…").await;
    browser.presses_button("Revoke registration").await;
    ends_with(&app, &lost.id, "client_revoked").await;

    browser.types("#find", &kept.id).await;
    browser.leaves_with(Key::Enter).await;
    browser.presses_button("Rotate secret of").await;
    assert!(browser.reads("output").await.starts_with("dbs_"));
    ends_with(&app, &kept.id, "secret_rotated").await;

    browser.follows_link("Access list").await;
    browser.types("#entries", "linus").await;
    browser.presses_button("See what it changes").await;
    browser.presses_button("Add 1 entry").await;
    app.audit().await.ends_with(["access_added"]);

    browser.follows_link("Clients").await;
    browser.ticks("input.pick").await;
    browser.presses_button("Disable…").await;
    browser.presses_button("Disable 1 client").await;
    ends_with(&app, &kept.id, "client_disabled").await;
    browser.quits().await;
}
