//! API tokens in the dashboard: made and shown once, revoked after a question.

use doorbook::store::api_tokens;

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
    let rows = app.desk.store.read(|reader| api_tokens::page(reader, false, None, 10)).await.unwrap().rows;
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
async fn a_token_without_a_label_is_asked_for_one() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/api-tokens").await.page().page(200);
    let again = grace.posts(&form(&page, "/admin/api-tokens").fill("label", "  "), None).await.page(400);
    assert!(again.contains("Say in a few words what it is for."), "{again}");
    grace.opens("/admin/api-tokens/revoke?token_id=api_none").await.page(404);
}
