//! RFC 8693: a protected server calls another one in the name of whoever called it.

use doorbook::{
    base::{
        event::Actor,
        id::{ClientId, GrantId},
        register::Call,
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Plain,
        time::Span,
    },
    flows::{calls, clients, grants, resources},
};
use reqwest::Method;
use serde_json::json;

use crate::support::{
    answer::{TokenAnswer, Tokens},
    app::{ISSUER, TestApp},
    client::{Fields, TestClient, changed},
    proof::Key,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const NOTES: &str = "https://notes.example/mcp";
const FILES: &str = "https://files.example/mcp";
const MAIL: &str = "https://mail.example/mcp";

fn uri(text: &str) -> ResourceUri {
    ResourceUri::parse(text).unwrap()
}

/// A server in the register, with the credential that it exchanges tokens with.
async fn server(app: &TestApp, url: &str) -> Plain {
    app.protects(url).await;
    resources::credential(&app.desk, &app.call(), &Actor::CommandLine, &uri(url)).await.unwrap()
}

async fn may_call(app: &TestApp, caller: &str, target: &str) {
    let call = Call { caller: uri(caller), target: uri(target) };
    assert!(calls::allow(&app.desk, &app.call(), &Actor::CommandLine, call).await.unwrap());
}

/// Ada lets a client in at the notes.
async fn let_in<'a>(app: &'a TestApp) -> (TestClient<'a>, Tokens) {
    let client = app.client().await;
    let code = app.ada().consents_to(&client.asks().with(&[("resource", NOTES)])).await;
    let tokens = client.exchanges(&code).await.ok();
    (client, tokens)
}

fn fields(token: &str, changes: &[(&str, &str)]) -> Fields {
    let usual =
        [("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN), ("resource", FILES)];
    changed(usual.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(), changes)
}

async fn exchanges(app: &TestApp, credential: &Plain, token: &str, changes: &[(&str, &str)]) -> TokenAnswer {
    let request = app.request(Method::POST, "/token").bearer_auth(credential.expose());
    TokenAnswer(app.send(request.form(&fields(token, changes))).await)
}

async fn passes(app: &TestApp, url: &str, token: &str, status: u16) {
    app.gate_at(url, Some(token)).await.is(status);
}

#[actix_web::test]
async fn rfc8693_2_a_server_that_was_shown_a_token_gets_one_for_another_server() {
    let app = TestApp::start().await;
    let (notes, files) = (server(&app, NOTES).await, server(&app, FILES).await);
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert!(!metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    let (client, shown) = let_in(&app).await;
    exchanges(&app, &notes, &shown.access, &[]).await.refused(400, "unsupported_grant_type");

    may_call(&app, NOTES, FILES).await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    let answer = exchanges(&app, &notes, &shown.access, &[]).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let given = answer.ok();
    let mut members: Vec<_> = given.body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
    assert_eq!((&given.body["issued_token_type"], &given.body["token_type"]), (&json!(ACCESS_TOKEN), &json!("Bearer")));
    let (before, now) = (shown.claims(), given.claims());
    assert_eq!((&now["aud"], &now["act"]), (&json!(FILES), &json!({"sub": NOTES})));
    for same in ["iss", "sub", "client_id", "grant", "auth_time", "username", "scope"] {
        assert_eq!(now[same], before[same], "{same}");
    }
    assert_ne!(now["jti"], before["jti"]);
    app.audit().await.has("token_exchanged");

    passes(&app, FILES, &given.access, 200).await;
    passes(&app, NOTES, &given.access, 401).await;
    let told = app.request(Method::POST, "/introspect").bearer_auth(files.expose()).form(&[("token", &given.access)]);
    let told = app.send(told).await.body();
    assert_eq!((&told["active"], &told["act"]), (&json!(true), &json!({"sub": NOTES})));

    let in_place = [("client_id", NOTES), ("client_secret", notes.expose())];
    let form = app.request(Method::POST, "/token").form(&fields(&shown.access, &in_place));
    TokenAnswer(app.send(form).await).ok();
    let basic = app.request(Method::POST, "/token").basic_auth(NOTES, Some(notes.expose()));
    TokenAnswer(app.send(basic.form(&fields(&shown.access, &[]))).await).ok();
    client.revokes(&given.access).await.is(200);
    passes(&app, FILES, &given.access, 401).await;
    passes(&app, NOTES, &shown.access, 200).await;
}

#[actix_web::test]
async fn rfc8693_2_2_2_what_is_not_listed_or_not_shown_to_it_is_refused() {
    let app = TestApp::start().await;
    let (notes, files) = (server(&app, NOTES).await, server(&app, FILES).await);
    server(&app, MAIL).await;
    may_call(&app, NOTES, FILES).await;
    let (client, shown) = let_in(&app).await;
    for (changes, code, slug) in [
        (&[("resource", MAIL)][..], "invalid_target", "exchange_not_listed"),
        (&[("+resource", MAIL)], "invalid_target", "resource_several"),
        (&[("+audience", MAIL)], "invalid_target", "resource_several"),
        (&[("resource", "https://unknown.example")], "invalid_target", "exchange_not_listed"),
        (&[("-subject_token", "")], "invalid_request", "exchange_token_missing"),
        (&[("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")], "invalid_request", "exchange_token_type"),
        (&[("subject_token", &shown.refresh)], "invalid_request", "exchange_token_unreadable"),
        (&[("actor_token", &shown.access)], "invalid_request", "exchange_actor"),
        (&[("scope", "admin")], "invalid_scope", "exchange_scope"),
    ] {
        exchanges(&app, &notes, &shown.access, changes).await.refused(400, code);
        app.audit().await.ends_with([slug]);
    }
    exchanges(&app, &files, &shown.access, &[]).await.refused(400, "invalid_request");
    app.audit().await.ends_with(["exchange_token_elsewhere"]);
    exchanges(&app, &notes, &shown.access, &[("-resource", "")]).await.ok();

    client
        .posts("/token", &[("grant_type", GRANT), ("subject_token", &shown.access)], &[])
        .await
        .refused(400, "unauthorized_client");
    app.audit().await.ends_with(["exchange_caller"]);
    let forged = Plain::new(format!("{}x", notes.expose()));
    exchanges(&app, &forged, &shown.access, &[]).await.refused(401, "invalid_client");
    let nobody = app.request(Method::POST, "/token").form(&fields(&shown.access, &[]));
    app.send(nobody).await.refused(401, "invalid_client");

    app.later(Span::hours(1));
    exchanges(&app, &notes, &shown.access, &[]).await.refused(400, "invalid_request");
    app.audit().await.ends_with(["exchange_token_over"]);
}

#[actix_web::test]
async fn rfc8693_4_1_on_a_chain_everybody_is_named_and_scope_and_life_only_shrink() {
    let app = TestApp::start().await;
    let notes = server(&app, NOTES).await;
    app.protects_with(FILES, |files| {
        files.scopes = vec![("mcp".into(), String::new()), ("files".into(), String::new())];
    })
    .await;
    let files = resources::credential(&app.desk, &app.call(), &Actor::CommandLine, &uri(FILES)).await.unwrap();
    app.protects_with(MAIL, |mail| mail.required_scopes = ScopeSet::parse("mcp")).await;
    may_call(&app, NOTES, FILES).await;
    may_call(&app, FILES, MAIL).await;
    let (_, shown) = let_in(&app).await;
    app.later(Span::minutes(50));
    let first = exchanges(&app, &notes, &shown.access, &[]).await.ok();
    assert_eq!((&first.body["scope"], &first.body["expires_in"]), (&json!("mcp"), &json!(600)));
    let second = exchanges(&app, &files, &first.access, &[("resource", MAIL)]).await.ok();
    assert_eq!(second.claims()["act"], json!({"sub": FILES, "act": {"sub": NOTES}}));
    assert_eq!(second.claims()["exp"], shown.claims()["exp"]);
    passes(&app, MAIL, &second.access, 200).await;
    exchanges(&app, &notes, &first.access, &[]).await.refused(400, "invalid_request");
    exchanges(&app, &notes, &shown.access, &[("resource", MAIL)]).await.refused(400, "invalid_target");
}

#[actix_web::test]
async fn rfc8693_what_was_exchanged_ends_with_the_grant_its_client_and_its_person() {
    let app = TestApp::start().await;
    let notes = server(&app, NOTES).await;
    server(&app, FILES).await;
    may_call(&app, NOTES, FILES).await;
    let (desk, call, cli) = (&app.desk, app.call(), Actor::CommandLine);

    let (client, shown) = let_in(&app).await;
    let given = exchanges(&app, &notes, &shown.access, &[]).await.ok();
    let id = ClientId::new(client.id.as_str());
    clients::disable(desk, &call, &cli, &id).await.unwrap();
    passes(&app, FILES, &given.access, 401).await;
    exchanges(&app, &notes, &shown.access, &[]).await.refused(400, "invalid_request");
    clients::enable(desk, &call, &cli, &id).await.unwrap();
    passes(&app, FILES, &given.access, 200).await;

    let grant = GrantId::new(shown.claims()["grant"].as_str().unwrap());
    let ended = grants::revoke(desk, &call, &cli, vec![grant]).await.unwrap();
    assert_eq!((ended.grants, ended.tokens), (1, 2));
    passes(&app, FILES, &given.access, 401).await;
    exchanges(&app, &notes, &shown.access, &[]).await.refused(400, "invalid_request");
    app.audit().await.ends_with(["exchange_token_over"]);

    let (client, shown) = let_in(&app).await;
    let given = exchanges(&app, &notes, &shown.access, &[]).await.ok();
    client.revokes(&shown.refresh).await.is(200);
    passes(&app, FILES, &given.access, 401).await;
}

#[actix_web::test]
async fn rfc9449_5_a_bound_token_is_exchanged_for_one_that_is_bound_to_the_server() {
    let app = TestApp::start().await;
    let notes = server(&app, NOTES).await;
    server(&app, FILES).await;
    may_call(&app, NOTES, FILES).await;
    let (theirs, own) = (Key::new(), Key::new());
    let token = format!("{ISSUER}/token");
    let proof = |key: &Key| key.proves("POST", &token, None, app.clock.now());
    let client = app.client().await;
    let code = app.ada().consents_to(&client.asks().with(&[("resource", NOTES)])).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code.code),
        ("redirect_uri", &code.redirect_uri),
        ("code_verifier", &code.verifier),
    ];
    let bound = TokenAnswer(app.send(client.form("/token", &form, &[]).header("dpop", proof(&theirs))).await).ok();
    assert_eq!(bound.body["token_type"], "DPoP");
    exchanges(&app, &notes, &bound.access, &[]).await.refused(400, "invalid_dpop_proof");
    let request = app.request(Method::POST, "/token").bearer_auth(notes.expose()).header("dpop", proof(&own));
    let given = TokenAnswer(app.send(request.form(&fields(&bound.access, &[]))).await).ok();
    assert_eq!(given.body["token_type"], "DPoP");
    assert_eq!(given.claims()["cnf"]["jkt"], own.thumbprint);
    passes(&app, FILES, &given.access, 401).await;
}
