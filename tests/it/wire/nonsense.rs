//! Whatever comes, the answer is one of the protocol: never a 500, never silence.

use std::time::Duration;

use reqwest::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{app::TestApp, client::confidential_client};

const FORMS: [&str; 9] =
    ["/token", "/revoke", "/introspect", "/register", "/authorize", "/consent", "/login/local", "/claim", "/sign-out"];

/// Bodies that no program means.
fn bodies() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        "",
        "&",
        "=",
        "&&&&",
        "====",
        "%",
        "%zz",
        "a=%",
        "a=%f",
        "a=%00",
        "grant_type",
        "grant_type=&grant_type=",
        "client_id=%ff%fe",
        "token=%C3%28",
        "request=dbp_&csrf=",
        "{",
        "{}",
        "[]",
        "null",
        "\u{feff}{}",
        "a=b\r\n\r\nc",
        "client_id[]=a",
        "client_id=a&client_id[x]=b",
        "grant_type=authorization_code%00",
        "<xml/>",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    all.push(vec![0; 300]);
    all.push(vec![0xff; 300]);
    all.push((0..=255).collect());
    all.push("a=b&".repeat(500).into_bytes());
    all.push("a".repeat(65_536).into_bytes());
    all.push(format!("client_id={}", "%41".repeat(20_000)).into_bytes());
    all
}

#[actix_web::test]
async fn fuz_01_no_body_breaks_an_endpoint() {
    let app = TestApp::start().await;
    for path in FORMS {
        for kind in ["application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data", ""] {
            for body in bodies() {
                let request = app.request(Method::POST, path).header("content-type", kind).body(body.clone());
                let answer = app.send(request).await;
                let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
                assert!((300..500).contains(&answer.status), "{path} {kind} {shown}: {}", answer.status);
                let text = answer.text();
                assert!(!text.contains("panicked") && !text.contains("src/"), "{path}: {text}");
            }
        }
    }
}

#[actix_web::test]
async fn fuz_02_no_query_breaks_a_page() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for path in ["/authorize", "/callback", "/consent", "/claim", "/success", "/error", "/sign-in", "/login/local", "/"]
    {
        for query in [
            "%",
            "%zz",
            "=",
            "a=%ff",
            "client_id=%ff%fe",
            "client_id=%00",
            &format!("client_id={}&redirect_uri=%ff", client.id),
            &format!("client_id={}&state=%ff", client.id),
            &format!("client_id={0}&client_id={0}", client.id),
            "state=x&code=y",
            "state=dbp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&code=y",
            "state=dbp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&error=y",
            "request=dbp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "claim=dbl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "next=https://evil.example/&next=//evil.example",
            &"a=b&".repeat(400),
        ] {
            let answer = app.get(&format!("{path}?{query}")).await;
            assert!(answer.status < 500, "{path}?{query}: {}", answer.status);
            assert!(!answer.header("location").contains("evil"), "{path}?{query}");
        }
    }
}

#[actix_web::test]
async fn ses_07_broken_cookies_are_no_cookies() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.connects(&client).await;
    let good = ada.jar.borrow()["__Host-doorbook"].clone();
    for value in ["", "x", "%ff", "a.b.c", &good[1..], &format!("{good}x"), &"a".repeat(4_000), "dbo_x"] {
        for name in ["__Host-doorbook", "__Host-doorbook-browser"] {
            for path in ["/", "/admin", &client.asks().path(), "/consent?request=x", "/callback?state=x&code=y"] {
                let request = app.request(Method::GET, path).header("cookie", format!("{name}={value}"));
                let answer = app.send(request).await;
                assert!(answer.status < 500, "{name}={value} {path}: {}", answer.status);
                assert!(!answer.text().contains("ada"), "{name}={value} {path}");
            }
        }
    }
    for line in [";;;", "=", "a", "a=b; a=c; __Host-doorbook", "__Host-doorbook=x; __Host-doorbook=y", "\u{fc}=\u{fc}"]
    {
        let request = app.request(Method::GET, "/").header("cookie", line.as_bytes());
        app.send(request).await.is(200);
    }
}

#[actix_web::test]
async fn adm_08_no_path_breaks_the_router() {
    let app = TestApp::start().await;
    for path in [
        "/%",
        "/%ff",
        "/%00",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e%2fCargo.toml",
        "/register/%ff",
        "/register/%00",
        "/register/a%2fb",
        "//token",
        "/token/",
        "/TOKEN",
        "/admin/%2e%2e/",
        "/.well-known/",
        "/.well-known/oauth-protected-resource/%ff",
        "/.git/config",
    ] {
        let url = format!("GET {path} HTTP/1.1\r\nhost: auth.example\r\nconnection: close\r\n\r\n");
        let answer = said(&app, url.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(status.starts_with('4') || status.starts_with('3'), "{path}: {answer}");
        assert!(!answer.contains("[package]"), "{path}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "a".repeat(8_000));
    assert!(said(&app, long.as_bytes()).await.contains(" 404 "));
}

#[actix_web::test]
async fn fuz_05_what_is_no_http_is_refused_and_the_server_lives() {
    let app = TestApp::start().await;
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        b"POST /token HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        b"POST /token HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\r\nx: \x01\x02\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let answer = said(&app, bytes).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{}: {answer}", String::from_utf8_lossy(bytes));
    }
    app.get("/health").await.is(200);
}

/// What the server says on a connection of its own.
async fn said(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.at.trim_start_matches("http://")).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(15), read).await.expect("an answer or an end").ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[actix_web::test]
async fn rfc6749_3_1_no_parameter_of_the_token_endpoint_may_stand_twice() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let code = app.ada().consents(&client).await;
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "scope", "client_id", "client_secret", "x"] {
        for other in ["a", ""] {
            let twice = [(format!("+{name}"), "a"), (format!("+{name}"), other)];
            let twice: Vec<_> = twice.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let answer = client.exchanges_with(&code, &twice).await;
            assert!((400..402).contains(&answer.status), "{name} {other:?}: {}", answer.text());
        }
    }
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn dos_03_slow_connections_do_not_keep_others_waiting() {
    let app = TestApp::start().await;
    let address = app.at.trim_start_matches("http://").to_owned();
    let mut slow = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let head: &[u8] = match n % 2 {
            0 => b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ",
            _ => {
                b"POST /token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                   content-length: 1000\r\n\r\ngrant_type="
            }
        };
        stream.write_all(head).await.unwrap();
        slow.push(stream);
    }
    let began = std::time::Instant::now();
    for _ in 0..5 {
        app.get("/.well-known/oauth-authorization-server").await.is(200);
        app.get("/jwks").await.is(200);
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    drop(slow);
}
