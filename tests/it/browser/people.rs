//! The pages that people meet on the way through the door: claim, sign-in, consent, and the refusals.

use doorbook::{flows::first_run, store::audit};
use serde_json::json;

use crate::support::{app::TestApp, browser::Browser, client::public_client};

/// The link from the console, at the server's own address.
pub(super) async fn claim_link(app: &TestApp) -> String {
    first_run::claim_link(&app.desk, &app.call()).await.unwrap().expect("nobody is administrator yet")
}

#[actix_web::test]
async fn the_first_person_claims_the_book_and_is_in_the_dashboard() {
    let app = TestApp::local().await;
    let link = claim_link(&app).await;
    let browser = Browser::start().await;
    browser.opens(&link).await;
    browser.pictures("claim").await;
    browser.types("#name", "octavia").await;
    browser.presses("main form button").await;
    assert_eq!(browser.url().await, format!("{}/admin", app.at));
    app.audit().await.has("administrator_claimed");
    browser.opens(&link).await;
    browser.forgets_complaints().await;
    browser.pictures("claim-over").await;
    assert!(browser.source().await.contains("DB-"), "the refusal names its reason code");
    browser.quits().await;
}

/// A program on this computer; nothing listens there, so the browser shows its own error page at the right address.
fn program() -> serde_json::Value {
    json!({
        "client_name": "Notes on the command line",
        "redirect_uris": ["http://127.0.0.1:9/callback"],
        "token_endpoint_auth_method": "none",
    })
}

#[actix_web::test]
async fn a_client_that_wants_its_answer_posted_gets_it_without_another_press() {
    let app = TestApp::local().await;
    let client = app.registers(program()).await;
    let ask = client.asks().with(&[("response_mode", "form_post")]);
    let browser = Browser::start().await;
    browser.opens(&format!("{}{}", app.at, ask.path())).await;
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    browser.presses_button("Let it in").await;
    assert_eq!(browser.url().await, "http://127.0.0.1:9/callback", "nothing of the answer stands in the address");
    browser.quits().await;
}

#[actix_web::test]
async fn a_person_signs_in_consents_and_the_client_gets_its_code() {
    let app = TestApp::local().await;
    let client = app.registers(program()).await;
    let ask = client.asks();
    let browser = Browser::start().await;
    browser.opens(&format!("{}{}", app.at, ask.path())).await;
    browser.pictures("sign-in-local").await;
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    assert!(browser.reads("h1").await.contains("Notes"));
    browser.pictures("consent").await;
    browser.presses_button("Let it in").await;
    let back = browser.url().await;
    assert!(back.starts_with("http://127.0.0.1:9/callback?code=dbc_"), "{back}");
    assert!(back.contains(&format!("state={}", ask.state)) && back.contains("iss="), "{back}");
    app.audit().await.has("consent_given");
    browser.quits().await;
}

#[actix_web::test]
async fn names_that_clients_chose_stay_in_their_place_on_the_question() {
    let app = TestApp::local().await;
    let browser = Browser::start().await;
    for (picture, name) in [
        ("consent-right-to-left", "عميل الملفات (ملفات)"),
        ("consent-long-word", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenhersteller"),
        ("consent-hostile", "\"><script>alert(1)</script> & it is approved \u{1f512} by Anthropic, press Let it in"),
    ] {
        let client = app.registers(json!({"client_name": name, "redirect_uris": ["http://127.0.0.1:9/cb"]})).await;
        browser.opens(&format!("{}{}", app.at, client.asks().path())).await;
        if browser.count("#name").await == 1 {
            browser.types("#name", "ada").await;
            browser.presses("main form button").await;
        }
        browser.pictures(picture).await;
    }
    browser.quits().await;
}

#[actix_web::test]
async fn a_person_takes_back_what_they_allowed_and_signs_out_everywhere() {
    let app = TestApp::local().await;
    app.protects("https://files.example.net/mcp").await;
    let browser = Browser::start().await;
    browser.opens(&format!("{}/me", app.at)).await;
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    browser.pictures("me-empty").await;
    for name in ["Claude Code", "عميل الملفات", "A client with a name that goes on for longer than anybody thought of"]
    {
        let client = app.registers(json!({"client_name": name, "redirect_uris": ["http://127.0.0.1:9/cb"]})).await;
        app.ada().connects(&client).await;
    }
    browser.opens(&format!("{}/me", app.at)).await;
    browser.pictures("me").await;
    browser.follows_link("Take back…").await;
    browser.pictures("me-take-back").await;
    browser.presses_button("Take it back").await;
    assert!(browser.reads(".flash").await.contains("no longer acts as you"));
    browser.pictures("me-taken-back").await;
    browser.presses_button("Sign out everywhere").await;
    assert!(browser.url().await.contains("/sign-in"));
    browser.quits().await;
}

#[actix_web::test]
async fn without_scripts_everything_on_the_way_in_works_too() {
    let app = TestApp::local().await;
    let client = app.registers(public_client()).await;
    let browser = Browser::start().await;
    browser.scripts(false).await;
    browser.opens(&format!("{}{}", app.at, client.asks().path())).await;
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    browser.presses_button("Don’t let it in").await;
    let back = browser.url().await;
    assert!(back.starts_with(&format!("{}?error=access_denied", client.redirect_uri)), "{back}");
    browser.quits().await;
}

#[actix_web::test]
async fn of_several_servers_the_person_chooses_one_with_and_without_scripts() {
    let app = TestApp::local().await;
    app.protects_with("https://files.example.net/mcp", |resource| {
        resource.name = "Files".into();
        resource.scopes = vec![
            ("mcp".into(), "Look into your files".into()),
            ("files:write".into(), "Change and delete your files".into()),
        ];
    })
    .await;
    app.protects_with("https://notes.example.net", |resource| resource.name = "Notes".into()).await;
    let client = app.registers(program()).await;
    let ask = client.asks().with(&[("scope", "mcp files:write offline_access")]);
    let browser = Browser::start().await;
    browser.opens(&format!("{}{}", app.at, ask.path())).await;
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    browser.pictures("consent-which").await;
    for (scripts, life) in [(true, "hour"), (false, "month")] {
        browser.scripts(scripts).await;
        browser.opens(&format!("{}{}", app.at, ask.path())).await;
        browser.ticks("input[value='https://files.example.net/mcp']").await;
        browser.presses_button("Go on").await;
        if scripts {
            browser.pictures("consent-of-several").await;
            browser.ticks("input[value='files:write']").await;
        }
        browser.ticks(&format!("label:has(input[value='{life}'])")).await;
        browser.presses_button("Let it in").await;
        assert!(browser.url().await.starts_with("http://127.0.0.1:9/callback?code=dbc_"));
    }
    let log = app.audit().await;
    let given = |line: &audit::Line| (line.event == "consent_given").then(|| line.detail["scope"].clone());
    let given: Vec<_> = log.lines.iter().filter_map(given).collect();
    assert_eq!(given, ["mcp offline_access", "mcp files:write offline_access"]);
    browser.quits().await;
}

#[actix_web::test]
async fn who_cannot_be_let_in_reads_why_and_what_to_do() {
    let app = TestApp::local().await;
    let client = app.registers(public_client()).await;
    let browser = Browser::start().await;
    for (name, path) in [
        ("refused-unknown-client", client.asks().with(&[("client_id", "client_nobody")]).path()),
        ("refused-nowhere", "/nonsense".into()),
        ("refused-redirect", client.asks().with(&[("redirect_uri", "https://elsewhere.example/")]).path()),
    ] {
        browser.opens(&format!("{}{path}", app.at)).await;
        assert!(browser.reads("main").await.contains("DB-"), "{name}");
        // The browser itself notes that the page came with 400.
        browser.forgets_complaints().await;
        browser.pictures(name).await;
    }
    for (name, path) in
        [("home", "/"), ("docs", "/docs"), ("success", "/success?code=dbc_shown"), ("sign-in", "/sign-in")]
    {
        browser.opens(&format!("{}{path}", app.at)).await;
        browser.pictures(name).await;
    }
    browser.quits().await;
}

#[actix_web::test]
async fn a_device_without_a_browser_is_let_in_from_this_one() {
    let app = TestApp::local().await;
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let body = |name: &str| json!({"client_name": name, "token_endpoint_auth_method": "none", "grant_types": [grant, "refresh_token"]});
    let (client, double) = (app.registers(body("Living room")).await, app.registers(body("Claude Code")).await);
    let told = client.posts("/device_authorization", &[], &[]).await.body();
    let (code, device_code) = (told["user_code"].as_str().unwrap(), told["device_code"].as_str().unwrap());
    let browser = Browser::start().await;
    browser.opens(&format!("{}/device", app.at)).await;
    browser.types("#name", "ada").await;
    browser.presses("main form button").await;
    browser.pictures("device-code").await;
    browser.types("#code", &code.to_lowercase()).await;
    browser.presses_button("Go on").await;
    assert!(browser.reads("main").await.contains(code), "the code is shown to be compared");
    browser.pictures("device-consent").await;
    browser.presses_button("Let it in").await;
    assert!(browser.reads("h1").await.contains("Living room is in"));
    browser.pictures("device-done").await;
    let fields = [("grant_type", grant), ("device_code", device_code)];
    client.posts("/token", &fields, &[]).await.is(200);
    let told = double.posts("/device_authorization", &[], &[]).await.body();
    browser.opens(told["verification_uri_complete"].as_str().unwrap()).await;
    assert!(browser.reads("h1").await.contains("calls itself"));
    browser.pictures("device-lookalike").await;
    browser.presses_button("Don’t let it in").await;
    app.audit().await.has("consent_denied");
    browser.quits().await;
}
