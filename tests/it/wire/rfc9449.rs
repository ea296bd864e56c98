//! RFC 9449: tokens that are bound to a key of the client's, and worth nothing without it.

use doorbook::base::{register::Resource, time::Span};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{
    answer::{Answer, TokenAnswer, Tokens},
    app::TestApp,
    client::{Code, TestClient, confidential_client, public_client},
    form::form,
    person::Landing,
    proof::Key,
};

const TOKEN: &str = "https://auth.example/token";
const FILES: &str = "https://files.example/mcp";

fn exchange(client: &TestClient<'_>, code: &Code) -> RequestBuilder {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code.code),
        ("redirect_uri", &code.redirect_uri),
        ("code_verifier", &code.verifier),
    ];
    client.form("/token", &fields, &[])
}

fn refresh(client: &TestClient<'_>, tokens: &Tokens) -> RequestBuilder {
    client.form("/token", &[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)], &[])
}

async fn with_proof(app: &TestApp, request: RequestBuilder, proof: &str) -> TokenAnswer {
    TokenAnswer(app.send(request.header("dpop", proof)).await)
}

/// Connects with tokens that are bound to this key.
async fn connects(app: &TestApp, client: &TestClient<'_>, key: &Key) -> Tokens {
    let code = app.ada().consents(client).await;
    with_proof(app, exchange(client, &code), &key.proves("POST", TOKEN, None, app.clock.now())).await.ok()
}

/// A request at the gate for a protected server.
fn gate(app: &TestApp, method: &str, path: &str) -> RequestBuilder {
    let request = app.request(Method::GET, "/verify").header("x-forwarded-method", method);
    request
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "files.example")
        .header("x-forwarded-uri", path)
}

async fn shows(app: &TestApp, tokens: &Tokens, proof: &str) -> Answer {
    let request = gate(app, "POST", "/mcp?session=1").header("authorization", format!("DPoP {}", tokens.access));
    app.send(request.header("dpop", proof)).await
}

#[actix_web::test]
async fn rfc9449_5_a_proof_makes_the_token_a_bound_one() {
    let app = TestApp::start().await;
    let key = Key::new();
    for client in [app.client().await, app.registers(confidential_client()).await] {
        let tokens = connects(&app, &client, &key).await;
        assert_eq!(tokens.body["token_type"], "DPoP");
        assert_eq!(tokens.claims()["cnf"], json!({"jkt": key.thumbprint}));
        let proof = key.proves("POST", TOKEN, None, app.clock.now());
        let next = with_proof(&app, refresh(&client, &tokens), &proof).await.ok();
        assert_eq!(next.body["token_type"], "DPoP");
        assert_eq!(next.claims()["cnf"]["jkt"], key.thumbprint.as_str());
    }
    let client = app.client().await;
    let plain = app.ada().connects(&client).await;
    assert_eq!((&plain.body["token_type"], plain.claims().get("cnf")), (&json!("Bearer"), None));
}

#[actix_web::test]
async fn rfc9449_5_a_bad_proof_is_refused_and_uses_nothing_up() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (key, now) = (Key::new(), app.clock.now());
    let code = app.ada().consents(&client).await;
    for proof in [
        String::new(),
        "x.y.z".to_owned(),
        key.proves("GET", TOKEN, None, now),
        key.proves("POST", "https://auth.example/par", None, now),
        key.proves("POST", "https://elsewhere.example/token", None, now),
        key.proves("POST", TOKEN, None, now - Span::seconds(61)),
        key.proves("POST", TOKEN, None, now + Span::seconds(61)),
    ] {
        with_proof(&app, exchange(&client, &code), &proof).await.refused(400, "invalid_dpop_proof");
    }
    let proof = key.proves("POST", TOKEN, None, now);
    let twice = exchange(&client, &code).header("dpop", &proof).header("dpop", &proof);
    app.send(twice).await.refused(400, "invalid_dpop_proof");
    with_proof(&app, exchange(&client, &code), &proof).await.ok();
    app.audit().await.has("token_issued");
}

#[actix_web::test]
async fn rfc9449_11_1_a_proof_counts_once() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let key = Key::new();
    let code = app.ada().consents(&client).await;
    let proof = key.proves("POST", TOKEN, None, app.clock.now());
    let tokens = with_proof(&app, exchange(&client, &code), &proof).await.ok();
    with_proof(&app, refresh(&client, &tokens), &proof).await.refused(400, "invalid_dpop_proof");
    app.later(Span::seconds(59));
    with_proof(&app, refresh(&client, &tokens), &proof).await.refused(400, "invalid_dpop_proof");
    let fresh = key.proves("POST", "https://auth.example/oauth/token", None, app.clock.now());
    with_proof(&app, refresh(&client, &tokens), &fresh).await.ok();
}

#[actix_web::test]
async fn rfc9449_5_refresh_tokens_of_public_clients_are_bound() {
    let app = TestApp::start().await;
    let (key, thief) = (Key::new(), Key::new());
    let public = app.client().await;
    let tokens = connects(&app, &public, &key).await;
    refresh_refused(&app, &public, &tokens, None, "invalid_dpop_proof").await;
    refresh_refused(&app, &public, &tokens, Some(&thief), "invalid_grant").await;
    let proof = key.proves("POST", TOKEN, None, app.clock.now());
    let next = with_proof(&app, refresh(&public, &tokens), &proof).await.ok();
    app.later(Span::minutes(2));
    refresh_refused(&app, &public, &tokens, Some(&thief), "invalid_grant").await;
    let proof = key.proves("POST", TOKEN, None, app.clock.now());
    with_proof(&app, refresh(&public, &next), &proof).await.ok();

    let secretive = app.registers(confidential_client()).await;
    let tokens = connects(&app, &secretive, &key).await;
    let proof = thief.proves("POST", TOKEN, None, app.clock.now());
    let next = with_proof(&app, refresh(&secretive, &tokens), &proof).await.ok();
    assert_eq!(next.claims()["cnf"]["jkt"], thief.thumbprint.as_str(), "its secret binds it");
    secretive.refreshes(&next).await.ok();
}

async fn refresh_refused(app: &TestApp, client: &TestClient<'_>, tokens: &Tokens, by: Option<&Key>, error: &str) {
    let mut request = refresh(client, tokens);
    if let Some(key) = by {
        request = request.header("dpop", key.proves("POST", TOKEN, None, app.clock.now()));
    }
    app.send(request).await.refused(400, error);
}

#[actix_web::test]
async fn rfc9449_5_2_a_client_may_bind_itself() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["dpop_bound_access_tokens"] = json!(true);
    let client = app.registers(body).await;
    assert_eq!(client.registration["dpop_bound_access_tokens"], true);
    let code = app.ada().consents(&client).await;
    client.exchanges(&code).await.refused(400, "invalid_dpop_proof");
    let proof = Key::new().proves("POST", TOKEN, None, app.clock.now());
    with_proof(&app, exchange(&client, &code), &proof).await.ok();
}

#[actix_web::test]
async fn rfc9449_10_a_code_may_be_bound_before_it_exists() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (key, thief) = (Key::new(), Key::new());
    let ada = app.ada();
    let bad = client.asks().with(&[("dpop_jkt", "short")]);
    ada.asked(&bad).await.denied("invalid_request");
    let ask = client.asks().with(&[("dpop_jkt", &key.thumbprint)]);
    let code = ada.consents_to(&ask).await;
    client.exchanges(&code).await.refused(400, "invalid_dpop_proof");
    let stolen = thief.proves("POST", TOKEN, None, app.clock.now());
    with_proof(&app, exchange(&client, &code), &stolen).await.refused(400, "invalid_grant");
    let proof = key.proves("POST", TOKEN, None, app.clock.now());
    with_proof(&app, exchange(&client, &code), &proof).await.ok();
}

#[actix_web::test]
async fn rfc9449_10_1_a_pushed_request_binds_its_code_to_the_key_of_its_proof() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (key, other, par) = (Key::new(), Key::new(), "https://auth.example/par");
    let ask = client.asks();
    let fields: Vec<_> = ask.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let push = |more: &[(&str, &str)], proof: String| {
        let fields: Vec<_> = fields.iter().filter(|(name, _)| *name != "client_id").copied().collect();
        client.form("/par", &fields, more).header("dpop", proof)
    };
    let proof = |url: &str| key.proves("POST", url, None, app.clock.now());
    app.send(push(&[], proof(TOKEN))).await.refused(400, "invalid_dpop_proof");
    let named = [("dpop_jkt", other.thumbprint.as_str())];
    app.send(push(&named, proof(par))).await.refused(400, "invalid_dpop_proof");
    let body = app.send(push(&[], proof(par))).await.is(201).json();
    let ada = app.ada();
    let way = format!("/authorize?client_id={}&request_uri={}", client.id, body["request_uri"].as_str().unwrap());
    let code = match ada.goes(&way).await {
        Landing::Page(page) => ada.code(&ask, ada.decides(&page, "approve").await),
        Landing::Client(url) => panic!("{url}"),
    };
    let stolen = other.proves("POST", TOKEN, None, app.clock.now());
    with_proof(&app, exchange(&client, &code), &stolen).await.refused(400, "invalid_grant");
    with_proof(&app, exchange(&client, &code), &proof(TOKEN)).await.ok();
}

#[actix_web::test]
async fn rfc9449_7_1_the_gate_asks_for_the_proof_of_the_forwarded_request() {
    let app = TestApp::start().await;
    app.protects(FILES).await;
    let client = app.client().await;
    let (key, now) = (Key::new(), app.clock.now());
    let ask = client.asks().with(&[("resource", FILES)]);
    let code = app.ada().consents_to(&ask).await;
    let tokens = with_proof(&app, exchange(&client, &code), &key.proves("POST", TOKEN, None, now)).await.ok();
    let good = || key.proves("POST", FILES, Some(&tokens.access), now);

    let passed = shows(&app, &tokens, &good()).await;
    passed.is(200);
    assert_eq!(passed.header("x-auth-client-id"), client.id);

    let proof = good();
    shows(&app, &tokens, &proof).await.is(200);
    let again = shows(&app, &tokens, &proof).await;
    again.refused(401, "invalid_dpop_proof");
    let challenge = again.header("www-authenticate").to_owned();
    assert!(challenge.starts_with("DPoP algs=\"ES256 EdDSA Ed25519\", resource_metadata="), "{challenge}");
    assert!(challenge.ends_with("error=\"invalid_dpop_proof\""), "{challenge}");

    for (proof, error) in [
        (String::new(), "invalid_dpop_proof"),
        (key.proves("GET", FILES, Some(&tokens.access), now), "invalid_dpop_proof"),
        (key.proves("POST", "https://files.example/other", Some(&tokens.access), now), "invalid_dpop_proof"),
        (key.proves("POST", "https://auth.example/verify", Some(&tokens.access), now), "invalid_dpop_proof"),
        (key.proves("POST", FILES, None, now), "invalid_dpop_proof"),
        (key.proves("POST", FILES, Some("a.b.c"), now), "invalid_dpop_proof"),
        (key.proves("POST", FILES, Some(&tokens.access), now - Span::seconds(61)), "invalid_dpop_proof"),
        (Key::new().proves("POST", FILES, Some(&tokens.access), now), "invalid_token"),
    ] {
        let refused = shows(&app, &tokens, &proof).await;
        refused.refused(401, error);
        assert!(refused.header("www-authenticate").starts_with("DPoP "), "{refused:?}");
    }
    let unproven = gate(&app, "POST", "/mcp").header("authorization", format!("DPoP {}", tokens.access));
    app.send(unproven).await.refused(401, "invalid_dpop_proof");
    client.revokes(&tokens.access).await.is(200);
    shows(&app, &tokens, &good()).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn rfc9449_7_2_a_bound_token_is_no_bearer_token_and_the_other_way_round() {
    let app = TestApp::start().await;
    app.protects(FILES).await;
    let client = app.client().await;
    let (key, now) = (Key::new(), app.clock.now());
    let ask = client.asks().with(&[("resource", FILES)]);
    let code = app.ada().consents_to(&ask).await;
    let tokens = with_proof(&app, exchange(&client, &code), &key.proves("POST", TOKEN, None, now)).await.ok();
    for proof in [None, Some(key.proves("POST", FILES, Some(&tokens.access), now))] {
        let mut request = gate(&app, "POST", "/mcp").bearer_auth(&tokens.access);
        if let Some(proof) = &proof {
            request = request.header("dpop", proof);
        }
        let answer = app.send(request).await;
        answer.refused(401, "invalid_token");
        assert!(answer.header("www-authenticate").starts_with("DPoP algs="), "{answer:?}");
    }
    let code = app.ada().consents_to(&client.asks().with(&[("resource", FILES)])).await;
    let plain = client.exchanges(&code).await.ok();
    let proof = key.proves("POST", FILES, Some(&plain.access), now);
    shows(&app, &plain, &proof).await.refused(401, "invalid_token");
    app.send(gate(&app, "POST", "/mcp").bearer_auth(&plain.access)).await.is(200);
    let anonymous = app.send(gate(&app, "POST", "/mcp")).await;
    assert!(anonymous.is(401).header("www-authenticate").starts_with("Bearer "));
}

#[actix_web::test]
async fn rfc9449_5_devices_and_services_bind_their_tokens_too() {
    const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let app = TestApp::start().await;
    let (key, thief) = (Key::new(), Key::new());
    let proof = || key.proves("POST", TOKEN, None, app.clock.now());

    let job = app.writes(json!({"client_name": "Nightly job", "grant_types": ["client_credentials"]})).await;
    let asks = || job.form("/token", &[("grant_type", "client_credentials")], &[]);
    let tokens = with_proof(&app, asks(), &proof()).await.ok();
    assert_eq!((&tokens.body["token_type"], &tokens.claims()["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint)));
    app.gate(&tokens.access).await.refused(401, "invalid_token");

    let body = json!({"token_endpoint_auth_method": "none", "grant_types": [DEVICE_CODE, "refresh_token"]});
    let television = app.registers(body).await;
    let told = television.posts("/device_authorization", &[], &[]).await.body();
    let code = told["device_code"].as_str().unwrap();
    let polls = || television.form("/token", &[("grant_type", DEVICE_CODE), ("device_code", code)], &[]);
    with_proof(&app, polls(), &proof()).await.refused(400, "authorization_pending");
    let link = told["verification_uri_complete"].as_str().unwrap().strip_prefix("https://auth.example").unwrap();
    let ada = app.ada();
    let page = ada.goes(link).await.page();
    ada.posts(&form(&page.page(200), "/device"), Some(("decision", "approve"))).await.page(200);
    app.later(Span::seconds(10));
    let tokens = with_proof(&app, polls(), &proof()).await.ok();
    assert_eq!((&tokens.body["token_type"], &tokens.claims()["cnf"]["jkt"]), (&json!("DPoP"), &json!(key.thumbprint)));
    refresh_refused(&app, &television, &tokens, None, "invalid_dpop_proof").await;
    refresh_refused(&app, &television, &tokens, Some(&thief), "invalid_grant").await;
    with_proof(&app, refresh(&television, &tokens), &proof()).await.ok();
}

#[actix_web::test]
async fn rfc9449_7_userinfo_takes_bound_tokens_with_their_proof() {
    const USERINFO: &str = "https://auth.example/userinfo";
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp openid")]).await;
    let client = app.client().await;
    let (key, now) = (Key::new(), app.clock.now());
    let code = app.ada().consents_to(&client.asks().with(&[("scope", "openid")])).await;
    let tokens = with_proof(&app, exchange(&client, &code), &key.proves("POST", TOKEN, None, now)).await.ok();
    let asks = async |method: Method, path: &str, proof: &str| {
        let request = app.request(method, path).header("authorization", format!("DPoP {}", tokens.access));
        app.send(request.header("dpop", proof)).await
    };
    let proof = |method: &str, url: &str| key.proves(method, url, Some(&tokens.access), now);
    let good = proof("GET", USERINFO);
    assert_eq!(asks(Method::GET, "/userinfo", &good).await.body(), json!({"sub": "github:1"}));
    asks(Method::POST, "/oauth/userinfo", &proof("POST", &USERINFO.replace("/userinfo", "/oauth/userinfo")))
        .await
        .is(200);
    for (proof, error) in [
        (good, "invalid_dpop_proof"),
        (String::new(), "invalid_dpop_proof"),
        (proof("POST", USERINFO), "invalid_dpop_proof"),
        (proof("GET", TOKEN), "invalid_dpop_proof"),
        (key.proves("GET", USERINFO, None, now), "invalid_dpop_proof"),
        (Key::new().proves("GET", USERINFO, Some(&tokens.access), now), "invalid_token"),
    ] {
        let refused = asks(Method::GET, "/userinfo", &proof).await;
        refused.refused(401, error);
        let challenge = refused.header("www-authenticate");
        assert!(
            challenge.starts_with("DPoP algs=") && challenge.contains("oauth-protected-resource/userinfo"),
            "{challenge}"
        );
    }
    let bearer = app.send(app.request(Method::GET, "/userinfo").bearer_auth(&tokens.access)).await;
    assert!(bearer.refused(401, "invalid_token").header("www-authenticate").starts_with("DPoP "));
    let code = app.ada().consents_to(&client.asks().with(&[("scope", "openid")])).await;
    let plain = client.exchanges(&code).await.ok();
    let request = app.request(Method::GET, "/userinfo").header("authorization", format!("DPoP {}", plain.access));
    let proof = key.proves("GET", USERINFO, Some(&plain.access), now);
    app.send(request.header("dpop", proof)).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn rfc9449_8_where_a_nonce_is_asked_for_the_first_try_brings_it() {
    let app = TestApp::with(&[("DOORBOOK_DPOP_NONCES", "on")]).await;
    let client = app.client().await;
    let key = Key::new();
    let proof = |nonce: Option<&str>| key.proves_with("POST", TOKEN, None, app.clock.now(), nonce);
    let code = app.ada().consents(&client).await;
    let first = with_proof(&app, exchange(&client, &code), &proof(None)).await;
    first.refused(400, "use_dpop_nonce");
    let nonce = first.header("dpop-nonce").to_owned();
    assert!(first.header("access-control-expose-headers").contains("dpop-nonce") && nonce.len() > 20);
    with_proof(&app, exchange(&client, &code), &proof(Some("invented"))).await.refused(400, "use_dpop_nonce");
    let second = with_proof(&app, exchange(&client, &code), &proof(Some(&nonce))).await;
    assert_eq!(second.header("dpop-nonce"), nonce, "RFC 9449 section 8.2");
    let tokens = second.ok();
    app.audit().await.ends_with(["token_issued"]);

    app.later(Span::minutes(5));
    let refreshed = with_proof(&app, refresh(&client, &tokens), &proof(Some(&nonce))).await;
    let newer = refreshed.header("dpop-nonce").to_owned();
    assert_ne!(newer, nonce, "the old one counts, and a new one is there");
    app.later(Span::minutes(5));
    let late = with_proof(&app, refresh(&client, &refreshed.ok()), &proof(Some(&nonce))).await;
    late.refused(400, "use_dpop_nonce");
    assert!(![nonce, newer].contains(&late.header("dpop-nonce").to_owned()));
    let plain = client.exchanges(&app.ada().consents(&client).await).await;
    assert!(plain.0.is(200).header("dpop-nonce").is_empty(), "nobody else hears of it");

    let ask = client.asks();
    let fields: Vec<_> = ask.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let push = |nonce: Option<&str>| {
        let fields: Vec<_> = fields.iter().filter(|(name, _)| *name != "client_id").copied().collect();
        let proof = key.proves_with("POST", "https://auth.example/par", None, app.clock.now(), nonce);
        client.form("/par", &fields, &[]).header("dpop", proof)
    };
    let pushed = app.send(push(None)).await;
    let nonce = pushed.refused(400, "use_dpop_nonce").header("dpop-nonce");
    app.send(push(Some(nonce))).await.is(201);
}

#[actix_web::test]
async fn rfc9449_9_the_gate_asks_for_a_nonce_too() {
    let app = TestApp::with(&[("DOORBOOK_DPOP_NONCES", "on")]).await;
    app.protects(FILES).await;
    let client = app.client().await;
    let (key, now) = (Key::new(), app.clock.now());
    let nonce = app.desk.proofs.nonce(now).unwrap();
    let code = app.ada().consents_to(&client.asks().with(&[("resource", FILES)])).await;
    let proof = key.proves_with("POST", TOKEN, None, now, Some(&nonce));
    let tokens = with_proof(&app, exchange(&client, &code), &proof).await.ok();
    let refused = shows(&app, &tokens, &key.proves("POST", FILES, Some(&tokens.access), now)).await;
    refused.refused(401, "use_dpop_nonce");
    assert_eq!(refused.header("dpop-nonce"), nonce);
    let challenge = refused.header("www-authenticate");
    assert!(challenge.starts_with("DPoP ") && challenge.ends_with("error=\"use_dpop_nonce\""), "{challenge}");
    shows(&app, &tokens, &key.proves_with("POST", FILES, Some(&tokens.access), now, Some(&nonce))).await.is(200);
}

#[actix_web::test]
async fn rfc9728_2_a_server_may_take_bound_tokens_only() {
    let app = TestApp::start().await;
    let loose = app.protects(FILES).await;
    let client = app.client().await;
    let key = Key::new();
    let ask = || client.asks().with(&[("resource", FILES)]);
    let plain = client.exchanges(&app.ada().consents_to(&ask()).await).await.ok();
    app.gate_at(FILES, Some(&plain.access)).await.is(200);
    let document = async || {
        let request = app.request(Method::GET, "/.well-known/oauth-protected-resource/mcp");
        app.send(request.header("x-forwarded-host", "files.example")).await.body()
    };
    assert_eq!(document().await.get("dpop_bound_access_tokens_required"), None);

    app.protects_with(FILES, |resource| *resource = Resource { require_dpop: true, ..loose }).await;
    assert_eq!(document().await["dpop_bound_access_tokens_required"], true);
    let refused = app.gate_at(FILES, Some(&plain.access)).await;
    assert!(refused.refused(401, "invalid_token").header("www-authenticate").starts_with("DPoP algs="), "{refused:?}");
    app.audit().await.ends_with(["bearer_unbound"]);
    assert!(app.gate_at(FILES, None).await.is(401).header("www-authenticate").starts_with("DPoP algs="));
    client.refreshes(&plain).await.refused(400, "invalid_dpop_proof");
    let code = app.ada().consents_to(&ask()).await;
    client.exchanges(&code).await.refused(400, "invalid_dpop_proof");
    let proof = key.proves("POST", TOKEN, None, app.clock.now());
    let bound = with_proof(&app, exchange(&client, &code), &proof).await.ok();
    shows(&app, &bound, &key.proves("POST", FILES, Some(&bound.access), app.clock.now())).await.is(200);
}

#[actix_web::test]
async fn rfc9864_2_2_ed25519_is_taken_under_both_its_names() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for name in ["EdDSA", "Ed25519"] {
        let key = Key::edwards(name);
        let tokens = connects(&app, &client, &key).await;
        assert_eq!(tokens.claims()["cnf"]["jkt"], key.thumbprint.as_str(), "{name}");
    }
}

#[actix_web::test]
async fn rfc9449_6_2_introspection_shows_the_binding() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let key = Key::new();
    let tokens = connects(&app, &client, &key).await;
    let known = client.introspects(&tokens.access).await.body();
    assert_eq!((&known["active"], &known["token_type"]), (&json!(true), &json!("DPoP")));
    assert_eq!(known["cnf"], json!({"jkt": key.thumbprint}));
    let plain = client.exchanges(&app.ada().consents(&client).await).await.ok();
    assert_eq!(client.introspects(&plain.access).await.body().get("cnf"), None);
}

#[actix_web::test]
async fn rfc9449_5_1_the_metadata_names_the_algorithms() {
    let app = TestApp::start().await;
    let document = app.get("/.well-known/oauth-authorization-server").await.body();
    assert_eq!(document["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "Ed25519"]));
}
