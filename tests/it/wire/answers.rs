//! What every answer has in common: CORS, security headers, methods, limits, the old paths, and a refusal of the protocol for
//! whatever nonsense comes.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{confidential_client, public_client},
};

/// Endpoints that programs in browsers use, and what they take.
const SHARED: [(&str, &str); 9] = [
    ("/.well-known/oauth-authorization-server", "GET, HEAD, OPTIONS"),
    ("/.well-known/oauth-protected-resource/mcp", "GET, HEAD, OPTIONS"),
    ("/.well-known/jwks.json", "GET, HEAD, OPTIONS"),
    ("/jwks", "GET, HEAD, OPTIONS"),
    ("/register", "POST, OPTIONS"),
    ("/register/client_x", "GET, HEAD, PUT, DELETE, OPTIONS"),
    ("/token", "POST, OPTIONS"),
    ("/revoke", "POST, OPTIONS"),
    ("/introspect", "POST, OPTIONS"),
];

const PAGES: [&str; 8] = ["/", "/docs", "/success", "/authorize", "/callback", "/consent", "/sign-in", "/claim"];

async fn send(app: &TestApp, method: &str, path: &str) -> Answer {
    let request = app.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    app.send(request.header("origin", "http://localhost:6274")).await
}

#[actix_web::test]
async fn cors_preflights_are_answered_for_any_origin_without_credentials() {
    let app = TestApp::start().await;
    for (path, allow) in SHARED {
        let request = app
            .request(Method::OPTIONS, path)
            .header("origin", "http://localhost:6274")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type,mcp-protocol-version");
        let answer = app.send(request).await;
        answer.is(204);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), allow, "{path}");
        let headers = answer.header("access-control-allow-headers");
        for name in ["authorization", "content-type", "dpop", "mcp-protocol-version"] {
            assert!(headers.contains(name), "{path}: {headers}");
        }
        assert!(!answer.has("access-control-allow-credentials"), "{path}");
    }
}

#[actix_web::test]
async fn cors_errors_are_readable_too_and_say_what_may_be_read() {
    let app = TestApp::start().await;
    for (path, _) in SHARED {
        for method in ["GET", "POST", "DELETE", "PATCH"] {
            let answer = send(&app, method, path).await;
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{method} {path}");
            let exposed = answer.header("access-control-expose-headers");
            assert!(exposed.contains("www-authenticate") && exposed.contains("retry-after"), "{method} {path}");
        }
    }
    send(&app, "GET", "/nowhere").await.refused(404, "invalid_request");
}

#[actix_web::test]
async fn cors_is_never_on_pages() {
    let app = TestApp::start().await;
    for path in PAGES {
        for method in ["GET", "OPTIONS", "POST"] {
            let answer = send(&app, method, path).await;
            assert!(!answer.has("access-control-allow-origin"), "{method} {path}");
            assert!(answer.status < 500, "{method} {path}: {}", answer.status);
        }
    }
    for path in ["/admin", "/admin/clients"] {
        assert!(!send(&app, "GET", path).await.has("access-control-allow-origin"));
    }
}

#[actix_web::test]
async fn rfc9110_15_5_6_other_methods_are_405_with_what_is_allowed() {
    let app = TestApp::start().await;
    for (path, allow) in SHARED {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
            if allow.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let answer = send(&app, method, path).await;
            assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
            if method != "HEAD" {
                answer.refused(405, "invalid_request");
            }
        }
    }
}

#[actix_web::test]
async fn rfc9110_9_3_2_head_is_get_without_the_body() {
    let app = TestApp::start().await;
    for path in ["/.well-known/oauth-authorization-server", "/jwks", "/", "/docs", "/health", "/readyz"] {
        let (get, head) = (send(&app, "GET", path).await, send(&app, "HEAD", path).await);
        assert_eq!((get.status, head.status), (200, 200), "{path}");
        assert!(head.body.is_empty() && !get.body.is_empty());
        assert_eq!(get.header("content-type"), head.header("content-type"), "{path}");
    }
}

#[actix_web::test]
async fn headers_that_protect_are_on_every_answer() {
    let app = TestApp::start().await;
    let all = SHARED.iter().map(|(path, _)| *path).chain(PAGES).chain(["/nowhere", "/health", "/verify", "/admin"]);
    for path in all {
        let answer = send(&app, "GET", path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{path}");
        assert!(!answer.has("server") && !answer.has("x-powered-by"), "{path}");
    }
    for path in PAGES {
        let answer = send(&app, "GET", path).await;
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{path}");
        assert_eq!((answer.header("x-frame-options"), answer.header("referrer-policy")), ("DENY", "no-referrer"));
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let plain = TestApp::local().await;
    assert!(!plain.get("/").await.has("strict-transport-security"), "no TLS, no promise of it");
}

#[actix_web::test]
async fn cookies_are_for_nobody_else() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.consents(&client).await;
    let names: Vec<_> = ada.jar.borrow().keys().cloned().collect();
    assert_eq!(names, ["__Host-doorbook", "__Host-doorbook-browser"]);
    let fresh = app.ada();
    let first = fresh.opens(&client.asks().path()).await;
    let line = first.headers.get("set-cookie").unwrap().to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(line.contains(part) && !line.contains("Domain"), "{line}");
    }
    let local = TestApp::local().await;
    let client = local.client().await;
    let ada = local.ada();
    ada.consents(&client).await;
    let names: Vec<_> = ada.jar.borrow().keys().cloned().collect();
    assert_eq!(names, ["doorbook", "doorbook-browser"], "plain HTTP on loopback has no __Host-");
}

#[actix_web::test]
async fn the_old_paths_answer_the_same() {
    let app = TestApp::start().await;
    let client = crate::support::client::TestClient::registered(
        &app,
        app.post_json("/oauth/register", &public_client()).await.is(201).json(),
    );
    let ada = app.ada();
    let ask = client.asks();
    let page = ada.goes(&format!("/oauth{}", ask.path())).await.page();
    let code = ada.code(&ask, ada.decides(&page, "approve").await);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.code.as_str()),
        ("redirect_uri", &code.redirect_uri),
        ("code_verifier", &code.verifier),
        ("client_id", &client.id),
    ];
    let tokens = app.post_form("/oauth/token", &fields).await.body();
    let access = tokens["access_token"].as_str().unwrap();
    app.send(app.request(Method::GET, "/oauth/verify").bearer_auth(access)).await.is(200);
    let revoke = [("token", access), ("client_id", &client.id)];
    app.post_form("/oauth/revoke", &revoke).await.is(200);
    app.post_form("/oauth/introspect", &revoke).await.is(200);
    app.get("/oauth/callback").await.page(400);
    app.get("/oauth/jwks").await.is(200);
}

#[actix_web::test]
async fn pages_that_only_tell_tell_it_escaped() {
    let app = TestApp::start().await;
    let done = app.get("/success?code=abc%3Cscript%3Ealert(1)%3C/script%3E&state=x").await.page(200);
    assert!(done.contains("OAuth Success") && done.contains("Authorization Code:") && !done.contains("<script>alert"));
    let failed = app.get("/success?error=access_denied&error_description=%3Cb%3Eno").await.page(200);
    assert!(failed.contains("OAuth Error") && failed.contains("access_denied") && !failed.contains("<b>no"));
    app.get("/success").await.page(200);
    let error = app.get("/error?error=x%22onload=%22&error_description=%3Cimg%20src=x%3E").await.page(400);
    assert!(!error.contains("<img src"), "{error}");
    app.get("/error").await.page(400);
    for path in ["/health", "/healthz", "/readyz"] {
        app.get(path).await.is(200).json();
    }
    assert!(app.get("/docs").await.page(200).contains("https://auth.example/token"));
    app.get("/metrics").await.is(200);
    let proxied = app.request(Method::GET, "/metrics").header("x-forwarded-for", "203.0.113.9");
    app.send(proxied).await.refused(404, "invalid_request");
}

#[actix_web::test]
async fn everything_lives_under_a_public_url_with_a_path() {
    let app = TestApp::with(&[("DOORBOOK_PUBLIC_URL", "https://host.example/auth")]).await;
    let registered = app.post_json("/auth/register", &public_client()).await.is(201).json();
    let client = crate::support::client::TestClient::registered(&app, registered);
    let ada = app.ada();
    let ask = client.asks();
    let page = ada.goes(&format!("/auth{}", ask.path())).await.page();
    let code = ada.code(&ask, ada.decides(&page, "approve").await);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.code.as_str()),
        ("code_verifier", &code.verifier),
        ("client_id", &client.id),
    ];
    let tokens = app.post_form("/auth/token", &fields).await.body();
    let gate = app.request(Method::GET, "/auth/verify").bearer_auth(tokens["access_token"].as_str().unwrap());
    app.send(gate).await.is(200);
    for path in ["/token", "/register", "/authorize", "/", "/jwks", "/verify", "/authx/jwks"] {
        app.get(path).await.refused(404, "invalid_request");
    }
}

#[actix_web::test]
async fn rate_limits_say_429_and_when_to_come_back() {
    let app = TestApp::with(&[("DOORBOOK_RATE_LIMIT", "on"), ("DOORBOOK_SHARED_EGRESS", "160.79.104.0/21")]).await;
    let from = |ip: &'static str| {
        let request = app.request(Method::POST, "/register").header("x-forwarded-for", ip);
        app.send(request.json(&public_client()))
    };
    let mut refused = None;
    for n in 0..200 {
        let answer = from("203.0.113.9").await;
        if answer.status == 429 {
            assert!(n >= 60, "the burst is 60, refused at {n}");
            refused = Some(answer);
            break;
        }
        answer.is(201);
    }
    let refused = refused.unwrap();
    refused.refused(429, "temporarily_unavailable");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    from("203.0.113.10").await.is(201);
    from("6.6.6.6, 203.0.113.11").await.is(201);
    for _ in 0..70 {
        from("160.79.104.9").await.is(201);
    }
    let preflight = app.request(Method::OPTIONS, "/register").header("x-forwarded-for", "203.0.113.9");
    app.send(preflight).await.is(204);
    for _ in 0..200 {
        let gate = app.request(Method::GET, "/verify").header("x-forwarded-for", "203.0.113.9");
        app.send(gate).await.is(401);
    }
}

#[actix_web::test]
async fn people_who_ask_too_often_see_a_page() {
    let app = TestApp::with(&[("DOORBOOK_RATE_LIMIT", "on")]).await;
    let client = app.client().await;
    let path = client.asks().path();
    let mut refused = None;
    for _ in 0..200 {
        let answer = app.get(&path).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.location();
    }
    let refused = refused.expect("the bucket runs dry");
    assert!(refused.page(429).contains("Wait a moment"));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
}

#[actix_web::test]
async fn dos_01_bodies_over_64_kib_are_413_in_the_protocols_form() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let big = "x".repeat(70_000);
    for path in ["/token", "/revoke", "/introspect"] {
        app.post_form(path, &[("client_id", &client.id), ("token", &big)]).await.refused(413, "invalid_request");
    }
    let body = json!({"redirect_uris": ["https://a.example/cb"], "client_name": big});
    app.post_json("/register", &body).await.refused(413, "invalid_request");
    let put = app.request(Method::PUT, client.registration_uri()).bearer_auth(client.registration_token());
    app.send(put.json(&body)).await.refused(413, "invalid_request");
    app.post_form("/authorize", &[("client_id", &big)]).await.page(413);
    let fits = json!({"redirect_uris": ["https://a.example/cb"], "unknown": "x".repeat(60_000)});
    app.post_json("/register", &fits).await.is(201);
}
