//! RFC 6750 and RFC 9728: the gate and its challenges, and the documents of protected resources.

use doorbook::{
    base::{scope::ScopeSet, time::Span, user::Who},
    store::access,
};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{
    answer::{Answer, Tokens},
    app::{ISSUER, TestApp},
    client::TestClient,
};

const MCP: &str = "https://tools.example/mcp";

/// A token of Ada's for that resource.
async fn token_for(app: &TestApp, client: &TestClient<'_>, resource: &str) -> Tokens {
    let code = app.ada().consents_to(&client.asks().with(&[("resource", resource)])).await;
    client.exchanges(&code).await.ok()
}

/// What a proxy asks about a request to a protected server.
fn forwarded(app: &TestApp, host: &str, method: &str) -> RequestBuilder {
    app.request(Method::GET, "/verify")
        .header("x-forwarded-method", method)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", host)
        .header("x-forwarded-uri", "/mcp")
}

async fn shows(app: &TestApp, headers: &[&str]) -> Answer {
    let mut request = app.request(Method::GET, "/verify");
    for header in headers {
        request = request.header("authorization", *header);
    }
    app.send(request).await
}

#[actix_web::test]
async fn fwd_02_who_passes_has_every_identity_header_and_no_body() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    for path in ["/verify", "/oauth/verify"] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::OPTIONS] {
            let answer = app.send(app.request(method, path).bearer_auth(&tokens.access)).await;
            answer.is(200);
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("x-user-id"), "github:1");
            assert_eq!(answer.header("x-user-name"), "ada");
            assert_eq!(answer.header("x-auth-token"), tokens.claims()["jti"].as_str().unwrap());
            assert_eq!(answer.header("x-auth-client-id"), client.id);
            assert_eq!(answer.header("x-auth-scope"), "mcp");
            assert!(answer.has("x-auth-email") && answer.header("x-auth-email").is_empty());
        }
    }
}

#[actix_web::test]
async fn fwd_02_the_bearer_itself_goes_on_only_by_the_switch() {
    let app = TestApp::with(&[("DOORBOOK_GATE_SENDS_BEARER", "on")]).await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    assert_eq!(app.gate(&tokens.access).await.header("x-auth-token"), tokens.access);
}

#[actix_web::test]
async fn rfc6750_3_without_a_token_there_is_a_challenge_and_no_error() {
    let app = TestApp::start().await;
    let answer = shows(&app, &[]).await;
    answer.is(401);
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"doorbook\"");
    assert!(answer.json()["error"].is_string());
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn rfc6750_3_1_bad_tokens_are_401_with_their_error() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let access = &tokens.access;
    let parts: Vec<_> = access.split('.').collect();
    let bearer = |token: &str| format!("Bearer {token}");
    for headers in [
        vec![bearer("nonsense")],
        vec![bearer("a.b.c")],
        vec![bearer(&tokens.refresh)],
        vec![bearer(client.registration_token())],
        vec![bearer(&format!("{access}x"))],
        vec![bearer(&format!("{}.{}.", parts[0], parts[1]))],
        vec![bearer(&format!("{}.{}", parts[0], parts[1]))],
        vec![bearer(&format!("{access} {access}"))],
        vec![bearer(""), bearer(access)],
        vec![bearer(access), bearer(access)],
        vec![access.clone()],
        vec!["Bearer".into()],
        vec!["Basic YTpi".into()],
        vec!["DPoP x".into()],
        vec![String::new()],
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let answer = shows(&app, &headers).await;
        answer.is(401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{headers:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.has("x-user-id"));
    }
    let lower = shows(&app, &[&format!("bearer  {access}")]).await;
    lower.is(200);
    let binary = app.request(Method::GET, "/verify").header("authorization", &b"Bearer \xff\xfe"[..]);
    app.send(binary).await.is(401);
}

#[actix_web::test]
async fn rfc6750_2_2_tokens_count_in_the_header_only() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let access = app.ada().connects(&client).await.access;
    app.get(&format!("/verify?access_token={access}")).await.is(401);
    app.post_form("/verify", &[("access_token", &access)]).await.is(401);
    let cookie = app.request(Method::GET, "/verify").header("cookie", format!("access_token={access}"));
    app.send(cookie).await.is(401);
}

#[actix_web::test]
async fn fwd_06_a_session_is_no_token() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.connects(&client).await;
    assert!(!ada.jar.borrow().is_empty());
    ada.opens("/verify").await.is(401);
}

#[actix_web::test]
async fn cau_12_forged_tokens_are_refused() {
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    let app = TestApp::with(&[("DOORBOOK_SIGNING_ALGORITHM", "RS256")]).await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let claims = tokens.claims();
    let jwks = app.get("/jwks").await;
    let kid = jwks.body()["keys"][0]["kid"].as_str().unwrap().to_owned();
    let encode = |header: serde_json::Value, signature: &str| {
        use base64::Engine as _;
        let part = |text: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{signature}", part(header.to_string()), part(claims.to_string()))
    };
    let mut forged = vec![
        encode(json!({"alg": "none", "typ": "at+jwt"}), ""),
        encode(json!({"alg": "None", "typ": "at+jwt", "kid": kid}), ""),
        encode(json!({"alg": "RS256", "typ": "at+jwt", "kid": kid}), ""),
        encode(json!({"alg": "RS256", "typ": "at+jwt", "kid": kid}), "AAAA"),
        encode(json!({"alg": "RS256", "typ": "at+jwt", "kid": kid, "crit": ["x"], "x": 1}), "AAAA"),
        encode(json!({"alg": "RS256", "typ": "at+jwt", "jku": "https://evil.example/jwks"}), "AAAA"),
        encode(json!({"alg": "RS256", "typ": "at+jwt", "kid": "../../etc/passwd"}), "AAAA"),
    ];
    for secret in ["", "secret", "password", ISSUER, &jwks.text(), &kid] {
        for typ in ["at+jwt", "JWT"] {
            let mut header = Header::new(Algorithm::HS256);
            (header.kid, header.typ) = (Some(kid.clone()), Some(typ.to_owned()));
            let key = EncodingKey::from_secret(secret.as_bytes());
            forged.push(jsonwebtoken::encode(&header, &claims, &key).unwrap());
        }
    }
    for token in forged {
        let answer = app.gate(&token).await;
        answer.refused(401, "invalid_token");
    }
    app.gate(&tokens.access).await.is(200);
}

#[actix_web::test]
async fn rfc9068_4_a_token_that_is_not_in_the_book_is_judged_by_its_signature() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let long_after = app.call().now + Span::days(1);
    app.desk.store.record(move |tx| access::delete_expired(tx, long_after, 10)).await.unwrap();
    let (signed, signature) = tokens.access.rsplit_once('.').unwrap();
    let other: String = signature.chars().rev().collect();
    app.gate(&format!("{signed}.{other}")).await.refused(401, "invalid_token");
    app.gate(&tokens.access).await.is(200);
}

#[actix_web::test]
async fn aud_05_a_token_of_another_installation_is_refused() {
    let (ours, theirs) = (TestApp::start().await, TestApp::start().await);
    let client = theirs.client().await;
    let tokens = theirs.ada().connects(&client).await;
    theirs.gate(&tokens.access).await.is(200);
    ours.gate(&tokens.access).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn rfc6750_3_1_a_token_ends_on_the_second() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    app.later(Span::seconds(3_599));
    app.gate(&tokens.access).await.is(200);
    app.later(Span::seconds(1));
    app.gate(&tokens.access).await.refused(401, "invalid_token");
    app.audit().await.ends_with(["bearer_expired"]);
}

#[actix_web::test]
async fn rfc9728_5_1_the_challenge_leads_to_the_document() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| resource.required_scopes = ScopeSet::parse("mcp")).await;
    let url = "https://tools.example/.well-known/oauth-protected-resource/mcp";
    let first = app.gate_at(&format!("{MCP}/messages?x=1"), None).await;
    first.is(401);
    assert_eq!(first.header("www-authenticate"), format!("Bearer resource_metadata=\"{url}\", scope=\"mcp\""));
    let bad = app.gate_at(MCP, Some("nonsense")).await;
    bad.refused(401, "invalid_token");
    assert_eq!(
        bad.header("www-authenticate"),
        format!("Bearer resource_metadata=\"{url}\", scope=\"mcp\", error=\"invalid_token\"")
    );
    let document = app.request(Method::GET, "/.well-known/oauth-protected-resource/mcp");
    let document = app.send(document.header("x-forwarded-host", "tools.example")).await;
    assert_eq!(
        document.body(),
        json!({
            "resource": MCP,
            "authorization_servers": [ISSUER],
            "scopes_supported": ["mcp"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519"],
            "resource_name": "Tools",
        })
    );
    assert_eq!(document.header("access-control-allow-origin"), "*");
}

#[actix_web::test]
async fn rfc9728_3_1_documents_are_found_by_host_and_path() {
    let app = TestApp::start().await;
    for uri in ["https://a.example", "https://a.example/mcp", "https://B.example/", "https://c.example:8443/x/"] {
        app.protects(uri).await;
    }
    for (host, path, found) in [
        ("a.example", "", Some("https://a.example")),
        ("a.example", "/", Some("https://a.example")),
        ("a.example", "/mcp", Some("https://a.example/mcp")),
        ("a.example", "/mcp/", Some("https://a.example/mcp")),
        ("A.EXAMPLE", "/mcp", Some("https://a.example/mcp")),
        ("b.example", "", Some("https://B.example/")),
        ("c.example:8443", "/x", Some("https://c.example:8443/x/")),
        ("c.example", "/x", None),
        ("a.example", "/other", None),
        ("a.example", "/mcp/deeper", None),
        ("d.example", "", None),
        ("auth.example", "", None),
        ("a.example, b.example", "", None),
        ("a.example/", "", None),
    ] {
        let path = format!("{}/.well-known/oauth-protected-resource{path}", app.at);
        for header in ["host", "x-forwarded-host"] {
            if header == "host" && host.contains([',', '/']) {
                continue;
            }
            let answer = app.send(app.http.get(&path).header(header, host)).await;
            match found {
                Some(uri) => assert_eq!(answer.body()["resource"], uri, "{header} {host} {path}"),
                None => drop(answer.refused(404, "invalid_request")),
            }
        }
    }
}

#[actix_web::test]
async fn rfc9728_2_the_scopes_of_a_resource_leave_offline_access_out() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| {
        resource.scopes =
            vec![("files:read".into(), "Read your files".into()), ("offline_access".into(), String::new())];
        resource.required_scopes = ScopeSet::parse("files:use");
    })
    .await;
    let request = app.request(Method::GET, "/.well-known/oauth-protected-resource/mcp");
    let answer = app.send(request.header("x-forwarded-host", "tools.example")).await;
    assert_eq!(answer.body()["scopes_supported"], json!(["files:read", "files:use"]));
}

#[actix_web::test]
async fn rfc6750_3_1_a_scope_that_is_missing_is_403_with_all_that_are_needed() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp admin offline_access")]).await;
    app.protects_with(MCP, |resource| resource.required_scopes = ScopeSet::parse("mcp admin")).await;
    let client = app.client().await;
    let code = app.ada().consents_to(&client.asks().with(&[("resource", MCP), ("scope", "mcp")])).await;
    let less = client.exchanges(&code).await.ok();
    let answer = app.gate_at(MCP, Some(&less.access)).await;
    answer.refused(403, "insufficient_scope");
    let challenge = answer.header("www-authenticate");
    for part in ["scope=\"mcp admin\"", "error=\"insufficient_scope\"", "resource_metadata=\"https://tools.example/"] {
        assert!(challenge.contains(part), "{challenge}");
    }
    let code = app.ada().consents_to(&client.asks().with(&[("resource", MCP), ("scope", "admin mcp")])).await;
    let all = client.exchanges(&code).await.ok();
    app.gate_at(MCP, Some(&all.access)).await.is(200);
    let none = app.ada().consents_to(&client.asks().with(&[("resource", MCP)])).await;
    let required = client.exchanges(&none).await.ok();
    assert_eq!(required.body["scope"], "mcp admin", "no scope asks for what the resource requires");
}

#[actix_web::test]
async fn a_person_who_is_not_meant_gets_403_and_no_step_up() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    let client = app.client().await;
    let tokens = token_for(&app, &client, MCP).await;
    app.protects_with(MCP, |resource| resource.people = vec![Who::Login("grace".into())]).await;
    let answer = app.gate_at(MCP, Some(&tokens.access)).await;
    answer.refused(403, "access_denied");
    assert!(!answer.has("www-authenticate"));
    let code = app.grace().consents_to(&client.asks().with(&[("resource", MCP)])).await;
    let hers = client.exchanges(&code).await.ok();
    app.gate_at(MCP, Some(&hers.access)).await.is(200);
}

#[actix_web::test]
async fn aud_01_a_token_for_one_server_is_nothing_at_another() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects("https://other.example/mcp").await;
    app.protects("https://tools.example/mcp/private").await;
    let client = app.client().await;
    let tokens = token_for(&app, &client, MCP).await;
    for (url, status) in [
        ("https://tools.example/mcp", 200),
        ("https://tools.example/mcp/", 200),
        ("https://tools.example/mcp/messages", 200),
        ("https://TOOLS.example:443/mcp", 200),
        ("wss://tools.example/mcp", 200),
        ("https://tools.example/mcp/private", 401),
        ("https://tools.example/mcp/private/x", 401),
        ("https://tools.example/mcp/privateer", 200),
        ("https://other.example/mcp", 401),
        ("https://tools.example/mcpx", 403),
        ("https://tools.example/", 403),
        ("http://tools.example/mcp", 403),
        ("https://tools.example:8443/mcp", 403),
        ("https://nobody.example/mcp", 403),
    ] {
        let answer = app.gate_at(url, Some(&tokens.access)).await;
        assert_eq!(answer.status, status, "{url}: {}", answer.text());
    }
    app.gate(&tokens.access).await.refused(403, "access_denied");
}

#[actix_web::test]
async fn while_no_server_was_ever_registered_a_token_is_good_where_its_audience_is() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let bound = token_for(&app, &client, MCP).await;
    let free = app.ada().connects(&client).await;
    assert_eq!((&bound.claims()["aud"], &free.claims()["aud"]), (&json!(MCP), &json!(ISSUER)));
    for (url, bound_status) in [
        ("https://tools.example/mcp", 200),
        ("https://tools.example/mcp/x", 200),
        ("https://tools.example/mcpx", 401),
        ("https://tools.example/", 401),
        ("https://other.example/mcp", 401),
    ] {
        assert_eq!(app.gate_at(url, Some(&bound.access)).await.status, bound_status, "{url}");
        app.gate_at(url, Some(&free.access)).await.is(200);
    }
    app.gate(&bound.access).await.refused(401, "invalid_token");
}

#[actix_web::test]
async fn taking_the_last_server_out_does_not_open_everything_again() {
    use doorbook::{base::event::Actor, flows::resources};
    let app = TestApp::start().await;
    let client = app.client().await;
    let free = app.ada().connects(&client).await;
    app.gate(&free.access).await.is(200);
    let resource = app.protects(MCP).await;
    app.gate(&free.access).await.refused(403, "access_denied");
    app.gate_at(MCP, Some(&free.access)).await.refused(401, "invalid_token");
    resources::remove(&app.desk, &app.call(), &Actor::CommandLine, &resource.uri).await.unwrap();
    app.gate(&free.access).await.refused(403, "access_denied");
    app.gate_at(MCP, Some(&free.access)).await.refused(403, "access_denied");
    let unknown = app.ada().asked(&client.asks().with(&[("resource", MCP)])).await;
    unknown.denied("invalid_target");
}

#[actix_web::test]
async fn fwd_04_a_forwarded_method_never_passes_anything() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects_with("https://spa.example/mcp", |resource| resource.allow_preflight = true).await;
    for method in ["GET", "POST", "OPTIONS", "HEAD", "options", "TRACE"] {
        app.send(forwarded(&app, "tools.example", method)).await.is(401);
    }
    let preflight = app.send(forwarded(&app, "spa.example", "OPTIONS")).await;
    preflight.is(200);
    assert!(preflight.has("x-user-id") && preflight.header("x-user-id").is_empty(), "nothing is smuggled past");
    app.send(forwarded(&app, "spa.example", "POST")).await.is(401);
    app.send(forwarded(&app, "spa.example", "OPTIONS").bearer_auth("nonsense")).await.is(401);
}

#[actix_web::test]
async fn fwd_05_what_can_be_read_in_two_ways_is_400() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    let client = app.client().await;
    let tokens = token_for(&app, &client, MCP).await;
    for path in [
        "/mcp/../admin",
        "/mcp/./x",
        "/mcp//x",
        "/mcp/%2e%2e/x",
        "/mcp%2fx",
        "/mcp\\x",
        "/mcp/..;/x",
        "/mcp/%00",
        "/mcp/%252e",
        "mcp",
        "https://tools.example/mcp",
    ] {
        let request = app
            .request(Method::GET, "/verify")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "tools.example")
            .header("x-forwarded-uri", path);
        app.send(request.bearer_auth(&tokens.access)).await.refused(400, "invalid_request");
    }
    for twice in ["x-forwarded-host", "x-forwarded-proto", "x-forwarded-uri"] {
        let request = app
            .request(Method::GET, "/verify")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "tools.example")
            .header("x-forwarded-uri", "/mcp")
            .header(twice, "/mcp");
        app.send(request.bearer_auth(&tokens.access)).await.refused(400, "invalid_request");
    }
}

#[actix_web::test]
async fn fwd_03_only_the_configured_headers_of_a_trusted_proxy_count() {
    let nginx = TestApp::with(&[("DOORBOOK_PROXY_HEADERS", "nginx")]).await;
    nginx.protects(MCP).await;
    let client = nginx.client().await;
    let tokens = token_for(&nginx, &client, MCP).await;
    nginx.gate_at(MCP, Some(&tokens.access)).await.refused(403, "access_denied");
    let request =
        nginx.request(Method::GET, "/verify").header("x-original-url", MCP).header("x-original-method", "GET");
    nginx.send(request.bearer_auth(&tokens.access)).await.is(200);
    let elsewhere = nginx.request(Method::GET, "/verify").header("x-original-url", "https://other.example/");
    let elsewhere = elsewhere.header("x-forwarded-host", "tools.example").header("x-forwarded-uri", "/mcp");
    nginx.send(elsewhere.bearer_auth(&tokens.access)).await.refused(403, "access_denied");

    let nobody = TestApp::with(&[("DOORBOOK_TRUSTED_PROXIES", "192.0.2.1")]).await;
    nobody.protects(MCP).await;
    let client = nobody.client().await;
    let tokens = token_for(&nobody, &client, MCP).await;
    nobody.gate_at(MCP, Some(&tokens.access)).await.refused(403, "access_denied");
}

#[actix_web::test]
async fn fwd_03_identity_headers_of_the_request_mean_nothing() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let request = app.request(Method::GET, "/verify").header("x-user-id", "github:2").header("x-user-name", "grace");
    let answer = app.send(request.bearer_auth(&tokens.access)).await;
    assert_eq!((answer.header("x-user-id"), answer.header("x-user-name")), ("github:1", "ada"));
}

#[actix_web::test]
async fn browsers_get_a_page_and_programs_get_json() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    let ask = |accept: &'static str| {
        let request = app.request(Method::GET, "/verify").header("accept", accept);
        let request = request.header("x-forwarded-proto", "https").header("x-forwarded-host", "tools.example");
        app.send(request.header("x-forwarded-uri", "/mcp"))
    };
    let browser = ask("text/html,application/xhtml+xml,*/*;q=0.8").await;
    let program = ask("application/json, text/event-stream").await;
    assert_eq!(browser.header("www-authenticate"), program.header("www-authenticate"));
    let page = browser.page(401);
    // It stands at somebody else's address: nothing is loaded from there.
    assert!(page.contains("DB-") && !page.contains("stylesheet") && !page.contains("<script"), "{page}");
    program.is(401).json();
    ask("*/*").await.is(401).json();
}

#[actix_web::test]
async fn servers_of_the_configuration_file_are_in_the_register() {
    let file = r#"
        [[resources]]
        url = "https://tools.example/mcp"
        name = "Tool shed"
        required_scopes = ["mcp"]
    "#;
    let app = TestApp::with_file(&[], file).await;
    let first = app.gate_at(MCP, None).await;
    assert!(first.is(401).header("www-authenticate").contains("scope=\"mcp\""), "{first:?}");
    let client = app.client().await;
    let tokens = token_for(&app, &client, MCP).await;
    app.gate_at(MCP, Some(&tokens.access)).await.is(200);
    let document = app.request(Method::GET, "/.well-known/oauth-protected-resource/mcp");
    let document = app.send(document.header("x-forwarded-host", "tools.example")).await.body();
    assert_eq!(document["resource_name"], "Tool shed");
}

#[actix_web::test]
async fn fwd_04_a_preflight_that_passes_as_nobodys_sends_nothing_on() {
    let app = TestApp::with(&[("DOORBOOK_GATE_SENDS_BEARER", "on")]).await;
    app.protects_with("https://spa.example/mcp", |resource| resource.allow_preflight = true).await;
    for header in ["X evil", "Basic ZXZpbDpldmls", "X \u{e9}"] {
        let preflight = forwarded(&app, "spa.example", "OPTIONS");
        let answer = app.send(preflight.header("authorization", header.as_bytes())).await;
        assert_eq!(answer.is(200).header("x-auth-token"), "", "{header}");
    }
}
