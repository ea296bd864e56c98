//! Registration that an administrator approves: the person waits in their browser, and the same tab goes on by itself.

use doorbook::{
    base::{
        approval::Reach,
        event::Actor,
        id::{ClientId, WaitId},
        time::Span,
    },
    flows::{
        approvals::{self, Decision},
        clients,
    },
};
use serde_json::{Value, json};
use url::Url;

use crate::support::{
    answer::{Answer, param},
    app::TestApp,
    client::{Ask, TestClient, public_client},
    form::forms,
    person::{Landing, Person},
};

const APPROVAL: &[(&str, &str)] = &[("DOORBOOK_REGISTRATION", "approval")];
const ONCE: Decision = Decision { allow: true, reach: Reach::Once, life: None };

/// Who waits: the id, and the page that they see.
async fn waits(app: &TestApp, person: &Person<'_>, ask: &Ask) -> (WaitId, Url) {
    // Nobody began to wait in the same second: the newest is the one.
    app.later(Span::seconds(1));
    let question = person.asked(ask).await.page();
    assert!(question.page(200).contains("has to approve it"), "consent says what comes");
    let all = forms(&question.text());
    let form = all.iter().find(|form| form.action == "/consent").unwrap();
    let answer = person.posts(form, Some(("decision", "approve"))).await;
    assert_eq!(answer.status, 303);
    let page = answer.location();
    let html = person.opens(page.as_str()).await.page(200);
    assert!(html.contains("Waiting for an administrator") && html.contains("http-equiv=\"refresh\""), "{html}");
    (newest(app).await, page)
}

async fn newest(app: &TestApp) -> WaitId {
    let now = app.clock.now();
    let all = app.desk.store.read(move |reader| approvals::waiting(reader, now)).await.unwrap();
    all.last().unwrap().wait.id.clone()
}

async fn decides(app: &TestApp, id: &WaitId, decision: Decision) -> usize {
    let decided = approvals::decide(&app.desk, &app.call(), &Actor::CommandLine, id, decision).await;
    decided.unwrap_or_else(|_| panic!("{decision:?} was refused"))
}

/// What the script of the page hears.
async fn still(person: &Person<'_>, page: &Url) -> Value {
    let asked = format!("/consent/state?{}", page.query().unwrap());
    person.opens(&asked).await.is(200).json()
}

fn error(landing: Landing) -> String {
    param(&landing.client(), "error").unwrap_or_default()
}

#[actix_web::test]
async fn the_waiting_tab_goes_on_by_itself_once_an_administrator_approves() {
    let app = TestApp::with(APPROVAL).await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert!(metadata["registration_endpoint"].is_string());
    let client = app.registers(public_client()).await;
    let (ada, ask) = (app.ada(), client.asks());
    let (id, page) = waits(&app, &ada, &ask).await;
    assert_eq!(still(&ada, &page).await, json!({ "waits": true }));
    app.mallory().opens(page.as_str()).await.is(400);

    app.later(Span::seconds(90));
    assert_eq!(decides(&app, &id, ONCE).await, 1);
    assert_eq!(still(&ada, &page).await, json!({ "waits": false }));
    let landing = ada.follows(ada.opens(page.as_str()).await).await;
    let code = ada.code(&ask, landing);
    let tokens = client.exchanges(&code).await.ok();
    app.gate(&tokens.access).await.is(200);
    let again = ada.follows(ada.opens(page.as_str()).await).await;
    assert_eq!(param(&again.client(), "code").as_deref(), Some(code.code.as_str()), "the same answer, once");
    let audit = app.audit().await;
    ["approval_asked", "approval_decided", "consent_given"].iter().for_each(|event| audit.has(event));

    // This once: the next request is asked about again.
    waits(&app, &ada, &client.asks()).await;
    let refused = approvals::decide(&app.desk, &app.call(), &Actor::CommandLine, &id, ONCE).await;
    assert!(refused.is_err(), "it was decided already");
}

#[actix_web::test]
async fn denied_and_forgotten_requests_are_errors_for_the_client() {
    let app = TestApp::with(APPROVAL).await;
    let client = app.registers(public_client()).await;
    let (ada, ask) = (app.ada(), client.asks());
    let (id, page) = waits(&app, &ada, &ask).await;
    decides(&app, &id, Decision { allow: false, ..ONCE }).await;
    let answer = ada.follows(ada.opens(page.as_str()).await).await.client();
    assert_eq!(param(&answer, "error").as_deref(), Some("access_denied"));
    assert_eq!(param(&answer, "state").as_deref(), Some(ask.state.as_str()));
    assert!(param(&answer, "iss").is_some());

    let (_, page) = waits(&app, &ada, &client.asks()).await;
    app.later(Span::minutes(10));
    assert_eq!(still(&ada, &page).await, json!({ "waits": false }));
    assert_eq!(error(ada.follows(ada.opens(page.as_str()).await).await), "access_denied");
    let audit = app.audit().await;
    ["approval_denied", "approval_over"].iter().for_each(|reason| audit.has(reason));
}

#[actix_web::test]
async fn whoever_waits_for_a_client_that_is_revoked_hears_that_and_what_to_do() {
    let app = TestApp::with(APPROVAL).await;
    let client = app.registers(public_client()).await;
    let ada = app.ada();
    let (_, page) = waits(&app, &ada, &client.asks()).await;
    app.later(Span::seconds(1));
    let question = ada.asked(&client.asks()).await.page();
    let id = ClientId::new(client.id.as_str());
    clients::revoke(&app.desk, &app.call(), &Actor::CommandLine, &id, "").await.unwrap();
    assert_eq!(still(&ada, &page).await, json!({ "waits": false }));
    let html = ada.opens(page.as_str()).await.page(400);
    for words in
        ["DB-303", "was taken out of the book by its administrator", "Your account is fine. Remove the connection"]
    {
        assert!(html.contains(words), "{words}: {html}");
    }
    let refused = app.audit().await;
    let line = refused.lines.last().unwrap();
    assert_eq!((line.reason.as_deref(), line.client.as_ref()), (Some("DB-303"), Some(&id)));
    assert!(app.mallory().opens(page.as_str()).await.page(400).contains("DB-325"), "it is told to nobody else");
    let late = ada.decides(&question, "approve").await.page();
    assert!(late.page(400).contains("Remove the connection in the client and add it again"), "{late:?}");
    app.later(Span::minutes(20));
    assert!(ada.opens(page.as_str()).await.page(400).contains("DB-325"), "it is over in any case by now");
}

#[actix_web::test]
async fn an_approval_for_a_person_or_a_group_reaches_what_is_alike() {
    let app = TestApp::with(&[("DOORBOOK_REGISTRATION", "approval"), ("ALLOWED_GITHUB_USERS", "ada,grace")]).await;
    let laptop = app.registers(public_client()).await;
    let desktop = app.registers(public_client()).await;
    let mut other = public_client();
    other["redirect_uris"] = json!(["https://elsewhere.example/cb"]);
    let other = app.registers(other).await;
    let (ada, grace) = (app.ada(), app.grace());

    let (id, page) = waits(&app, &ada, &laptop.asks()).await;
    let person = Decision { reach: Reach::Person, ..ONCE };
    assert_eq!(decides(&app, &id, person).await, 1);
    ada.follows(ada.opens(page.as_str()).await).await.client();
    ada.connects(&desktop).await;
    waits(&app, &ada, &other.asks()).await;

    let (_, first) = waits(&app, &grace, &laptop.asks()).await;
    let (id, second) = waits(&app, &grace, &desktop.asks()).await;
    let month = Decision { reach: Reach::Group, life: Some(Span::days(30)), ..ONCE };
    assert_eq!(decides(&app, &id, month).await, 2);
    for page in [first, second] {
        assert!(param(&grace.follows(grace.opens(page.as_str()).await).await.client(), "code").is_some());
    }
    let tokens = grace.connects(&laptop).await;
    app.later(Span::days(30));
    laptop.refreshes(&tokens).await.0.refused(400, "invalid_grant");
    waits(&app, &app.grace(), &laptop.asks()).await;
}

#[actix_web::test]
async fn a_group_that_was_turned_away_is_turned_away_at_once() {
    let app = TestApp::with(APPROVAL).await;
    let client = app.registers(public_client()).await;
    let ada = app.ada();
    let (id, _) = waits(&app, &ada, &client.asks()).await;
    decides(&app, &id, Decision { allow: false, reach: Reach::Group, life: None }).await;
    assert_eq!(error(ada.asked(&client.asks()).await), "access_denied");
    let now = app.clock.now();
    let kept = app.desk.store.read(move |reader| doorbook::store::approvals::all(reader, now)).await.unwrap();
    approvals::take_back(&app.desk, &app.call(), &Actor::CommandLine, &kept[0].id).await.unwrap();
    waits(&app, &ada, &client.asks()).await;
    app.audit().await.has("approval_taken_back");
}

#[actix_web::test]
async fn clients_that_came_in_before_and_trusted_ones_do_not_wait() {
    let app = TestApp::start().await;
    let before = app.registers(public_client()).await;
    let set = json!({ "registration": "approval" }).as_object().unwrap().clone();
    let draft = doorbook::flows::policy::Draft { set, ..Default::default() };
    doorbook::flows::policy::change(&app.desk, &app.call(), &Actor::CommandLine, draft).await.unwrap();
    app.ada().connects(&before).await;

    let after = app.registers(public_client()).await;
    waits(&app, &app.ada(), &after.asks()).await;
    let id = doorbook::base::id::ClientId::new(after.id.as_str());
    doorbook::flows::clients::trust(&app.desk, &app.call(), &Actor::CommandLine, &id, true).await.unwrap();
    app.ada().connects(&after).await;

    let third = app.registers(public_client()).await;
    doorbook::flows::policy::undo(&app.desk, &app.call(), &Actor::CommandLine).await.unwrap();
    app.ada().connects(&third).await;
}

#[actix_web::test]
async fn a_site_that_describes_clients_is_approved_the_same_way() {
    let site = crate::support::site::Site::start().await;
    let app = TestApp::beside(&site, &[("DOORBOOK_CLIENT_DOCUMENTS", "ask")]).await;
    let described = |path: &str| {
        let document = json!({
            "client_id": site.url(path),
            "client_name": "Sketchbook",
            "redirect_uris": ["https://app.example/callback"],
            "token_endpoint_auth_method": "none",
        });
        site.shows(path, crate::support::site::Page::Json(document.clone(), ""));
        TestClient::registered(&app, document)
    };
    let (one, other) = (described("/one.json"), described("/other.json"));
    let ada = app.ada();
    let (id, page) = waits(&app, &ada, &one.asks()).await;
    decides(&app, &id, Decision { reach: Reach::Group, ..ONCE }).await;
    assert!(param(&ada.follows(ada.opens(page.as_str()).await).await.client(), "code").is_some());
    ada.connects(&other).await;
    app.audit().await.has("document_host_approved");
}

#[actix_web::test]
async fn a_device_waits_too_and_hears_it_by_its_polls() {
    const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let app = TestApp::with(APPROVAL).await;
    let television =
        json!({ "client_name": "Living room", "token_endpoint_auth_method": "none", "grant_types": [GRANT] });
    let client = app.registers(television).await;
    let polls = async |told: &Value| -> Answer {
        let fields = [("grant_type", GRANT), ("device_code", told["device_code"].as_str().unwrap())];
        client.posts("/token", &fields, &[]).await
    };
    let ada = app.ada();
    let mut told = Vec::new();
    for _ in 0..2 {
        let begun = client.posts("/device_authorization", &[], &[]).await.body();
        let link = begun["verification_uri_complete"].as_str().unwrap().to_owned();
        let page = ada.goes(&link).await.page();
        let all = forms(&page.page(200));
        let form = all.iter().find(|form| form.action == "/device").unwrap();
        let html = ada.posts(form, Some(("decision", "approve"))).await.page(200);
        assert!(html.contains("waits for an administrator"), "{html}");
        polls(&begun).await.refused(400, "authorization_pending");
        assert!(ada.goes(&link).await.page().text().contains("DB-161"));
        told.push((begun, newest(&app).await));
        app.later(Span::seconds(20));
    }
    decides(&app, &told[0].1, ONCE).await;
    decides(&app, &told[1].1, Decision { allow: false, ..ONCE }).await;
    let tokens = polls(&told[0].0).await.is(200).body();
    app.gate(tokens["access_token"].as_str().unwrap()).await.is(200);
    polls(&told[1].0).await.refused(400, "access_denied");
}

#[actix_web::test]
async fn a_silent_request_is_not_let_through_before_an_administrator_was_asked() {
    let app = TestApp::with(APPROVAL).await;
    let client = app.registers(public_client()).await;
    let ada = app.ada();
    let (id, _) = waits(&app, &ada, &client.asks()).await;
    assert_eq!(error(ada.asked(&client.asks().with(&[("prompt", "none")])).await), "consent_required");
    decides(&app, &id, Decision { reach: Reach::Group, ..ONCE }).await;
    ada.connects(&client).await;
}

#[actix_web::test]
async fn an_approval_holds_for_what_the_administrator_saw_not_for_what_became_of_it() {
    let app = TestApp::with(APPROVAL).await;
    let client = app.registers(public_client()).await;
    let (id, _) = waits(&app, &app.ada(), &client.asks()).await;
    let mut other = public_client();
    other["client_name"] = json!("Somebody else");
    client.replaces(&other).await.is(200);
    let everybody = Decision { reach: Reach::Group, ..ONCE };
    let refused = approvals::decide(&app.desk, &app.call(), &Actor::CommandLine, &id, everybody).await;
    assert!(refused.is_err(), "it became another client meanwhile");
    assert_eq!(decides(&app, &id, Decision { allow: false, ..ONCE }).await, 1);
}

#[actix_web::test]
async fn an_approval_for_everybody_lets_no_copy_in_at_a_device() {
    let app = TestApp::with(APPROVAL).await;
    let ada = app.ada();
    let (id, _) = waits(&app, &ada, &app.registers(public_client()).await.asks()).await;
    assert_eq!(decides(&app, &id, Decision { reach: Reach::Group, ..ONCE }).await, 1);
    let mut copy = public_client();
    copy["grant_types"] = json!(["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]);
    waits(&app, &ada, &app.registers(copy).await.asks()).await;
}
