//! The page of approvals: who waits is seen and decided about there, and decisions are taken back.

use crate::support::{
    app::TestApp,
    client::public_client,
    form::{form, forms},
};

const APPROVAL: &[(&str, &str)] = &[("DOORBOOK_REGISTRATION", "approval")];

#[actix_web::test]
async fn somebody_waits_is_let_in_and_the_decision_is_taken_back() {
    let app = TestApp::with(APPROVAL).await;
    let (ada, grace) = (app.ada(), app.grace());
    let html = grace.goes("/admin/approvals").await.page().page(200);
    assert!(html.contains("Nobody waits for you."), "{html}");

    let client = app.registers(public_client()).await;
    let waiting = ada.consented(&client).await;
    assert!(waiting.text().contains("https://auth.example/admin/approvals"));
    let html = grace.opens("/admin").await.page(200);
    assert!(html.contains("waits until you approve") && html.contains("/admin/approvals\">Decide"), "{html}");
    let html = grace.opens("/admin/approvals").await.page(200);
    for words in ["1 person waits for you", "Notebook", "ada", "notebook.example", "First seen", "No other in the book"]
    {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let decide = form(&html, "/approvals/decide").fill("reach", "group").fill("life", "2592000");
    let done = grace.posts(&decide, Some(("decision", "approve"))).await;
    let html = grace.follows(done).await.page().page(200);
    assert!(
        html.contains("Approved: 1 person goes on by themselves.") && html.contains("and clients like it"),
        "{html}"
    );
    let page = ada.opens(&refreshed(&waiting.text())).await;
    assert!(ada.follows(page).await.client().as_str().contains("code="));
    ada.connects(&client).await;

    let back = grace.posts(&form(&html, "/approvals/take-back"), None).await;
    assert!(grace.follows(back).await.page().text().contains("Taken back."));
    assert!(ada.consented(&client).await.text().contains("Waiting for an administrator"));
    let late = grace.posts(&decide, Some(("decision", "approve"))).await;
    late.page(409);
    let log = app.audit().await;
    let decided = log.lines.iter().find(|line| line.event == "approval_decided").unwrap();
    assert_eq!((decided.actor.as_str(), decided.detail["reach"].as_str()), ("github:2", Some("group")));
    log.has("approval_taken_back");
}

#[actix_web::test]
async fn who_is_denied_is_gone_from_the_page_and_a_form_without_an_answer_does_nothing() {
    let app = TestApp::with(APPROVAL).await;
    let (ada, grace) = (app.ada(), app.grace());
    let client = app.registers(public_client()).await;
    ada.consented(&client).await;
    let html = grace.goes("/admin/approvals").await.page().page(200);
    let decide = form(&html, "/approvals/decide");
    grace.posts(&decide, None).await.page(400);
    grace.posts(&decide.clone().fill("wait_id", "dbw_none"), Some(("decision", "deny"))).await.page(404);
    let done = grace.follows(grace.posts(&decide, Some(("decision", "deny"))).await).await.page().page(200);
    assert!(done.contains("Denied.") && done.contains("Nobody waits for you."), "{done}");
    assert!(!forms(&done).iter().any(|form| form.action.ends_with("/decide")));
}

#[actix_web::test]
async fn a_client_is_approved_on_its_page_and_several_in_the_list() {
    let app = TestApp::with(APPROVAL).await;
    let (ada, grace) = (app.ada(), app.grace());
    let client = app.registers(public_client()).await;
    let mut other = public_client();
    other["client_name"] = "Sketchbook".into();
    let other = app.registers(other).await;
    ada.consented(&client).await;
    let page = format!("/admin/clients/{}", client.id);
    let html = grace.goes(&page).await.page().page(200);
    assert!(html.contains("people who let it in wait for you"), "{html}");
    let done = grace.posts(&form(&html, "/clients/approve"), None).await;
    let html = grace.follows(done).await.page().page(200);
    assert!(html.contains("1 person goes on") && !html.contains("/clients/approve"), "{html}");
    ada.connects(&client).await;

    let html = grace.opens("/admin/clients").await.page(200);
    let picks = form(&html, "/clients/bulk").fill("client_id", &other.id);
    let done = grace.posts(&picks, Some(("action", "approve"))).await;
    assert!(grace.follows(done).await.page().text().contains("Approved 1 client"));
    ada.connects(&other).await;
    let log = app.audit().await;
    let decided: Vec<_> = log.lines.iter().filter(|line| line.event == "approval_decided").collect();
    assert_eq!((decided.len(), decided[0].detail["reach"].as_str()), (2, Some("group")));
}

/// Where a browser without script looks again.
fn refreshed(html: &str) -> String {
    let link = html.split("/consent?request=").nth(1).unwrap().split('"').next().unwrap();
    format!("/consent?request={link}")
}
