//! Approval in two browsers: a person waits in one, an administrator decides in the other, and the first goes on by itself.

use serde_json::json;

use super::dashboard::administrator;
use crate::support::{
    app::TestApp,
    browser::Browser,
    client::{TestClient, public_client},
};

const APPROVAL: &[(&str, &str)] = &[("DOORBOOK_REGISTRATION", "approval")];

/// Somebody lets the client in, and waits from then on.
async fn waits(app: &TestApp, person: &Browser, client: &TestClient<'_>) {
    person.opens(&format!("{}{}", app.at, client.asks().path())).await;
    if person.count("#name").await == 1 {
        person.types("#name", "ada").await;
        person.presses("main form button").await;
    }
    person.presses_button("Let it in").await;
    assert_eq!(person.reads("h1").await, "Waiting for an administrator");
}

async fn decides(app: &TestApp, administrator: &Browser, button: &str) {
    administrator.opens(&format!("{}/admin/approvals", app.at)).await;
    administrator.presses_button(button).await;
}

#[actix_web::test]
async fn the_tab_that_waits_goes_on_once_an_administrator_approves_with_and_without_scripts() {
    let app = TestApp::with_local(APPROVAL).await;
    let program = json!({
        "client_name": "Notes on the command line",
        "redirect_uris": ["http://127.0.0.1:9/callback"],
        "token_endpoint_auth_method": "none",
    });
    let client = app.registers(program).await;
    let octavia = administrator(&app).await;
    octavia.opens(&format!("{}/admin/approvals", app.at)).await;
    octavia.pictures("approvals-none").await;
    let ada = Browser::start().await;
    waits(&app, &ada, &client).await;
    ada.pictures("waiting").await;
    octavia.opens(&format!("{}/admin", app.at)).await;
    octavia.pictures("overview-approvals").await;
    octavia.opens(&format!("{}/admin/approvals", app.at)).await;
    octavia.pictures("approvals").await;
    ada.leaves_after(decides(&app, &octavia, "Approve")).await;
    assert!(ada.url().await.starts_with("http://127.0.0.1:9/callback?code=dbc_"));

    ada.scripts(false).await;
    waits(&app, &ada, &client).await;
    ada.leaves_after(decides(&app, &octavia, "Deny")).await;
    assert!(ada.url().await.starts_with("http://127.0.0.1:9/callback?error=access_denied"));
    ada.quits().await;
    octavia.quits().await;
}

#[actix_web::test]
async fn several_who_wait_are_told_apart_and_a_decision_for_all_is_kept() {
    let app = TestApp::with_local(APPROVAL).await;
    let octavia = administrator(&app).await;
    let mut imitation = public_client();
    imitation["client_name"] = json!("Claude");
    let mut long = public_client();
    long["client_name"] = json!("A client with a name that goes on for rather longer than anybody had thought of");
    long["redirect_uris"] = json!(["https://one.example/callback", "http://127.0.0.1:8080/cb", "cursor://callback"]);
    for (person, body) in [(app.ada(), imitation), (app.grace(), long), (app.ada(), public_client())] {
        let client = app.registers(body).await;
        person.consented(&client).await;
    }
    octavia.opens(&format!("{}/admin/approvals", app.at)).await;
    octavia.pictures("approvals-several").await;
    octavia.ticks("section:nth-of-type(3) label:nth-of-type(3)").await;
    octavia.presses("section:nth-of-type(3) button[value=approve]").await;
    assert!(octavia.reads(".flash").await.contains("1 person goes on"));
    octavia.pictures("approvals-decided").await;
    octavia.presses_button("Take back").await;
    assert!(octavia.reads(".flash").await.contains("Taken back"));
    octavia.quits().await;
}
