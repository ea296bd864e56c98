//! RFC 8628: a device without a browser, its person, and its polls.

use doorbook::{
    base::{event::Actor, id::ClientId, time::Span},
    flows::clients as flow,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    answer::{Answer, TokenAnswer},
    app::{ISSUER, TestApp},
    client::{TestClient, confidential_client},
    form::forms,
    person::Person,
};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A program for televisions.
fn television() -> Value {
    json!({
        "client_name": "Living room",
        "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE_CODE, "refresh_token"],
    })
}

/// A device that shows its code.
struct Device<'a> {
    client: &'a TestClient<'a>,
    told: Value,
}

impl<'a> Device<'a> {
    async fn begins(client: &'a TestClient<'a>) -> Self {
        Self::begins_with(client, &[]).await
    }

    async fn begins_with(client: &'a TestClient<'a>, changes: &[(&str, &str)]) -> Self {
        Self { client, told: client.posts("/device_authorization", &[], changes).await.body() }
    }

    fn text(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap()
    }

    async fn polls(&self) -> TokenAnswer {
        self.polls_with(&[]).await
    }

    async fn polls_with(&self, changes: &[(&str, &str)]) -> TokenAnswer {
        let fields = [("grant_type", DEVICE_CODE), ("device_code", self.text("device_code"))];
        TokenAnswer(self.client.posts("/token", &fields, changes).await)
    }

    /// The person follows the link, and answers.
    async fn is_answered(&self, person: &Person<'_>, decision: &str) -> Answer {
        let page = person.goes(self.link()).await.page();
        answers(person, &page, decision).await
    }

    fn link(&self) -> &str {
        self.text("verification_uri_complete").strip_prefix(ISSUER).unwrap()
    }
}

async fn answers(person: &Person<'_>, page: &Answer, decision: &str) -> Answer {
    let all = forms(&page.page(200));
    let form = all.iter().find(|form| form.action == "/device").unwrap();
    person.posts(form, Some(("decision", decision))).await
}

#[actix_web::test]
async fn rfc8628_3_a_television_is_let_in() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    assert_eq!(client.registration["grant_types"], json!([DEVICE_CODE, "refresh_token"]));
    assert_eq!(
        (&client.registration["redirect_uris"], &client.registration["response_types"]),
        (&json!([]), &json!([]))
    );
    let device = Device::begins(&client).await;
    device.polls().await.refused(400, "authorization_pending");
    let ada = app.ada();
    let done = device.is_answered(&ada, "approve").await.page(200);
    assert!(done.contains("Living room is in") && done.contains("Go back to your device"), "{done}");
    let tokens = device.polls().await.ok();
    let claims = tokens.claims();
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("github:1"), &json!(client.id)));
    assert!(claims["auth_time"].is_i64() && tokens.refresh.starts_with("dbr_"), "{claims}");
    app.gate(&tokens.access).await.is(200);
    client.refreshes(&tokens).await.ok();
    app.audit().await.ends_with(["signed_in", "consent_given", "token_issued", "token_refreshed"]);
}

#[actix_web::test]
async fn rfc8628_3_2_what_the_device_is_told() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    let answer = client.posts("/device_authorization", &[("scope", "mcp")], &[]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let told = answer.body();
    let mut members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        ["device_code", "expires_in", "interval", "user_code", "verification_uri", "verification_uri_complete"]
    );
    let code = told["user_code"].as_str().unwrap();
    let letters: Vec<_> = code.split('-').collect();
    assert!(letters.len() == 2 && letters.iter().all(|half| half.len() == 4), "{code}");
    assert!(letters.concat().chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c)), "{code}");
    assert_eq!(told["verification_uri"], format!("{ISSUER}/device"));
    assert_eq!(told["verification_uri_complete"], format!("{ISSUER}/device?user_code={code}"));
    assert_eq!((&told["expires_in"], &told["interval"]), (&json!(600), &json!(5)));
    assert!(told["device_code"].as_str().unwrap().starts_with("dbd_"));
}

#[actix_web::test]
async fn rfc8628_4_metadata_says_where() {
    let app = TestApp::start().await;
    let document = app.get("/.well-known/oauth-authorization-server").await.body();
    assert_eq!(document["device_authorization_endpoint"], format!("{ISSUER}/device_authorization"));
    assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(DEVICE_CODE)));
}

#[actix_web::test]
async fn rfc8628_3_1_who_may_begin() {
    let app = TestApp::start().await;
    let other = app.client().await;
    other.posts("/device_authorization", &[], &[]).await.refused(400, "unauthorized_client");
    app.post_form("/device_authorization", &[("client_id", "client_nobody")]).await.refused(401, "invalid_client");
    app.post_form("/device_authorization", &[]).await.refused(401, "invalid_client");
    let mut secretive = confidential_client();
    secretive["grant_types"] = json!([DEVICE_CODE]);
    let secretive = app.registers(secretive).await;
    app.post_form("/device_authorization", &[("client_id", &secretive.id)]).await.refused(401, "invalid_client");
    let device = Device::begins(&secretive).await;
    device.is_answered(&app.ada(), "approve").await.page(200);
    let tokens = device.polls().await.ok();
    assert_eq!(tokens.refresh, "", "it did not register that grant");
    let client = app.registers(television()).await;
    let several = [("resource", "https://a.example"), ("+resource", "https://b.example")];
    client.posts("/device_authorization", &[], &several).await.refused(400, "invalid_target");
    let twice = [("+scope", "a"), ("+scope", "b")];
    client.posts("/device_authorization", &[], &twice).await.refused(400, "invalid_request");
}

#[actix_web::test]
async fn rfc8628_3_5_whoever_asks_too_often_waits_longer() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    let device = Device::begins(&client).await;
    device.polls().await.refused(400, "authorization_pending");
    device.polls().await.refused(400, "slow_down");
    app.later(Span::seconds(5));
    device.polls().await.refused(400, "slow_down");
    app.later(Span::seconds(15));
    device.polls().await.refused(400, "authorization_pending");
    app.later(Span::seconds(15));
    device.polls().await.refused(400, "authorization_pending");
    // Waiting is no refusal, haste is one.
    let log = app.audit().await;
    assert_eq!(log.names.iter().filter(|name| *name == "device_too_fast").count(), 2);
    assert!(!log.names.contains(&"device_pending".to_owned()), "{:?}", log.names);
    // Who was answered is told at once, however hasty.
    device.is_answered(&app.ada(), "approve").await.page(200);
    device.polls().await.ok();
}

#[actix_web::test]
async fn rfc8628_3_5_denied_and_too_late() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    let ada = app.ada();
    let denied = Device::begins(&client).await;
    let page = denied.is_answered(&ada, "deny").await.page(200);
    assert!(page.contains("Living room was not let in"), "{page}");
    denied.polls().await.refused(400, "access_denied");
    app.audit().await.ends_with(["consent_denied", "person_denied"]);

    let late = Device::begins(&client).await;
    app.later(Span::minutes(10));
    late.polls().await.refused(400, "expired_token");
    let page = ada.opens(late.link()).await.page(400);
    assert!(page.contains("waited too long"), "{page}");

    // An answer that the device does not fetch in time is worth nothing either.
    let slow = Device::begins(&client).await;
    slow.is_answered(&ada, "approve").await.page(200);
    app.later(Span::minutes(10));
    slow.polls().await.refused(400, "expired_token");
}

#[actix_web::test]
async fn rfc8628_3_4_a_device_code_is_spent_once_and_by_its_client() {
    let app = TestApp::start().await;
    let (client, thief) = (app.registers(television()).await, app.registers(television()).await);
    let device = Device::begins(&client).await;
    device.is_answered(&app.ada(), "approve").await.page(200);
    let stolen = [("grant_type", DEVICE_CODE), ("device_code", device.text("device_code"))];
    thief.posts("/token", &stolen, &[]).await.refused(400, "invalid_grant");
    device.polls_with(&[("resource", "https://other.example")]).await.refused(400, "invalid_target");
    let polls = join_all((0..20).map(|_| device.polls())).await;
    assert_eq!(polls.iter().filter(|answer| answer.status == 200).count(), 1);
    for lost in polls.iter().filter(|answer| answer.status != 200) {
        lost.refused(400, "invalid_grant");
    }
    device.polls_with(&[("-device_code", "")]).await.refused(400, "invalid_request");
    let unknown = format!("dbd_{}", "A".repeat(43));
    for wrong in ["nonsense", unknown.as_str()] {
        device.polls_with(&[("device_code", wrong)]).await.refused(400, "invalid_grant");
    }
}

#[actix_web::test]
async fn rfc8628_3_3_the_code_is_typed_as_people_type() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    let device = Device::begins(&client).await;
    let ada = app.ada();
    let page = ada.goes("/device").await.page().page(200);
    assert!(page.contains("Which code does your device show?"), "{page}");
    let form = forms(&page).into_iter().find(|form| form.action == "/device").unwrap();
    assert_eq!(form.method, "get");
    for wrong in ["BBBB-BBBB", "nonsense", "WDJB"] {
        let again = ada.opens(&format!("/device?user_code={wrong}")).await.page(400);
        assert!(again.contains("aria-invalid") && again.contains("Which code"), "{again}");
    }
    let typed = device.text("user_code").to_lowercase().replace('-', "+");
    let page = ada.opens(&format!("/device?user_code={typed}")).await;
    let html = page.page(200);
    assert!(html.contains(device.text("user_code")) && html.contains("Only if you started this yourself"), "{html}");
    assert!(html.contains("Living room") && html.contains("The name is only what it says of itself"), "{html}");
    answers(&ada, &page, "approve").await.page(200);
    device.polls().await.ok();
    app.audit().await.has("user_code_unknown");
}

#[actix_web::test]
async fn rfc8628_5_1_codes_are_not_guessed_even_where_limits_are_off() {
    let app = TestApp::start().await;
    let ada = app.ada();
    ada.goes("/device").await.page().page(200);
    let mut refused = 0;
    for _ in 0..15 {
        let answer = ada.opens("/device?user_code=BCDF-GHJK").await;
        match answer.status {
            429 => refused += 1,
            status => assert_eq!(status, 400),
        }
    }
    assert!(refused >= 4, "{refused}");
    // The page that asks for the code still opens.
    ada.opens("/device").await.page(200);
}

#[actix_web::test]
async fn rfc8628_5_4_the_answer_comes_from_the_page_and_from_the_person() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    let device = Device::begins(&client).await;
    let code = device.text("user_code");
    let (ada, mallory) = (app.ada(), app.mallory());
    for fields in [
        vec![("user_code", code), ("decision", "approve")],
        vec![("user_code", code), ("decision", "approve"), ("csrf", "wrong")],
    ] {
        app.post_form("/device", &fields).await.page(403);
        ada.goes("/device").await.page().page(200);
        ada.sends(ada.request(reqwest::Method::POST, "/device").form(&fields)).await.page(403);
    }
    mallory.goes(device.link()).await.page().page(403);
    device.polls().await.refused(400, "authorization_pending");

    // Two windows: the first answer counts.
    let (first, second) = (ada.opens(device.link()).await, ada.opens(device.link()).await);
    answers(&ada, &first, "deny").await.page(200);
    let late = answers(&ada, &second, "approve").await.page(400);
    assert!(late.contains("answered already"), "{late}");
    device.polls().await.refused(400, "access_denied");
}

#[actix_web::test]
async fn what_ends_the_client_or_the_grant_ends_the_device() {
    let app = TestApp::start().await;
    let client = app.registers(television()).await;
    let (id, call, by) = (ClientId::new(&*client.id), app.call(), Actor::CommandLine);
    let ada = app.ada();
    let taken_back = Device::begins(&client).await;
    taken_back.is_answered(&ada, "approve").await.page(200);
    flow::revoke_tokens(&app.desk, &call, &by, &id).await.unwrap();
    taken_back.polls().await.refused(400, "access_denied");
    let waiting = Device::begins(&client).await;
    flow::disable(&app.desk, &call, &by, &id).await.unwrap();
    waiting.polls().await.refused(401, "invalid_client");
    ada.opens(waiting.link()).await.page(400);
    flow::revoke(&app.desk, &call, &by, &id, "").await.unwrap();
    waiting.polls().await.refused(401, "invalid_client");
    assert!(ada.opens(waiting.link()).await.page(400).contains("Which code"), "nothing is left of it");
}

#[actix_web::test]
async fn a_device_that_names_no_server_is_for_the_one_that_its_person_chooses() {
    let app = TestApp::start().await;
    app.protects("https://notes.example").await;
    app.protects("https://files.example/mcp").await;
    let client = app.registers(television()).await;
    let ada = app.ada();
    let device = Device::begins(&client).await;
    let page = ada.goes(device.link()).await.page();
    assert!(page.page(200).contains("Which server does"), "{}", page.text());
    let chosen = format!("{}&resource=https%3A%2F%2Ffiles.example%2Fmcp", device.link());
    let question = ada.goes(&chosen).await.page();
    let unsaid = question.page(200).replace("name=\"resource\"", "name=\"other\"");
    let form = forms(&unsaid).into_iter().find(|form| form.action == "/device").unwrap();
    ada.posts(&form, Some(("decision", "approve"))).await.page(400);
    answers(&ada, &question, "approve").await.page(200);
    assert_eq!(device.polls().await.ok().claims()["aud"], "https://files.example/mcp");

    let other = Device::begins(&client).await;
    let page = ada.goes(other.link()).await.page();
    let no = forms(&page.page(200)).into_iter().find(|form| form.action == "/device" && form.method == "post").unwrap();
    ada.posts(&no, Some(("decision", "deny"))).await.page(200);
    other.polls().await.refused(400, "access_denied");
}
