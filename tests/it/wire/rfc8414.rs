//! RFC 8414: authorization server metadata. What is promised works, and nothing else is promised.

use serde_json::{Value, json};

use crate::support::app::{ISSUER, TestApp};

const PATH: &str = "/.well-known/oauth-authorization-server";

#[actix_web::test]
async fn rfc8414_2_the_document_promises_exactly_what_works() {
    let app = TestApp::start().await;
    let answer = app.get(PATH).await;
    let all = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"];
    let algorithms = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
    assert_eq!(
        answer.body(),
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://auth.example/authorize",
            "device_authorization_endpoint": format!("{ISSUER}/device_authorization"),
            "token_endpoint": "https://auth.example/token",
            "registration_endpoint": "https://auth.example/register",
            "jwks_uri": "https://auth.example/jwks",
            "scopes_supported": ["mcp", "offline_access"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"],
            "token_endpoint_auth_methods_supported": all,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint": "https://auth.example/revoke",
            "revocation_endpoint_auth_methods_supported": all,
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint": "https://auth.example/introspect",
            "introspection_endpoint_auth_methods_supported": all[1..],
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "request_uri_parameter_supported": false,
            "pushed_authorization_request_endpoint": "https://auth.example/par",
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519"],
            "client_id_metadata_document_supported": true,
        })
    );
    assert_eq!(answer.header("content-type"), "application/json");
}

#[actix_web::test]
async fn rfc8414_2_every_endpoint_of_the_document_is_there() {
    let app = TestApp::start().await;
    let document = app.get(PATH).await.body();
    let endpoints = document.as_object().unwrap().iter();
    let endpoints: Vec<_> = endpoints.filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri").collect();
    assert_eq!(endpoints.len(), 8);
    for (name, url) in endpoints {
        let answer = app.send(app.request(reqwest::Method::PATCH, url.as_str().unwrap())).await;
        answer.refused(405, "invalid_request");
        assert!(!answer.header("allow").is_empty(), "{name}");
    }
}

#[actix_web::test]
async fn rfc8414_2_pages_of_the_administrator_are_named() {
    let app = TestApp::with(&[
        ("DOORBOOK_DOCUMENTATION_URL", "https://docs.example/"),
        ("DOORBOOK_POLICY_URL", "https://docs.example/policy"),
        ("DOORBOOK_TERMS_URL", "https://docs.example/terms"),
        ("DOORBOOK_SCOPES", "mcp files"),
    ])
    .await;
    let document = app.get(PATH).await.body();
    assert_eq!(document["service_documentation"], "https://docs.example/");
    assert_eq!(document["op_policy_uri"], "https://docs.example/policy");
    assert_eq!(document["op_tos_uri"], "https://docs.example/terms");
    assert_eq!(document["scopes_supported"], json!(["mcp", "files"]));
}

#[actix_web::test]
async fn rfc8414_2_closed_registration_is_not_advertised() {
    let app = TestApp::with(&[("DOORBOOK_REGISTRATION", "closed")]).await;
    let document = app.get(PATH).await.body();
    assert_eq!(document.get("registration_endpoint"), None);
    app.post_json("/register", &json!({"redirect_uris": ["https://a.example/cb"]}))
        .await
        .refused(404, "invalid_request");
}

#[actix_web::test]
async fn rfc8414_3_1_an_issuer_with_a_path_answers_inserted_and_appended() {
    let app = TestApp::with(&[("DOORBOOK_PUBLIC_URL", "https://host.example/auth")]).await;
    for path in ["/.well-known/oauth-authorization-server/auth", "/auth/.well-known/oauth-authorization-server"] {
        let document = app.get(path).await.body();
        assert_eq!(document["issuer"], "https://host.example/auth", "{path}");
        assert_eq!(document["token_endpoint"], "https://host.example/auth/token");
    }
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-authorization-server/auth/",
        "/.well-known/oauth-authorization-server/other",
        "/.well-known/oauth-authorization-server/authx",
        "/other/.well-known/oauth-authorization-server",
        "/token",
    ] {
        app.get(path).await.refused(404, "invalid_request");
    }
    app.get("/auth/jwks").await.is(200);
}

#[actix_web::test]
async fn rfc8414_3_1_other_suffixes_are_true_404s() {
    let app = TestApp::start().await;
    for path in [
        "/.well-known/oauth-authorization-server/",
        "/.well-known/oauth-authorization-server/mcp",
        "/mcp/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
    ] {
        app.get(path).await.refused(404, "invalid_request");
    }
}

#[actix_web::test]
async fn rfc8414_3_2_any_client_gets_it_without_redirect_or_cookie() {
    let app = TestApp::start().await;
    for accept in ["application/json", "text/html", "*/*", "image/png", ""] {
        let request = app
            .request(reqwest::Method::GET, PATH)
            .header("accept", accept)
            .header("mcp-protocol-version", "2025-06-18")
            .header("origin", "https://elsewhere.example");
        let answer = app.send(request).await;
        answer.is(200);
        assert!(!answer.has("set-cookie") && !answer.has("location"));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    let head = app.send(app.request(reqwest::Method::HEAD, PATH)).await;
    head.is(200);
    assert!(head.body.is_empty() && !head.header("content-length").is_empty());
}

#[actix_web::test]
async fn rfc8414_3_3_the_issuer_is_the_configured_one_whatever_the_request_says() {
    let app = TestApp::start().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example;proto=http"),
    ] {
        let request = app.http.get(format!("{}{PATH}", app.at)).header(name, value);
        let answer = app.send(request).await;
        assert_eq!(answer.body()["issuer"], ISSUER, "{name}");
        assert!(!answer.text().contains("evil"), "{name}");
    }
}

#[actix_web::test]
async fn rfc8414_3_2_no_member_is_null_or_empty() {
    let app = TestApp::start().await;
    let document = app.get(PATH).await.body();
    for (name, value) in document.as_object().unwrap() {
        let empty = matches!(value, Value::Null) || value == "" || value == &json!([]);
        assert!(!empty, "{name}");
    }
}

#[actix_web::test]
async fn the_document_may_be_kept_and_asked_about() {
    let app = TestApp::start().await;
    let first = app.get(PATH).await;
    assert!(first.header("cache-control").contains("max-age="));
    let again = app.request(reqwest::Method::GET, PATH).header("if-none-match", first.header("etag"));
    let again = app.send(again).await;
    again.is(304);
    assert!(again.body.is_empty());
}

#[actix_web::test]
async fn rfc7517_5_the_keys_are_public_and_named_by_their_thumbprint() {
    for algorithm in ["ES256", "RS256"] {
        let app = TestApp::with(&[("DOORBOOK_SIGNING_ALGORITHM", algorithm)]).await;
        let keys = app.get("/jwks").await;
        assert_eq!(keys.body, app.get("/.well-known/jwks.json").await.body);
        assert_eq!(keys.body, app.get("/oauth/jwks").await.body);
        let keys = keys.body();
        let list = keys["keys"].as_array().unwrap();
        assert_eq!(list.len(), 1);
        let key = &list[0];
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None);
        }
        assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!(algorithm)));
        // RFC 7638 section 3: the required members in lexical order, without spaces.
        let text = match algorithm {
            "RS256" => format!(r#"{{"e":{},"kty":"RSA","n":{}}}"#, key["e"], key["n"]),
            _ => format!(r#"{{"crv":{},"kty":"EC","x":{},"y":{}}}"#, key["crv"], key["x"], key["y"]),
        };
        assert_eq!(key["kid"], doorbook::crypto::digest::sha256_base64url(text.as_bytes()));
    }
}
