//! OpenID Connect Discovery: the metadata under its other name, while clients may ask who signed in.

use doorbook::oauth::authorize::ResponseMode;
use serde_json::json;

use crate::support::app::{ISSUER, TestApp};

const PATH: &str = "/.well-known/openid-configuration";

#[actix_web::test]
async fn oidc_discovery_4_there_is_nothing_while_it_is_off() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp profile email")]).await;
    for path in [PATH, "/userinfo", "/oauth/userinfo", "/.well-known/oauth-protected-resource/userinfo"] {
        app.get(path).await.refused(404, "invalid_request");
    }
    assert_eq!(app.get("/jwks").await.body()["keys"].as_array().unwrap().len(), 1);
    let document = app.get("/.well-known/oauth-authorization-server").await.body();
    for member in ["userinfo_endpoint", "subject_types_supported", "id_token_signing_alg_values_supported"] {
        assert_eq!(document.get(member), None);
    }
}

#[actix_web::test]
async fn oidc_discovery_3_every_member_that_is_required_and_what_clients_look_for() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp offline_access openid profile")]).await;
    let answer = app.get(PATH).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let document = answer.body();
    let url = |path: &str| json!(format!("{ISSUER}{path}"));
    for (member, value) in [
        ("issuer", url("")),
        ("authorization_endpoint", url("/authorize")),
        ("token_endpoint", url("/token")),
        ("userinfo_endpoint", url("/userinfo")),
        ("jwks_uri", url("/jwks")),
        ("registration_endpoint", url("/register")),
        ("scopes_supported", json!(["mcp", "offline_access", "openid", "profile"])),
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(ResponseMode::ALL)),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("claims_parameter_supported", json!(false)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
    ] {
        assert_eq!(document[member], value, "{member}");
    }
    let claims = document["claims_supported"].as_array().unwrap();
    assert!(claims.contains(&json!("preferred_username")) && !claims.contains(&json!("email")), "{claims:?}");
    assert_eq!(document, app.get("/.well-known/oauth-authorization-server").await.body());
}

#[actix_web::test]
async fn oidc_discovery_4_1_an_issuer_with_a_path_has_it_in_both_forms() {
    let env = [("DOORBOOK_PUBLIC_URL", "https://host.example/auth"), ("DOORBOOK_SCOPES", "mcp openid")];
    let app = TestApp::with(&env).await;
    for path in ["/auth/.well-known/openid-configuration", "/.well-known/openid-configuration/auth"] {
        let document = app.get(path).await.body();
        assert_eq!(document["issuer"], "https://host.example/auth");
        assert_eq!(document["userinfo_endpoint"], "https://host.example/auth/userinfo");
    }
    for path in [PATH, "/.well-known/openid-configuration/", "/.well-known/openid-configuration/other"] {
        app.get(path).await.refused(404, "invalid_request");
    }
    let own = app.get("/.well-known/oauth-protected-resource/auth/userinfo").await.body();
    assert_eq!(own["resource"], "https://host.example/auth/userinfo");
    app.get("/.well-known/oauth-protected-resource/userinfo").await.refused(404, "invalid_request");
}
