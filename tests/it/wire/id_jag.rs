//! RFC 7523 section 2.1 with an ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant): a company's identity provider says who
//! may use what through which client.

use doorbook::{
    base::{
        event::Actor,
        id::{GrantId, UserId},
        time::Span,
        user::{Role, Who},
    },
    flows::{access, grants, users},
};
use serde_json::{Value, json};

use crate::support::{
    answer::{Answer, TokenAnswer},
    app::{ISSUER, TestApp},
    client::TestClient,
    proof::Key,
    site::{Page, Site},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PROVIDER: &str = "https://login.acme.example";
const NOTES: &str = "https://notes.example/mcp";
const TYPE: &str = "oauth-id-jag+jwt";

/// A table of the configuration file.
fn table(keys: &str, people: &str) -> String {
    format!("[[trusted_issuers]]\nname = 'acme'\nissuer = '{PROVIDER}'\n{keys}\npeople = {people}\n")
}

/// The keys themselves, as they stand in the file.
fn inline(key: &Key) -> String {
    let jwk = key.public();
    let members = ["kty", "crv", "x", "y", "kid"].map(|name| format!("{name} = {}", jwk[name]));
    format!("keys = [{{ {} }}]", members.join(", "))
}

/// A server that trusts the holder of that key, and lets all its people in.
async fn trusting(key: &Key) -> TestApp {
    TestApp::with_file(&[], &table(&inline(key), "['*']")).await
}

fn agent() -> Value {
    json!({"client_name": "Agent", "grant_types": [GRANT]})
}

/// What the provider says of one of its people, a new one each time.
fn said(app: &TestApp, client: &TestClient<'_>) -> Value {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let now = app.clock.now().unix();
    json!({
        "iss": PROVIDER, "sub": "00u1", "aud": ISSUER, "client_id": client.id, "resource": NOTES, "iat": now,
        "exp": now + 300, "jti": format!("jag{}", COUNT.fetch_add(1, Ordering::Relaxed)), "email": "ada@acme.example"
    })
}

async fn shows(client: &TestClient<'_>, assertion: &str, more: &[(&str, &str)]) -> TokenAnswer {
    TokenAnswer(client.posts("/token", &[("grant_type", GRANT), ("assertion", assertion)], more).await)
}

async fn comes(app: &TestApp, client: &TestClient<'_>, key: &Key) -> TokenAnswer {
    shows(client, &key.states(TYPE, &said(app, client)), &[]).await
}

async fn gate(app: &TestApp, token: &str) -> Answer {
    app.gate_at(NOTES, Some(token)).await
}

#[actix_web::test]
async fn rfc7523_2_1_a_person_of_a_company_gets_a_token_for_the_resource_and_no_refresh_token() {
    let key = Key::new();
    let app = trusting(&key).await;
    app.protects(NOTES).await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    let profile = json!(["urn:ietf:params:oauth:grant-profile:id-jag"]);
    assert_eq!(metadata["authorization_grant_profiles_supported"], profile);

    let client = app.writes(agent()).await;
    assert_eq!(client.registration["grant_types"], json!([GRANT]));
    let answer = comes(&app, &client, &key).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let tokens = answer.ok();
    let mut members: Vec<_> = tokens.body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
    let claims = tokens.claims();
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("idp:acme:00u1"), &json!(NOTES)));
    assert_eq!((&claims["client_id"], &claims["scope"]), (&json!(client.id), &json!("mcp")));
    assert_eq!((&claims["username"], &claims["name"]), (&json!("acme:00u1"), &json!("ada@acme.example")));
    let passed = gate(&app, &tokens.access).await;
    assert_eq!(passed.is(200).header("x-user-id"), "idp:acme:00u1");
    app.audit().await.ends_with(["client_created", "person_vouched_for", "token_issued"]);

    let again = comes(&app, &client, &key).await.ok().claims();
    assert_eq!(again["grant"], claims["grant"], "what is asked for alike hangs on one grant");
    app.audit().await.ends_with(["token_issued", "token_issued"]);
    let told = client.introspects(&tokens.access).await.body();
    assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!("idp:acme:00u1")));
}

#[actix_web::test]
async fn idjag_each_mistake_is_refused_with_its_reason() {
    let (key, stranger) = (Key::new(), Key::new());
    let app = trusting(&key).await;
    app.protects(NOTES).await;
    let client = app.writes(agent()).await;
    let now = app.clock.now().unix();
    for (change, code, slug) in [
        (json!({"iss": format!("{PROVIDER}/")}), "invalid_grant", "id_jag_issuer"),
        (json!({"aud": format!("{ISSUER}/token")}), "invalid_grant", "id_jag_audience"),
        (json!({"aud": [ISSUER, PROVIDER]}), "invalid_grant", "id_jag_audience"),
        (json!({"client_id": "client_other"}), "invalid_grant", "id_jag_client"),
        (json!({"exp": now - 60}), "invalid_grant", "id_jag_time"),
        (json!({"jti": ""}), "invalid_grant", "id_jag_id"),
        (json!({"sub": ""}), "invalid_grant", "id_jag_subject"),
        (json!({"sub": null}), "invalid_grant", "id_jag_malformed"),
        (json!({"scope": "theirs"}), "invalid_scope", "id_jag_scope"),
        (json!({"resource": "https://other.example"}), "invalid_target", "resource_unknown"),
    ] {
        let mut claims = said(&app, &client);
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        shows(&client, &key.states(TYPE, &claims), &[]).await.refused(400, code);
        app.audit().await.ends_with([slug]);
    }
    let good = said(&app, &client);
    for (assertion, slug) in [
        (key.states("JWT", &good), "id_jag_type"),
        (stranger.states(TYPE, &good), "id_jag_signature"),
        ("not.a.jwt".into(), "id_jag_malformed"),
    ] {
        shows(&client, &assertion, &[]).await.refused(400, "invalid_grant");
        app.audit().await.ends_with([slug]);
    }
    client.posts("/token", &[("grant_type", GRANT)], &[]).await.refused(400, "invalid_request");
    let other = [("resource", "https://files.example")];
    shows(&client, &key.states(TYPE, &good), &other).await.refused(400, "invalid_target");

    let assertion = key.states(TYPE, &good);
    shows(&client, &assertion, &[]).await.ok();
    shows(&client, &assertion, &[]).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["id_jag_replayed"]);
}

#[actix_web::test]
async fn rfc7523_2_1_only_clients_that_prove_who_they_are_and_only_where_a_provider_is_trusted() {
    let key = Key::new();
    let app = trusting(&key).await;
    app.protects(NOTES).await;
    let mut body = agent();
    body["token_endpoint_auth_method"] = json!("none");
    let public = app.registers(body).await;
    comes(&app, &public, &key).await.refused(400, "unauthorized_client");
    app.audit().await.ends_with(["id_jag_public_client"]);
    let other = app.registers(json!({"redirect_uris": ["https://a.example/cb"]})).await;
    comes(&app, &other, &key).await.refused(400, "unauthorized_client");
    app.audit().await.ends_with(["grant_not_registered"]);
    let own = app.registers(agent()).await;
    comes(&app, &own, &key).await.ok();

    let app = TestApp::start().await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert!(!metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    assert_eq!(metadata.get("authorization_grant_profiles_supported"), None);
    let mut body = agent();
    body["grant_types"] = json!(["authorization_code", GRANT]);
    body["redirect_uris"] = json!(["https://a.example/cb"]);
    let client = app.registers(body).await;
    assert_eq!(client.registration["grant_types"], json!(["authorization_code"]));
    comes(&app, &client, &key).await.refused(400, "unsupported_grant_type");
    app.audit().await.ends_with(["id_jag_off"]);
}

#[actix_web::test]
async fn idjag_the_access_list_has_the_last_word() {
    let key = Key::new();
    let app = TestApp::with_file(&[("ALLOWED_GITHUB_USERS", "*")], &table(&inline(&key), "['00u2']")).await;
    app.protects(NOTES).await;
    let client = app.writes(agent()).await;
    comes(&app, &client, &key).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["id_jag_person"]);
    let mut other = said(&app, &client);
    other["sub"] = json!("00u2");
    let configured = shows(&client, &key.states(TYPE, &other), &[]).await.ok();
    gate(&app, &configured.access).await.is(200);

    let (desk, call, cli) = (&app.desk, app.call(), Actor::CommandLine);
    let who = || Who::parse("idp:acme:00u1").unwrap();
    access::add(desk, &call, &cli, vec![who()], Role::Member).await.unwrap();
    let token = comes(&app, &client, &key).await.ok().access;
    gate(&app, &token).await.is(200);
    let cut_off = access::remove(desk, &call, &cli, who(), Role::Member).await.unwrap();
    assert_eq!((cut_off.people, cut_off.grants, cut_off.tokens), (1, 1, 1));
    gate(&app, &token).await.is(403);
    comes(&app, &client, &key).await.refused(400, "invalid_grant");

    access::add(desk, &call, &cli, vec![Who::parse("idp:acme:*").unwrap()], Role::Member).await.unwrap();
    gate(&app, &token).await.is(200);
    users::suspend(desk, &call, &cli, &UserId::new("idp:acme:00u1")).await.unwrap();
    gate(&app, &token).await.is(403);
    comes(&app, &client, &key).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["id_jag_person"]);
    for administrator in ["idp:acme:00u1", "idp:acme:*"] {
        let who = vec![Who::parse(administrator).unwrap()];
        assert!(access::add(desk, &call, &cli, who, Role::Administrator).await.is_err(), "{administrator}");
    }
}

#[actix_web::test]
async fn idjag_a_grant_that_ends_takes_its_tokens_with_it() {
    let key = Key::new();
    let app = trusting(&key).await;
    app.protects(NOTES).await;
    let client = app.writes(agent()).await;
    let tokens = comes(&app, &client, &key).await.ok();
    let grant = GrantId::new(tokens.claims()["grant"].as_str().unwrap());
    grants::revoke(&app.desk, &app.call(), &Actor::CommandLine, vec![grant.clone()]).await.unwrap();
    gate(&app, &tokens.access).await.is(401);
    let next = comes(&app, &client, &key).await.ok();
    assert_ne!(next.claims()["grant"], grant.as_str());
    client.revokes(&next.access).await.is(200);
    gate(&app, &next.access).await.is(401);
}

#[actix_web::test]
async fn idjag_keys_at_an_address_are_fetched_and_followed() {
    let site = Site::start().await;
    let (old, new) = (Key::new(), Key::new());
    let shows_keys = |key: &Key| site.shows("/keys", Page::Json(json!({"keys": [key.public()]}), ""));
    shows_keys(&old);
    let toml = table(&format!("jwks_uri = '{}'", site.url("/keys")), "['*']");
    let app = TestApp::beside_with_file(&site, &[], Some(&toml)).await;
    app.protects(NOTES).await;
    let client = app.writes(agent()).await;
    comes(&app, &client, &old).await.ok();
    comes(&app, &client, &old).await.ok();
    assert_eq!(site.asked("/keys"), 1, "kept");
    shows_keys(&new);
    app.later(Span::minutes(1));
    comes(&app, &client, &new).await.ok();
    comes(&app, &client, &old).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["id_jag_signature"]);
    site.shows("/keys", Page::Raw(404, "", String::new()));
    app.later(Span::days(2));
    comes(&app, &client, &new).await.refused(503, "temporarily_unavailable");
    app.audit().await.ends_with(["id_jag_keys"]);
}

#[actix_web::test]
async fn rfc9449_5_a_proof_binds_the_token_of_a_person_of_a_company() {
    let (key, own) = (Key::new(), Key::new());
    let app = trusting(&key).await;
    app.protects(NOTES).await;
    let client = app.writes(agent()).await;
    let mut claims = said(&app, &client);
    claims["cnf"] = json!({"jkt": own.thumbprint});
    let assertion = key.states(TYPE, &claims);
    shows(&client, &assertion, &[]).await.refused(400, "invalid_dpop_proof");
    let fields = [("grant_type", GRANT), ("assertion", &*assertion)];
    let proof = own.proves("POST", &format!("{ISSUER}/token"), None, app.clock.now());
    let tokens = TokenAnswer(app.send(client.form("/token", &fields, &[]).header("dpop", proof)).await).ok();
    assert_eq!(tokens.body["token_type"], "DPoP");
    assert_eq!(tokens.claims()["cnf"]["jkt"], own.thumbprint);
    gate(&app, &tokens.access).await.is(401);
}
