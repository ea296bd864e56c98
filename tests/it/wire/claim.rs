//! The claim link: on the console only, once, for an hour, and only while there is no administrator.

use doorbook::{
    base::{
        time::Span,
        user::{Role, Who},
    },
    flows::first_run,
    store::allowlist,
};
use futures_util::future::join;

use crate::support::{app::TestApp, form::form, person::Landing, person::Person};

const NOBODY: [(&str, &str); 1] = [("ADMIN_GITHUB_USERS", "")];

async fn link(app: &TestApp) -> Option<String> {
    first_run::claim_link(&app.desk, &app.call()).await.unwrap()
}

/// Opens the link and presses the button.
async fn claims(person: &Person<'_>, link: &str) -> Landing {
    let page = person.opens(link).await.page(200);
    let form = form(&page, "/claim").fill("name", &person.login);
    person.follows(person.posts(&form, None).await).await
}

#[actix_web::test]
async fn whoever_signs_in_through_the_link_keeps_the_book() {
    for app in [TestApp::with(&NOBODY).await, TestApp::local().await] {
        let link = link(&app).await.unwrap();
        let hedy = Person::new(&app, 42, "hedy");
        claims(&hedy, &link).await.page().page(200);
        hedy.opens("/admin").await.page(200);
        assert!(hedy.opens("/admin/access").await.page(200).contains("by themselves"));
        let audit = app.audit().await;
        audit.has("administrator_claimed");
        let entries = app.desk.store.read(allowlist::entries).await.unwrap();
        assert_eq!(entries[0].created_by, audit.lines.last().unwrap().user, "they put themselves on the list");
        let secret = link.rsplit('=').next().unwrap();
        assert!(audit.lines.iter().all(|line| !format!("{line:?}").contains(secret)));
        assert_eq!(super::claim::link(&app).await, None, "there is an administrator now");
    }
}

#[actix_web::test]
async fn it_works_once() {
    let app = TestApp::with(&NOBODY).await;
    let link = link(&app).await.unwrap();
    let (hedy, mallory) = (Person::new(&app, 42, "hedy"), app.mallory());
    let waiting = mallory.opens(&link).await.page(200);
    claims(&hedy, &link).await.page().page(200);
    assert!(mallory.opens(&link).await.page(400).contains("DB-709"));
    let late = form(&waiting, "/claim");
    mallory.posts(&late, None).await.page(400);
    mallory.goes("/admin").await.page().page(403);
}

#[actix_web::test]
async fn opening_it_uses_nothing_up() {
    let app = TestApp::with(&NOBODY).await;
    let link = link(&app).await.unwrap();
    for _ in 0..5 {
        app.get(&link).await.page(200);
    }
    claims(&Person::new(&app, 42, "hedy"), &link).await.page().page(200);
}

#[actix_web::test]
async fn of_two_at_once_one_wins() {
    let app = TestApp::local().await;
    let link = link(&app).await.unwrap();
    let (one, two) = (Person::new(&app, 1, "one"), Person::new(&app, 2, "two"));
    let pages = (one.opens(&link).await.page(200), two.opens(&link).await.page(200));
    let forms = (form(&pages.0, "/claim").fill("name", "one"), form(&pages.1, "/claim").fill("name", "two"));
    let answers = join(one.posts(&forms.0, None), two.posts(&forms.1, None)).await;
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400]);
}

#[actix_web::test]
async fn it_ends_after_an_hour_and_with_the_next_one() {
    let app = TestApp::with(&NOBODY).await;
    let first = link(&app).await.unwrap();
    let second = link(&app).await.unwrap();
    app.get(&first).await.page(400);
    let hedy = Person::new(&app, 42, "hedy");
    let waiting = hedy.opens(&second).await.page(200);
    app.later(Span::minutes(60));
    app.get(&second).await.page(400);
    hedy.posts(&form(&waiting, "/claim"), None).await.page(400);
}

#[actix_web::test]
async fn it_needs_the_page_and_its_browser() {
    let app = TestApp::with(&NOBODY).await;
    let link = link(&app).await.unwrap();
    let (hedy, mallory) = (Person::new(&app, 42, "hedy"), app.mallory());
    let form = form(&hedy.opens(&link).await.page(200), "/claim");
    hedy.posts(&form.clone().fill("csrf", "x"), None).await.page(403);
    mallory.posts(&form, None).await.page(403);
    mallory.opens(&link).await.page(200);
    mallory.posts(&form, None).await.page(403);
    for wrong in ["/claim", "/claim?claim=", "/claim?claim=dbl_x", "/claim?claim=a&claim=b"] {
        app.get(wrong).await.page(400);
    }
}

#[actix_web::test]
async fn guessing_it_is_limited_even_without_limits() {
    let app = TestApp::with(&NOBODY).await;
    let mut statuses = Vec::new();
    for _ in 0..15 {
        statuses.push(app.get("/claim?claim=dbl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.status);
    }
    assert!(statuses.contains(&400) && statuses.ends_with(&[429]), "{statuses:?}");
}

#[actix_web::test]
async fn there_is_none_while_somebody_keeps_the_book() {
    let app = TestApp::start().await;
    assert_eq!(link(&app).await, None);
}

#[actix_web::test]
async fn it_is_over_for_whoever_comes_back_from_github_after_another_became_administrator() {
    let app = TestApp::with(&NOBODY).await;
    let link = link(&app).await.unwrap();
    let mallory = app.mallory();
    let page = mallory.opens(&link).await.page(200);
    let onward = mallory.posts(&form(&page, "/claim"), None).await;
    let (hedy, now) = (Who::parse("id:42").unwrap(), app.clock.now());
    app.desk.store.record(move |tx| allowlist::add(tx, &hedy, Role::Administrator, None, now)).await.unwrap();
    assert!(mallory.follows(onward).await.page().page(400).contains("DB-709"));
    mallory.goes("/admin").await.page().page(403);
}
