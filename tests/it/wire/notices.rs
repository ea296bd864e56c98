//! Word for an administrator who does not look at the dashboard: that somebody waits for them, through their webhook.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use doorbook::base::time::Span;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::public_client,
    form::forms,
    site::{Page, Site},
};

const HOOK: &str = "/hook/of-the-house";
const KEY: [u8; 24] = [5; 24];

async fn begin() -> (Site, TestApp) {
    let site = Site::start().await;
    let (url, secret) = (site.url(HOOK), format!("whsec_{}", STANDARD.encode(KEY)));
    let env =
        [("DOORBOOK_REGISTRATION", "approval"), ("DOORBOOK_WEBHOOK_URL", &*url), ("DOORBOOK_WEBHOOK_SECRET", &*secret)];
    let app = TestApp::beside(&site, &env).await;
    (site, app)
}

/// Ada lets a client in that nobody approved.
async fn ada_waits(app: &TestApp) {
    let mut body = public_client();
    body["client_name"] = json!("Sketchbook <!channel>");
    let client = app.registers(body).await;
    let ada = app.ada();
    let question = ada.asked(&client.asks()).await.page();
    let all = forms(&question.text());
    let form = all.iter().find(|form| form.action == "/consent").unwrap();
    assert_eq!(ada.posts(form, Some(("decision", "approve"))).await.status, 303);
}

#[actix_web::test]
async fn somebody_waits_and_an_administrator_is_told_once_and_signed() {
    let (site, app) = begin().await;
    site.shows(HOOK, Page::Raw(204, "", String::new()));
    ada_waits(&app).await;
    assert_eq!(app.desk.send_notices(&app.call()).await, 1);
    assert_eq!(app.desk.send_notices(&app.call()).await, 0, "it is told once");
    let all = site.sent(HOOK);
    let [sent] = all.as_slice() else { panic!("{} were sent", all.len()) };
    assert!(sent.head.starts_with("POST ") && sent.header("content-type") == "application/json", "{}", sent.head);

    let (id, at) = (sent.header("webhook-id"), sent.header("webhook-timestamp"));
    let tag = STANDARD.decode(sent.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &KEY);
    hmac::verify(&key, format!("{id}.{at}.{}", sent.body).as_bytes(), &tag).unwrap();

    let told: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!((&told["type"], &told["data"]["login"]), (&json!("approval.waiting"), &json!("ada")));
    assert_eq!(told["data"]["wait_id"], id);
    let text = told["text"].as_str().unwrap();
    assert!(text.starts_with("ada waits until you approve Sketchbook ") && !text.contains('<'), "{text}");
    assert!(text.ends_with("https://auth.example/admin/approvals"), "{text}");
}

#[actix_web::test]
async fn a_webhook_that_does_not_answer_is_tried_again_for_as_long_as_somebody_waits() {
    let (site, app) = begin().await;
    site.shows(HOOK, Page::Raw(500, "", String::new()));
    ada_waits(&app).await;
    assert_eq!(app.desk.send_notices(&app.call()).await, 0);
    assert_eq!(app.desk.send_notices(&app.call()).await, 0);
    assert_eq!(site.asked(HOOK), 1, "not at once");
    app.later(Span::seconds(1));
    assert_eq!(app.desk.send_notices(&app.call()).await, 0);
    app.later(Span::seconds(1));
    assert_eq!(app.desk.send_notices(&app.call()).await, 0);
    assert_eq!(site.asked(HOOK), 2, "and less and less often");
    site.shows(HOOK, Page::Raw(200, "", String::new()));
    app.later(Span::seconds(1));
    assert_eq!(app.desk.send_notices(&app.call()).await, 1);
    assert_eq!(site.sent(HOOK)[0].header("webhook-id"), site.sent(HOOK)[2].header("webhook-id"), "the same word");

    site.shows(HOOK, Page::Raw(500, "", String::new()));
    ada_waits(&app).await;
    app.later(Span::minutes(11));
    assert_eq!(app.desk.send_notices(&app.call()).await, 0);
    assert_eq!(site.asked(HOOK), 3, "nobody waits any more");
}
