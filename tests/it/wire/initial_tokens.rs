//! Initial access tokens (RFC 7591 section 3): who has one registers what it says, as often as it says.

use doorbook::{
    base::{client::GrantType, event::Actor, scope::ScopeSet, time::Span},
    flows::initial_tokens::{self, Made, Wanted},
    store,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{TestClient, confidential_client, public_client},
};

const TOKEN_MODE: &[(&str, &str)] = &[("DOORBOOK_REGISTRATION", "token")];

async fn made(app: &TestApp, wanted: Wanted) -> Made {
    let wanted = Wanted { label: "For the desk".into(), ..wanted };
    let made = initial_tokens::create(&app.desk, &app.call(), &Actor::CommandLine, wanted).await;
    made.unwrap_or_else(|_| panic!("no token was made"))
}

async fn registers(app: &TestApp, token: &str, body: &Value) -> Answer {
    let at = app.request(Method::POST, "/register").bearer_auth(token).json(body);
    app.send(at).await
}

fn with(changes: Value) -> Value {
    let mut body = public_client();
    changes.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
    body
}

#[actix_web::test]
async fn rfc7591_3_registration_is_protected_by_an_initial_access_token() {
    let app = TestApp::with(TOKEN_MODE).await;
    let promised = app.get("/.well-known/oauth-authorization-server").await.is(200).json();
    assert!(promised["registration_endpoint"].is_string(), "it is there for those who have a token");
    assert_eq!(promised.get("client_id_metadata_document_supported"), None);

    let none = app.post_json("/register", &public_client()).await;
    none.refused(401, "invalid_token");
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"doorbook\"");
    for wrong in ["nonsense", &format!("dbi_{}", "A".repeat(43)), "reg-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let refused = registers(&app, wrong, &public_client()).await;
        refused.refused(401, "invalid_token");
        assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
    let Made { token, secret } = made(&app, Wanted::default()).await;
    assert!(secret.expose().starts_with("dbi_"));
    let body = registers(&app, secret.expose(), &public_client()).await.is(201).json();
    let client = TestClient::registered(&app, body);
    app.ada().connects(&client).await;
    let id = token.id.clone();
    let by = app.desk.store.read(move |reader| store::clients::made_by(reader, &id, 10)).await.unwrap();
    assert_eq!(by.iter().map(|by| by.id.as_str()).collect::<Vec<_>>(), [client.id.as_str()]);
    let audit = app.audit().await;
    audit.has("initial_token_missing");
    audit.has("initial_token_wrong");
    let line = audit.lines.iter().find(|line| line.event == "client_registered").unwrap();
    assert_eq!(line.detail["initial_token"], token.id.as_str());
    assert!(audit.lines.iter().all(|line| !json!(line.detail).to_string().contains(secret.expose())));
}

#[actix_web::test]
async fn rfc7591_3_a_token_works_as_often_and_as_long_as_it_says() {
    let app = TestApp::with(TOKEN_MODE).await;
    let one = made(&app, Wanted { most_uses: Some(1), ..Wanted::default() }).await;
    registers(&app, one.secret.expose(), &with(json!({"redirect_uris": ["javascript:x"]}))).await.is(400);
    registers(&app, one.secret.expose(), &public_client()).await.is(201);
    registers(&app, one.secret.expose(), &public_client()).await.refused(401, "invalid_token");

    let day = made(&app, Wanted { life: Some(Span::hours(24)), ..Wanted::default() }).await;
    app.later(Span::seconds(86_399));
    registers(&app, day.secret.expose(), &public_client()).await.is(201);
    app.later(Span::seconds(1));
    registers(&app, day.secret.expose(), &public_client()).await.refused(401, "invalid_token");

    let ended = made(&app, Wanted::default()).await;
    let revoked = initial_tokens::revoke(&app.desk, &app.call(), &Actor::CommandLine, &ended.token.id).await;
    assert!(revoked.is_ok());
    registers(&app, ended.secret.expose(), &public_client()).await.refused(401, "invalid_token");
    let audit = app.audit().await;
    ["initial_token_spent", "initial_token_expired", "initial_token_revoked"]
        .iter()
        .for_each(|reason| audit.has(reason));
}

#[actix_web::test]
async fn rfc7591_3_the_last_use_of_a_token_is_won_once() {
    let app = TestApp::with(TOKEN_MODE).await;
    let token = made(&app, Wanted { most_uses: Some(3), ..Wanted::default() }).await;
    let body = public_client();
    let all = (0..8).map(|_| registers(&app, token.secret.expose(), &body));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 3);
    assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 401)));
}

#[actix_web::test]
async fn rfc7591_3_what_a_token_says_holds_for_its_clients_for_ever() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp notes:read offline_access")]).await;
    let wanted = Wanted {
        scopes: ScopeSet::parse("notes:read"),
        redirect_hosts: vec!["notebook.example".into()],
        ..Wanted::default()
    };
    let Made { secret, .. } = made(&app, wanted).await;
    let elsewhere = with(json!({"redirect_uris": ["https://evil.example/cb"]}));
    registers(&app, secret.expose(), &elsewhere).await.refused(400, "invalid_redirect_uri");
    let body = registers(&app, secret.expose(), &public_client()).await.is(201).json();
    assert_eq!(body["scope"], "notes:read");
    let client = TestClient::registered(&app, body);
    client.replaces(&elsewhere).await.refused(400, "invalid_redirect_uri");
    let changed = client.replaces(&with(json!({"scope": "mcp notes:read"}))).await.is(200).json();
    assert_eq!(changed["scope"], "notes:read");
    let code = app.ada().consents_to(&client.asks().with(&[("scope", "mcp notes:read offline_access")])).await;
    assert_eq!(client.exchanges(&code).await.ok().body["scope"], "notes:read");
}

#[actix_web::test]
async fn rfc7591_3_a_token_may_let_clients_act_in_their_own_name() {
    let app = TestApp::start().await;
    let mut body = confidential_client();
    body["grant_types"] = json!(["client_credentials"]);
    body["response_types"] = json!([]);
    app.post_json("/register", &body).await.refused(400, "invalid_client_metadata");
    let plain = made(&app, Wanted::default()).await;
    registers(&app, plain.secret.expose(), &body).await.refused(400, "invalid_client_metadata");

    let wanted = Wanted { grant_types: vec![GrantType::ClientCredentials], ..Wanted::default() };
    let told = made(&app, wanted).await;
    let service = registers(&app, told.secret.expose(), &body).await.is(201).json();
    let service = TestClient::registered(&app, service);
    service.posts("/token", &[("grant_type", "client_credentials")], &[]).await.is(200);
    body.as_object_mut().unwrap().remove("grant_types");
    let usual = registers(&app, told.secret.expose(), &body).await.is(201).json();
    assert_eq!(usual["grant_types"], json!(["client_credentials"]), "what it may is what it gets");
}

#[actix_web::test]
async fn while_registration_is_open_a_token_still_counts_and_other_headers_do_not() {
    let app = TestApp::start().await;
    registers(&app, "an-old-access-token", &public_client()).await.is(201);
    registers(&app, &format!("dbi_{}", "A".repeat(43)), &public_client()).await.refused(401, "invalid_token");
    let Made { secret, token } = made(&app, Wanted { most_uses: Some(1), ..Wanted::default() }).await;
    registers(&app, secret.expose(), &public_client()).await.is(201);
    let found = app.desk.store.read(move |reader| store::initial_tokens::find(reader, &token.id)).await.unwrap();
    assert_eq!(found.map(|token| token.uses), Some(1));

    let closed = TestApp::with(&[("DOORBOOK_REGISTRATION", "closed")]).await;
    let Made { secret, .. } = made(&closed, Wanted::default()).await;
    registers(&closed, secret.expose(), &public_client()).await.is(404);
}

#[actix_web::test]
async fn reuse_gives_the_same_entry_to_the_same_registration() {
    let app = TestApp::with(&[("DOORBOOK_REUSE_REGISTRATIONS", "on")]).await;
    let first = app.registers(public_client()).await;
    let again = app.post_json("/register", &public_client()).await.is(201).json();
    assert_eq!(again["client_id"], first.id.as_str());
    for member in ["registration_access_token", "registration_client_uri", "client_secret"] {
        assert_eq!(again.get(member), None, "{member}");
    }
    first.deletes().await.refused(401, "invalid_token");
    app.audit().await.has("registration_token_revoked");

    let other = with(json!({"redirect_uris": ["https://notebook.example/other"]}));
    for body in [other, with(json!({"client_name": "Other"})), with(json!({"client_uri": "https://notebook.example"}))]
    {
        let made = app.post_json("/register", &body).await.is(201).json();
        assert!(made["client_id"] != first.id.as_str() && made["registration_access_token"].is_string(), "{body}");
    }
    let secrets = [app.registers(confidential_client()).await.id, app.registers(confidential_client()).await.id];
    assert_ne!(secrets[0], secrets[1]);
    let tokens = app.ada().connects(&first).await;
    app.gate(&tokens.access).await.is(200);
}
