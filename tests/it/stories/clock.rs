//! What a person sets when they let a client in: for how long, and which scopes.

use doorbook::base::time::Span;

use crate::support::{
    answer::{Answer, Tokens},
    app::TestApp,
    client::TestClient,
    form::{Form, form},
    person::Person,
};

/// Ada answers the question with these changes to its form.
async fn lets_in(app: &TestApp, client: &TestClient<'_>, scope: &str, change: impl FnOnce(Form) -> Form) -> Tokens {
    let (ada, ask) = (app.ada(), client.asks().with(&[("scope", scope)]));
    let page = ada.asked(&ask).await.page();
    let form = change(form(&page.page(200), "/consent"));
    let landing = ada.follows(ada.posts(&form, Some(("decision", "approve"))).await).await;
    client.exchanges(&ada.code(&ask, landing)).await.ok()
}

/// The question, answered with exactly these scopes.
async fn ticks(person: &Person<'_>, client: &TestClient<'_>, asked: &str, ticked: &[&str]) -> Answer {
    let page = person.asked(&client.asks().with(&[("scope", asked)])).await.page();
    let mut form = form(&page.page(200), "/consent");
    form.fields.retain(|(name, _)| name != "scope");
    form.fields.extend(ticked.iter().map(|scope| ("scope".to_owned(), (*scope).to_owned())));
    person.posts(&form, Some(("decision", "approve"))).await
}

#[actix_web::test]
async fn ahead_10_one_hour_is_one_hour_and_the_refusal_says_so() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = lets_in(&app, &client, "mcp", |form| form.fill("life", "hour")).await;
    app.later(Span::minutes(59));
    let last = client.refreshes(&tokens).await.ok();
    assert!(last.body["expires_in"].as_i64().unwrap() <= 60, "no token outlives the grant: {}", last.body);
    app.later(Span::minutes(2));
    app.gate(&last.access).await.refused(401, "invalid_token");
    let late = client.refreshes(&last).await;
    late.refused(400, "invalid_grant");
    assert_eq!(late.0.json()["error_description"], "The time for which the person allowed this is over");
    app.audit().await.ends_with(["bearer_expired", "grant_time_over"]);
}

#[actix_web::test]
async fn today_ends_at_midnight_and_a_month_after_thirty_days() {
    for (life, least, most) in [("today", 3_600, 90_000), ("month", 2_591_000, 2_592_001)] {
        let app = TestApp::start().await;
        let client = app.client().await;
        let mut tokens = lets_in(&app, &client, "mcp", |form| form.fill("life", life)).await;
        let begin = tokens.claims()["iat"].as_i64().unwrap();
        let end = loop {
            app.later(Span::minutes(50));
            let again = client.refreshes(&tokens).await;
            let claims =
                if again.0.status == 200 { again.ok() } else { break tokens.claims()["exp"].as_i64().unwrap() };
            tokens = claims;
        };
        assert!((least..=most).contains(&(end - begin)), "{life}: {}", end - begin);
        assert!(life != "today" || end % 86_400 == 0, "{end}");
        app.audit().await.ends_with(["grant_time_over"]);
    }
}

#[actix_web::test]
async fn a_life_that_the_page_does_not_offer_is_refused() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let page = ada.asked(&client.asks()).await.page();
    for life in ["3600", "forever", ""] {
        let form = form(&page.page(200), "/consent").fill("life", life);
        let answer = ada.posts(&form, Some(("decision", "approve"))).await;
        assert_eq!(answer.status, if life.is_empty() { 303 } else { 400 }, "{life}");
    }
    app.audit().await.has("choice_unknown");
}

#[actix_web::test]
async fn what_is_not_ticked_is_not_given_and_what_is_needed_always_is() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp notes offline_access")]).await;
    let client = app.client().await;
    let ada = app.ada();
    for (asked, ticked, given) in [
        ("mcp notes offline_access", &["notes"][..], "mcp notes"),
        ("mcp notes offline_access", &["offline_access", "mcp"], "mcp offline_access"),
        ("mcp notes", &[], "mcp"),
        ("mcp notes", &["admin"], "mcp"),
        ("notes", &[], "notes"),
        ("notes offline_access", &["notes", "admin"], "notes"),
    ] {
        let ask = client.asks().with(&[("scope", asked)]);
        let page = ada.asked(&ask).await.page();
        let mut form = form(&page.page(200), "/consent");
        form.fields.retain(|(name, _)| name != "scope");
        form.fields.extend(ticked.iter().map(|scope| ("scope".to_owned(), (*scope).to_owned())));
        let landing = ada.follows(ada.posts(&form, Some(("decision", "approve"))).await).await;
        let tokens = client.exchanges(&ada.code(&ask, landing)).await.ok();
        assert_eq!(tokens.body["scope"], given, "{asked}: {ticked:?}");
    }
}

#[actix_web::test]
async fn nothing_ticked_is_no_answer_and_can_be_mended() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp notes files offline_access")]).await;
    let client = app.client().await;
    let ada = app.ada();
    for ticked in [&[][..], &["admin", "mcp"]] {
        let answer = ticks(&ada, &client, "notes files", ticked).await;
        assert!(answer.page(400).contains("DB-377"), "{}", answer.text());
    }
    let log = app.audit().await;
    log.ends_with(["nothing_ticked", "nothing_ticked"]);
    assert!(!log.names.iter().any(|name| name == "consent_given"));
    ticks(&ada, &client, "notes files", &["files"]).await.is(303);
}
