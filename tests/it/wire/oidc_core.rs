//! OpenID Connect Core: clients that ask who signed in.

use doorbook::{
    base::{event::Actor, id::UserId, key::KeyPurpose, scope::ScopeSet, time::Span, user::Who},
    flows::{access as access_flow, keys},
    store::users,
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    answer::{Answer, Tokens},
    app::{ISSUER, TestApp},
    client::{TestClient, confidential_client},
    form::form,
    github::{Mood, Sent},
};

const ALL: &str = "openid profile email mcp offline_access";
const FILES: &str = "https://files.example/mcp";

async fn started() -> TestApp {
    TestApp::with(&[("DOORBOOK_SCOPES", ALL)]).await
}

async fn connects(app: &TestApp, client: &TestClient<'_>, scope: &str) -> Tokens {
    let code = app.ada().consents_to(&client.asks().with(&[("scope", scope)])).await;
    client.exchanges(&code).await.ok()
}

/// As a client does it: the key by its id, the algorithm that discovery names, issuer, and itself as the audience.
async fn verified(app: &TestApp, tokens: &Tokens, client: &TestClient<'_>) -> Value {
    let token = tokens.body["id_token"].as_str().unwrap();
    let set: JwkSet = serde_json::from_slice(&app.get("/jwks").await.body).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::RS256, Some("JWT")));
    let key = set.find(header.kid.as_deref().unwrap()).unwrap();
    let mut checks = Validation::new(Algorithm::RS256);
    checks.set_audience(&[&client.id]);
    checks.set_issuer(&[ISSUER]);
    checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The story plays at a time of its own.
    checks.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &checks).unwrap().claims
}

async fn userinfo(app: &TestApp, method: Method, token: &str) -> Answer {
    app.send(app.request(method, "/userinfo").bearer_auth(token)).await
}

async fn email_of(app: &TestApp, user: &'static str) -> Option<String> {
    let found = app.desk.store.read(move |reader| users::find(reader, &UserId::new(user))).await;
    found.unwrap().unwrap().email
}

#[actix_web::test]
async fn oidc_core_3_1_3_3_the_code_gives_an_id_token_for_the_client() {
    let app = started().await;
    let client = app.client().await;
    let signed_in = app.clock.now().unix();
    let ask = client.asks().with(&[("scope", "openid mcp"), ("nonce", "n-0S6_WzA2Mj"), ("resource", FILES)]);
    let code = app.ada().consents_to(&ask).await;
    app.later(Span::seconds(30));
    let tokens = client.exchanges(&code).await.ok();
    let mut claims = verified(&app, &tokens, &client).await;
    let hash = claims.as_object_mut().unwrap().remove("at_hash").unwrap();
    assert_eq!(hash, doorbook::crypto::digest::half_sha256_base64url(tokens.access.as_bytes()));
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "sub": "github:1", "aud": client.id, "iat": signed_in + 30,
            "exp": signed_in + 30 + 3_600, "auth_time": signed_in, "nonce": "n-0S6_WzA2Mj",
        })
    );
    assert_eq!(tokens.claims()["aud"], FILES, "the access token is for the resource");
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid;
    assert_ne!(kid(tokens.body["id_token"].as_str().unwrap()), kid(&tokens.access));
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_whoever_does_not_ask_gets_none_and_a_nonce_has_an_end() {
    let app = started().await;
    let client = app.client().await;
    let plain = connects(&app, &client, "mcp profile").await;
    assert_eq!(plain.body.get("id_token"), None);
    userinfo(&app, Method::GET, &plain.access).await.refused(403, "insufficient_scope");
    let without = connects(&app, &client, "openid").await;
    assert_eq!(verified(&app, &without, &client).await.get("nonce"), None);
    for (nonce, good) in [("x".repeat(1_024), true), ("x".repeat(1_025), false)] {
        let landing = app.ada().asked(&client.asks().with(&[("scope", "openid"), ("nonce", &nonce)])).await;
        if good {
            landing.page().page(200);
        } else {
            landing.denied("invalid_request");
        }
    }
    let off = TestApp::start().await;
    let client = off.client().await;
    let tokens = connects(&off, &client, "openid email mcp").await;
    assert_eq!((tokens.body.get("id_token"), &tokens.body["scope"]), (None, &json!("mcp")));
}

#[actix_web::test]
async fn oidc_core_12_2_a_refresh_says_the_same_again_without_the_nonce() {
    let app = started().await;
    let client = app.client().await;
    let ask = client.asks().with(&[("scope", "openid mcp"), ("nonce", "once")]);
    let first = client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
    let before = verified(&app, &first, &client).await;
    app.later(Span::minutes(10));
    let second = client.refreshes(&first).await.ok();
    let after = verified(&app, &second, &client).await;
    for member in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(before[member], after[member]);
    }
    assert_eq!((after["iat"].as_i64().unwrap(), after.get("nonce")), (app.clock.now().unix(), None));
    let again = client.refreshes(&first).await.ok();
    assert_eq!(again.body, second.body, "a repeat gets the identical reply, this token included");
    let less = client.refreshes_with(&second, &[("scope", "mcp")]).await.ok();
    assert_eq!(less.body.get("id_token"), None);
}

#[actix_web::test]
async fn oidc_core_5_3_userinfo_says_what_the_scopes_allow() {
    let app = started().await;
    let client = app.client().await;
    for (scope, known) in [
        ("openid", json!({"sub": "github:1"})),
        ("openid profile", json!({"sub": "github:1", "preferred_username": "ada"})),
        ("openid email", json!({"sub": "github:1", "email": "ada@mail.example", "email_verified": true})),
    ] {
        let ask = client.asks().with(&[("scope", scope), ("resource", FILES)]);
        let tokens = client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
        for method in [Method::GET, Method::POST] {
            let answer = userinfo(&app, method, &tokens.access).await;
            assert_eq!(answer.body(), known, "whatever resource it is for");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
        }
    }
}

#[actix_web::test]
async fn oidc_core_5_3_3_userinfo_refuses_as_a_protected_resource_does() {
    let app = started().await;
    let client = app.client().await;
    let tokens = connects(&app, &client, "openid mcp").await;
    let metadata =
        format!("resource_metadata=\"{ISSUER}/.well-known/oauth-protected-resource/userinfo\", scope=\"openid\"");
    let anonymous = app.get("/userinfo").await;
    anonymous.refused(401, "invalid_request");
    assert_eq!(anonymous.header("www-authenticate"), format!("Bearer {metadata}"));
    assert!(anonymous.header("access-control-expose-headers").contains("www-authenticate"));
    for wrong in [tokens.body["id_token"].as_str().unwrap(), &tokens.refresh, "nonsense"] {
        let answer = userinfo(&app, Method::GET, wrong).await;
        answer.refused(401, "invalid_token");
        assert_eq!(answer.header("www-authenticate"), format!("Bearer {metadata}, error=\"invalid_token\""));
    }
    let less = client.refreshes_with(&tokens, &[("scope", "mcp")]).await.ok();
    let answer = userinfo(&app, Method::GET, &less.access).await;
    answer.refused(403, "insufficient_scope");
    assert!(answer.header("www-authenticate").ends_with("scope=\"openid\", error=\"insufficient_scope\""));
    app.get(&format!("/userinfo?access_token={}", tokens.access)).await.refused(401, "invalid_request");
    app.audit().await.ends_with(["scope_insufficient"]);
    let document = app.get("/.well-known/oauth-protected-resource/userinfo").await.body();
    assert_eq!(
        (&document["resource"], &document["scopes_supported"]),
        (&json!(format!("{ISSUER}/userinfo")), &json!(["openid", "profile", "email"]))
    );

    client.revokes(&tokens.access).await.is(200);
    userinfo(&app, Method::GET, &tokens.access).await.refused(401, "invalid_token");
    let fresh = connects(&app, &client, "openid").await;
    userinfo(&app, Method::GET, &fresh.access).await.is(200);
    app.later(Span::hours(1));
    userinfo(&app, Method::GET, &fresh.access).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn oidc_core_5_3_nobody_hears_of_somebody_who_was_shut_out() {
    let app = started().await;
    access_flow::add(&app.desk, &app.call(), &Actor::CommandLine, vec![Who::parse("eve").unwrap()], member())
        .await
        .unwrap();
    let client = app.client().await;
    let eve = crate::support::person::Person::new(&app, 9, "eve");
    let code = eve.consents_to(&client.asks().with(&[("scope", "openid")])).await;
    let tokens = client.exchanges(&code).await.ok();
    userinfo(&app, Method::GET, &tokens.access).await.is(200);
    access_flow::remove(&app.desk, &app.call(), &Actor::CommandLine, Who::parse("eve").unwrap(), member())
        .await
        .unwrap();
    userinfo(&app, Method::GET, &tokens.access).await.refused(403, "access_denied");
}

fn member() -> doorbook::base::user::Role {
    doorbook::base::user::Role::Member
}

#[actix_web::test]
async fn oidc_core_5_4_an_address_is_asked_for_only_where_a_client_may_know_it() {
    let app = started().await;
    let client = app.client().await;
    let ada = app.ada();
    let plain = client.exchanges(&ada.consents_to(&client.asks().with(&[("scope", "openid mcp")])).await).await.ok();
    assert_eq!(plain.claims().get("email"), None);
    assert_eq!(app.gate(&plain.access).await.header("x-auth-email"), "");
    let asked = |scope: &str| Sent { scope: scope.into(), login: None };
    assert_eq!((app.github().sent(), email_of(&app, "github:1").await), (vec![asked("read:user")], None));

    // Ada is signed in, but GitHub was never asked.
    let ask = client.asks().with(&[("scope", "email mcp")]);
    let open = client.exchanges(&ada.consents_to(&ask).await).await.ok();
    assert_eq!(app.github().sent()[1..], [asked("read:user user:email")]);
    assert_eq!(open.claims()["email"], "ada@mail.example");
    assert_eq!(app.gate(&open.access).await.header("x-auth-email"), "ada@mail.example");
    let less = client.refreshes_with(&open, &[("scope", "mcp")]).await.ok();
    assert_eq!(less.claims().get("email"), None);
    client.exchanges(&ada.consents_to(&client.asks().with(&[("scope", "email mcp")])).await).await.ok();
    assert_eq!(app.github().sent().len(), 2, "once is enough");
}

#[actix_web::test]
async fn oidc_core_5_4_without_a_verified_address_there_is_none() {
    let app = started().await;
    app.github().is(Mood::Discreet);
    let client = app.client().await;
    let tokens = connects(&app, &client, "openid email").await;
    assert_eq!(tokens.claims().get("email"), None);
    assert_eq!(userinfo(&app, Method::GET, &tokens.access).await.body(), json!({"sub": "github:1"}));
    let local = TestApp::with_local(&[("DOORBOOK_SCOPES", ALL)]).await;
    let client = local.client().await;
    let tokens = connects(&local, &client, "openid email").await;
    assert_eq!(userinfo(&local, Method::GET, &tokens.access).await.body(), json!({"sub": "local:ada"}));
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_a_login_hint_goes_on_to_github() {
    let app = started().await;
    let client = app.client().await;
    for (hint, login) in [
        ("Ada", Some("ada")),
        ("ada@mail.example", None),
        ("github:1", None),
        ("*", None),
        ("a b&x=y", None),
        ("", None),
    ] {
        app.ada().asked(&client.asks().with(&[("login_hint", hint)])).await.page();
        assert_eq!(app.github().sent().pop().unwrap().login.as_deref(), login, "{hint}");
    }
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_an_id_token_hint_says_whom_the_client_expects() {
    let app = started().await;
    let client = app.registers(confidential_client()).await;
    let (ada, grace) = (app.ada(), app.grace());
    let asks = |more: &[(&str, &str)]| client.asks().with(&[("scope", "openid mcp")]).with(more);
    let tokens = client.exchanges(&ada.consents_to(&asks(&[])).await).await.ok();
    client.exchanges(&grace.consents_to(&asks(&[])).await).await.ok();
    let hint = tokens.body["id_token"].as_str().unwrap();

    // However long ago it was given.
    app.later(Span::hours(2));
    let silent = asks(&[("prompt", "none"), ("id_token_hint", hint)]);
    let landing = ada.asked(&silent).await;
    let fresh = client.exchanges(&ada.code(&silent, landing)).await.ok();
    assert_eq!(fresh.claims()["sub"], "github:1");
    grace.asked(&silent).await.denied("login_required");
    app.audit().await.ends_with(["hint_other"]);

    // With pages: another person comes back from the sign-in, and the client hears that.
    let ask = asks(&[("id_token_hint", hint)]);
    grace.asked(&ask).await.denied("login_required");
    app.audit().await.ends_with(["hint_other"]);

    let other = app.registers(confidential_client()).await;
    let foreign = other.exchanges(&grace.consents_to(&other.asks().with(&[("scope", "openid")])).await).await.ok();
    let foreign = foreign.body["id_token"].as_str().unwrap();
    for unknown in [foreign, "a.b.c", tokens.access.as_str()] {
        let more = [("prompt", "none"), ("id_token_hint", unknown)];
        grace.asked(&asks(&more)).await.denied("login_required");
        app.audit().await.ends_with(["hint_unknown"]);
        // With a page it says nothing.
        client.exchanges(&grace.consents_to(&asks(&more[1..])).await).await.ok();
    }
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_max_age_and_prompt_login_make_auth_time_new() {
    let app = started().await;
    let client = app.client().await;
    let ada = app.ada();
    let auth_time = async |changes: &[(&str, &str)]| {
        let code = ada.consents_to(&client.asks().with(&[("scope", "openid")]).with(changes)).await;
        verified(&app, &client.exchanges(&code).await.ok(), &client).await["auth_time"].as_i64().unwrap()
    };
    let first = auth_time(&[]).await;
    app.later(Span::minutes(10));
    assert_eq!(auth_time(&[("max_age", "600")]).await, first);
    app.later(Span::seconds(1));
    assert_eq!(auth_time(&[("max_age", "600")]).await, first + 601);
    app.later(Span::seconds(5));
    assert_eq!(auth_time(&[("prompt", "login")]).await, first + 606);
    assert_eq!(auth_time(&[]).await, first + 606);
}

#[actix_web::test]
async fn oidc_core_3_1_2_6_a_silent_request_is_answered_without_a_page() {
    let app = started().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    let silent = |scope: &str| client.asks().with(&[("scope", scope), ("prompt", "none")]);
    ada.asked(&silent("openid")).await.denied("login_required");
    ada.consents_to(&client.asks().with(&[("scope", "openid profile")])).await;
    let ask = silent("openid");
    let landing = ada.asked(&ask).await;
    let tokens = client.exchanges(&ada.code(&ask, landing)).await.ok();
    assert_eq!(verified(&app, &tokens, &client).await["sub"], "github:1");
    ada.asked(&silent("openid email")).await.denied("login_required");
    ada.consents_to(&client.asks().with(&[("scope", "openid email")])).await;
    let ask = silent("openid email");
    let landing = ada.asked(&ask).await;
    client.exchanges(&ada.code(&ask, landing)).await.ok();
}

#[actix_web::test]
async fn oidc_core_3_1_2_4_consent_says_what_each_scope_means() {
    let app = started().await;
    let client = app.client().await;
    let page = app.ada().asked(&client.asks().with(&[("scope", "openid profile email")])).await.page().page(200);
    for sentence in ["Know that it is you", "See your name and your login", "See your primary e-mail address"] {
        assert!(page.contains(sentence), "{sentence} is not in {page}");
    }
}

#[actix_web::test]
async fn oidc_core_5_4_the_scopes_go_with_every_resource() {
    let app = started().await;
    app.protects_with(FILES, |resource| resource.scopes = vec![("files:read".into(), "Read files".into())]).await;
    let client = app.client().await;
    let ask = client.asks().with(&[("scope", "openid files:read mcp"), ("resource", FILES)]);
    let tokens = client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
    assert_eq!(tokens.body["scope"], "openid files:read");
    verified(&app, &tokens, &client).await;
    let request = app.request(Method::GET, "/.well-known/oauth-protected-resource/mcp");
    let document = app.send(request.header("x-forwarded-host", "files.example")).await.body();
    assert_eq!(document["scopes_supported"], json!(["files:read"]));
}

#[actix_web::test]
async fn oidc_core_2_nobody_signed_in_for_a_service() {
    let app = started().await;
    let service = json!({"client_name": "Nightly job", "grant_types": ["client_credentials"]});
    let job = app.writes(service).await;
    let fields = [("grant_type", "client_credentials"), ("scope", "openid email mcp")];
    let answer = job.posts("/token", &fields, &[]).await.body();
    assert_eq!((answer.get("id_token"), &answer["scope"]), (None, &json!("mcp")));
}

#[actix_web::test]
async fn oidc_core_10_1_the_keys_of_id_tokens_rotate_on_their_own() {
    let app = started().await;
    let client = app.client().await;
    let old = connects(&app, &client, "openid").await;
    let made = keys::rotate(&app.desk, &app.call(), Actor::CommandLine, KeyPurpose::IdTokens, true).await.unwrap();
    assert_eq!(made.algorithm.as_str(), "RS256");
    let new = client.refreshes(&old).await.ok();
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    assert_eq!(kid(new.body["id_token"].as_str().unwrap()), made.id.as_str());
    assert_eq!(kid(&new.access), kid(&old.access));
    for tokens in [&old, &new] {
        verified(&app, tokens, &client).await;
    }
    let algorithms =
        |set: Value| set["keys"].as_array().unwrap().iter().map(|key| key["alg"].clone()).collect::<Vec<_>>();
    assert_eq!(algorithms(app.get("/jwks").await.body()), ["ES256", "RS256", "RS256"]);
}

#[actix_web::test]
async fn oidc_core_17_an_address_is_forgotten_when_no_client_may_know_it_any_more() {
    let app = started().await;
    let client = app.client().await;
    let tokens = connects(&app, &client, "email mcp").await;
    app.later(Span::days(2));
    let forget = async || {
        let before = app.clock.now() - Span::days(1);
        app.desk.store.record(move |tx| users::forget_emails(tx, before, 10)).await.unwrap()
    };
    assert_eq!((forget().await, email_of(&app, "github:1").await.as_deref()), (0, Some("ada@mail.example")));
    client.revokes(&tokens.refresh).await.is(200);
    assert_eq!((forget().await, email_of(&app, "github:1").await), (1, None));
    assert_eq!(forget().await, 0);
    connects(&app, &client, "email mcp").await;
    assert_eq!(email_of(&app, "github:1").await.as_deref(), Some("ada@mail.example"));
}

#[actix_web::test]
async fn oidc_core_3_1_3_3_a_device_hears_who_let_it_in() {
    const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let app = started().await;
    let body = json!({"token_endpoint_auth_method": "none", "grant_types": [DEVICE_CODE, "refresh_token"]});
    let client = app.registers(body).await;
    let ada = app.ada();
    ada.goes("/device").await.page();
    let told = client.posts("/device_authorization", &[("scope", "openid email")], &[]).await.body();
    let link = told["verification_uri_complete"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let page = ada.goes(link).await.page();
    let asked = app.github().sent().pop().unwrap();
    assert_eq!((asked.scope.as_str(), asked.login.as_deref()), ("read:user user:email", Some("ada")));
    ada.posts(&form(&page.page(200), "/device"), Some(("decision", "approve"))).await.page(200);
    let fields = [("grant_type", DEVICE_CODE), ("device_code", told["device_code"].as_str().unwrap())];
    let answer = client.posts("/token", &fields, &[]).await;
    let tokens = crate::support::answer::TokenAnswer(answer).ok();
    let claims = verified(&app, &tokens, &client).await;
    assert_eq!((&claims["sub"], claims.get("nonce")), (&json!("github:1"), None));
    let known = userinfo(&app, Method::GET, &tokens.access).await.body();
    assert_eq!(known["email"], "ada@mail.example");
}

#[actix_web::test]
async fn oidc_core_5_4_a_scope_that_stays_unticked_gives_nothing() {
    let app = started().await;
    let client = app.client().await;
    let ask = client.asks().with(&[("scope", "openid email")]);
    let ada = app.ada();
    let page = ada.asked(&ask).await.page();
    let question = form(&page.page(200), "/consent");
    let fields = question.fields.iter().filter(|(name, value)| name != "scope" || value == "openid").cloned().collect();
    let less = crate::support::form::Form { fields, ..question };
    let landing = ada.follows(ada.posts(&less, Some(("decision", "approve"))).await).await;
    let tokens = client.exchanges(&ada.code(&ask, landing)).await.ok();
    assert_eq!(ScopeSet::parse(tokens.body["scope"].as_str().unwrap()), ScopeSet::parse("openid"));
    assert_eq!(tokens.claims().get("email"), None);
    assert_eq!(userinfo(&app, Method::GET, &tokens.access).await.body(), json!({"sub": "github:1"}));
}
