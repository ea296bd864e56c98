//! Somebody is put out: a person, a client, a grant. It works at the gate before the answer, and nothing comes back by itself.

use doorbook::{
    base::{
        event::Actor,
        id::{ClientId, UserId},
        user::{Role, Who},
    },
    flows::{access, clients, users},
};

use crate::support::app::TestApp;

const HERSELF: Actor = Actor::CommandLine;

#[actix_web::test]
async fn a_suspended_person_is_out_at_every_door() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let tokens = ada.connects(&client).await;
    let code = ada.consents(&client).await;
    let question = ada.asked(&client.asks()).await.page();
    users::suspend(&app.desk, &app.call(), &HERSELF, &UserId::new("github:1")).await.unwrap();
    app.gate(&tokens.access).await.refused(403, "access_denied");
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    client.exchanges(&code).await.refused(400, "invalid_grant");
    let decided = ada.decides(&question, "approve").await.page();
    assert!((400..404).contains(&decided.status), "{}", decided.status);
    let fresh = app.ada();
    assert!(fresh.asked(&client.asks()).await.page().page(403).contains("DB-702"));
    users::restore(&app.desk, &app.call(), &HERSELF, &UserId::new("github:1")).await.unwrap();
    let again = app.ada().connects(&client).await;
    app.gate(&again.access).await.is(200);
}

#[actix_web::test]
async fn a_disabled_client_stands_still_and_a_revoked_one_is_gone() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let id = ClientId::new(client.id.as_str());
    let ada = app.ada();
    let tokens = ada.connects(&client).await;
    let code = ada.consents(&client).await;
    clients::disable(&app.desk, &app.call(), &HERSELF, &id).await.unwrap();
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    client.exchanges(&code).await.refused(401, "invalid_client");
    client.revokes(&tokens.access).await.refused(401, "invalid_client");
    assert!(ada.asked(&client.asks()).await.page().page(400).contains("DB-304"));
    clients::enable(&app.desk, &app.call(), &HERSELF, &id).await.unwrap();
    app.gate(&tokens.access).await.is(200);
    client.refreshes(&tokens).await.ok();
    clients::revoke(&app.desk, &app.call(), &HERSELF, &id, "no longer needed").await.unwrap();
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    client.reads().await.refused(401, "invalid_token");
    let page = ada.asked(&client.asks()).await.page().page(400);
    assert!(page.contains("taken out of the book by its administrator"), "{page}");
}

#[actix_web::test]
async fn whoever_leaves_the_list_is_out_and_their_tokens_with_them() {
    let app = TestApp::with(&[("ALLOWED_GITHUB_USERS", "")]).await;
    let client = app.client().await;
    let who = vec![Who::Login("ada".into())];
    app.ada().asked(&client.asks()).await.page().page(403);
    access::add(&app.desk, &app.call(), &HERSELF, who.clone(), Role::Member).await.unwrap();
    let tokens = app.ada().connects(&client).await;
    app.gate(&tokens.access).await.is(200);
    access::remove(&app.desk, &app.call(), &HERSELF, who[0].clone(), Role::Member).await.unwrap();
    let out = app.gate(&tokens.access).await;
    assert!((401..404).contains(&out.status), "{}", out.status);
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    app.ada().asked(&client.asks()).await.page().page(403);
}

#[actix_web::test]
async fn adm_14_a_removed_administrator_is_no_administrator() {
    let app = TestApp::start().await;
    let who = Who::Login("hedy".into());
    access::add(&app.desk, &app.call(), &HERSELF, vec![who.clone()], Role::Administrator).await.unwrap();
    let hedy = crate::support::person::Person::new(&app, 42, "hedy");
    hedy.goes("/admin").await.page().page(200);
    access::remove(&app.desk, &app.call(), &HERSELF, who, Role::Administrator).await.unwrap();
    let answer = hedy.goes("/admin").await.page();
    answer.page(403);
}

#[actix_web::test]
async fn a_rotated_secret_lets_the_old_one_live_for_the_overlap() {
    use doorbook::base::time::Span;
    let app = TestApp::start().await;
    let mut client = app.registers(crate::support::client::confidential_client()).await;
    let mut tokens = app.ada().connects(&client).await;
    let id = ClientId::new(client.id.as_str());
    let rotated = clients::rotate_secret(&app.desk, &app.call(), &HERSELF, &id, Span::hours(1)).await.unwrap();
    tokens = client.refreshes(&tokens).await.ok();
    let old = client.secret.replace(rotated.secret.expose().to_owned());
    tokens = client.refreshes(&tokens).await.ok();
    app.later(Span::hours(1));
    client.secret = old;
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    client.secret = Some(rotated.secret.expose().to_owned());
    client.refreshes(&tokens).await.ok();
}
