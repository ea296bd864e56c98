//! Signing keys that end: in peace, when nothing needs them any more, and in an emergency, with everything that they signed.

use doorbook::{
    base::{
        event::{Actor, Ended},
        id::{ClientId, KeyId},
        key::{KeyPurpose, KeyState},
        time::Span,
    },
    facts::key,
    flows::keys::{self, Revoked},
    oauth::why::Why,
    store::{self, Stop},
};
use serde_json::{Value, json};

use crate::support::{answer::Tokens, app::TestApp, client::confidential_client, program::Program, reach::Reach};

/// The keys that anybody may see.
async fn published(app: &Reach) -> Vec<String> {
    let set = app.get("/jwks").await.body();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(tokens: &Tokens) -> KeyId {
    KeyId::new(jsonwebtoken::decode_header(&tokens.access).unwrap().kid.unwrap())
}

async fn rotate(app: &TestApp, now: bool) -> KeyId {
    let made = keys::rotate(&app.desk, &app.call(), Actor::CommandLine, KeyPurpose::AccessTokens, now).await;
    made.unwrap().id
}

async fn revoke(app: &TestApp, id: &KeyId) -> Revoked {
    keys::revoke(&app.desk, &app.call(), Actor::CommandLine, id, "It leaked").await.unwrap()
}

async fn retire(app: &TestApp, id: &KeyId) -> Option<Why> {
    match keys::retire(&app.desk, &app.call(), Actor::CommandLine, id).await {
        Ok(()) => None,
        Err(Stop::Refuse(error)) => Some(error.why()),
        Err(Stop::Fail(error)) => panic!("{error}"),
    }
}

async fn live_tokens(app: &TestApp, id: &KeyId) -> i64 {
    let (id, now) = (id.clone(), app.clock.now());
    app.desk.store.read(move |reader| key::find(reader, &id, now)).await.unwrap().unwrap().tokens
}

#[actix_web::test]
async fn what_a_revoked_key_signed_is_refused_at_once_and_clients_come_back_by_themselves() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let tokens = app.ada().connects(&client).await;
    let leaked = kid(&tokens);
    app.gate(&tokens.access).await.is(200);
    assert_eq!(client.introspects(&tokens.access).await.body()["active"], true);
    assert_eq!(live_tokens(&app, &leaked).await, 1);

    let done = revoke(&app, &leaked).await;
    assert_eq!(done.ended, Ended { people: 1, grants: 1, tokens: 1 });
    let successor = done.successor.unwrap();
    app.gate(&tokens.access).await.is(401);
    assert_eq!(client.introspects(&tokens.access).await.body(), serde_json::json!({ "active": false }));
    assert_eq!(published(&app).await, [successor.as_str()]);
    let log = app.audit().await;
    log.has("key_revoked");
    let line = log.lines.iter().find(|line| line.event == "key_revoked").unwrap();
    assert_eq!((&line.detail["key"], &line.detail["reason"]), (&Value::from(leaked.as_str()), &"It leaked".into()));

    let fresh = client.refreshes(&tokens).await.ok();
    assert_eq!(kid(&fresh), successor);
    app.gate(&fresh.access).await.is(200);
    assert_eq!((live_tokens(&app, &leaked).await, live_tokens(&app, &successor).await), (0, 1));

    // Nothing of the private half is left, and nothing brings it back.
    let gone = app.desk.store.read(move |reader| store::keys::find(reader, &leaked)).await.unwrap().unwrap();
    assert_eq!((gone.state, gone.sealed.as_str()), (KeyState::Revoked, ""));
    assert_eq!(revoke(&app, &gone.id).await, Revoked::default(), "it was done already");
    assert_eq!(retire(&app, &gone.id).await, Some(Why::KeyGone));
    assert_eq!(app.audit().await.names.iter().filter(|name| *name == "key_revoked").count(), 1);
}

#[actix_web::test]
async fn a_key_that_only_verifies_takes_its_own_tokens_with_it_and_no_others() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let before = ada.connects(&client).await;
    app.later(Span::minutes(1));
    let second = rotate(&app, true).await;
    app.later(Span::seconds(1));
    let after = ada.connects(&client).await;
    assert_ne!(kid(&before), kid(&after));
    assert_eq!((live_tokens(&app, &kid(&before)).await, live_tokens(&app, &second).await), (1, 1));
    app.later(Span::minutes(1));

    let done = revoke(&app, &kid(&before)).await;
    assert_eq!((done.ended.tokens, done.successor), (1, None));
    app.gate(&before.access).await.is(401);
    app.gate(&after.access).await.is(200);
    assert_eq!(published(&app).await, [second.as_str()]);
}

#[actix_web::test]
async fn the_next_key_takes_over_from_one_that_leaked() {
    let app = TestApp::start().await;
    let signing = app.desk.keys.ring().signing().id.clone();
    let next = rotate(&app, false).await;
    app.later(Span::minutes(1));
    let done = revoke(&app, &signing).await;
    assert_eq!((done.ended, done.successor.as_ref()), (Ended::default(), Some(&next)));
    assert_eq!(app.desk.keys.ring().signing().id, next);
    app.audit().await.ends_with(["key_revoked", "key_signs"]);
}

#[actix_web::test]
async fn a_key_retires_when_nothing_needs_it() {
    let app = TestApp::start().await;
    let first = app.desk.keys.ring().signing().id.clone();
    assert_eq!(retire(&app, &first).await, Some(Why::KeySigns));
    let next = rotate(&app, false).await;
    assert_eq!(retire(&app, &next).await, None);
    assert_eq!(published(&app).await, [first.as_str()]);
    assert_eq!(retire(&app, &next).await, None, "it was done already");
    let revoked = keys::revoke(&app.desk, &app.call(), Actor::CommandLine, &next, "").await;
    assert!(matches!(revoked, Err(Stop::Refuse(error)) if error.why() == Why::KeyGone && error.status() == 409));

    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    app.later(Span::minutes(1));
    let second = rotate(&app, true).await;
    assert_eq!(retire(&app, &first).await, Some(Why::KeyNeeded));
    app.gate(&tokens.access).await.is(200);
    app.later(Span::hours(1));
    assert_eq!(retire(&app, &first).await, None);
    assert_eq!(published(&app).await, [second.as_str()]);
    assert_eq!(retire(&app, &KeyId::new("none")).await, Some(Why::NotFound));
    app.audit().await.ends_with(["key_retired"]);
}

#[actix_web::test]
async fn a_server_refuses_what_a_command_beside_it_revoked() {
    let program = Program::start();
    let client = program.registers(confidential_client()).await;
    let tokens = program.ada().connects(&client).await;
    program.gate(&tokens.access).await.is(200);
    let leaked = kid(&tokens);
    let done = program.command(&["keys", "revoke", leaked.as_str(), "--json"]);
    let done: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{done:?}"));
    assert_eq!((&done["in_force"], &done["ended"]["tokens"]), (&"running_server".into(), &1.into()));
    program.gate(&tokens.access).await.is(401);
    assert_eq!(client.introspects(&tokens.access).await.body()["active"], false);
    assert_eq!(published(&program).await, [done["successor"].as_str().unwrap()]);
    let fresh = client.refreshes(&tokens).await.ok();
    program.gate(&fresh.access).await.is(200);
}

#[actix_web::test]
async fn what_ended_with_its_grant_keeps_no_key_and_a_program_is_nobody() {
    let app = TestApp::start().await;
    let (client, job) = (app.client().await, app.writes(service()).await);
    let tokens = app.ada().connects(&client).await;
    job.posts("/token", &[("grant_type", "client_credentials")], &[]).await.is(200);
    let old = kid(&tokens);
    rotate(&app, true).await;
    assert_eq!(retire(&app, &old).await, Some(Why::KeyNeeded));
    let (clients, actor) = ([&client.id, &job.id].map(|id| ClientId::new(id.as_str())), Actor::CommandLine);
    assert_eq!(would_end(&app, &old).await, Ended { people: 1, grants: 2, tokens: 2 });
    for id in &clients {
        doorbook::flows::clients::revoke_tokens(&app.desk, &app.call(), &actor, id).await.unwrap();
    }
    assert_eq!(would_end(&app, &old).await, Ended::default());
    assert_eq!(retire(&app, &old).await, None);
}

async fn would_end(app: &TestApp, id: &KeyId) -> Ended {
    let (id, now) = (id.clone(), app.clock.now());
    let effect = app.desk.store.read(move |reader| {
        let key = store::keys::find(reader, &id)?.unwrap();
        keys::effect(reader, &key, now)
    });
    effect.await.unwrap()
}

fn service() -> Value {
    json!({"client_name": "Nightly job", "grant_types": ["client_credentials"], "scope": "mcp"})
}
