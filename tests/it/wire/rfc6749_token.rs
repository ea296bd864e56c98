//! RFC 6749 sections 2.3, 3.2, 4.1.3, 5 and 6: the token endpoint.

use doorbook::base::time::Span;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{TestClient, confidential_client, encoded, public_client},
};

/// A form as it stands, with that `Authorization` header.
async fn posts(app: &TestApp, authorization: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let mut request = app.request(Method::POST, "/token").form(fields);
    if let Some(header) = authorization {
        request = request.header("authorization", header);
    }
    app.send(request).await
}

fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

#[actix_web::test]
async fn rfc6749_5_1_the_reply_is_whole_and_kept_nowhere() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    let answer = client.exchanges(&code).await;
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let tokens = answer.ok();
    let mut members: Vec<_> = tokens.body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
    assert_eq!(tokens.body["token_type"], "Bearer");
    assert_eq!(tokens.body["expires_in"], 3_600);
    assert!(tokens.refresh.starts_with("dbr_") && code.code.starts_with("dbc_"));
    app.audit().await.ends_with(["consent_given", "token_issued"]);
}

#[actix_web::test]
async fn rfc6749_1_5_no_refresh_token_for_a_client_that_did_not_register_the_grant() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["grant_types"] = json!(["authorization_code"]);
    let client = app.registers(body).await;
    let code = app.ada().consents_to(&client.asks().with(&[("scope", "mcp offline_access")])).await;
    let tokens = client.exchanges(&code).await.ok();
    assert_eq!(tokens.body.get("refresh_token"), None);
    let other = app.client().await;
    let theirs = app.ada().connects(&other).await;
    client.refreshes(&theirs).await.refused(400, "unauthorized_client");
}

#[actix_web::test]
async fn rfc6749_4_1_2_a_code_is_good_for_sixty_seconds_and_once() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let in_time = ada.consents(&client).await;
    app.later(Span::seconds(59));
    let tokens = client.exchanges(&in_time).await.ok();
    let late = ada.consents(&client).await;
    app.later(Span::seconds(60));
    client.exchanges(&late).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["code_expired"]);
    client.exchanges(&in_time).await.refused(400, "invalid_grant");
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
}

#[actix_web::test]
async fn rfc6749_4_1_3_a_code_belongs_to_its_client_and_its_redirect() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.client().await);
    let confidential = app.registers(confidential_client()).await;
    let code = app.ada().consents(&client).await;
    other.exchanges(&code).await.refused(400, "invalid_grant");
    confidential.exchanges(&code).await.refused(400, "invalid_grant");
    for uri in ["https://evil.example/cb", "https://notebook.example/callback/", "https://notebook.example/callback?"] {
        client.exchanges_with(&code, &[("redirect_uri", uri)]).await.refused(400, "invalid_grant");
    }
    client.exchanges(&code).await.ok();
    let secretive = app.ada().consents(&confidential).await;
    let stolen = [("client_id", confidential.id.as_str()), ("+client_id", "")];
    let without = confidential.posts("/token", &[("grant_type", "authorization_code")], &stolen[..0]).await;
    without.refused(400, "invalid_request");
    let bare = TestClient { secret: None, ..TestClient::registered(&app, confidential.registration.clone()) };
    bare.exchanges(&secretive).await.refused(401, "invalid_client");
    confidential.exchanges(&secretive).await.ok();
}

#[actix_web::test]
async fn oauth_2_1_4_1_3_redirect_uri_may_be_absent_at_the_token_endpoint() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    client.exchanges_with(&code, &[("-redirect_uri", "")]).await.ok();
}

#[actix_web::test]
async fn rfc6749_5_2_each_mistake_has_its_code() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let code = app.ada().consents(&client).await;
    for (changes, error) in [
        (vec![("-grant_type", "")], "invalid_request"),
        (vec![("grant_type", "")], "invalid_request"),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![("grant_type", "client_credentials")], "unauthorized_client"),
        (vec![("grant_type", "urn:ietf:params:oauth:grant-type:device_code")], "invalid_request"),
        (vec![("grant_type", "Authorization_Code")], "unsupported_grant_type"),
        (vec![("+grant_type", "authorization_code")], "invalid_request"),
        (vec![("-code", "")], "invalid_request"),
        (vec![("code", "nonsense")], "invalid_grant"),
        (vec![("code", "dbc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")], "invalid_grant"),
        (vec![("code", &tokens.refresh)], "invalid_grant"),
        (vec![("code", &tokens.access)], "invalid_grant"),
        (vec![("+code", &code.code)], "invalid_request"),
        (vec![("-code_verifier", "")], "invalid_request"),
        (vec![("+code_verifier", &code.verifier)], "invalid_request"),
        (vec![("resource", "nonsense")], "invalid_target"),
        (vec![("resource", "https://other.example/mcp")], "invalid_target"),
        (vec![("resource", "https://a.example/"), ("+resource", "https://b.example/")], "invalid_target"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", &code.code)], "invalid_grant"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", &tokens.access)], "invalid_grant"),
    ] {
        let answer = client.exchanges_with(&code, &changes).await;
        assert_eq!(answer.json()["error"], error, "{changes:?}");
        answer.refused(400, error);
    }
    client.exchanges_with(&code, &[("audience", "x"), ("nonce", "y"), ("scope", "")]).await.ok();
}

#[actix_web::test]
async fn rfc6749_2_3_1_a_secret_may_come_by_header_or_body_whatever_was_registered() {
    let app = TestApp::start().await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let mut body = confidential_client();
        body["token_endpoint_auth_method"] = json!(method);
        let client = app.registers(body).await;
        let secret = client.secret.clone().unwrap();
        let fields = [("grant_type", "authorization_code")];
        let by_header = posts(&app, Some(&basic(&client.id, &secret)), &fields).await;
        by_header.refused(400, "invalid_request");
        let both = [fields[0], ("client_id", &client.id)];
        posts(&app, Some(&basic(&client.id, &secret)), &both).await.refused(400, "invalid_request");
        let by_body = [fields[0], ("client_id", &client.id), ("client_secret", &secret)];
        posts(&app, None, &by_body).await.refused(400, "invalid_request");
        let lower = basic(&client.id, &secret).replace("Basic", "bAsIc");
        posts(&app, Some(&lower), &fields).await.refused(400, "invalid_request");
        let encoded: String = secret.bytes().map(|b| format!("%{b:02X}")).collect();
        let form_encoded = basic(&client.id.replace('_', "%5F"), &encoded);
        posts(&app, Some(&form_encoded), &fields).await.refused(400, "invalid_request");
    }
    // `invalid_request` is about the missing code: whoever hears it was let past the question who they are.
}

#[actix_web::test]
async fn rfc6749_5_2_who_does_not_prove_themselves_hears_401_and_the_same_words() {
    let app = TestApp::start().await;
    let (client, other) = (app.registers(confidential_client()).await, app.registers(confidential_client()).await);
    let public = app.client().await;
    let deleted = app.registers(confidential_client()).await;
    deleted.deletes().await.is(204);
    let secret = client.secret.clone().unwrap();
    let grant = ("grant_type", "authorization_code");
    let mut words = std::collections::BTreeSet::new();
    let big = "x".repeat(30_000);
    for (id, wrong) in [
        (&client.id, "wrong"),
        (&client.id, ""),
        (&client.id, "\u{0}"),
        (&client.id, big.as_str()),
        (&client.id, &format!("{secret}x")),
        (&client.id, &secret[..secret.len() - 1]),
        (&client.id, other.secret.as_ref().unwrap()),
        (&"client_nobody".to_owned(), &secret),
        (&deleted.id, deleted.secret.as_ref().unwrap()),
        (&public.id, "anything"),
    ] {
        let answer = posts(&app, Some(&basic(id, wrong)), &[grant]).await;
        answer.refused(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"doorbook\"");
        words.insert(answer.text());
        let answer = posts(&app, None, &[grant, ("client_id", id), ("client_secret", wrong)]).await;
        if wrong.is_empty() && *id == public.id {
            continue;
        }
        answer.refused(401, "invalid_client");
        assert!(!answer.has("www-authenticate"));
        words.insert(answer.text());
    }
    assert_eq!(words.len(), 1, "{words:?}");
    let by_id_only = posts(&app, None, &[grant, ("client_id", &client.id)]).await;
    by_id_only.refused(401, "invalid_client");
    posts(&app, None, &[grant]).await.refused(401, "invalid_client");
    posts(&app, None, &[grant, ("client_id", "client_nobody")]).await.refused(401, "invalid_client");
    app.audit().await.has("secret_wrong");
}

#[actix_web::test]
async fn rfc6749_2_3_one_method_in_a_request() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let secret = client.secret.clone().unwrap();
    let header = basic(&client.id, &secret);
    let grant = ("grant_type", "authorization_code");
    let two = posts(&app, Some(&header), &[grant, ("client_id", &client.id), ("client_secret", &secret)]).await;
    two.refused(400, "invalid_request");
    posts(&app, Some(&header), &[grant, ("client_id", "client_other")]).await.refused(400, "invalid_request");
    let assertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let fields = [grant, ("client_assertion_type", assertion), ("client_assertion", "eyJhbGciOiJub25lIn0.e30.")];
    posts(&app, None, &fields).await.refused(401, "invalid_client");
    posts(&app, Some(&header), &fields).await.refused(400, "invalid_request");
    let twice = app.request(Method::POST, "/token").header("authorization", &header).header("authorization", &header);
    app.send(twice.form(&[grant])).await.refused(400, "invalid_request");
    for id in ["+client_id", "+client_secret"] {
        let fields = [(&id[1..], client.id.as_str()), (&id[1..], client.id.as_str()), grant];
        posts(&app, None, &fields).await.refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn cau_05_a_malformed_header_is_a_refusal_of_the_protocol() {
    let app = TestApp::start().await;
    for header in ["Basic", "Basic ", "Basic !!!", "Basic YWJj", "Basic Og==", "Bearer abc", "Digest x", "nonsense"] {
        let answer = posts(&app, Some(header), &[("grant_type", "authorization_code")]).await;
        answer.refused(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"doorbook\"", "{header}");
    }
}

#[actix_web::test]
async fn rfc6749_3_2_the_form_is_the_only_way_in() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    let fields: Vec<(String, String)> = [
        ("grant_type", "authorization_code"),
        ("client_id", &client.id),
        ("code", &code.code),
        ("code_verifier", &code.verifier),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let query = format!("/token?{}", encoded(&fields));
    app.get(&query).await.refused(405, "invalid_request");
    app.send(app.request(Method::POST, &query)).await.refused(400, "invalid_request");
    let empty = app.request(Method::POST, &query).form(&[("grant_type", "authorization_code")]);
    app.send(empty).await.refused(401, "invalid_client");
    let json: serde_json::Map<_, _> = fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let as_json = app.post_json("/token", &json.into()).await;
    let words = as_json.refused(400, "invalid_request").json()["error_description"].to_string();
    assert!(words.contains("application/x-www-form-urlencoded"), "{words}");
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rfc6749_6_scope_and_resource_can_only_shrink() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ask = client.asks().with(&[("scope", "mcp offline_access"), ("resource", "https://tools.example/mcp")]);
    let first = client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
    client.refreshes_with(&first, &[("scope", "mcp admin")]).await.refused(400, "invalid_scope");
    client.refreshes_with(&first, &[("resource", "https://other.example/mcp")]).await.refused(400, "invalid_target");
    let less = client.refreshes_with(&first, &[("scope", "mcp")]).await.ok();
    assert_eq!((&less.body["scope"], &less.claims()["scope"]), (&json!("mcp"), &json!("mcp")));
    let same = [("scope", "mcp offline_access"), ("resource", "https://tools.example/mcp")];
    let again = client.refreshes_with(&less, &same).await.ok();
    assert_eq!(again.body["scope"], "mcp offline_access", "what was granted stays the limit");
    assert_eq!(again.claims()["aud"], "https://tools.example/mcp");
}

#[actix_web::test]
async fn rfc6749_6_a_refresh_token_belongs_to_its_client() {
    let app = TestApp::start().await;
    let (client, other) = (app.client().await, app.client().await);
    let confidential = app.registers(confidential_client()).await;
    let tokens = app.ada().connects(&client).await;
    other.refreshes(&tokens).await.refused(400, "invalid_grant");
    confidential.refreshes(&tokens).await.refused(400, "invalid_grant");
    let stranger = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    posts(&app, None, &stranger).await.refused(401, "invalid_client");
    client.refreshes(&tokens).await.ok();
}

#[actix_web::test]
async fn rfc6749_6_refresh_tokens_slide_and_end() {
    let app = TestApp::with(&[("DOORBOOK_REFRESH_TOKEN_LIFETIME", "10d")]).await;
    let client = app.client().await;
    let mut tokens = app.ada().connects(&client).await;
    for _ in 0..5 {
        app.later(Span::days(9));
        tokens = client.refreshes(&tokens).await.ok();
    }
    app.later(Span::days(10));
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["refresh_expired"]);
}

#[actix_web::test]
async fn a_chosen_end_of_the_grant_ends_its_tokens() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks();
    let page = ada.asked(&ask).await.page();
    let form = crate::support::form::form(&page.text(), "/consent").fill("life", "hour");
    let landing = ada.follows(ada.posts(&form, Some(("decision", "approve"))).await).await;
    let tokens = client.exchanges(&ada.code(&ask, landing)).await.ok();
    app.later(Span::minutes(59));
    let last = client.refreshes(&tokens).await.ok();
    assert!(last.body["expires_in"].as_i64().unwrap() <= 60, "{}", last.body);
    app.later(Span::seconds(61));
    app.gate(&last.access).await.refused(401, "invalid_token");
    client.refreshes(&last).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["bearer_expired", "grant_time_over"]);
}
