//! The page of initial access tokens: one is made and shown once, is seen at work, and ended.

use reqwest::Method;
use serde_json::json;

use crate::support::{app::TestApp, client::public_client, form::form};

#[actix_web::test]
async fn a_token_is_made_shown_once_used_and_revoked() {
    let app = TestApp::with(&[("DOORBOOK_REGISTRATION", "token")]).await;
    let grace = app.grace();
    let html = grace.goes("/admin/tokens").await.page().page(200);
    assert!(html.contains("There is none yet.") && html.contains("Without one nobody may."));
    let typed = form(&html, "/admin/tokens")
        .fill("label", "The <b>desk</b>")
        .fill("expires", "7d")
        .fill("uses", "2")
        .fill("scopes", "mcp")
        .fill("redirect_hosts", "notebook.example");
    let html = grace.follows(grace.posts(&typed, None).await).await.page().page(200);
    let secret: String = html.split("dbi_").nth(1).unwrap().chars().take_while(|c| *c != '<').collect();
    assert!(
        html.contains("Save it now") && html.contains("to notebook.example") && !html.contains("<b>desk"),
        "{html}"
    );
    let html = grace.opens("/admin/tokens").await.page(200);
    assert!(!html.contains(&secret) && html.contains("0 of 2") && html.contains("Good"), "{html}");

    let register = app.request(Method::POST, "/register").bearer_auth(format!("dbi_{secret}")).json(&public_client());
    app.send(register).await.is(201);
    let html = grace.opens("/admin/tokens").await.page(200);
    assert!(html.contains("1 of 2") && html.contains("Notebook</bdi>"), "{html}");

    let link = html.split("/admin/tokens/revoke?token_id=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let question = grace.opens(&format!("/admin/tokens/revoke?token_id={link}")).await.page(200);
    assert!(question.contains("1 client was registered by it; they stay."), "{question}");
    let done = grace.follows(grace.posts(&form(&question, "/tokens/revoke"), None).await).await.page().page(200);
    assert!(done.contains("is revoked.") && done.contains("Revoked"));
    let register = app.request(Method::POST, "/register").bearer_auth(format!("dbi_{secret}")).json(&public_client());
    app.send(register).await.refused(401, "invalid_token");
    let log = app.audit().await;
    log.has("initial_token_made");
    log.has("initial_token_revoked");
    let line = log.lines.iter().find(|line| line.event == "initial_token_made").unwrap();
    assert_eq!((line.actor.as_str(), &line.detail["label"]), ("github:2", &json!("The <b>desk</b>")));
}

#[actix_web::test]
async fn what_can_be_no_token_comes_back_with_what_to_type_instead() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let html = grace.goes("/admin/tokens").await.page().page(200);
    assert!(html.contains("Registration is open"));
    let typed = form(&html, "/admin/tokens")
        .fill("expires", "soon")
        .fill("uses", "0")
        .fill("scopes", "root")
        .fill("redirect_hosts", "https://x")
        .fill("grant_types", "refresh_token");
    let html = grace.posts(&typed, None).await.page(400);
    for words in [
        "Not made",
        "give it a name",
        "write a length of time",
        "write a number",
        "root is not on offer",
        "write hosts",
    ] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    grace.opens("/admin/tokens/revoke?token_id=dbit_none").await.page(404);
    assert!(!app.audit().await.names.contains(&"initial_token_made".to_owned()));
}
