//! RFC 7636: proof key for code exchange, S256 only and for everybody.

use crate::support::{answer::param, app::TestApp, client::confidential_client};

#[actix_web::test]
async fn rfc7636_4_4_1_nobody_gets_a_code_without_a_challenge() {
    let app = TestApp::start().await;
    let ada = app.ada();
    for client in [app.client().await, app.registers(confidential_client()).await] {
        for changes in [
            vec![("-code_challenge", "")],
            vec![("-code_challenge", ""), ("-code_challenge_method", "")],
            vec![("-code_challenge_method", "")],
            vec![("code_challenge_method", "plain")],
            vec![("code_challenge_method", "s256")],
            vec![("code_challenge", "x")],
            vec![("code_challenge", "=================================---------==")],
        ] {
            let url = ada.asked(&client.asks().with(&changes)).await.denied("invalid_request");
            assert!(param(&url, "error_description").is_some_and(|words| words.contains("code_challenge")), "{url}");
        }
    }
}

#[actix_web::test]
async fn rfc7636_4_6_the_verifier_must_be_the_one() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents(&client).await;
    let long = "a".repeat(129);
    for (verifier, error) in [
        ("a".repeat(43), "invalid_grant"),
        ("a".repeat(128), "invalid_grant"),
        (format!("{}x", code.verifier), "invalid_grant"),
        (code.verifier[..code.verifier.len() - 1].to_owned(), "invalid_request"),
        (code.verifier.to_uppercase(), "invalid_grant"),
        (doorbook::crypto::digest::sha256_base64url(code.verifier.as_bytes()), "invalid_grant"),
        ("a".repeat(42), "invalid_request"),
        (long, "invalid_request"),
        (String::new(), "invalid_request"),
        (format!("{}\u{0}", code.verifier), "invalid_request"),
        (format!("{} ", code.verifier), "invalid_request"),
        (format!("{}ü", code.verifier), "invalid_request"),
    ] {
        let answer = client.exchanges_with(&code, &[("code_verifier", &verifier)]).await;
        assert_eq!(answer.status, 400, "{verifier:?}");
        let code = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(code == error || (error == "invalid_request" && code == "invalid_grant"), "{verifier:?}: {code}");
    }
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rfc7636_4_2_the_metadata_names_s256_and_nothing_else() {
    let app = TestApp::start().await;
    let document = app.get("/.well-known/oauth-authorization-server").await.body();
    assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
}
