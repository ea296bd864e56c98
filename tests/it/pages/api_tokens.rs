//! API tokens in the dashboard: made and shown once, revoked after a question.

use doorbook::{
    base::{api_token::ApiRole, event::Actor, id::UserId, time::Span},
    flows::api_tokens::{self as flow, Wanted},
    store::api_tokens,
};

use crate::support::{app::TestApp, form::form};

#[actix_web::test]
async fn a_token_is_shown_once_and_revoked_after_a_question() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/api-tokens").await.page().page(200);
    assert!(page.contains("There is none. Make the first one below."), "{page}");

    let filled = form(&page, "/admin/api-tokens").fill("label", "Nightly report");
    let answer = grace.posts(&filled, None).await;
    let shown = grace.follows(answer).await.page().page(200);
    let secret = shown.split("dbt_").nth(1).unwrap();
    let secret: String = secret.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    assert_eq!(secret.len(), 43, "{shown}");
    app.audit().await.ends_with(["api_token_made"]);
    let rows = app.desk.store.read(|reader| api_tokens::page(reader, None, 10)).await.unwrap().rows;
    assert_eq!((rows.len(), rows[0].label.as_str(), rows[0].user.as_str()), (1, "Nightly report", "github:2"));

    let page = grace.opens("/admin/api-tokens").await.page(200);
    assert!(page.contains("Nightly report") && !page.contains("dbt_"), "{page}");
    let question = grace.opens(&format!("/admin/api-tokens/revoke?token_id={}", rows[0].id)).await.page(200);
    assert!(question.contains("Revoke the API token Nightly report?"), "{question}");
    let done = grace.posts(&form(&question, "/api-tokens/revoke"), None).await;
    let page = grace.follows(done).await.page().page(200);
    assert!(page.contains("Revoked. The program that has it"), "{page}");
    app.audit().await.ends_with(["api_token_revoked"]);
    let audit = grace.opens("/admin/audit").await.page(200);
    assert!(audit.contains("The API token") && audit.contains("Nightly report"), "{audit}");
}

#[actix_web::test]
async fn tokens_are_sorted_by_what_they_are_for_and_by_when_they_were_used_and_end() {
    let app = TestApp::start().await;
    let (grace, cli) = (app.grace(), Actor::CommandLine);
    grace.goes("/admin").await.page().page(200);
    for (label, days) in [("Beta", 30), ("alpha", 90), ("Gamma", 7)] {
        let (life, user) = (Span::days(days), UserId::new("github:2"));
        let wanted = Wanted { label: label.into(), role: ApiRole::Read, life, user };
        let made = flow::create(&app.desk, &app.call(), &cli, wanted).await.unwrap();
        let (id, at) = (made.token.id, app.clock.now());
        if label == "Beta" {
            app.desk.store.record(move |tx| api_tokens::used(tx, &id, "192.0.2.1", at)).await.unwrap();
        }
        app.later(Span::minutes(1));
    }
    for (sort, sorted) in [
        ("", ["Gamma", "alpha", "Beta"]),
        ("-made", ["Beta", "alpha", "Gamma"]),
        ("label", ["alpha", "Beta", "Gamma"]),
        ("used", ["Beta", "Gamma", "alpha"]),
        ("-until", ["alpha", "Beta", "Gamma"]),
    ] {
        let page = grace.opens(&format!("/admin/api-tokens?sort={sort}")).await.page(200);
        let found = sorted.map(|label| page.find(&format!("<bdi class=\"name\">{label}</bdi>")).unwrap());
        assert!(found.is_sorted(), "{sort}: {found:?}");
    }
}

#[actix_web::test]
async fn a_token_without_a_label_is_asked_for_one() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/api-tokens").await.page().page(200);
    let again = grace.posts(&form(&page, "/admin/api-tokens").fill("label", "  "), None).await.page(400);
    assert!(again.contains("Say in a few words what it is for."), "{again}");
    grace.opens("/admin/api-tokens/revoke?token_id=api_none").await.page(404);
}
