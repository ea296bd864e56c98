//! The administrator at work: finds a client, rotates its secret, keeps it out, lets it in again, and strikes it out.

use doorbook::{
    base::{
        api_token::ApiRole,
        event::Actor,
        id::UserId,
        time::Span,
        user::{Role, Who},
    },
    flows::api_tokens::{self, Wanted},
    store::{allowlist, initial_tokens},
};
use serde_json::json;

use super::people::claim_link;
use crate::{
    pages::doors::{about, pages_behind_the_desk},
    support::{
        app::{NOW, TestApp},
        browser::{Browser, Width},
        client::{TestClient, confidential_client, public_client},
        store::{digest, initial_token},
    },
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
async fn what_happens_stands_on_the_overview_as_it_happens_and_waits_for_who_reads() {
    let app = TestApp::local().await;
    let browser = administrator(&app).await;
    app.client().await;
    browser.waits_for("tr.new").await;
    assert!(browser.reads("tr.new").await.contains("Notebook signed the book"));
    browser.pictures("overview-live").await;
    browser.tabs_to("Notebook").await;
    app.registers(confidential_client()).await;
    browser.waits_for("[data-news]").await;
    assert_eq!((browser.reads("[data-news]").await, browser.count("tr.new").await), ("1 new line".into(), 1));
    browser.ticks("[data-news]").await;
    assert!(browser.reads("tr.new").await.contains("Workbench signed the book"));
    browser.opens(&format!("{}/admin/audit", app.at)).await;
    browser.ticks("h1").await;
    app.registers(public_client()).await;
    browser.waits_for("tr.new").await;
    assert!(browser.reads("tr.new").await.contains("Notebook signed the book"));
    assert_eq!(browser.count("tr.day + tr.new").await, 1, "it stands under its day");
    browser.pictures("audit-live").await;
    browser.quits().await;
}

#[actix_web::test]
async fn what_an_addition_to_the_access_list_does_is_seen_first() {
    let app = TestApp::local().await;
    let client = app.client().await;
    app.ada().connects(&client).await;
    let browser = administrator(&app).await;
    browser.opens(&format!("{}/admin/access", app.at)).await;
    browser.types("#entries", "ada, hedy, octavia").await;
    browser.ticks("input[value='admin']").await;
    browser.presses_button("See what it changes").await;
    let page = browser.reads("main").await;
    for words in ["ada, local:ada", "get tokens", "has not been here lately", "on the list already: administer"] {
        assert!(page.contains(words), "{words} is not in {page}");
    }
    browser.pictures("access-add").await;
    browser.presses_button("Add 3 entries").await;
    assert!(browser.reads(".flash").await.contains("2 new entries are on the list."));
    browser.quits().await;
}

#[actix_web::test]
async fn on_a_phone_lists_are_sorted_from_a_line_above_them_without_scripts() {
    let app = TestApp::local().await;
    app.protects("https://a.example/mcp").await;
    app.client().await;
    let browser = administrator(&app).await;
    browser.looks(Width::Phone, "light").await;
    browser.scripts(false).await;
    for (path, head, sort, sorted) in [
        ("resources", "Refused", "?sort=refused", "Refused ↓"),
        ("clients", "Signed", "?sort=created", "Signed ↓"),
        ("audit", "When", "?sort=-at", "When (UTC) ↑"),
    ] {
        browser.opens(&format!("{}/admin/{path}", app.at)).await;
        browser.follows_link(head).await;
        assert_eq!(browser.url().await, format!("{}/admin/{path}{sort}", app.at));
        assert_eq!(browser.reads("[aria-sort] a").await, sorted);
    }
    browser.quits().await;
}

/// A book with long, hostile and right-to-left names in it, and with refusals of several kinds. Gives a client that Ada let in.
async fn written_in(app: &TestApp) -> TestClient<'_> {
    app.protects("http://localhost:9000/mcp").await;
    let mut first = None;
    for (n, name) in NAMES.iter().enumerate() {
        let body = json!({"client_name": name, "redirect_uris": [format!("https://c{n}.example/callback")]});
        let client = app.registers(body).await;
        if n < 3 {
            app.ada().connects(&client).await;
            app.grace().connects(&client).await;
        }
        client.exchanges_with(&app.ada().consents(&client).await, &[("code_verifier", "wrong")]).await;
        first.get_or_insert(client);
    }
    app.protects("https://files.example.net/mcp").await;
    for _ in 0..14 {
        let body = json!({"client_name": "Fancy Editor", "redirect_uris": ["fancy-editor://callback"]});
        app.post_json("/register", &body).await.is(400);
    }
    app.gate("no token at all").await;
    app.desk.write_refusals().await.unwrap();
    app.desk.write_tallies().await.unwrap();
    let more = app.desk.store.record(|tx| {
        initial_tokens::insert(tx, &initial_token("dbit_desk"), &digest(1))?;
        allowlist::add(tx, &Who::Login("ada".into()), Role::Member, None, NOW)
    });
    more.await.unwrap();
    first.unwrap()
}

const NAMES: [&str; 5] = [
    "Claude",
    "A client with a name that goes on for rather longer than anybody who drew the table had thought of",
    "عميل الملفات",
    "<b>bold</b> & \"quoted\"",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenhersteller",
];

/// Every page of the table behind the desk, as it opens in local mode for the administrator Octavia.
async fn pages(app: &TestApp) -> Vec<String> {
    let client = written_in(app).await;
    let octavia = UserId::new("local:octavia");
    let wanted = Wanted { label: "Report".into(), role: ApiRole::Read, life: Span::days(1), user: octavia };
    let made = api_tokens::create(&app.desk, &app.call(), &Actor::CommandLine, wanted).await.unwrap();
    let log = app.audit().await;
    let grant = log.lines.iter().find_map(|line| line.grant.clone()).unwrap();
    let key = app.desk.keys.ring().signing().id.clone();
    pages_behind_the_desk(&client.id)
        .iter()
        .map(|path| about(path, &client.id, grant.as_str(), made.token.id.as_str(), key.as_str()))
        .map(|path| path.replace("github%3A2", "local%3Agrace").replace("github%3A1", "local%3Aada"))
        .collect()
}

/// A picture's name, from the path that stands in the table.
fn named(path: &str) -> String {
    let path = path.split('?').next().unwrap().trim_start_matches("/admin").trim_matches('/');
    match path.split('/').collect::<Vec<_>>()[..] {
        [""] => "overview".into(),
        ["clients", id] if id != "new" && id != "edit" => "client".into(),
        ["people", "local%3Agrace"] => "person".into(),
        ["resources", uri] if uri.starts_with("http") => "resource".into(),
        ref parts => parts.join("-"),
    }
}

/// Half of the pages: two browsers are faster than one.
async fn look_at(half: usize) {
    let app = TestApp::local().await;
    let browser = administrator(&app).await;
    let pages = pages(&app).await;
    assert!(pages.len() > 20, "{pages:?}");
    for path in pages.iter().skip(half).step_by(2) {
        browser.opens(&format!("{}{path}", app.at)).await;
        browser.pictures(&named(path)).await;
    }
    browser.quits().await;
}

#[actix_web::test]
async fn every_page_of_the_table_fits_its_window_and_complains_of_nothing() {
    look_at(0).await;
}

#[actix_web::test]
async fn every_other_page_of_the_table_fits_its_window_and_complains_of_nothing() {
    look_at(1).await;
}

#[actix_web::test]
async fn lists_fit_their_window_too_when_they_are_narrowed_or_nothing_is_found() {
    let app = TestApp::local().await;
    written_in(&app).await;
    let browser = administrator(&app).await;
    for (name, path) in [
        ("overview-week", "/admin?period=7d"),
        ("refusals-none", "/admin/refusals?q=nobody+at+all"),
        ("search-found", "/admin/search?q=cl"),
        ("search-none", "/admin/search?q=nobody+at+all"),
        ("clients-none", "/admin/clients?q=nothing+is+called+this"),
        ("client-new-preset", "/admin/clients/new?preset=service"),
        ("audit-refused", "/admin/audit?did=refused"),
    ] {
        browser.opens(&format!("{}{path}", app.at)).await;
        browser.pictures(name).await;
    }
    browser.quits().await;
}
