//! Every line of the table that is behind the API's door, taken from the table so that none is forgotten.

use doorbook::{
    base::{api_token::ApiRole, id::ApiTokenId, time::Span},
    flows::{api_tokens, users},
    web::routes::{Door, Verb, table},
};
use reqwest::Method;

use super::program::{Program, refused};
use crate::support::{answer::Answer, app::TestApp};

/// Every method and path of the API.
fn all() -> Vec<(Verb, Method, String)> {
    let behind = table().into_iter().filter(|entry| entry.door == Door::Api);
    let all = behind.flat_map(|entry| {
        let path = entry.paths[0].replace("{path:.*}", "v1/nowhere").replace("{id}", "some-id");
        let methods = entry.verbs.iter().map(|(verb, _)| match verb {
            Verb::Get | Verb::Any => (*verb, Method::GET),
            Verb::Post => (*verb, Method::POST),
            Verb::Put => (*verb, Method::PUT),
            Verb::Patch => (*verb, Method::PATCH),
            Verb::Delete => (*verb, Method::DELETE),
        });
        methods.map(|(verb, method)| (verb, method, path.clone())).collect::<Vec<_>>()
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() > 40 && all.iter().all(|(_, _, path)| path.starts_with("/admin/api/")), "{all:?}");
    all
}

async fn asks(app: &TestApp, method: &Method, path: &str, token: &str) -> Answer {
    app.send(app.request(method.clone(), path).bearer_auth(token)).await
}

#[actix_web::test]
async fn api_01_without_a_token_nothing_opens() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for (_, method, path) in all() {
        refused(&app.send(app.request(method.clone(), &path)).await, 401, "DB-720");
        // Neither the browser of an administrator nor a token in the address opens it.
        refused(&grace.sends(grace.request(method.clone(), &path)).await, 401, "DB-720");
        let in_address = format!("{path}?access_token={}", program.token);
        refused(&app.send(app.request(method.clone(), &in_address)).await, 401, "DB-720");
        let basic = app.request(method, &path).basic_auth("grace", Some(&program.token));
        refused(&app.send(basic).await, 401, "DB-721");
    }
}

#[actix_web::test]
async fn api_02_tokens_of_another_kind_open_nothing() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.grace().connects(&client).await;
    let unknown = format!("dbt_{}", "A".repeat(43));
    for (_, method, path) in all() {
        refused(&asks(&app, &method, &path, &tokens.access).await, 401, "DB-721");
        refused(&asks(&app, &method, &path, &tokens.refresh).await, 401, "DB-721");
        refused(&asks(&app, &method, &path, &unknown).await, 401, "DB-722");
    }
}

#[actix_web::test]
async fn api_03_what_is_over_or_revoked_opens_nothing_any_more() {
    let app = TestApp::start().await;
    let (revoked, expired) = (Program::of(&app, ApiRole::Write).await, Program::of(&app, ApiRole::Write).await);
    revoked.get("/server").await.is(200);
    let by = doorbook::base::event::Actor::CommandLine;
    api_tokens::revoke(&app.desk, &app.call(), &by, &ApiTokenId::new(&*revoked.id)).await.unwrap();
    for (_, method, path) in all() {
        refused(&asks(&app, &method, &path, &revoked.token).await, 401, "DB-723");
    }
    app.later(Span::days(1));
    for (_, method, path) in all() {
        refused(&asks(&app, &method, &path, &expired.token).await, 401, "DB-724");
    }
}

#[actix_web::test]
async fn api_04_a_token_that_may_look_changes_nothing() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Read).await;
    for (verb, method, path) in all() {
        let answer = asks(&app, &method, &path, &program.token).await;
        match verb {
            Verb::Get | Verb::Any => assert!(matches!(answer.status, 200 | 404), "{path}: {}", answer.text()),
            _ => refused(&answer, 403, "DB-726"),
        }
    }
    app.audit().await.has("api_token_read_only");
}

#[actix_web::test]
async fn api_05_a_token_falls_with_its_administrator_and_rises_with_them() {
    let app = TestApp::with(&[("ADMIN_GITHUB_USERS", "grace, hedy")]).await;
    let program = Program::of(&app, ApiRole::Write).await;
    let (by, grace) = (doorbook::base::event::Actor::CommandLine, doorbook::base::id::UserId::new("github:2"));
    users::suspend(&app.desk, &app.call(), &by, &grace).await.unwrap();
    for (_, method, path) in all() {
        refused(&asks(&app, &method, &path, &program.token).await, 401, "DB-725");
    }
    users::restore(&app.desk, &app.call(), &by, &grace).await.unwrap();
    program.get("/server").await.is(200);
}

#[actix_web::test]
async fn api_06_other_methods_paths_and_bodies_are_refused_in_the_same_shape() {
    let app = TestApp::start().await;
    let program = Program::of(&app, ApiRole::Write).await;
    let answer = program.delete("/clients").await;
    refused(&answer, 405, "DB-805");
    assert_eq!(answer.header("allow"), "GET, HEAD, POST");
    refused(&program.get("/nothing").await, 404, "DB-804");
    let path = "/admin/api/v1/keys/rotate";
    let form = app.request(Method::POST, path).bearer_auth(&program.token).form(&[("now", "true")]);
    refused(&app.send(form).await, 415, "DB-806");
    let long = serde_json::json!({ "client_name": "x".repeat(70_000) });
    refused(&program.post("/clients", long).await, 413, "DB-802");
    // Strangers are turned away before their bodies are read.
    let stranger = app.request(Method::POST, path).body("x".repeat(70_000));
    refused(&app.send(stranger).await, 401, "DB-720");
}

#[actix_web::test]
async fn api_07_whoever_asks_too_often_is_told_when_to_come_back() {
    let app = TestApp::with(&[("DOORBOOK_RATE_LIMIT", "on")]).await;
    for _ in 0..400 {
        let answer = app.get("/admin/api/v1/clients").await;
        if answer.status == 429 {
            assert!(!answer.header("retry-after").is_empty());
            return refused(&answer, 429, "DB-801");
        }
        refused(&answer, 401, "DB-720");
    }
    panic!("nobody was slowed down");
}
