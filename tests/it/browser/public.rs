//! Every page of the table that is not behind the desk, as people see it: none shuts anybody out. A route without a way to its
//! page here fails, so that none is forgotten.

use doorbook::web::{
    headers::Kind,
    routes::{Door, Entry, Verb, table},
};

use super::people::claim_link;
use crate::support::{
    app::TestApp,
    browser::Browser,
    client::{TestClient, public_client},
};

/// The lines of the table that answer with a page to people who are no administrators.
fn pages() -> Vec<Entry> {
    let is_page = |entry: &Entry| {
        matches!(entry.kind, Kind::Page | Kind::Leaving)
            && matches!(entry.door, Door::Open | Door::Browser | Door::Person)
            && entry.verbs.iter().any(|(verb, _)| *verb == Verb::Get)
    };
    let all: Vec<_> = table().into_iter().filter(is_page).collect();
    assert!(all.len() > 10, "{:?}", all.iter().map(|entry| entry.name).collect::<Vec<_>>());
    all
}

/// Whether somebody has to be signed in to see the page of that route.
fn is_for_people(entry: &Entry) -> bool {
    entry.door == Door::Person || matches!(entry.name, "authorize" | "consent" | "device")
}

/// Where the page of that route is, and whether it is a refusal.
async fn place(app: &TestApp, client: &TestClient<'_>, name: &str) -> (String, bool) {
    let here = |path: &str| (format!("{}{path}", app.at), false);
    let refused = |path: &str| (format!("{}{path}", app.at), true);
    match name {
        "home" => here("/"),
        "docs" | "device" | "me" | "sign-in" => here(&format!("/{name}")),
        "success" => here("/success?code=dbc_shown"),
        // To whoever is signed in it shows the question, at the address of the other.
        "authorize" | "consent" | "login-local" => here(&client.asks().path()),
        "error" => refused("/error?error=access_denied&error_description=Not+today"),
        "callback" => refused("/callback?code=none&state=none"),
        "claim" => (claim_link(app).await, false),
        "me-revoke-all" => here("/me/revoke-all"),
        "me-revoke" => {
            let log = app.audit().await;
            let grant = log.lines.iter().find_map(|line| line.grant.clone()).unwrap();
            here(&format!("/me/revoke?grant_id={grant}"))
        }
        other => panic!("nobody looks at {other} here"),
    }
}

#[actix_web::test]
async fn every_page_of_the_table_for_everybody_fits_its_window_and_shuts_nobody_out() {
    let app = TestApp::local().await;
    let client = app.registers(public_client()).await;
    app.ada().connects(&client).await;
    let browser = Browser::start().await;
    let look = async |entry: &Entry| {
        let (at, is_refusal) = place(&app, &client, entry.name).await;
        browser.opens(&at).await;
        if is_refusal {
            // The browser itself notes that the page came with 400.
            browser.forgets_complaints().await;
        }
        browser.pictures(&format!("public-{}", entry.name)).await;
    };
    let (for_people, for_all): (Vec<_>, Vec<_>) = pages().into_iter().partition(is_for_people);
    for entry in &for_all {
        look(entry).await;
    }
    let other = app.registers(public_client()).await;
    browser.opens(&format!("{}{}", app.at, other.asks().path())).await;
    assert!(browser.url().await.contains("/login/local"));
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    for entry in &for_people {
        look(entry).await;
    }
    browser.quits().await;
}
