//! RFC 7591: dynamic client registration.

use doorbook::base::time::Span;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    client::{confidential_client, public_client},
};

/// The usual body with changes; `null` takes a member away.
fn body(changes: Value) -> Value {
    let mut body = public_client();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
            value => body[name] = value.clone(),
        }
    }
    body
}

#[actix_web::test]
async fn rfc7591_3_2_1_a_public_client_gets_everything_but_a_secret() {
    let app = TestApp::start().await;
    let answer = app.post_json("/register", &public_client()).await;
    answer.is(201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    let mut members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(
        members,
        [
            "client_id",
            "client_id_issued_at",
            "client_name",
            "grant_types",
            "redirect_uris",
            "registration_access_token",
            "registration_client_uri",
            "response_types",
            "scope",
            "token_endpoint_auth_method",
        ]
    );
    let id = body["client_id"].as_str().unwrap();
    assert!(id.strip_prefix("client_").unwrap().len() >= 22, "{id}");
    assert!(body["registration_access_token"].as_str().unwrap().starts_with("reg-"));
    assert_eq!(body["registration_client_uri"], format!("https://auth.example/register/{id}"));
    assert_eq!(body["client_id_issued_at"], app.clock.now().unix());
    app.audit().await.ends_with(["client_registered"]);
}

#[actix_web::test]
async fn rfc7591_2_defaults_are_a_secret_by_basic_and_the_code_grant() {
    let app = TestApp::start().await;
    let body = app.post_json("/register", &json!({"redirect_uris": ["https://a.example/cb"]})).await.is(201).json();
    assert_eq!(body["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(body["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(body["response_types"], json!(["code"]));
    assert_eq!(body["client_secret_expires_at"], 0);
    let secret = body["client_secret"].as_str().unwrap();
    for text in [body["client_id"].as_str().unwrap(), secret] {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
        assert!(text.bytes().all(plain) && !text.starts_with('-'), "{text}");
    }
}

#[actix_web::test]
async fn rfc7591_3_2_1_a_limited_secret_says_when_it_ends() {
    let app = TestApp::with(&[("DOORBOOK_CLIENT_SECRET_LIFETIME", "30d")]).await;
    let client = app.registers(confidential_client()).await;
    let ends = client.registration["client_secret_expires_at"].as_i64().unwrap();
    assert_eq!(ends, (app.clock.now() + Span::days(30)).unix());
    let code = app.ada().consents(&client).await;
    let tokens = client.exchanges(&code).await.ok();
    app.later(Span::days(30));
    client.refreshes(&tokens).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["secret_expired"]);
}

#[actix_web::test]
async fn rfc7591_2_1_grants_that_are_not_offered_are_dropped_and_nothing_left_is_refused() {
    let app = TestApp::start().await;
    for (sent, kept) in [
        (json!(["authorization_code"]), json!(["authorization_code"])),
        (json!(["refresh_token", "authorization_code"]), json!(["refresh_token", "authorization_code"])),
        (json!(["authorization_code", "implicit", "password"]), json!(["authorization_code"])),
        (json!(["authorization_code", "client_credentials"]), json!(["authorization_code"])),
        (
            json!(["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"]),
            json!(["authorization_code"]),
        ),
        (json!([]), json!(["authorization_code", "refresh_token"])),
    ] {
        let answer = app.post_json("/register", &body(json!({"grant_types": sent}))).await;
        assert_eq!(answer.is(201).json()["grant_types"], kept, "{sent}");
    }
    for sent in [json!(["implicit"]), json!(["password"]), json!(["client_credentials"]), json!(["refresh_token"])] {
        let answer = app.post_json("/register", &body(json!({"grant_types": sent}))).await;
        answer.refused(400, "invalid_client_metadata");
    }
    for sent in [json!(["token"]), json!(["code id_token"])] {
        let answer = app.post_json("/register", &body(json!({"response_types": sent}))).await;
        answer.refused(400, "invalid_client_metadata");
    }
    let mixed = app.post_json("/register", &body(json!({"response_types": ["code", "token"]}))).await;
    assert_eq!(mixed.is(201).json()["response_types"], json!(["code"]));
}

#[actix_web::test]
async fn rfc7591_2_methods_that_are_not_offered_are_refused() {
    let app = TestApp::start().await;
    for method in ["private_key_jwt", "client_secret_jwt", "tls_client_auth", "NONE", ""] {
        let answer = app.post_json("/register", &body(json!({"token_endpoint_auth_method": method}))).await;
        if method.is_empty() {
            assert_eq!(answer.is(201).json()["token_endpoint_auth_method"], "client_secret_basic");
        } else {
            answer.refused(400, "invalid_client_metadata");
        }
    }
}

#[actix_web::test]
async fn rfc7591_2_a_scope_is_never_an_error_and_never_a_ceiling_of_ones_own() {
    let app = TestApp::start().await;
    for (sent, kept) in [
        (json!(""), None),
        (json!("mcp"), Some("mcp")),
        (json!("read write"), None),
        (json!("mcp openid email"), Some("mcp")),
        (Value::Null, None),
    ] {
        let answer = app.post_json("/register", &body(json!({"scope": sent}))).await;
        let scope = answer.is(201).json()["scope"].as_str().unwrap_or_default().to_owned();
        match kept {
            Some(kept) => assert_eq!(scope, kept, "{sent}"),
            None => assert_eq!(scope, "mcp offline_access", "{sent}"),
        }
    }
    let client = app.registers(body(json!({"scope": "mcp"}))).await;
    let code = app.ada().consents_to(&client.asks().with(&[("scope", "mcp offline_access")])).await;
    assert_eq!(client.exchanges(&code).await.ok().body["scope"], "mcp offline_access");
}

#[actix_web::test]
async fn rfc7591_2_every_field_is_kept_and_echoed() {
    let app = TestApp::start().await;
    let sent = body(json!({
        "client_name": "Büro",
        "client_name#ja": "事務所",
        "client_uri": "https://a.example/",
        "client_uri#de": "https://a.example/de",
        "logo_uri": "https://a.example/logo.svg",
        "tos_uri": "https://a.example/tos",
        "policy_uri": "http://127.0.0.1/policy",
        "contacts": ["ops@a.example"],
        "jwks_uri": "https://a.example/jwks",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.1",
        "application_type": "native",
        "mcp_version": "2025-06-18",
        "mcp_capabilities": ["tools"],
    }));
    let echoed = app.post_json("/register", &sent).await.is(201).json();
    for (member, value) in sent.as_object().unwrap() {
        assert_eq!(&echoed[member], value, "{member}");
    }
    let with_keys = body(json!({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}}));
    assert_eq!(app.post_json("/register", &with_keys).await.is(201).json()["jwks"], with_keys["jwks"]);
}

#[actix_web::test]
async fn reg_05_what_only_the_server_sets_is_ignored_and_what_it_does_not_know_is_not_kept() {
    let app = TestApp::start().await;
    let sent = body(json!({
        "client_id": "mine",
        "client_secret": "mine",
        "registration_access_token": "reg-mine",
        "registration_client_uri": "https://evil.example/",
        "client_id_issued_at": 1,
        "skip_consent": true,
        "is_admin": true,
        "trusted": true,
        "origin": "administrator",
    }));
    let client = app.registers(sent).await;
    assert_ne!(client.id, "mine");
    assert_eq!(client.secret, None);
    assert_ne!(client.registration_token(), "reg-mine");
    for member in ["skip_consent", "is_admin", "trusted", "origin"] {
        assert_eq!(client.registration.get(member), None, "{member}");
    }
    let page = app.ada().asked(&client.asks()).await.page();
    assert!(page.page(200).contains("decision"), "it is asked about like any other");
}

#[actix_web::test]
async fn rur_01_hostile_redirect_uris_are_refused() {
    let app = TestApp::start().await;
    for uri in [
        "https://a.example/cb#fragment",
        "https://a.example/cb#",
        "https://user@a.example/cb",
        "https://user:pw@a.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://localhost:80@evil.example/cb",
        "https://*.a.example/cb",
        "https://*/cb",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.example/x",
        "filesystem:https://a.example/x",
        "about:blank",
        "intent://a.example#Intent;end",
        "ms-settings:x",
        "http://a.example/cb",
        "http://localhost.evil.com/cb",
        "http://localhost./cb",
        "http://127.0.0.1.evil.com/cb",
        "http://0.0.0.0/cb",
        "http://2130706433/cb",
        "http://0x7f.1/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://192.168.0.1/cb",
        "https://a.example\\@evil.example/cb",
        "https:\\\\a.example/cb",
        "https:/a.example/cb",
        "https:a.example/cb",
        "https:///cb",
        "https://",
        "//a.example/cb",
        "/cb",
        "cb",
        "",
        "https://a.example/cb\r\nSet-Cookie: a=b",
        "https://a.example/c b",
        "https://аpple.example/cb",
        "https://a.example/cb\u{0}",
        "unknown://cb",
        "urn:ietf:wg:oauth:2.0:oob",
    ] {
        let answer = app.post_json("/register", &body(json!({"redirect_uris": [uri]}))).await;
        answer.refused(400, "invalid_redirect_uri");
        let both = body(json!({"redirect_uris": ["https://a.example/cb", uri]}));
        app.post_json("/register", &both).await.refused(400, "invalid_redirect_uri");
    }
    let many: Vec<_> = (0..21).map(|n| format!("https://a.example/{n}")).collect();
    app.post_json("/register", &body(json!({"redirect_uris": many}))).await.refused(400, "invalid_redirect_uri");
    let long = format!("https://a.example/{}", "x".repeat(2_000));
    app.post_json("/register", &body(json!({"redirect_uris": [long]}))).await.refused(400, "invalid_redirect_uri");
}

#[actix_web::test]
async fn rfc8252_7_redirect_uris_of_all_kinds_of_programs_are_taken_byte_for_byte() {
    let app = TestApp::start().await;
    for uri in [
        "https://a.example/cb",
        "https://a.example",
        "https://A.Example/CB/../x?y=%2f&z",
        "https://a.example:8443/cb",
        "https://xn--pple-43d.example/cb",
        "http://127.0.0.1/",
        "http://127.0.0.1:33418/",
        "http://127.1.2.3:9/cb",
        "http://[::1]:8080/cb",
        "http://localhost:6274/oauth/callback",
        "com.example.app:/oauth",
        "com.example.app://cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://ms.python/cb",
        "zed://cb",
    ] {
        let answer = app.post_json("/register", &body(json!({"redirect_uris": [uri]}))).await;
        assert_eq!(answer.status, 201, "{uri}: {}", answer.text());
        assert_eq!(answer.json()["redirect_uris"], json!([uri]));
    }
}

#[actix_web::test]
async fn a_refused_scheme_is_named_and_can_be_added() {
    let app = TestApp::start().await;
    let request = body(json!({"redirect_uris": ["novel-editor://cb"]}));
    let refused = app.post_json("/register", &request).await;
    let words = refused.refused(400, "invalid_redirect_uri").json()["error_description"].to_string();
    assert!(words.contains("novel-editor") && words.contains("administrator"), "{words}");
    app.audit().await.ends_with(["redirect_unknown_scheme"]);
    let app = TestApp::with(&[("DOORBOOK_REDIRECT_SCHEMES", "cursor,novel-editor")]).await;
    app.post_json("/register", &request).await.is(201);
}

#[actix_web::test]
async fn the_out_of_band_address_is_taken_once_it_is_switched_on() {
    let app = TestApp::with(&[("DOORBOOK_OUT_OF_BAND", "on")]).await;
    let client = app.registers(body(json!({"redirect_uris": ["urn:ietf:wg:oauth:2.0:oob"]}))).await;
    let ada = app.ada();
    let question = ada.asked(&client.asks()).await.page();
    let shown = ada.decides(&question, "approve").await.page().page(200);
    assert!(shown.contains("OAuth Success") && shown.contains("dbc_"), "{shown}");
}

#[actix_web::test]
async fn rfc7591_3_2_2_values_that_mislead_or_overflow_are_refused() {
    let app = TestApp::start().await;
    for changes in [
        json!({"client_name": "a\u{0}b"}),
        json!({"client_name": "a\nb"}),
        json!({"client_name": "Claude\u{202e}moc"}),
        json!({"client_name#de": "a\u{2066}b"}),
        json!({"client_name": "x".repeat(201)}),
        json!({"contacts": vec!["a@a.example"; 11]}),
        json!({"logo_uri": "javascript:alert(1)"}),
        json!({"client_uri": "http://a.example/"}),
        json!({"tos_uri": "ftp://a.example/"}),
        json!({"jwks_uri": "not a url"}),
        json!({"jwks_uri": "https://a.example/j", "jwks": {"keys": []}}),
        json!({"jwks": {"keys": "x"}}),
        json!({"jwks": {"keys": [{"kty": "RSA", "n": "n", "e": "e", "d": "private"}]}}),
        json!({"jwks": {"keys": [{"kty": "oct", "k": "shared"}]}}),
        json!({"redirect_uris": null}),
        json!({"redirect_uris": []}),
        json!({"redirect_uris": "https://a.example/cb"}),
        json!({"redirect_uris": [1]}),
        json!({"grant_types": "authorization_code"}),
        json!({"client_name": 7}),
        json!({"client_name": {"a": 1}}),
        json!({"scope": ["mcp"]}),
        json!({"contacts": "a@a.example"}),
        json!({"mcp_capabilities": {"a": 1}}),
    ] {
        let answer = app.post_json("/register", &body(changes.clone())).await;
        assert_eq!(answer.status, 400, "{changes}: {}", answer.text());
        answer.refused(400, "invalid_client_metadata");
    }
}

#[actix_web::test]
async fn rfc7591_3_2_2_what_is_not_json_is_refused_as_json() {
    let app = TestApp::start().await;
    let post = |kind: &'static str, text: Vec<u8>| {
        app.request(Method::POST, "/register").header("content-type", kind).body(text)
    };
    let deep = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    for text in ["", "{", "[]", "\"text\"", "null", "7", "{\"redirect_uris\":[\"https://a.example/\"],}", &deep] {
        let answer = app.send(post("application/json", text.as_bytes().to_vec())).await;
        answer.refused(400, "invalid_client_metadata");
    }
    let not_utf8 = app.send(post("application/json", b"{\"client_name\":\"\xff\xfe\"}".to_vec())).await;
    not_utf8.refused(400, "invalid_client_metadata");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let answer = app.send(post(kind, public_client().to_string().into_bytes())).await;
        let words = answer.refused(400, "invalid_client_metadata").json()["error_description"].to_string();
        assert!(words.contains("application/json"), "{words}");
    }
    let charset = post("application/json; charset=utf-8", public_client().to_string().into_bytes());
    app.send(charset).await.is(201);
}

#[actix_web::test]
async fn reg_14_of_members_that_stand_twice_the_echo_tells_which_is_in_force() {
    let app = TestApp::start().await;
    let text = r#"{"redirect_uris":["https://good.example/cb"],"redirect_uris":["https://other.example/cb"],
                   "token_endpoint_auth_method":"none"}"#;
    let request = app.request(Method::POST, "/register").header("content-type", "application/json").body(text);
    let answer = app.send(request).await;
    if answer.status == 201 {
        let client = crate::support::client::TestClient::registered(&app, answer.json());
        let uris = client.registration["redirect_uris"].as_array().unwrap().clone();
        assert_eq!(uris.len(), 1);
        let other = ["https://good.example/cb", "https://other.example/cb"].into_iter().find(|uri| uris[0] != *uri);
        app.ada().asked(&client.asks()).await.page().page(200);
        app.ada().asked(&client.asks().with(&[("redirect_uri", other.unwrap())])).await.page().page(400);
    } else {
        answer.refused(400, "invalid_client_metadata");
    }
}

#[actix_web::test]
async fn rfc7591_2_3_software_statements_of_nobody_we_trust() {
    let app = TestApp::start().await;
    let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.";
    let signed = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln";
    for (statement, code) in [
        (json!(none), "invalid_software_statement"),
        (json!("nonsense"), "invalid_software_statement"),
        (json!(signed), "unapproved_software_statement"),
    ] {
        let answer = app.post_json("/register", &body(json!({"software_statement": statement}))).await;
        answer.refused(400, code);
    }
}

#[actix_web::test]
async fn reg_07_ids_and_tokens_are_never_the_same_twice() {
    let app = TestApp::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let client = app.client().await;
        assert!(seen.insert(client.id.clone()) && seen.insert(client.registration_token().to_owned()));
    }
}

#[actix_web::test]
async fn a_full_book_makes_room_only_for_what_nobody_uses() {
    let app = TestApp::with(&[("DOORBOOK_MOST_CLIENTS", "2")]).await;
    let (old, used) = (app.client().await, app.client().await);
    let ada = app.ada();
    ada.connects(&used).await;
    let full = app.post_json("/register", &public_client()).await;
    full.refused(429, "temporarily_unavailable");
    assert!(full.header("retry-after").parse::<u32>().unwrap() > 0);
    app.later(Span::minutes(61));
    app.post_json("/register", &public_client()).await.is(201);
    old.reads().await.refused(401, "invalid_token");
    used.reads().await.is(200);
    let page = app.ada().asked(&old.asks()).await.page().page(400);
    assert!(page.contains("taken out of the book"), "the page tells what happened to it");
    app.audit().await.has("client_retired");
}

#[actix_web::test]
async fn what_waits_for_a_person_is_not_taken_out() {
    let app = TestApp::with(&[("DOORBOOK_MOST_CLIENTS", "1")]).await;
    let waiting = app.client().await;
    app.later(Span::minutes(61));
    app.ada().asked(&waiting.asks()).await.page().page(200);
    app.post_json("/register", &public_client()).await.refused(429, "temporarily_unavailable");
    waiting.reads().await.is(200);
}
