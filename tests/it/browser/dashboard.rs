//! The administrator at work: finds a client, rotates its secret, keeps it out, lets it in again, and strikes it out.

use serde_json::json;

use super::people::claim_link;
use crate::support::{
    app::TestApp,
    browser::Browser,
    client::{TestClient, confidential_client, public_client},
};

/// A browser in which somebody has just become administrator.
pub(super) async fn administrator(app: &TestApp) -> Browser {
    let browser = Browser::start().await;
    browser.opens(&claim_link(app).await).await;
    browser.types("#name", "octavia").await;
    browser.presses("main form button").await;
    browser
}

fn page_of(app: &TestApp, client: &TestClient<'_>) -> String {
    format!("{}/admin/clients/{}", app.at, client.id)
}

#[actix_web::test]
async fn revoking_a_client_takes_four_steps_and_the_gate_is_shut_by_then() {
    let app = TestApp::local().await;
    let client = app.registers(public_client()).await;
    let tokens = app.ada().connects(&client).await;
    assert_eq!(app.gate(&tokens.access).await.status, 200);
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/clients", app.at)).await;
    browser.follows_link("Notebook").await;
    browser.pictures("client").await;
    browser.presses_button("Revoke…").await;
    browser.pictures("client-revoke").await;
    assert_eq!(app.gate(&tokens.access).await.status, 200, "asking is not doing");
    if browser.count("#word").await == 1 {
        browser.types("#word", "Notebook").await;
    }
    browser.types("#reason", "lost laptop").await;
    browser.presses_button("Revoke registration").await;
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    browser.forgets_complaints().await;
    browser.pictures("client-revoked").await;
    app.audit().await.has("client_revoked");
    browser.quits().await;
}

#[actix_web::test]
async fn a_rotated_secret_is_shown_once_and_both_work_for_the_overlap() {
    let app = TestApp::local().await;
    let client = app.registers(confidential_client()).await;
    let code = app.ada().consents(&client).await;
    let browser = administrator(&app).await;
    browser.opens(&page_of(&app, &client)).await;
    browser.presses_button("Rotate secret of").await;
    let shown = browser.reads("output").await;
    assert!(shown.starts_with("dbs_"), "{shown}");
    browser.pictures("client-secret-once").await;
    browser.follows_link("I have saved it").await;
    assert!(!browser.source().await.contains(&shown));
    let changed_over = TestClient::registered(
        &app,
        json!({"client_id": client.id, "client_secret": shown, "redirect_uris": [client.redirect_uri]}),
    );
    changed_over.exchanges(&code).await.ok();
    client.exchanges(&app.ada().consents(&client).await).await.ok();
    browser.presses_button("End the old").await;
    client.exchanges(&app.ada().consents(&client).await).await.refused(401, "invalid_client");
    browser.quits().await;
}

#[actix_web::test]
async fn a_client_is_kept_out_and_let_in_again_without_scripts() {
    let app = TestApp::local().await;
    let client = app.registers(public_client()).await;
    let tokens = app.ada().connects(&client).await;
    let browser = administrator(&app).await;
    browser.scripts(false).await;
    browser.opens(&page_of(&app, &client)).await;
    browser.presses_button("Disable…").await;
    browser.presses(".acts button.tall").await;
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    browser.presses_button("Enable").await;
    assert_eq!(app.gate(&tokens.access).await.status, 200);
    browser.presses_button("Sign out").await;
    browser.opens(&page_of(&app, &client)).await;
    assert!(browser.url().await.contains("/login/local"), "signed out is out");
    browser.quits().await;
}

#[actix_web::test]
async fn a_resource_is_added_and_a_token_tried_on_it() {
    let app = TestApp::local().await;
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/resources", app.at)).await;
    browser.pictures("resources-none").await;
    browser.follows_link("Add a resource").await;
    browser.types("#uri", "https://notes.example.net/mcp").await;
    browser.types("#scopes", "mcp = Read and write your notes").await;
    browser.types("#required", "a\"b").await;
    browser.presses_button("Put it into the register").await;
    browser.forgets_complaints().await;
    browser.pictures("resource-new-wrong").await;
    browser.types("#required", "mcp").await;
    browser.presses_button("Put it into the register").await;
    assert!(browser.reads("output").await.starts_with("dbk_"));
    browser.pictures("resource-made").await;
    let client = app.registers(public_client()).await;
    let tokens = app.ada().connects(&client).await;
    browser.types("#token", &tokens.access).await;
    browser.presses_button("Ask the gate").await;
    assert!(browser.reads("main").await.contains("Would pass"));
    assert!(!browser.source().await.contains(&tokens.access) && !browser.url().await.contains("ey"));
    browser.pictures("resource-tried").await;
    browser.quits().await;
}

#[actix_web::test]
async fn one_server_is_let_call_another_and_a_client_by_hand_shows_what_is_pasted_where() {
    let app = TestApp::local().await;
    for name in ["Files", "Notes"] {
        let uri = format!("https://{}.example.net/mcp", name.to_lowercase());
        app.protects_with(&uri, |resource| resource.name = name.into()).await;
    }
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/resources/https%3A%2F%2Ffiles.example.net%2Fmcp", app.at)).await;
    browser.presses_button("Allow it").await;
    assert!(browser.source().await.contains("It may call https://notes.example.net/mcp from now on."));
    browser.pictures("resource-calls").await;
    browser.presses_button("Forbid it").await;
    assert!(browser.reads("main").await.contains("It calls no other server here."));
    app.audit().await.ends_with(["call_allowed", "call_forbidden"]);
    let uris = ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"];
    let body = json!({"client_name": "Cursor", "redirect_uris": uris, "token_endpoint_auth_method": "none"});
    let client = app.writes(body).await;
    browser.opens(&page_of(&app, &client)).await;
    assert!(browser.reads("#setup").await.contains("\"CLIENT_ID\""));
    browser.pictures("client-by-hand").await;
    browser.quits().await;
}

#[actix_web::test]
async fn every_page_of_the_dashboard_fits_its_window_and_complains_of_nothing() {
    let app = TestApp::local().await;
    app.protects("https://files.example.net/mcp").await;
    let names = [
        "Claude",
        "Cursor",
        "A client with a name that goes on for rather longer than anybody who drew the table had thought of",
        "عميل الملفات",
        "<b>bold</b> & \"quoted\"",
    ];
    for (n, name) in names.iter().enumerate() {
        let body = json!({"client_name": name, "redirect_uris": [format!("https://c{n}.example/callback")]});
        let client = app.registers(body).await;
        if n < 3 {
            app.ada().connects(&client).await;
            app.grace().connects(&client).await;
        }
        client.exchanges_with(&app.ada().consents(&client).await, &[("code_verifier", "wrong")]).await;
    }
    for _ in 0..14 {
        let body = json!({"client_name": "Fancy Editor", "redirect_uris": ["fancy-editor://callback"]});
        app.post_json("/register", &body).await.is(400);
    }
    app.gate("no token at all").await;
    app.desk.write_refusals().await.unwrap();
    let browser = administrator(&app).await;
    for (name, path) in [
        ("overview", "/admin"),
        ("refusals", "/admin/refusals"),
        ("refusals-none", "/admin/refusals?q=nobody+at+all"),
        ("search", "/admin/search?q=cl"),
        ("search-none", "/admin/search?q=nobody+at+all"),
        ("clients", "/admin/clients"),
        ("clients-none", "/admin/clients?q=nothing+is+called+this"),
        ("client-new", "/admin/clients/new"),
        ("people", "/admin/people"),
        ("person", "/admin/people/local%3Aada"),
        ("resources", "/admin/resources"),
        ("resource", "/admin/resources/https%3A%2F%2Ffiles.example.net%2Fmcp"),
        ("resource-new", "/admin/resources/new"),
        ("resource-remove", "/admin/resources/remove?uri=https%3A%2F%2Ffiles.example.net%2Fmcp"),
        ("access", "/admin/access"),
        ("grants", "/admin/grants"),
        ("audit", "/admin/audit"),
        ("setup", "/admin/setup"),
        ("audit-refused", "/admin/audit?did=refused"),
    ] {
        browser.opens(&format!("{}{path}", app.at)).await;
        browser.pictures(name).await;
    }
    browser.quits().await;
}
