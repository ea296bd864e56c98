//! RFC 9068: access tokens that a protected server may check by itself, with the published keys and nothing else.

use doorbook::{
    base::{event::Actor, key::KeyPurpose, time::Span},
    flows::keys,
};
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, jwk::JwkSet};
use serde_json::{Value, json};

use crate::support::{
    app::{ISSUER, TestApp},
    client::TestClient,
};

/// As a protected server does it: the key by its id, the algorithm by the key, issuer and audience.
async fn verified(app: &TestApp, token: &str, audience: &str) -> TokenData<Value> {
    let set: JwkSet = serde_json::from_slice(&app.get("/jwks").await.body).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let key = set.find(header.kid.as_deref().unwrap()).unwrap();
    let mut checks = Validation::new(header.alg);
    checks.set_audience(&[audience]);
    checks.set_issuer(&[ISSUER]);
    checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The story plays at a time of its own.
    checks.validate_exp = false;
    jsonwebtoken::decode(token, &DecodingKey::from_jwk(key).unwrap(), &checks).unwrap()
}

#[actix_web::test]
async fn rfc9068_2_2_header_and_claims() {
    for (name, algorithm) in [("RS256", Algorithm::RS256), ("ES256", Algorithm::ES256)] {
        let app = TestApp::with(&[("DOORBOOK_SIGNING_ALGORITHM", name)]).await;
        let client = app.client().await;
        let ask = client.asks().with(&[("resource", "https://tools.example/mcp"), ("scope", "mcp offline_access")]);
        let signed_in = app.clock.now().unix();
        let code = app.ada().consents_to(&ask).await;
        app.later(Span::seconds(30));
        let tokens = client.exchanges(&code).await.ok();
        let token = verified(&app, &tokens.access, "https://tools.example/mcp").await;
        assert_eq!((token.header.typ.as_deref(), token.header.alg), (Some("at+jwt"), algorithm));
        let mut claims = token.claims;
        let members = claims.as_object_mut().unwrap();
        let (jti, grant) = (members.remove("jti").unwrap(), members.remove("grant").unwrap());
        assert!(jti.as_str().unwrap().len() > 20 && grant.is_string());
        assert_eq!(
            claims,
            json!({
                "iss": ISSUER,
                "sub": "github:1",
                "aud": "https://tools.example/mcp",
                "client_id": client.id,
                "scope": "mcp offline_access",
                "iat": signed_in + 30,
                "exp": signed_in + 30 + 3_600,
                "auth_time": signed_in,
                "username": "ada",
            })
        );
    }
}

#[actix_web::test]
async fn rfc9068_2_2_every_token_has_an_id_of_its_own_and_keeps_the_sign_in() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let mut tokens = app.ada().connects(&client).await;
    let (first, mut seen) = (tokens.claims(), Vec::new());
    for _ in 0..3 {
        let claims = tokens.claims();
        assert!(!seen.contains(&claims["jti"]));
        assert_eq!((&claims["auth_time"], &claims["grant"]), (&first["auth_time"], &first["grant"]));
        seen.push(claims["jti"].clone());
        app.later(Span::minutes(5));
        tokens = client.refreshes(&tokens).await.ok();
    }
}

#[actix_web::test]
async fn rfc9068_5_a_subject_is_no_client_and_a_recycled_login_is_another_person() {
    let app = TestApp::start().await;
    let client: TestClient<'_> = app.client().await;
    let tokens = app.ada().connects(&client).await;
    assert!(!client.id.contains(':') && tokens.claims()["sub"].as_str().unwrap().contains(':'));
    let recycled = crate::support::person::Person::new(&app, 77, "ada");
    let page = recycled.asked(&client.asks()).await.page().page(403);
    assert!(page.contains("DB-703"), "{page}");
}

#[actix_web::test]
async fn key_06_a_new_key_is_published_a_day_before_it_signs() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let old = app.ada().connects(&client).await;
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    keys::rotate(&app.desk, &app.call(), Actor::CommandLine, KeyPurpose::AccessTokens, false).await.unwrap();
    assert_eq!(app.get("/jwks").await.body()["keys"].as_array().unwrap().len(), 2);
    app.later(Span::hours(23));
    keys::advance(&app.desk, &app.call()).await.unwrap();
    keys::reload(&app.desk).await.unwrap();
    let before = client.refreshes(&old).await.ok();
    assert_eq!(kid(&before.access), kid(&old.access));
    app.later(Span::hours(1));
    keys::advance(&app.desk, &app.call()).await.unwrap();
    keys::reload(&app.desk).await.unwrap();
    let after = client.refreshes(&before).await.ok();
    assert_ne!(kid(&after.access), kid(&old.access));
    verified(&app, &before.access, ISSUER).await;
    verified(&app, &after.access, ISSUER).await;
    app.gate(&after.access).await.is(200);
    app.gate(&before.access).await.refused(401, "invalid_token");
}
