//! Refusals: a stranger finds out why a client was refused, and ends it there.

use doorbook::{
    base::{id::UserId, time::Span},
    store::users,
};
use serde_json::json;

use crate::support::{
    app::TestApp,
    client::public_client,
    form::{form, forms},
    person::Person,
};

/// An editor with a scheme of its own, which this server does not know.
fn editor() -> serde_json::Value {
    let mut body = public_client();
    body["client_name"] = json!("Fancy Editor");
    body["redirect_uris"] = json!(["fancy-editor://callback"]);
    body
}

#[actix_web::test]
async fn a_refused_program_is_named_explained_and_let_in_from_there() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        app.post_json("/register", &editor()).await.is(400);
    }
    app.desk.write_refusals().await.unwrap();
    let grace = app.grace();
    let html = grace.goes("/admin/refusals").await.page().page(200);
    for words in [
        "3 refusals for one reason. One of them you can deal with here.",
        "DB-115",
        "Fancy Editor",
        "fancy-editor://callback",
        "when it registered",
        "If you know the program, add its scheme",
        "3 times",
        "Allow fancy-editor:",
    ] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let (before, _) = html.split_once(">Allow fancy-editor:").unwrap();
    let allow = before.rsplit_once("href=\"").unwrap().1.trim_end_matches('"').to_owned();
    let html = grace.opens(&allow).await.page(200);
    let answer = grace.posts(&form(&html, "/policy/allow"), None).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    app.post_json("/register", &editor()).await.is(201);
}

#[actix_web::test]
async fn refusals_are_found_by_client_name_person_address_code_and_value() {
    let app = TestApp::start().await;
    app.post_json("/register", &editor()).await.is(400);
    let client = app.client().await;
    client.exchanges_with(&app.ada().consents(&client).await, &[("code_verifier", "wrong")]).await;
    let stranger = Person::new(&app, 9, "mallory");
    stranger.goes("/me").await.page().page(403);
    app.desk.write_refusals().await.unwrap();
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let all = [("DB-115", "fancy"), ("DB-510", "Notebook"), ("DB-701", "mallory")];
    for (q, found) in [
        ("", vec!["DB-115", "DB-510", "DB-701"]),
        ("db-115", vec!["DB-115"]),
        (client.id.as_str(), vec!["DB-510"]),
        ("notebook", vec!["DB-510"]),
        ("fancy", vec!["DB-115"]),
        ("mallory", vec!["DB-701"]),
        ("github:9", vec!["DB-701"]),
        ("id:9", vec!["DB-701"]),
        ("127.0.0.1", vec!["DB-115", "DB-510", "DB-701"]),
        ("192.0.2.1", vec![]),
        ("nothing of this kind", vec![]),
    ] {
        let html = grace.opens(&format!("/admin/refusals?q={q}")).await.page(200);
        let shown = html.split_once("<h2 id=\"r1\">").map_or("", |(_, after)| after);
        for (code, _) in all {
            assert_eq!(shown.contains(&format!("<bdi>{code}</bdi>")), found.contains(&code), "{q}: {code}\n{html}");
        }
        assert_eq!(html.contains("Nothing that fits was refused."), found.is_empty(), "{q}");
    }
    app.later(Span::hours(30));
    let html = grace.goes("/admin/refusals").await.page().page(200);
    assert!(html.contains("Nobody was refused in the last 24 hours."), "{html}");
    assert!(grace.opens("/admin/refusals?period=7d").await.page(200).contains("3 refusals for 3 reasons."));
}

#[actix_web::test]
async fn a_disabled_client_and_a_suspended_person_are_let_in_with_one_press() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let grace = app.grace();
    let html = grace.goes(&format!("/admin/clients/{}", client.id)).await.page().page(200);
    let asked = grace.posts(&form(&html, "/clients/disable"), None).await;
    grace.posts(&form(&asked.page(200), "/clients/disable"), None).await;
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    app.desk.write_refusals().await.unwrap();
    let html = grace.opens("/admin/refusals").await.page(200);
    assert_eq!(grace.posts(&form(&html, "/clients/enable"), None).await.status, 303);
    client.refreshes(&tokens).await.ok();

    let now = app.clock.now();
    app.desk.store.record(move |tx| users::set_suspended(tx, &UserId::new("github:1"), true, now)).await.unwrap();
    app.gate(&tokens.access).await.is(403);
    app.desk.write_refusals().await.unwrap();
    let html = grace.opens("/admin/refusals").await.page(200);
    let restore = forms(&html).into_iter().find(|form| form.action.ends_with("/people/restore")).unwrap();
    assert_eq!(grace.posts(&restore, None).await.status, 303);
    app.gate(&tokens.access).await.is(200);
    app.audit().await.has("user_restored");
}

#[actix_web::test]
async fn one_noisy_reason_hides_no_other() {
    let app = TestApp::start().await;
    for n in 0..70 {
        let mut body = editor();
        body["client_name"] = json!(format!("Editor {n}"));
        app.post_json("/register", &body).await.is(400);
    }
    app.gate("no token at all").await.is(401);
    app.desk.write_refusals().await.unwrap();
    let grace = app.grace();
    let html = grace.goes("/admin/refusals").await.page().page(200);
    assert!(html.contains("70 times") && html.contains("and 55 more") && html.contains("for 2 reasons"), "{html}");
    assert!(html.len() < 100_000);
}

#[actix_web::test]
async fn what_nobody_read_is_counted() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["client_name"] = json!("x".repeat(70_000));
    for _ in 0..2 {
        app.post_json("/register", &body).await.is(413);
    }
    app.desk.write_tallies().await.unwrap();
    let grace = app.grace();
    let html = grace.goes("/admin/refusals").await.page().page(200);
    for words in ["Unread", "2 times", "The body is larger than 64 KiB", "DB-802"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
}
