//! Doorbook and a protected server behind real proxies, configured as `docs/PROXIES.md` says.

pub(crate) mod guarded;
pub(crate) mod recipe;

use doorbook::{
    base::{scope::ScopeSet, user::Who},
    oauth::verify::HEADERS,
};
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, Version, redirect::Policy};
use serde_json::json;

use self::{
    guarded::{Guarded, raw, values},
    recipe::{Kind, Place, Proxy, blocks, free_port},
};
use crate::support::{
    answer::{Answer, Tokens},
    app::{ISSUER, TestApp},
    client::TestClient,
};

const OTHER: &str = "https://other.example/mcp";

/// A proxy with Doorbook and a protected server behind it.
struct Setting {
    kind: Kind,
    /// All its requests go through the proxy.
    app: TestApp,
    guarded: Guarded,
    port: u16,
    /// The protected server, as clients name it.
    mcp: String,
    proxy: Proxy,
}

/// Speaks TLS, and trusts that authority alone.
#[expect(clippy::disallowed_methods, reason = "tests stand outside")]
fn trusting(root: &str) -> ClientBuilder {
    let root = Certificate::from_pem(root.as_bytes()).unwrap();
    Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([root])
}

impl Setting {
    async fn start(kind: Kind) -> Self {
        Self::start_with(kind, false).await
    }

    async fn start_with(kind: Kind, tls: bool) -> Self {
        let scopes = "mcp deep offline_access";
        let mut app = TestApp::with(&[("DOORBOOK_PROXY_HEADERS", kind.name()), ("DOORBOOK_SCOPES", scopes)]).await;
        let (guarded, port) = (Guarded::start(), free_port());
        let doorbook = app.at.trim_start_matches("http://").to_owned();
        let proxy = Proxy::start(kind, &Place { port, doorbook: &doorbook, guarded: &guarded.at, tls });
        app.reach.at = format!("{}://127.0.0.1:{port}", if tls { "https" } else { "http" });
        if tls {
            // The stories name the host in a header of its own, which is no way of HTTP/2's.
            app.reach.http = trusting(&proxy.root).http1_only().build().unwrap();
        }
        let mcp = format!("{}/mcp", app.at);
        app.protects_with(&mcp, |resource| resource.required_scopes = ScopeSet::parse("mcp")).await;
        app.protects(OTHER).await;
        Self { kind, app, guarded, port, mcp, proxy }
    }

    /// A request to the protected server's host, as a client makes it.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.http.request(method, format!("{}{path}", self.app.at))
    }

    async fn asks(&self, method: Method, path: &str, token: Option<&str>) -> Answer {
        let request = self.request(method, path);
        self.app.send(if let Some(token) = token { request.bearer_auth(token) } else { request }).await
    }

    async fn token_for(&self, client: &TestClient<'_>, resource: &str) -> Tokens {
        let ask = client.asks().with(&[("resource", resource), ("scope", "mcp")]);
        client.exchanges(&self.app.ada().consents_to(&ask).await).await.ok()
    }

    /// A token for the protected server.
    async fn token(&self) -> String {
        self.token_for(&self.app.client().await, &self.mcp).await.access
    }

    fn challenge(&self) -> String {
        let document = format!("{}/.well-known/oauth-protected-resource/mcp", self.app.at);
        format!("Bearer resource_metadata=\"{document}\", scope=\"mcp\"")
    }

    /// Nothing came through to the server.
    #[track_caller]
    fn was_shut(&self, told: &str) {
        assert_eq!(self.guarded.reached(), 0, "{:?}: {told} came through", self.kind);
    }
}

#[test]
fn every_recipe_takes_every_header_from_the_gate() {
    for language in ["nginx", "caddyfile", "yaml"] {
        let recipe = blocks(language).to_lowercase();
        for name in HEADERS {
            assert!(recipe.contains(name), "{language}: {name}");
        }
    }
}

#[actix_web::test]
async fn doorbook_itself_stands_behind_it() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let app = &setting.app;
        let metadata = app.get("/.well-known/oauth-authorization-server").await.body();
        assert_eq!(metadata["issuer"], ISSUER);
        let client = app.client().await;
        let tokens = setting.token_for(&client, &setting.mcp).await;
        client.refreshes(&tokens).await.ok();
        client.deletes().await.is(204);
        assert_eq!(app.get("/metrics").await.status, 404, "{kind:?}: a proxy on this machine is not this machine");
        let big = app.request(Method::POST, "/register").header("content-type", "application/json");
        app.send(big.body("x".repeat(100_000))).await.refused(413, "invalid_request");
    }
}

#[actix_web::test]
async fn a_stranger_gets_the_whole_challenge_and_finds_the_way() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD] {
            let mut request = setting.request(method.clone(), "/mcp?x=1").header("origin", "https://page.example");
            if method == Method::POST {
                request = request.json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
            }
            let answer = setting.app.send(request).await;
            assert_eq!(answer.is(401).header("www-authenticate"), setting.challenge(), "{kind:?} {method}");
            if method == Method::HEAD {
                assert!(answer.body.is_empty());
            } else {
                answer.refused(401, "invalid_request");
            }
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{kind:?} {method}");
            assert!(answer.header("access-control-expose-headers").contains("WWW-Authenticate"));
        }
        let document = setting.asks(Method::GET, "/.well-known/oauth-protected-resource/mcp", None).await;
        assert_eq!(document.body()["resource"], setting.mcp.as_str());
        assert_eq!(document.body()["authorization_servers"], json!([ISSUER]));
        assert_eq!(document.header("access-control-allow-origin"), "*");
        let forged = setting.request(Method::GET, "/.well-known/oauth-protected-resource/mcp");
        let forged = setting.app.send(forged.header("x-forwarded-host", "other.example")).await;
        assert_eq!(forged.body()["resource"], setting.mcp.as_str(), "{kind:?}");
        let older = setting.asks(Method::GET, "/.well-known/oauth-authorization-server", None).await;
        assert_eq!(older.body()["issuer"], ISSUER);
        let page = setting.app.send(setting.request(Method::GET, "/mcp").header("accept", "text/html")).await;
        assert!(page.is(401).text().contains("DB-") && page.header("content-type").starts_with("text/html"));
        setting.was_shut("a stranger");
    }
}

#[actix_web::test]
async fn fwd_03_the_server_hears_the_gates_identity_and_no_other() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let client = setting.app.client().await;
        let tokens = setting.token_for(&client, &setting.mcp).await;
        let claims = tokens.claims();
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let mut request = setting.request(method.clone(), "/mcp/a%20b?x=%2F..%2f&y=//").bearer_auth(&tokens.access);
            for name in HEADERS {
                request = request.header(name, "smuggled").header(name, "twice");
                for separator in ["_", "."] {
                    request = request.header(name.replace('-', separator), "smuggled");
                }
                let (front, back) = name.rsplit_once('-').unwrap();
                request = request.header(name.replacen('-', "_", 1), "smuggled");
                request = request.header(format!("{front}_{back}"), "smuggled");
            }
            let answer = setting.app.send(request.body("words")).await;
            let seen = answer.is(200).json();
            assert_eq!((&seen["method"], &seen["body"]), (&json!(method.as_str()), &json!("words")), "{kind:?}");
            assert_eq!(seen["target"], "/mcp/a%20b?x=%2F..%2f&y=//", "{kind:?}");
            assert!(!answer.text().contains("smuggled") && !answer.text().contains("twice"), "{kind:?}: {seen:#}");
            let one = |name: &str| match values(&seen, name).as_slice() {
                [value] => (*value).to_owned(),
                all => panic!("{kind:?}: {name} {all:?}"),
            };
            assert_eq!((one("x-user-id"), one("x-user-name")), ("github:1".into(), "ada".into()), "{kind:?}");
            assert_eq!(one("x-auth-token"), claims["jti"].as_str().unwrap());
            assert_eq!((one("x-auth-client-id"), one("x-auth-scope")), (client.id.clone(), "mcp".into()));
            assert!(values(&seen, "x-auth-email").iter().all(|value| value.is_empty()), "{kind:?}");
            assert_eq!(values(&seen, "host"), [format!("127.0.0.1:{}", setting.port)]);
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{kind:?}: not the server's own too");
            assert_eq!(answer.header("mcp-session-id"), "s1");
            assert!(!answer.has("x-user-id") && !answer.has("x-auth-token"), "{kind:?}: these are for the server");
        }
        setting.asks(Method::HEAD, "/mcp", Some(&tokens.access)).await.is(200);
        assert_eq!(setting.guarded.reached(), 4);
        for status in [401, 403, 404, 500] {
            let own = setting.asks(Method::POST, &format!("/mcp/says/{status}"), Some(&tokens.access)).await;
            assert_eq!(own.is(status).header("www-authenticate"), "Own words", "{kind:?}");
            assert_eq!(own.text(), "its own", "{kind:?}: what the server says is the server's");
        }
    }
}

#[actix_web::test]
async fn aud_01_what_is_not_for_this_server_stays_outside() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let app = &setting.app;
        let (deep, hers) = (format!("{}/deep", app.at), format!("{}/hers", app.at));
        app.protects_with(&deep, |resource| resource.required_scopes = ScopeSet::parse("mcp deep")).await;
        app.protects(&hers).await;
        let client = app.client().await;
        let (good, other) = (setting.token().await, setting.token_for(&client, OTHER).await.access);
        let shallow = setting.token_for(&client, &deep).await.access;
        let not_hers = setting.token_for(&client, &hers).await.access;
        app.protects_with(&hers, |resource| resource.people = vec![Who::Login("grace".into())]).await;
        for method in [Method::GET, Method::POST, Method::DELETE, Method::HEAD] {
            let told = format!("{kind:?} {method}");
            for token in [other.as_str(), "nonsense"] {
                let answer = setting.asks(method.clone(), "/mcp", Some(token)).await;
                let challenge = format!("{}, error=\"invalid_token\"", setting.challenge());
                assert_eq!(answer.is(401).header("www-authenticate"), challenge, "{told}");
            }
            let answer = setting.asks(method.clone(), "/deep", Some(&shallow)).await;
            let challenge = answer.is(403).header("www-authenticate");
            for part in ["error=\"insufficient_scope\"", "scope=\"mcp deep\"", "oauth-protected-resource/deep\""] {
                assert!(challenge.contains(part), "{told}: {challenge}");
            }
            let answer = setting.asks(method.clone(), "/hers", Some(&not_hers)).await;
            assert!(!answer.is(403).has("www-authenticate"), "{told}");
            for path in ["/mcpx", "/", "/.well-known/openid-configuration"] {
                assert_eq!(setting.asks(method.clone(), path, Some(&good)).await.status, 403, "{told} {path}");
            }
        }
        setting.asks(Method::POST, "/mcp", Some(&other)).await.refused(401, "invalid_token");
        setting.asks(Method::POST, "/deep", Some(&shallow)).await.refused(403, "insufficient_scope");
        setting.asks(Method::POST, "/hers", Some(&not_hers)).await.refused(403, "access_denied");
        setting.was_shut("a token for something else");
    }
}

#[actix_web::test]
async fn what_the_client_says_of_the_request_is_not_believed() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let client = setting.app.client().await;
        let other = setting.token_for(&client, OTHER).await.access;
        let forged = |request: RequestBuilder| {
            request
                .header("x-forwarded-host", "other.example")
                .header("x-forwarded-proto", "https")
                .header("x-forwarded-uri", "/mcp")
                .header("x-forwarded-method", "OPTIONS")
                .header("x-original-url", OTHER)
                .header("x-original-method", "OPTIONS")
        };
        let answer = setting.app.send(forged(setting.request(Method::GET, "/mcp")).bearer_auth(&other)).await;
        answer.refused(401, "invalid_token");
        let bearer = format!("Authorization: Bearer {other}");
        let (port, host) = (setting.port, format!("Host: 127.0.0.1:{}", setting.port));
        let absolute = format!("GET http://127.0.0.1:{port}/mcp HTTP/1.1");
        for lines in [
            [absolute.as_str(), "Host: other.example", &bearer],
            ["GET https://other.example/mcp HTTP/1.1", &host, &bearer],
            ["GET /mcp HTTP/1.1", "Host: 127.0.0.1", &bearer],
            ["GET /mcp HTTP/1.1\r\nHost: other.example", &host, &bearer],
        ] {
            let (status, answer) = raw(port, &lines).await;
            assert_ne!(status / 100, 3, "{kind:?} {lines:?}: {answer}");
            setting.was_shut(&format!("{lines:?}"));
        }
        let (status, answer) = raw(port, &[&absolute, "Host: other.example", &bearer]).await;
        assert_eq!(status, 401, "{kind:?}: {answer}");
    }
}

#[actix_web::test]
async fn fwd_05_paths_that_can_be_read_in_two_ways_are_not_let_through() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let token = setting.token().await;
        let (host, bearer) = (format!("Host: 127.0.0.1:{}", setting.port), format!("Authorization: Bearer {token}"));
        for method in ["GET", "POST", "DELETE", "HEAD"] {
            for path in [
                "/mcp/../admin",
                "/mcp/..",
                "/mcp/./x",
                "/mcp//x",
                "//mcp",
                "/mcp/%2e%2e/admin",
                "/mcp/.%2E/admin",
                "/mcp%2fx",
                "/mcp/%5c",
                "/mcp\\..\\x",
                "/mcp/..;/x",
                "/mcp/%00",
                "/mcp/%252e%252e/x",
                "/mcp/%2e%2e/%2e%2e/%2e%2e/x",
                "/.well-known/oauth-x/../../mcp",
                "/.well-known/oauth-x/%2e%2e/%2e%2e/mcp/./",
            ] {
                let line = format!("{method} {path} HTTP/1.1");
                let (status, answer) = raw(setting.port, &[&line, &host, &bearer, "Content-Length: 0"]).await;
                assert!([400, 404, 405].contains(&status), "{kind:?} {line}: {answer}");
                setting.was_shut(&line);
            }
        }
        let answer = setting.asks(Method::POST, "/mcp%2fx", Some(&token)).await;
        answer.refused(400, "invalid_request");
        setting.asks(Method::POST, "/mcp/x", Some(&token)).await.is(200);
    }
}

#[actix_web::test]
async fn preflights_are_answered_without_a_token_and_without_the_server() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let asks = |path: &str| {
            let request = setting.request(Method::OPTIONS, path).header("origin", "https://page.example");
            let request = request.header("access-control-request-method", "POST");
            setting.app.send(request.header("access-control-request-headers", "authorization,mcp-session-id"))
        };
        let answer = asks("/mcp").await;
        assert!([200, 204].contains(&answer.status) && answer.body.is_empty(), "{kind:?}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-headers"), "Authorization, *");
        assert!(answer.header("access-control-allow-methods").contains("DELETE"));
        assert!(!answer.has("access-control-allow-credentials"));
        let document = asks("/.well-known/oauth-protected-resource/mcp").await;
        assert_eq!(document.header("access-control-allow-origin"), "*", "{kind:?}: {document:?}");
        let token = setting.token().await;
        setting.asks(Method::OPTIONS, "/mcp", Some(&token)).await.is(204);
        setting.was_shut("OPTIONS");
    }
}

#[actix_web::test]
async fn a_revoked_token_is_shut_out_at_once() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let client = setting.app.client().await;
        let tokens = setting.token_for(&client, &setting.mcp).await;
        setting.asks(Method::POST, "/mcp", Some(&tokens.access)).await.is(200);
        assert_eq!(setting.guarded.reached(), 1);
        client.revokes(&tokens.access).await.is(200);
        setting.asks(Method::POST, "/mcp", Some(&tokens.access)).await.refused(401, "invalid_token");
        setting.was_shut("a revoked token");
    }
}

#[actix_web::test]
async fn events_arrive_while_the_stream_is_open() {
    for kind in Kind::ALL {
        let setting = Setting::start(kind).await;
        let token = setting.token().await;
        let mut answer = setting.request(Method::GET, "/mcp/events").bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.chunk().await.unwrap().unwrap(), "data: one\n\n", "{kind:?}");
        setting.guarded.goes_on();
        assert_eq!(answer.chunk().await.unwrap().unwrap(), "data: two\n\n", "{kind:?}");
        assert_eq!(answer.chunk().await.unwrap(), None);
    }
}

#[actix_web::test]
async fn with_certificates_the_names_are_https_and_the_way_is_the_same() {
    for kind in Kind::ALL {
        let setting = Setting::start_with(kind, true).await;
        assert!(setting.mcp.starts_with("https://"));
        let stranger = setting.asks(Method::POST, "/mcp", None).await;
        assert_eq!(stranger.is(401).header("www-authenticate"), setting.challenge(), "{kind:?}");
        let document = setting.asks(Method::GET, "/.well-known/oauth-protected-resource/mcp", None).await;
        assert_eq!(document.body()["resource"], setting.mcp.as_str());
        setting.was_shut("a stranger");
        let token = setting.token().await;
        let answer = setting.asks(Method::POST, "/mcp?x=1", Some(&token)).await;
        assert_eq!(values(&answer.is(200).json(), "x-user-id"), ["github:1"], "{kind:?}");

        // Caddy offers HTTP/2 besides, in which a request names its host in another place.
        let newer = trusting(&setting.proxy.root).build().unwrap();
        let ask = |path: &str| newer.get(format!("{}{path}", setting.app.at));
        let answer = ask("/mcp").bearer_auth(&token).header("x-forwarded-host", "other.example").send().await.unwrap();
        let version = if kind == Kind::Caddy { Version::HTTP_2 } else { Version::HTTP_11 };
        assert_eq!((answer.version(), answer.status().as_u16()), (version, 200), "{kind:?}");
        assert_eq!(setting.guarded.reached(), 2);
        for path in ["/mcp", "/mcp%2fx"] {
            let answer = ask(path).header("x-user-id", "github:1").send().await.unwrap();
            assert!(answer.status().is_client_error(), "{kind:?} {path}: {}", answer.status());
        }
        setting.was_shut("a stranger over HTTP/2");
    }
}

#[actix_web::test]
async fn without_doorbook_nobody_comes_through() {
    for kind in Kind::ALL {
        let (guarded, port, nobody) = (Guarded::start(), free_port(), format!("127.0.0.1:{}", free_port()));
        let _proxy = Proxy::start(kind, &Place { port, doorbook: &nobody, guarded: &guarded.at, tls: false });
        let host = format!("Host: 127.0.0.1:{port}");
        let (status, answer) = raw(port, &["GET /mcp HTTP/1.1", &host, "Authorization: Bearer any"]).await;
        assert!((500..600).contains(&status), "{kind:?}: {answer}");
        assert_eq!(guarded.reached(), 0, "{kind:?}");
    }
}
