//! Somebody has the database, though not the key, and changes the audit log.

use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};
use doorbook::{
    base::{
        event::{Actor, Event},
        id::ClientId,
        time::Span,
    },
    flows::audit::{self as flow, Checked, Trouble},
    oauth::why::Why,
    store::{Stop, audit, seals},
};

use crate::support::{app::TestApp, form::form};

/// A log of nine lines under three seals.
async fn sealed() -> TestApp {
    let app = TestApp::start().await;
    flow::seal(&app.desk, &app.call()).await.unwrap();
    while ends(&app).await.1 < 9 {
        let missing = (9 - ends(&app).await.1).min(4);
        for _ in 0..missing {
            writes(&app).await;
        }
        flow::seal(&app.desk, &app.call()).await.unwrap();
    }
    app
}

async fn ends(app: &TestApp) -> (i64, i64) {
    app.desk.store.read(audit::ends).await.unwrap().unwrap_or_default()
}

async fn writes(app: &TestApp) {
    let (call, event) = (app.call(), Event::ClientEnabled { client: ClientId::new("client_a") });
    app.desk.store.record(move |tx| audit::record(tx, &call, &Actor::System, &event)).await.unwrap();
}

async fn check(app: &TestApp, since: Option<&str>) -> Checked {
    flow::check(&app.desk, &app.call(), &Actor::System, since.map(str::to_owned)).await.unwrap()
}

fn tampers(app: &TestApp, sql: &str) {
    let mut db = SqliteConnection::establish(app.folder().join("doorbook.db").to_str().unwrap()).unwrap();
    assert_ne!(sql_query(sql).execute(&mut db).unwrap(), 0, "{sql}");
}

#[actix_web::test]
async fn what_was_not_touched_is_sound_and_new_lines_wait_for_their_seal() {
    let app = sealed().await;
    let first = check(&app, None).await;
    assert_eq!((first.lines, first.unsealed, first.trouble), (9, 0, None));
    let seal = first.newest.unwrap().seal;
    let second = check(&app, Some(&seal)).await;
    assert_eq!((second.lines, second.unsealed, second.trouble), (9, 1, None), "the check is a line itself");
    flow::seal(&app.desk, &app.call()).await.unwrap();
    assert_eq!(check(&app, Some(&seal)).await.lines, 11);
}

#[actix_web::test]
async fn a_change_to_any_column_is_seen() {
    for column in [
        "at = at + 1",
        "event = 'x'",
        "reason = 'DB-101'",
        "actor = 'mallory'",
        "client_id = NULL",
        "ip = '192.0.2.1'",
        "detail = '{\"a\":1}'",
    ] {
        let app = sealed().await;
        tampers(&app, &format!("UPDATE audit SET {column} WHERE seq = 7"));
        let found = check(&app, None).await.trouble;
        assert!(matches!(found, Some(Trouble::Changed(first, last)) if first <= 7 && 7 <= last), "{column}: {found:?}");
    }
}

#[actix_web::test]
async fn lines_and_seals_that_go_are_missed() {
    let app = sealed().await;
    tampers(&app, "DELETE FROM audit WHERE seq = 7");
    assert!(matches!(check(&app, None).await.trouble, Some(Trouble::Changed(..))));

    let app = sealed().await;
    let beginning = app.desk.store.read(|reader| seals::behind(reader, 0, 1)).await.unwrap().remove(0);
    tampers(&app, &format!("DELETE FROM audit WHERE seq <= {}", beginning.last));
    assert_eq!(check(&app, None).await.trouble, Some(Trouble::Beheaded(beginning.last + 1)));

    let app = sealed().await;
    tampers(&app, "DELETE FROM audit_seals WHERE last = 9");
    app.later(Span::days(2));
    assert!(matches!(check(&app, None).await.trouble, Some(Trouble::Unsealed(_))));
}

#[actix_web::test]
async fn whoever_kept_a_seal_sees_that_the_end_was_cut_off() {
    let app = sealed().await;
    let seal = check(&app, None).await.newest.unwrap();
    tampers(&app, "DELETE FROM audit_seals WHERE last = 9");
    tampers(&app, "DELETE FROM audit WHERE seq >= 9");
    assert_eq!(check(&app, None).await.trouble, None, "the chain alone cannot show it");
    assert_eq!(check(&app, Some(&seal.seal)).await.trouble, Some(Trouble::SealGone));
}

#[actix_web::test]
async fn old_lines_go_in_whole_links_and_the_rest_stays_sound() {
    let app = sealed().await;
    app.later(Span::days(401));
    writes(&app).await;
    flow::seal(&app.desk, &app.call()).await.unwrap();
    let before = app.call().now - app.desk.config.policy.lifetimes.audit;
    let removed = app.desk.store.record(move |tx| seals::delete_older(tx, before, 500)).await.unwrap();
    assert_eq!((removed, ends(&app).await), (9, (10, 10)));
    let found = check(&app, None).await;
    assert_eq!((found.lines, found.trouble), (1, None));
    let again = app.desk.store.record(move |tx| seals::delete_older(tx, before, 500)).await.unwrap();
    assert_eq!(again, 0, "the newest lines stay");
}

#[actix_web::test]
async fn the_page_of_the_log_says_whether_it_is_sound() {
    let app = sealed().await;
    let grace = app.grace();
    let html = grace.goes("/admin/audit").await.page().page(200);
    let answer = grace.posts(&form(&html, "/audit/verify"), None).await;
    assert!(grace.follows(answer).await.page().page(200).contains("The audit log is as it was written: 9 lines"));
    app.audit().await.has("audit_checked");
    tampers(&app, "UPDATE audit SET actor = 'mallory' WHERE seq = 7");
    let page = grace.posts(&form(&html, "/audit/verify"), None).await.page(200);
    assert!(
        page.contains("The audit log is not as it was written") && page.contains("Take a copy of the file"),
        "{page}"
    );
}

#[actix_web::test]
async fn what_is_no_seal_is_refused_and_alarms_nobody() {
    let app = sealed().await;
    let seal = check(&app, None).await.newest.unwrap().seal;
    for since in ["abc", "", &seal[1..], &format!("{seal}=")] {
        let refused = flow::check(&app.desk, &app.call(), &Actor::System, Some(since.to_owned())).await;
        assert!(matches!(refused, Err(Stop::Refuse(error)) if error.why() == Why::SealMalformed), "{since}");
    }
    assert_eq!(check(&app, Some(&format!(" {seal}\n"))).await.trouble, None);
    let line = app.audit().await.lines.into_iter().rfind(|line| line.event == "audit_checked").unwrap();
    assert_eq!(line.detail["sound"], true);
}
