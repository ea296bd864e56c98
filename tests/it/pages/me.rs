//! My access: what people see of what they allowed, and how they take it back.

use doorbook::base::time::Span;

use crate::support::{app::TestApp, form::form, person::Person};

/// Follows to the page that says what was done.
async fn done(person: &Person<'_>, answer: crate::support::answer::Answer, words: &str) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let html = person.follows(answer).await.page().text();
    assert!(html.contains("role=\"status\"") && html.contains(words), "{words} is not in\n{html}");
    html
}

#[actix_web::test]
async fn somebody_takes_back_what_they_allowed_and_the_client_is_out() {
    let app = TestApp::start().await;
    app.protects("https://files.example.net/mcp").await;
    let client = app.client().await;
    let ada = app.ada();
    let tokens = ada.connects(&client).await;
    let others = app.grace().connects(&client).await;
    app.later(Span::minutes(4));
    let html = ada.opens("/me").await.page(200);
    for words in
        ["Notebook", "Tools", "One client may act as you.", "until you take it back", "1 token alive", "this one"]
    {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    assert!(!html.contains("grace") && !html.contains("/admin\""), "nothing of others, and no way behind the desk");
    let (_, after) = html.split_once("/me/revoke?grant_id=").unwrap();
    let ask = format!("/me/revoke?grant_id={}", after.split_once('"').unwrap().0);
    let html = ada.opens(&ask).await.page(200);
    assert!(html.contains("Take back what Notebook may do as you?"), "{html}");
    assert_eq!(app.gate_at("https://files.example.net/mcp", Some(&tokens.access)).await.status, 200);
    app.grace().goes(&ask).await.page().page(404);
    let html = done(&ada, ada.posts(&form(&html, "/me/revoke"), None).await, "Notebook no longer acts as you").await;
    assert!(html.contains("No client may act as you."), "{html}");
    assert_eq!(app.gate_at("https://files.example.net/mcp", Some(&tokens.access)).await.status, 401);
    assert_eq!(app.gate_at("https://files.example.net/mcp", Some(&others.access)).await.status, 200);
    app.audit().await.has("grant_revoked");
}

#[actix_web::test]
async fn everything_is_taken_back_at_once_and_the_browser_stays_signed_in() {
    let app = TestApp::start().await;
    let (one, two) = (app.client().await, app.client().await);
    let ada = app.ada();
    let all = [ada.connects(&one).await, ada.connects(&two).await];
    let html = ada.opens("/me").await.page(200);
    assert!(html.contains("Take everything back"), "{html}");
    let html = ada.opens("/me/revoke-all").await.page(200);
    done(&ada, ada.posts(&form(&html, "/me/revoke-all"), None).await, "2 grants, 2 tokens").await;
    for tokens in all {
        app.gate(&tokens.access).await.is(401);
    }
    app.audit().await.has("tokens_revoked");
}

#[actix_web::test]
async fn other_browsers_are_signed_out_one_by_one_or_all_at_once() {
    let app = TestApp::start().await;
    let (here, there, elsewhere) = (app.ada(), app.ada(), app.ada());
    for browser in [&here, &there, &elsewhere] {
        browser.goes("/me").await.page().page(200);
    }
    let html = here.opens("/me").await.page(200);
    assert_eq!(html.matches("name=\"session\"").count(), 2, "every browser but this one\n{html}");
    let html = done(&here, here.posts(&form(&html, "/me/sign-out"), None).await, "That browser is signed out.").await;
    let out = [there.opens("/me").await.status, elsewhere.opens("/me").await.status];
    assert_eq!(out.iter().filter(|status| **status == 303).count(), 1, "{out:?}");
    let answer = here.posts(&form(&html, "/me/sign-out-everywhere"), None).await;
    assert!(answer.header("location").ends_with("/sign-in?next=/me"), "{answer:?}");
    for browser in [&here, &there, &elsewhere] {
        assert_eq!(browser.opens("/me").await.status, 303);
    }
    app.audit().await.ends_with(["sessions_ended", "sessions_ended"]);
}

#[actix_web::test]
async fn somebody_elses_browser_is_not_there_for_them() {
    let app = TestApp::start().await;
    let (ada, grace) = (app.ada(), app.grace());
    let other = app.grace();
    grace.goes("/me").await.page().page(200);
    other.goes("/me").await.page().page(200);
    let hers = form(&grace.opens("/me").await.page(200), "/me/sign-out").value("session").to_owned();
    let html = ada.goes("/me").await.page().page(200);
    let own = form(&html, "/me/sign-out-everywhere");
    let forged = crate::support::form::Form { action: "/me/sign-out".into(), ..own }.fill("session", &hers);
    ada.posts(&forged, None).await.page(404);
    other.opens("/me").await.page(200);
    grace.opens("/me").await.page(200);
}
