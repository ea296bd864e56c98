//! Tables: the ids that lead to a document, and the documents that are out there.

use serde_json::json;

use super::*;
use crate::base::{policy::Lifetimes, scope::ScopeSet};

fn policy() -> Policy {
    Policy {
        require_pushed: false,
        scopes: ScopeSet::parse("mcp offline_access"),
        default_scope: ScopeSet::parse("mcp"),
        identity_assertions: false,
        lifetimes: Lifetimes::default(),
    }
}

#[test]
fn ssr_05_which_ids_lead_to_a_document() {
    for (id, host_of) in [
        ("https://app.example/client.json", Some("app.example")),
        ("https://app.example/oauth/client?v=1", Some("app.example")),
        ("https://app.example:8443/c", Some("app.example")),
        ("https://xn--bcher-kva.example/c", Some("xn--bcher-kva.example")),
        ("https://app.example", None),
        ("https://app.example/", None),
        ("https://app.example?x=/c", None),
        ("http://app.example/c", None),
        ("http://127.0.0.1/c", None),
        ("HTTPS://app.example/c", None),
        ("https://App.example/c", None),
        ("https://bücher.example/c", None),
        ("https://app.example:443/c", None),
        ("https://app.example/a/../c", None),
        ("https://app.example/a/./c", None),
        ("https://app.example/a/%2e%2e/c", None),
        ("https://app.example/c#f", None),
        ("https://app.example/c#", None),
        ("https://user@app.example/c", None),
        ("https://user:pass@app.example/c", None),
        ("https://@app.example/c", None),
        ("https:app.example/c", None),
        ("https:\\\\app.example\\c", None),
        ("https://app.example/c d", None),
        ("https://0x7f000001/c", None),
        ("https:///c", None),
    ] {
        let id = ClientId::new(id);
        assert!(is_url(&id), "{id}");
        let judged = host(&id, false);
        assert_eq!(judged.as_ref().ok().map(String::as_str), host_of, "{id}");
        assert!(judged.err().is_none_or(|e| (e.code(), e.why()) == ("invalid_client", Why::DocumentUrl)));
    }
    assert!(host(&ClientId::new("https://app.example/".to_owned() + &"a".repeat(2_000)), false).is_err());
    assert!(host(&ClientId::new("http://127.0.0.1:8123/c"), true).is_ok());
    assert!(host(&ClientId::new("http://app.example/c"), true).is_err());
    for id in ["client_a", "", "urn:x", "httpsx", "é", "client_https://a.b/c"] {
        assert!(!is_url(&ClientId::new(id)), "{id}");
    }
}

#[test]
fn cli_59_the_published_documents_are_taken() {
    for (id, body) in published() {
        let metadata = document(&ClientId::new(id), body, &policy(), &RegistrationPolicy::default())
            .unwrap_or_else(|e| panic!("{id}: {:?}", e.value()));
        assert!(metadata.client_name.is_some() && !metadata.redirect_uris.is_empty(), "{id}");
        assert!(!metadata.token_endpoint_auth_method.has_secret(), "{id}");
    }
}

/// The shapes of documents as their makers publish them.
fn published() -> Vec<(&'static str, Value)> {
    vec![
        (
            "https://claude.ai/oauth/mcp-oauth-client-metadata",
            json!({
                "client_id": "https://claude.ai/oauth/mcp-oauth-client-metadata",
                "client_name": "Claude",
                "client_uri": "https://claude.ai",
                "redirect_uris": ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none"
            }),
        ),
        (
            "https://claude.ai/oauth/claude-code-client-metadata",
            json!({
                "client_id": "https://claude.ai/oauth/claude-code-client-metadata",
                "client_name": "Claude Code",
                "client_uri": "https://claude.ai",
                "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none"
            }),
        ),
        (
            "https://chatgpt.com/oauth/connector/client.json",
            json!({
                "client_id": "https://chatgpt.com/oauth/connector/client.json",
                "client_name": "ChatGPT",
                "client_uri": "https://chatgpt.com/",
                "redirect_uris": ["https://chatgpt.com/connector/oauth/abc"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "jwks_uri": "https://chatgpt.com/oauth/jwks.json"
            }),
        ),
        (
            "https://chatgpt.com/oauth/signed/client.json",
            json!({
                "client_id": "https://chatgpt.com/oauth/signed/client.json",
                "client_name": "ChatGPT",
                "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "RS256",
                "jwks_uri": "https://chatgpt.com/oauth/jwks.json"
            }),
        ),
        (
            "https://vscode.dev/oauth/client-metadata.json",
            json!({
                "client_id": "https://vscode.dev/oauth/client-metadata.json",
                "client_name": "Visual Studio Code",
                "client_uri": "https://vscode.dev/product",
                "grant_types": [
                    "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"
                ],
                "response_types": ["code"],
                "redirect_uris": [
                    "http://127.0.0.1:33418/", "http://127.0.0.1/", "http://localhost/",
                    "https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"
                ],
                "token_endpoint_auth_method": "none",
                "application_type": "native"
            }),
        ),
        (
            "https://zed.dev/oauth/client-metadata.json",
            json!({
                "client_id": "https://zed.dev/oauth/client-metadata.json",
                "client_name": "Zed",
                "client_uri": "https://zed.dev",
                "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
                "application_type": "native"
            }),
        ),
    ]
}

#[test]
fn cimd_4_what_a_document_may_not_say() {
    let id = ClientId::new("https://app.example/c");
    let with = |more: Value| {
        let mut body = json!({
            "client_id": "https://app.example/c", "client_name": "App", "redirect_uris": ["https://app.example/cb"]
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (body, good) in [
        (with(json!({})), true),
        (with(json!({"token_endpoint_auth_method": "none", "unheard_of": {"of": 1}})), true),
        (with(json!({"token_endpoint_auth_methods_supported": ["client_secret_post", "none"]})), true),
        (with(json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/k"})), true),
        (with(json!({"token_endpoint_auth_method": "private_key_jwt"})), false),
        (
            with(json!({"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "none",
                     "jwks_uri": "https://app.example/k"})),
            false,
        ),
        (with(json!({"client_id": "https://app.example/C"})), false),
        (with(json!({"client_id": "https://app.example/c/"})), false),
        (with(json!({"client_id": 7})), false),
        (with(json!({"client_name": " "})), false),
        (with(json!({"client_name": null})), false),
        (with(json!({"client_name": "Cla\u{202e}ude"})), false),
        (with(json!({"redirect_uris": []})), false),
        (with(json!({"redirect_uris": ["javascript:alert(1)"]})), false),
        (with(json!({"redirect_uris": ["http://app.example/cb"]})), false),
        (with(json!({"client_secret": "s"})), false),
        (with(json!({"client_secret": null})), false),
        (with(json!({"client_secret_expires_at": 0})), false),
        (with(json!({"token_endpoint_auth_method": "client_secret_basic"})), false),
        (
            with(json!({"token_endpoint_auth_method": "client_secret_post",
                     "token_endpoint_auth_methods_supported": ["none"]})),
            false,
        ),
        (with(json!({"token_endpoint_auth_method": "tls_client_auth"})), false),
        (with(json!({"token_endpoint_auth_methods_supported": ["client_secret_jwt"]})), false),
        (with(json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}})), false),
        (with(json!({"grant_types": ["client_credentials"]})), false),
        (json!([]), false),
        (json!("https://app.example/c"), false),
        (json!({}), false),
    ] {
        let judged = document(&id, body.clone(), &policy(), &RegistrationPolicy::default());
        assert_eq!(judged.is_ok(), good, "{body}");
        let named = judged.err().is_none_or(|e| e.why() == Why::DocumentInvalid && e.value().is_some());
        assert!(named, "{body}: the refusal says what is wrong");
    }
}
