//! Keys in the dashboard: what signs, a new one, and the page that says what ends with one that leaked.

use crate::support::{app::TestApp, form::form};

#[actix_web::test]
async fn a_new_key_is_made_and_taken_back() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/keys").await.page().page(200);
    assert!(page.contains("Signs") && page.contains("ES256, for access tokens"), "{page}");
    assert!(!page.contains("name=\"signs\""), "without openid there is one kind of key");
    let filled = form(&page, "/keys/rotate").fill("when", "later");
    let done = grace.posts(&filled, None).await;
    let page = grace.follows(done).await.page().page(200);
    assert!(page.contains("is published, and signs in 24 hours") && page.contains("Next"), "{page}");
    app.audit().await.ends_with(["key_made"]);

    let retire = page.split("/admin/keys/retire?").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let question = grace.opens(&format!("/admin/keys/retire?{retire}")).await.page(200);
    assert!(question.contains("It has not signed anything, and never will."), "{question}");
    let done = grace.posts(&form(&question, "/keys/retire"), None).await;
    let page = grace.follows(done).await.page().page(200);
    assert!(page.contains("Retired. It is out of the key set.") && page.contains("<s>"), "{page}");
    app.audit().await.ends_with(["key_retired"]);
}

#[actix_web::test]
async fn a_key_is_revoked_after_its_page_said_what_ends_and_a_word_was_typed() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let grace = app.grace();
    let page = grace.goes("/admin/keys").await.page().page(200);
    assert!(page.contains("data-l=\"Live tokens\">1<"), "{page}");
    let leaked = app.desk.keys.ring().signing().id.clone();
    let question = grace.opens(&format!("/admin/keys/revoke?kid={leaked}")).await.page(200);
    for words in ["<span class=\"big\">1</span>token", "is refused at once", "hold a refresh token come back", "Final"]
    {
        assert!(question.contains(words), "{words} is not in {question}");
    }
    let again = grace.posts(&form(&question, "/keys/revoke").fill("typed", "yes"), None).await.page(400);
    assert!(again.contains("The word that was typed is another one."), "{again}");
    app.gate(&tokens.access).await.is(200);

    let filled = form(&question, "/keys/revoke").fill("typed", "revoke").fill("reason", "A stolen disk");
    let done = grace.posts(&filled, None).await;
    let page = grace.follows(done).await.page().page(200);
    assert!(page.contains("Revoked. What it signed is refused: 1 person, 1 grant, 1 token."), "{page}");
    app.gate(&tokens.access).await.is(401);
    let audit = grace.opens("/admin/audit").await.page(200);
    assert!(audit.contains("A signing key was revoked") && audit.contains("A stolen disk"), "{audit}");
    let again = grace.follows(grace.posts(&filled, None).await).await.page().page(200);
    assert!(again.contains("Revoked. What it signed is refused: "), "a form that is sent twice: {again}");
    grace.opens("/admin/keys/revoke?kid=none").await.page(404);
}

#[actix_web::test]
async fn with_openid_there_are_two_kinds_of_keys() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "openid mcp")]).await;
    let grace = app.grace();
    let page = grace.goes("/admin/keys").await.page().page(200);
    assert!(page.contains("RS256, for id_tokens"), "{page}");
    let filled = form(&page, "/keys/rotate").fill("signs", "id_tokens").fill("when", "now");
    let done = grace.posts(&filled, None).await;
    let page = grace.follows(done).await.page().page(200);
    assert!(page.contains("signs from now on") && page.contains("Verifies"), "{page}");
    let signing = app.desk.keys.ring().id_tokens().unwrap().id.clone();
    let question = grace.opens(&format!("/admin/keys/revoke?kid={signing}")).await.page(200);
    assert!(question.contains("Programs that look at id_tokens"), "{question}");
}
