//! RFC 6749 section 4.4: a client in its own name, with no person behind it.

use doorbook::{
    base::{event::Actor, id::ClientId, time::Span, user::Who},
    flows::{clients as flow, grants as grant_flow},
    store::grants::{self, Of},
};
use serde_json::{Value, json};

use crate::support::{
    answer::TokenAnswer,
    app::{ISSUER, TestApp},
    client::{TestClient, confidential_client},
};

const MCP: &str = "https://tools.example/mcp";

/// What an administrator writes into the book for a program without a person.
fn service() -> Value {
    json!({"client_name": "Nightly job", "grant_types": ["client_credentials"], "scope": "mcp"})
}

async fn asks(client: &TestClient<'_>, changes: &[(&str, &str)]) -> TokenAnswer {
    TokenAnswer(client.posts("/token", &[("grant_type", "client_credentials")], changes).await)
}

async fn vouches(app: &TestApp, client: &TestClient<'_>, trusted: bool) {
    let id = ClientId::new(&*client.id);
    flow::trust(&app.desk, &app.call(), &Actor::CommandLine, &id, trusted).await.unwrap();
}

async fn live(app: &TestApp, client: &TestClient<'_>) -> (i64, i64) {
    let (of, now) = (Of::Client(ClientId::new(&*client.id)), app.clock.now());
    let ended = app.desk.store.read(move |reader| grants::weigh(reader, &of, now)).await.unwrap();
    (ended.people, ended.grants)
}

#[actix_web::test]
async fn rfc6749_4_4_3_a_token_without_a_refresh_token() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    assert_eq!(job.registration["redirect_uris"], json!([]));
    assert_eq!((&job.registration["response_types"], &job.registration["scope"]), (&json!([]), &json!("mcp")));
    let answer = asks(&job, &[]).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let tokens = answer.ok();
    let mut members: Vec<_> = tokens.body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
    app.audit().await.ends_with(["client_created", "token_issued"]);
}

#[actix_web::test]
async fn rfc9068_2_2_the_subject_is_the_client_and_there_is_no_person_in_it() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    let claims = asks(&job, &[]).await.ok().claims();
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(job.id), &json!(job.id)));
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!(ISSUER), &json!("mcp")));
    for person in ["auth_time", "username", "name", "email"] {
        assert_eq!(claims.get(person), None, "{claims}");
    }
}

#[actix_web::test]
async fn the_gate_lets_it_in_and_names_no_person() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    let tokens = asks(&job, &[]).await.ok();
    let passed = app.gate(&tokens.access).await;
    passed.is(200);
    assert_eq!((passed.header("x-user-id"), passed.header("x-user-name")), ("", ""));
    assert!(passed.has("x-user-id") && passed.has("x-user-name"), "sent, so that none can be smuggled in");
    assert_eq!((passed.header("x-auth-client-id"), passed.header("x-auth-scope")), (job.id.as_str(), "mcp"));
    let told = job.introspects(&tokens.access).await.body();
    assert_eq!((&told["active"], &told["sub"], told.get("username")), (&json!(true), &json!(job.id), None));
    job.revokes(&tokens.access).await.is(200);
    app.gate(&tokens.access).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn a_server_that_is_for_some_people_only_is_for_no_program() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| resource.people = vec![Who::Login("ada".into())]).await;
    let job = app.writes(service()).await;
    let token = asks(&job, &[("resource", MCP)]).await.ok().access;
    app.gate_at(MCP, Some(&token)).await.refused(403, "access_denied");
    app.protects_with(MCP, |resource| resource.people = Vec::new()).await;
    app.gate_at(MCP, Some(&token)).await.is(200);
}

#[actix_web::test]
async fn rfc6749_5_2_only_clients_that_an_administrator_answers_for() {
    let app = TestApp::start().await;
    let mut wish = confidential_client();
    wish["grant_types"] = json!(["authorization_code", "client_credentials"]);
    let stranger = app.registers(wish.clone()).await;
    assert_eq!(stranger.registration["grant_types"], json!(["authorization_code"]), "dropped for strangers");
    asks(&stranger, &[]).await.refused(400, "unauthorized_client");
    let nothing_left = json!({"grant_types": ["client_credentials"]});
    app.post_json("/register", &nothing_left).await.refused(400, "invalid_client_metadata");

    // Once it is vouched for it may ask for the grant, and has it for as long as somebody answers for it.
    vouches(&app, &stranger, true).await;
    let updated = stranger.replaces(&wish).await.body();
    assert_eq!(updated["grant_types"], json!(["authorization_code", "client_credentials"]));
    let token = asks(&stranger, &[]).await.ok().access;
    app.gate(&token).await.is(200);
    vouches(&app, &stranger, false).await;
    app.gate(&token).await.refused(401, "invalid_token");
    asks(&stranger, &[]).await.refused(400, "unauthorized_client");
    app.audit().await.ends_with(["client_not_vouched_for"]);

    // Who turns into another client is nobody's friend any more.
    vouches(&app, &stranger, true).await;
    let token = asks(&stranger, &[]).await.ok().access;
    wish["client_name"] = json!("Somebody else");
    stranger.replaces(&wish).await.is(200);
    app.gate(&token).await.refused(401, "invalid_token");
    asks(&stranger, &[]).await.refused(400, "unauthorized_client");
}

#[actix_web::test]
async fn rfc6749_4_4_the_client_must_prove_who_it_is() {
    let app = TestApp::start().await;
    let public = app.client().await;
    asks(&public, &[]).await.refused(400, "unauthorized_client");
    let body = json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"});
    let refused = flow::create_from(&app.desk, &app.call(), &Actor::CommandLine, body.to_string().as_bytes()).await;
    assert!(refused.is_err());
    let job = app.writes(service()).await;
    let bare = [("grant_type", "client_credentials"), ("client_id", job.id.as_str())];
    app.post_form("/token", &bare).await.refused(401, "invalid_client");
    let wrong = [("grant_type", "client_credentials"), ("client_id", &job.id), ("client_secret", "dbs_wrong")];
    app.post_form("/token", &wrong).await.refused(401, "invalid_client");
}

#[actix_web::test]
async fn rfc6749_3_3_no_more_than_the_administrator_wrote_and_nothing_for_later() {
    let app =
        TestApp::with(&[("DOORBOOK_SCOPES", "read write offline_access"), ("DOORBOOK_DEFAULT_SCOPE", "read")]).await;
    let mut body = service();
    body["scope"] = json!("read");
    let reader = app.writes(body.clone()).await;
    body["scope"] = json!("read write offline_access");
    let writer = app.writes(body).await;
    for (client, asked, given) in [
        (&reader, "", "read"),
        (&reader, "write", "read"),
        (&reader, "read write unheard", "read"),
        (&writer, "", "read"),
        (&writer, "write", "write"),
        (&writer, "read write offline_access", "read write"),
    ] {
        let tokens = asks(client, &[("scope", asked)]).await.ok();
        assert_eq!((&tokens.body["scope"], &tokens.claims()["scope"]), (&json!(given), &json!(given)), "{asked}");
    }
}

#[actix_web::test]
async fn rfc8707_2_its_resources_are_those_of_everybody() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    assert_eq!(asks(&job, &[("resource", MCP)]).await.ok().claims()["aud"], MCP);
    asks(&job, &[("resource", "tools")]).await.refused(400, "invalid_target");
    let several = [("resource", MCP), ("+resource", "https://other.example")];
    asks(&job, &several).await.refused(400, "invalid_target");
    app.protects(MCP).await;
    assert_eq!(asks(&job, &[]).await.ok().claims()["aud"], MCP, "the only one");
    asks(&job, &[("resource", "https://other.example")]).await.refused(400, "invalid_target");
}

#[actix_web::test]
async fn what_shuts_the_door_on_a_client_shuts_it_on_its_own_tokens() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    let id = ClientId::new(&*job.id);
    let (call, by) = (app.call(), Actor::CommandLine);
    let token = asks(&job, &[]).await.ok().access;
    flow::disable(&app.desk, &call, &by, &id).await.unwrap();
    app.gate(&token).await.refused(401, "invalid_token");
    asks(&job, &[]).await.refused(401, "invalid_client");
    flow::enable(&app.desk, &call, &by, &id).await.unwrap();
    app.gate(&token).await.is(200);

    // One grant for the same thing, however often it asks; whoever ends it ends all of its tokens.
    asks(&job, &[]).await.ok();
    assert_eq!(live(&app, &job).await, (0, 1));
    let grant = asks(&job, &[]).await.ok().claims()["grant"].as_str().unwrap().to_owned();
    grant_flow::revoke(&app.desk, &call, &by, vec![doorbook::base::id::GrantId::new(grant)]).await.unwrap();
    app.gate(&token).await.refused(401, "invalid_token");
    let fresh = asks(&job, &[]).await.ok().access;
    app.gate(&fresh).await.is(200);
    flow::revoke(&app.desk, &call, &by, &id, "").await.unwrap();
    app.gate(&fresh).await.refused(401, "invalid_token");
    asks(&job, &[]).await.refused(401, "invalid_client");
}

#[actix_web::test]
async fn its_tokens_end_by_themselves() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    let token = asks(&job, &[]).await.ok().access;
    app.later(Span::hours(1));
    app.gate(&token).await.refused(401, "invalid_token");
    let next = asks(&job, &[]).await.ok().access;
    app.gate(&next).await.is(200);
}

#[actix_web::test]
async fn the_dashboard_says_itself_where_there_is_no_person() {
    let app = TestApp::start().await;
    let job = app.writes(service()).await;
    asks(&job, &[]).await.ok();
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for path in ["/admin/grants".to_owned(), format!("/admin/clients/{}", job.id), "/admin/audit".to_owned()] {
        let html = grace.opens(&path).await.page(200);
        assert!(html.contains("itself"), "{path}: {html}");
        assert!(!html.contains(&format!("/admin/people/{}", job.id)), "{path}: {html}");
    }
}
