//! Bad days of the machine: the answer is 503 with when to come back, reads go on, and nothing that was answered is lost.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use futures_util::future::join_all;

use crate::{
    store::disk::{on_a_small_disk, only_in_an_empty_folder},
    support::{app::TestApp, client::public_client, form::form, held::hold},
};

#[actix_web::test]
async fn ops_04_a_long_lock_is_503_with_retry_after_while_the_gate_goes_on() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let tokens = ada.connects(&client).await;
    let code = ada.consents(&client).await;
    let question = ada.asked(&client.asks()).await.page();
    let answer = form(&question.text(), "/consent");
    let holder = hold(app.folder().join("doorbook.db"), Duration::from_secs(11));
    let body = public_client();
    let writes = async {
        let (register, exchange, refresh, page) = tokio::join!(
            app.post_json("/register", &body),
            client.exchanges(&code),
            client.refreshes(&tokens),
            ada.posts(&answer, Some(("decision", "approve"))),
        );
        for refused in [&register, &exchange.0, &refresh.0] {
            refused.refused(503, "temporarily_unavailable");
            assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
            assert_eq!(refused.header("access-control-allow-origin"), "*");
        }
        page.page(503);
        assert!(page.header("retry-after").parse::<u32>().unwrap() >= 1);
    };
    let reads = async {
        let began = Instant::now();
        app.gate(&tokens.access).await.is(200);
        app.get("/jwks").await.is(200);
        app.get("/.well-known/oauth-authorization-server").await.is(200);
        client.reads().await.is(200);
        app.get("/readyz").await.is(200);
        assert!(began.elapsed() < Duration::from_secs(1));
    };
    tokio::join!(writes, reads);
    holder.join().unwrap();
    client.exchanges(&code).await.ok();
    client.refreshes(&tokens).await.ok();
    ada.decides(&question, "approve").await.client();
}

#[actix_web::test]
async fn ops_04_a_short_lock_is_waited_out() {
    let app = TestApp::start().await;
    let holder = hold(app.folder().join("doorbook.db"), Duration::from_millis(1_500));
    let body = public_client();
    let answers = join_all((0..10).map(|_| app.post_json("/register", &body))).await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    holder.join().unwrap();
}

#[test]
fn ops_01_a_full_disk_is_503_and_recovered_from() {
    on_a_small_disk("wire::bad_days::full");
}

fn remount(options: &str) {
    assert!(Command::new("mount").args(["-o", options, "."]).status().unwrap().success());
}

async fn on_this_disk() -> TestApp {
    only_in_an_empty_folder();
    TestApp::with(&[("DATABASE_URL", "doorbook.db")]).await
}

#[actix_web::test]
#[ignore = "started by ops_01_a_full_disk_is_503_and_recovered_from"]
async fn full() {
    let app = on_this_disk().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let mut acknowledged = Vec::new();
    let mut body = public_client();
    body["software_id"] = "x".repeat(200).into();
    body["contacts"] = vec!["x".repeat(200); 10].into();
    let refused = loop {
        let answer = app.post_json("/register", &body).await;
        if answer.status != 201 {
            break answer;
        }
        acknowledged.push(answer.json());
        assert!(acknowledged.len() < 5_000, "the disk never was full");
    };
    refused.refused(503, "temporarily_unavailable");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    app.gate(&tokens.access).await.is(200);
    client.reads().await.is(200);
    remount("remount,size=64m");
    app.post_json("/register", &body).await.is(201);
    client.refreshes(&tokens).await.ok();
    for registration in acknowledged.iter().step_by(50) {
        let uri = registration["registration_client_uri"].as_str().unwrap();
        let token = registration["registration_access_token"].as_str().unwrap();
        app.send(app.request(reqwest::Method::GET, uri).bearer_auth(token)).await.is(200);
    }
}

/// The database fails every registration with these words.
fn fails_with(app: &TestApp, words: &str) {
    let mut db = SqliteConnection::establish(app.folder().join("doorbook.db").to_str().unwrap()).unwrap();
    db.batch_execute(&format!(
        "CREATE TRIGGER bad_day BEFORE INSERT ON clients BEGIN SELECT RAISE(ABORT, '{words}'); END;"
    ))
    .unwrap();
}

#[actix_web::test]
async fn ops_02_a_database_that_became_read_only_is_503() {
    let app = TestApp::start().await;
    let client = app.client().await;
    fails_with(&app, "attempt to write a readonly database");
    let answer = app.post_json("/register", &public_client()).await;
    answer.refused(503, "temporarily_unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    client.reads().await.is(200);
    let tokens = app.ada().connects(&client).await;
    app.gate(&tokens.access).await.is(200);
}

#[actix_web::test]
async fn log_03_what_broke_is_told_to_nobody_outside() {
    let app = TestApp::start().await;
    fails_with(&app, "no such column: clients.inner_detail");
    let answer = app.post_json("/register", &public_client()).await;
    answer.refused(500, "server_error");
    let text = answer.text();
    assert!(!text.contains("column") && !text.contains("inner_detail") && !text.contains("clients"), "{text}");
}

#[actix_web::test]
async fn ops_04_pages_that_only_show_do_not_wait_for_a_lock() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let question = grace.asked(&client.asks()).await.page();
    let request = form(&question.text(), "/consent").value("request").to_owned();
    let holder = hold(app.folder().join("doorbook.db"), Duration::from_secs(3));
    let began = Instant::now();
    for path in ["/", "/docs", "/admin", "/admin/clients", "/admin/people", &format!("/consent?request={request}")] {
        grace.opens(path).await.page(200);
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    holder.join().unwrap();
}

#[actix_web::test]
async fn log_03_a_session_that_cannot_be_kept_is_a_page_of_ours() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (ada, grace) = (app.ada(), app.grace());
    grace.goes("/admin").await.page().page(200);
    let mut db = SqliteConnection::establish(app.folder().join("doorbook.db").to_str().unwrap()).unwrap();
    for (table, verb) in [("sessions", "INSERT"), ("sessions", "UPDATE"), ("sessions", "DELETE")] {
        let trigger = format!("bad_{table}_{verb} BEFORE {verb} ON {table}");
        db.batch_execute(&format!("CREATE TRIGGER {trigger} BEGIN SELECT RAISE(ABORT, 'inner detail'); END;")).unwrap();
    }
    let sign_in = ada.asked(&client.asks()).await.page();
    let home = form(&grace.opens("/").await.page(200), "/sign-out");
    let sign_out = grace.posts(&home, None).await;
    for answer in [sign_in, sign_out] {
        let text = answer.page(503);
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
        assert!(!text.contains("inner detail") && !text.contains("sessions"), "{text}");
    }
}

#[actix_web::test]
async fn a_session_that_ended_meanwhile_is_no_error() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin").await.page().page(200);
    let jar = grace.jar.borrow().clone();
    let out = form(&page, "/sign-out");
    let other_tab = app.grace();
    *other_tab.jar.borrow_mut() = jar;
    let (left, right) = tokio::join!(grace.posts(&out, None), join_all((0..20).map(|_| other_tab.opens("/admin"))));
    left.location();
    for answer in right {
        assert!(answer.status < 500, "{} {}", answer.status, answer.text());
    }
}

#[actix_web::test]
async fn ops_05_a_book_that_is_no_database_is_named_and_left_alone() {
    use doorbook::{
        base::call::Call,
        config::{Config, Overrides, Sources},
        flows::first_run::{self, Opening},
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorbook.db");
    std::fs::write(&path, "this is no database, and was never one ".repeat(100)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let env = [("DATABASE_URL", path.to_str().unwrap()), ("DOORBOOK_MASTER_KEY", &"A".repeat(43))];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let loaded = Config::load(&Overrides::default(), &Sources { env, ..Sources::default() });
    let config = loaded.unwrap_or_else(|refused| panic!("{:?}", refused.errors)).config;
    let call = Call::inside(crate::support::app::NOW, "start");
    let error = match first_run::open(config, &call, Opening::Server).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was opened"),
    };
    assert!(error.contains("doorbook.db"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
