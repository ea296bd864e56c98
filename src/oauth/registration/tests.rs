//! Tables for registration and management.

use serde_json::{Value, json};

use super::{
    manage::{Facts, SecretChange, replace, token_refused},
    reply::reply,
    *,
};
use crate::{
    base::{
        client::{AuthMethod, Client},
        issuer::Issuer,
        policy::Lifetimes,
        redirect::{OUT_OF_BAND, RedirectRules},
        registration::RegistrationMode,
        scope::ScopeSet,
        secret::Plain,
    },
    oauth::{
        client_auth::{
            SecretVerdict,
            tests::{NOON, client},
        },
        why::Why,
    },
};

fn policy() -> Policy {
    Policy {
        require_pushed: false,
        scopes: ScopeSet::parse("mcp offline_access"),
        default_scope: ScopeSet::parse("mcp"),
        identity_assertions: false,
        lifetimes: Lifetimes::default(),
    }
}

fn rules() -> RegistrationPolicy {
    let redirects = RedirectRules { schemes: vec!["cursor".into()], out_of_band: true };
    RegistrationPolicy { most_clients: 10, redirects, ..RegistrationPolicy::default() }
}

fn issuer() -> Issuer {
    Issuer::parse("https://door.example").unwrap()
}

fn register(body: &Value) -> Result<Metadata, OAuthError> {
    check(Request::of(Request::members(body.to_string().as_bytes())?)?, &policy(), &rules(), Registrant::Stranger)
}

/// A registration with one redirect URI and the given members.
fn with(more: Value) -> Value {
    let mut body = json!({"redirect_uris": ["https://a.example/cb"]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The answer to a registration, without the ids.
fn answer(body: &Value) -> Value {
    let metadata = register(body).unwrap();
    let mut client = client(metadata.token_endpoint_auth_method, "https://a.example/cb");
    client.metadata = metadata;
    reply(&client, &issuer(), None, None)
}

#[test]
fn rfc7591_2_defaults_are_filled_in_and_echoed() {
    assert_eq!(
        answer(&with(json!({}))),
        json!({
            "client_id": "client_a", "client_id_issued_at": NOON.unix(), "client_secret_expires_at": 0,
            "redirect_uris": ["https://a.example/cb"], "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "scope": "mcp offline_access"
        })
    );
}

#[test]
fn rfc7591_3_2_1_what_is_not_on_offer_is_dropped_and_the_echo_tells_the_truth() {
    for (sent, member, echoed) in [
        (json!({"grant_types": ["implicit", "authorization_code"]}), "grant_types", json!(["authorization_code"])),
        (
            json!({"grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]}),
            "grant_types",
            json!(["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]),
        ),
        (
            json!({"grant_types": ["client_credentials", "authorization_code", "authorization_code"]}),
            "grant_types",
            json!(["authorization_code"]),
        ),
        (json!({"response_types": ["token", "code"]}), "response_types", json!(["code"])),
        (json!({"scope": ""}), "scope", json!("mcp offline_access")),
        (json!({"scope": "openid email profile"}), "scope", json!("mcp offline_access")),
        (json!({"scope": "read mcp write"}), "scope", json!("mcp")),
        (json!({"application_type": "native"}), "application_type", json!("native")),
        (json!({"application_type": "odd"}), "application_type", Value::Null),
        (json!({"client_name": "日本 Клиент"}), "client_name", json!("日本 Клиент")),
        (json!({"client_name": "  "}), "client_name", Value::Null),
        (json!({"client_name": null, "contacts": null, "jwks": null}), "client_name", Value::Null),
        (json!({"client_uri": ""}), "client_uri", Value::Null),
        (json!({"contacts": []}), "contacts", Value::Null),
        (json!({"contacts": ["a@b.example"]}), "contacts", json!(["a@b.example"])),
        (json!({"client_name#de": "Leser"}), "client_name#de", json!("Leser")),
        (json!({"client_name#!": "Leser"}), "client_name#!", Value::Null),
        (json!({"scope#de": "x"}), "scope#de", Value::Null),
        (json!({"mcp_version": "2026-07-28"}), "mcp_version", json!("2026-07-28")),
        (json!({"mcp_capabilities": ["tools"]}), "mcp_capabilities", json!(["tools"])),
        (json!({"skip_consent": true, "is_admin": 1}), "skip_consent", Value::Null),
        (json!({"jwks_uri": "https://a.example/jwks"}), "jwks_uri", json!("https://a.example/jwks")),
        (json!({"client_uri": "http://localhost:3000"}), "client_uri", json!("http://localhost:3000")),
        (json!({"software_id": "x", "software_version": "1"}), "software_version", json!("1")),
        (json!({"client_id": "chosen", "client_secret": "chosen"}), "client_secret", Value::Null),
    ] {
        assert_eq!(answer(&with(sent.clone())).get(member).cloned().unwrap_or_default(), echoed, "{sent}");
    }
}

#[test]
fn rfc7591_3_2_2_bodies_that_cannot_be_read() {
    for (body, why) in [
        (&b""[..], Why::MetadataNotJson),
        (b"{", Why::MetadataNotJson),
        (b"[]", Why::MetadataNotJson),
        (b"\"x\"", Why::MetadataNotJson),
        (b"null", Why::MetadataNotJson),
        (b"{\"client_name\":\"\xff\"}", Why::MetadataNotJson),
        (b"{\"client_name\":\"\\ud800\"}", Why::MetadataNotJson),
        ("[".repeat(5_000).as_bytes(), Why::MetadataNotJson),
        (br#"{"redirect_uris":"https://a.example"}"#, Why::MetadataType),
        (br#"{"redirect_uris":[1]}"#, Why::MetadataType),
        (br#"{"client_name":1}"#, Why::MetadataType),
        (br#"{"scope":["mcp"]}"#, Why::MetadataType),
        (br#"{"grant_types":"authorization_code"}"#, Why::MetadataType),
        (br#"{"contacts":{"a":1}}"#, Why::MetadataType),
        (br#"{"mcp_capabilities":"tools"}"#, Why::MetadataType),
        (br#"{"client_name#de":[]}"#, Why::MetadataType),
    ] {
        let refused = Request::members(body).and_then(Request::of).err().unwrap();
        assert_eq!((refused.code(), refused.why()), ("invalid_client_metadata", why));
    }
    for (body, words) in [
        (json!({"redirect_uris": [1]}), "redirect_uris must be a list of texts"),
        (json!({"client_name#de": 1}), "client_name#de must be a text"),
        (json!({"dpop_bound_access_tokens": "yes"}), "dpop_bound_access_tokens must be true or false"),
    ] {
        let refused = Request::members(body.to_string().as_bytes()).and_then(Request::of).err().unwrap();
        assert_eq!(refused.description(), words);
    }
    let twice = br#"{"redirect_uris":["javascript:x"],"redirect_uris":["https://a.example/cb"]}"#;
    let kept = check(Request::members(twice).and_then(Request::of).unwrap(), &policy(), &rules(), Registrant::Stranger)
        .unwrap();
    assert_eq!(kept.redirect_uris.iter().map(|u| u.as_str()).collect::<Vec<_>>(), ["https://a.example/cb"]);
}

#[test]
fn rfc7591_3_2_2_values_that_are_refused() {
    let many = |n: usize| (0..n).map(|i| format!("https://a.example/{i}")).collect::<Vec<_>>();
    let tags = (0..101).map(|i| (format!("client_name#x{i:03}"), json!("n"))).collect::<serde_json::Map<_, _>>();
    for (sent, code, why) in [
        (json!({"redirect_uris": []}), "invalid_client_metadata", Why::RedirectMissing),
        (json!({"redirect_uris": null}), "invalid_client_metadata", Why::RedirectMissing),
        (json!({"redirect_uris": many(21)}), "invalid_redirect_uri", Why::RedirectTooMany),
        (
            json!({"redirect_uris": ["https://a.example/cb", "javascript:alert(1)"]}),
            "invalid_redirect_uri",
            Why::RedirectExecutingScheme,
        ),
        (json!({"redirect_uris": ["http://localhost.evil.com/cb"]}), "invalid_redirect_uri", Why::RedirectPlainHttp),
        (json!({"redirect_uris": ["windsurf://cb"]}), "invalid_redirect_uri", Why::RedirectUnknownScheme),
        (json!({"redirect_uris": [""]}), "invalid_redirect_uri", Why::RedirectNotAbsolute),
        (json!({"grant_types": ["implicit", "password"]}), "invalid_client_metadata", Why::GrantTypesUnsupported),
        (json!({"grant_types": ["client_credentials"]}), "invalid_client_metadata", Why::GrantTypesUnsupported),
        (json!({"grant_types": ["refresh_token"]}), "invalid_client_metadata", Why::GrantResponseDiffer),
        (json!({"response_types": ["token"]}), "invalid_client_metadata", Why::ResponseTypesUnsupported),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), "invalid_client_metadata", Why::JwksMissing),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/j",
                   "token_endpoint_auth_signing_alg": "HS256"}),
            "invalid_client_metadata",
            Why::AuthAlgorithmUnsupported,
        ),
        (json!({"token_endpoint_auth_method": "magic"}), "invalid_client_metadata", Why::AuthMethodUnsupported),
        (json!({"client_name": "a\nb"}), "invalid_client_metadata", Why::MetadataCharacters),
        (json!({"client_name": "a\u{202e}b"}), "invalid_client_metadata", Why::MetadataCharacters),
        (json!({"client_name": "a\u{2066}b"}), "invalid_client_metadata", Why::MetadataCharacters),
        (json!({"client_name#de": "a\u{0}b"}), "invalid_client_metadata", Why::MetadataCharacters),
        (json!({"client_name": "n".repeat(201)}), "invalid_client_metadata", Why::MetadataTooLong),
        (json!({"scope": "s".repeat(4_001)}), "invalid_client_metadata", Why::MetadataTooLong),
        (
            json!({"client_uri": format!("https://a.example/{}", "x".repeat(2_000))}),
            "invalid_client_metadata",
            Why::MetadataTooLong,
        ),
        (json!({"contacts": vec!["c"; 11]}), "invalid_client_metadata", Why::ContactsTooMany),
        (json!({"mcp_capabilities": vec!["c"; 51]}), "invalid_client_metadata", Why::MetadataTooMany),
        (Value::Object(tags), "invalid_client_metadata", Why::MetadataTooMany),
        (json!({"client_uri": "javascript:alert(1)"}), "invalid_client_metadata", Why::MetadataUri),
        (json!({"logo_uri": "http://169.254.169.254/"}), "invalid_client_metadata", Why::MetadataUri),
        (json!({"tos_uri": "https://u:p@a.example"}), "invalid_client_metadata", Why::MetadataUri),
        (json!({"policy_uri": "/terms"}), "invalid_client_metadata", Why::MetadataUri),
        (json!({"logo_uri#de": "data:x"}), "invalid_client_metadata", Why::MetadataUri),
        (json!({"jwks": {"keys": []}, "jwks_uri": "https://a.example/j"}), "invalid_client_metadata", Why::JwksTwice),
        (json!({"jwks": []}), "invalid_client_metadata", Why::JwksShape),
        (json!({"jwks": {"keys": [1]}}), "invalid_client_metadata", Why::JwksShape),
        (json!({"jwks": {"keys": [{"kty": "EC", "d": "secret"}]}}), "invalid_client_metadata", Why::JwksShape),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "secret"}]}}), "invalid_client_metadata", Why::JwksShape),
    ] {
        let refused = register(&with(sent.clone())).unwrap_err();
        assert_eq!((refused.code(), refused.why(), refused.status()), (code, why, 400), "{sent}");
        let plain = refused.description().bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\');
        assert!(plain, "{}", refused.description());
    }
}

#[test]
fn rfc7591_2_takes_what_known_clients_send_byte_for_byte() {
    for (body, uris) in [
        (
            json!({"redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
                "token_endpoint_auth_method": "none", "application_type": "web", "client_name": "Cursor"}),
            3,
        ),
        (
            json!({"redirect_uris": ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect",
                "http://127.0.0.1/", "http://127.0.0.1:33418/"], "application_type": "native",
                "token_endpoint_auth_method": "none", "response_types": ["code"],
                "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]}),
            4,
        ),
        (json!({"redirect_uris": ["http://localhost:7777/oauth/callback"], "scope": ""}), 1),
        (json!({"redirect_uris": [OUT_OF_BAND], "token_endpoint_auth_method": "none"}), 1),
        (json!({"redirect_uris": ["https://a.example/cb", "https://a.example/cb"]}), 1),
    ] {
        let answer = answer(&body);
        let echoed = answer["redirect_uris"].as_array().unwrap();
        assert_eq!(echoed.len(), uris, "{body}");
        assert_eq!(echoed.first(), body["redirect_uris"].as_array().unwrap().first());
    }
}

#[test]
fn a_refused_scheme_is_one_click_from_being_allowed() {
    let refused = register(&json!({"redirect_uris": ["windsurf://cb"]})).unwrap_err();
    assert_eq!(refused.value(), Some("windsurf://cb"));
    assert!(refused.description().contains("windsurf") && refused.description().contains("administrator"));
    let with_password = register(&json!({"redirect_uris": ["https://u:hush@a.example/"]})).unwrap_err();
    assert_eq!((with_password.why(), with_password.value()), (Why::RedirectUserInfo, None));
}

#[test]
fn closed_registration_is_not_there_for_strangers() {
    let closed = RegistrationPolicy { mode: RegistrationMode::Closed, ..rules() };
    let body = || Request::members(with(json!({})).to_string().as_bytes()).and_then(Request::of).unwrap();
    let refused = check(body(), &policy(), &closed, Registrant::Stranger).unwrap_err();
    assert_eq!((refused.status(), refused.why()), (404, Why::RegistrationClosed));
    assert!(check(body(), &policy(), &closed, Registrant::Administrator).is_ok());
    assert!(policy::is_full(10, &closed) && !policy::is_full(9, &closed));
    assert!(policy::is_nearly_full(8, &closed) && !policy::is_nearly_full(7, &closed));
    assert_eq!((policy::no_room().status(), policy::no_room().code()), (429, "temporarily_unavailable"));
}

#[test]
fn rfc7591_3_2_1_and_7592_3_the_reply_shows_what_was_made() {
    let (secret, token) = (Plain::new("dbs_x".into()), Plain::new("reg-x".into()));
    let body =
        reply(&client(AuthMethod::ClientSecretPost, "https://a.example/cb"), &issuer(), Some(&secret), Some(&token));
    assert_eq!(body["client_secret"], "dbs_x");
    assert_eq!(body["client_secret_expires_at"], 0);
    assert_eq!(body["registration_access_token"], "reg-x");
    assert_eq!(body["registration_client_uri"], "https://door.example/register/client_a");
    let public = reply(&client(AuthMethod::None, "https://a.example/cb"), &issuer(), None, Some(&token));
    assert!(public.get("client_secret").is_none() && public.get("client_secret_expires_at").is_none());
    let mut expiring = client(AuthMethod::ClientSecretPost, "https://a.example/cb");
    expiring.secret = expiring.secret.map(|s| crate::base::client::StoredSecret { expires_at: Some(NOON), ..s });
    assert_eq!(reply(&expiring, &issuer(), None, None)["client_secret_expires_at"], NOON.unix());
}

fn update(client: &Client, more: Value, secret: SecretVerdict) -> Result<manage::Update, OAuthError> {
    let token = Plain::new("reg-x".into());
    let (issuer, request) = (issuer(), Request::of(Request::members(with(more).to_string().as_bytes())?)?);
    replace(client, request, &Facts { issuer: &issuer, token: &token, secret, invitation: None }, &policy(), &rules())
}

#[test]
fn rfc7592_2_2_server_set_members_may_be_repeated_and_not_changed() {
    use SecretVerdict::{Differs, Matches, NotAsked};
    let ours = client(AuthMethod::ClientSecretBasic, "https://a.example/cb");
    for (sent, verdict, why) in [
        (json!({}), NotAsked, None),
        (json!({"client_id": "client_a", "client_secret": "s"}), Matches, None),
        (json!({"client_id_issued_at": NOON.unix(), "client_secret_expires_at": 0}), NotAsked, None),
        (json!({"registration_access_token": "reg-x"}), NotAsked, None),
        (json!({"registration_client_uri": "https://door.example/register/client_a"}), NotAsked, None),
        (json!({"client_secret": null}), NotAsked, None),
        (json!({"client_id": "client_b"}), NotAsked, Some(Why::UpdateClientId)),
        (json!({"client_id": 1}), NotAsked, Some(Why::UpdateClientId)),
        (json!({"client_secret": "mine"}), Differs, Some(Why::UpdateSecret)),
        (json!({"client_secret": 1}), NotAsked, Some(Why::UpdateSecret)),
        (json!({"client_secret": "mine"}), NotAsked, Some(Why::UpdateSecret)),
        (json!({"client_id_issued_at": 1}), NotAsked, Some(Why::UpdateServerMember)),
        (json!({"client_secret_expires_at": 99}), NotAsked, Some(Why::UpdateServerMember)),
        (json!({"registration_access_token": "reg-y"}), NotAsked, Some(Why::UpdateServerMember)),
        (json!({"registration_client_uri": "https://evil.example"}), NotAsked, Some(Why::UpdateServerMember)),
        (json!({"redirect_uris": []}), NotAsked, Some(Why::RedirectMissing)),
        (json!({"redirect_uris": ["javascript:x"]}), NotAsked, Some(Why::RedirectExecutingScheme)),
    ] {
        let refused = update(&ours, sent.clone(), verdict).err();
        assert_eq!(refused.as_ref().map(OAuthError::why), why, "{sent}");
        assert!(refused.is_none_or(|e| e.status() == 400));
    }
}

#[test]
fn rfc7592_2_2_what_an_update_brings_with_it() {
    let secretive = client(AuthMethod::ClientSecretBasic, "https://a.example/cb");
    let public = client(AuthMethod::None, "https://a.example/cb");
    let none = "token_endpoint_auth_method";
    for (who, sent, secret, is_another) in [
        (&secretive, json!({}), SecretChange::Keep, false),
        (&secretive, json!({none: "client_secret_post"}), SecretChange::Keep, true),
        (&secretive, json!({none: "none"}), SecretChange::Withdraw, true),
        (&public, json!({none: "none"}), SecretChange::Keep, false),
        (&public, json!({}), SecretChange::Issue, true),
        (&public, json!({none: "none", "client_name": "New"}), SecretChange::Keep, true),
        (&public, json!({none: "none", "client_name#de": "Neu"}), SecretChange::Keep, true),
        (&public, json!({none: "none", "redirect_uris": ["https://a.example/2"]}), SecretChange::Keep, true),
        (&public, json!({none: "none", "jwks": {"keys": []}}), SecretChange::Keep, true),
        (&public, json!({none: "none", "jwks_uri": "https://a.example/j"}), SecretChange::Keep, true),
        (&public, json!({none: "none", "contacts": ["x"], "scope": "mcp"}), SecretChange::Keep, false),
    ] {
        let update = update(who, sent.clone(), SecretVerdict::NotAsked).unwrap();
        assert_eq!((update.secret, update.is_another), (secret, is_another), "{sent}");
    }
    let named = Client { metadata: Metadata { client_name: Some("Old".into()), ..public.metadata.clone() }, ..public };
    let replaced = update(&named, json!({none: "none"}), SecretVerdict::NotAsked).unwrap();
    assert_eq!(replaced.metadata.client_name, None);
}

#[test]
fn rfc7592_2_one_answer_for_every_wrong_token() {
    let (missing, wrong) = (token_refused(Why::RegistrationTokenMissing), token_refused(Why::RegistrationTokenWrong));
    assert_eq!(serde_json::to_value(&missing).unwrap(), serde_json::to_value(&wrong).unwrap());
    assert_eq!((missing.status(), missing.challenge()), (401, wrong.challenge()));
}
