//! RFC 7523 sections 2.2 and 3: clients that prove themselves with a signature, registered ones and described ones.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKey, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use doorbook::base::{id::ClientId, time::Span};
use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto::sign, encode, jwk::Jwk};
use serde_json::{Value, json};

use crate::support::{
    answer::Answer,
    app::{ISSUER, TestApp},
    client::TestClient,
    site::{Page, Site},
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair of a client.
struct Key {
    kid: &'static str,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl Key {
    fn new(algorithm: Algorithm, kid: &'static str) -> Self {
        let random = SystemRandom::new();
        let private = match algorithm {
            Algorithm::ES256 => {
                let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                EncodingKey::from_ec_der(key.as_ref())
            }
            Algorithm::EdDSA => EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&random).unwrap().as_ref()),
            _ => {
                let key = RsaKey::generate(KeySize::Rsa2048).unwrap();
                let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).unwrap();
                let pem = format!(
                    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                    STANDARD.encode(der.as_ref())
                );
                EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
            }
        };
        Self { kid, algorithm, private }
    }

    /// Its public half.
    fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn signs(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.to_owned());
        encode(&header, claims, &self.private).unwrap()
    }

    /// The same under a name of the algorithm that the library does not know.
    fn signs_as(&self, algorithm: &str, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": algorithm, "kid": self.kid})), part(claims));
        let signature = sign(signed.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{signed}.{signature}")
    }
}

fn body(keys: &Value) -> Value {
    json!({
        "client_name": "Signer",
        "redirect_uris": ["https://signer.example/callback"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": keys},
    })
}

/// The claims of a good assertion, a new one each time.
fn claims(app: &TestApp, client: &TestClient<'_>) -> Value {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let now = app.clock.now().unix();
    json!({
        "iss": client.id, "sub": client.id, "aud": ISSUER, "iat": now, "exp": now + 60,
        "jti": format!("j{}", COUNT.fetch_add(1, Ordering::Relaxed))
    })
}

async fn shows(client: &TestClient<'_>, path: &str, fields: &[(&str, &str)], assertion: &str) -> Answer {
    let changes = [("client_assertion_type", TYPE), ("client_assertion", assertion), ("-client_id", "")];
    client.posts(path, fields, &changes).await
}

async fn revokes(client: &TestClient<'_>, assertion: &str) -> Answer {
    shows(client, "/revoke", &[("token", "dbr_x")], assertion).await
}

#[actix_web::test]
async fn rfc7523_2_2_a_signature_opens_token_revoke_and_introspect() {
    let app = TestApp::start().await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    for endpoint in ["token", "revocation", "introspection"] {
        let list = |name: &str| metadata[format!("{endpoint}_endpoint_auth_{name}_supported")].clone();
        assert!(list("methods").as_array().unwrap().contains(&json!("private_key_jwt")), "{endpoint}");
        assert_eq!(list("signing_alg_values"), json!(["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]), "{endpoint}");
    }
    for algorithm in [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA] {
        let key = Key::new(algorithm, "k1");
        let client = app.registers(body(&json!([key.jwk()]))).await;
        assert_eq!(client.registration["token_endpoint_auth_method"], "private_key_jwt");
        assert_eq!(client.secret, None);
        let code = app.ada().consents(&client).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", &code.redirect_uri),
            ("code_verifier", &code.verifier),
        ];
        client.posts("/token", &fields, &[]).await.refused(401, "invalid_client");
        let tokens = shows(&client, "/token", &fields, &key.signs(&claims(&app, &client))).await.is(200).json();
        let access = tokens["access_token"].as_str().unwrap();
        let told = shows(&client, "/introspect", &[("token", access)], &key.signs(&claims(&app, &client))).await;
        assert_eq!(told.is(200).json()["active"], true, "{algorithm:?}");
        shows(&client, "/revoke", &[("token", access)], &key.signs(&claims(&app, &client))).await.is(200);
        app.gate(access).await.is(401);
    }
}

#[actix_web::test]
async fn rfc9864_2_2_ed25519_counts_under_both_of_its_names() {
    let app = TestApp::start().await;
    let key = Key::new(Algorithm::EdDSA, "k1");
    for (registered, signed, good) in [
        (Value::Null, "EdDSA", true),
        (Value::Null, "Ed25519", true),
        (json!("Ed25519"), "Ed25519", true),
        (json!("Ed25519"), "EdDSA", false),
        (Value::Null, "Ed448", false),
    ] {
        let mut body = body(&json!([key.jwk()]));
        body["token_endpoint_auth_signing_alg"] = registered;
        let client = app.registers(body).await;
        let shown = revokes(&client, &key.signs_as(signed, &claims(&app, &client))).await;
        assert_eq!(shown.status, if good { 200 } else { 401 }, "{signed}");
    }
}

#[actix_web::test]
async fn rfc7523_3_an_assertion_works_once_and_only_as_it_should() {
    let app = TestApp::start().await;
    let (key, stranger) = (Key::new(Algorithm::ES256, "k1"), Key::new(Algorithm::ES256, "k1"));
    let client = app.registers(body(&json!([key.jwk()]))).await;
    let good = key.signs(&claims(&app, &client));
    revokes(&client, &good).await.is(200);
    revokes(&client, &good).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_replayed"]);
    app.later(Span::minutes(3));
    revokes(&client, &good).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_time"]);

    revokes(&client, &stranger.signs(&claims(&app, &client))).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_signature"]);
    let unsigned = {
        let signed = key.signs(&claims(&app, &client));
        let (_, rest) = signed.split_once('.').unwrap();
        format!("eyJhbGciOiJub25lIn0.{}.", rest.split_once('.').unwrap().0)
    };
    revokes(&client, &unsigned).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_algorithm"]);
    for (name, value, slug) in [
        ("aud", json!([ISSUER, "https://other.example"]), "assertion_audience"),
        ("aud", json!("https://other.example"), "assertion_audience"),
        ("iss", json!("client_other"), "assertion_subject"),
        ("iat", json!(app.clock.now().unix() - 600), "assertion_time"),
        ("jti", Value::Null, "assertion_id"),
    ] {
        let mut claims = claims(&app, &client);
        claims[name] = value;
        revokes(&client, &key.signs(&claims)).await.refused(401, "invalid_client");
        app.audit().await.ends_with([slug]);
    }
    for endpoint in ["", "/", "/token", "/par", "/introspect", "/revoke", "/device_authorization"] {
        let mut at_endpoint = claims(&app, &client);
        at_endpoint["aud"] = json!([format!("{ISSUER}{endpoint}")]);
        revokes(&client, &key.signs(&at_endpoint)).await.is(200);
    }

    let assertion = key.signs(&claims(&app, &client));
    let fields = [("token", "dbr_x"), ("client_assertion", &*assertion)];
    client.posts("/revoke", &fields, &[]).await.refused(401, "invalid_client");
    let both = [
        ("token", "dbr_x"),
        ("client_assertion", &*assertion),
        ("client_assertion_type", TYPE),
        ("client_secret", "s"),
    ];
    client.posts("/revoke", &both, &[]).await.refused(400, "invalid_request");
    let other = [("token", "dbr_x"), ("client_assertion", &*assertion), ("client_assertion_type", TYPE)];
    client.posts("/revoke", &other, &[("client_id", "client_other")]).await.refused(400, "invalid_request");

    // What is made for an hour counts for five minutes, and once.
    let mut long = claims(&app, &client);
    long["exp"] = json!(app.clock.now().unix() + 3_600);
    let long = [key.signs(&long), {
        long["jti"] = json!("later");
        key.signs(&long)
    }];
    revokes(&client, &long[0]).await.is(200);
    app.later(Span::minutes(4));
    revokes(&client, &long[0]).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_replayed"]);
    app.later(Span::minutes(2));
    revokes(&client, &long[1]).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_time"]);

    let public = app.client().await;
    revokes(&public, &key.signs(&claims(&app, &public))).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_unregistered"]);
}

#[actix_web::test]
async fn rfc7591_2_a_registration_needs_the_keys_and_a_known_algorithm() {
    let app = TestApp::start().await;
    let key = Key::new(Algorithm::ES256, "k1");
    let with = |change: Value| {
        let mut body = body(&json!([key.jwk()]));
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (change, good) in [
        (json!({}), true),
        (json!({"token_endpoint_auth_signing_alg": "ES256"}), true),
        (json!({"jwks": null, "jwks_uri": "https://signer.example/jwks"}), true),
        (json!({"jwks": null}), false),
        (json!({"jwks": {"keys": []}}), false),
        (json!({"token_endpoint_auth_signing_alg": "none"}), false),
        (json!({"token_endpoint_auth_signing_alg": "HS256"}), false),
    ] {
        let answer = app.post_json("/register", &with(change.clone())).await;
        match good {
            true => assert_eq!(answer.is(201).json()["token_endpoint_auth_method"], "private_key_jwt", "{change}"),
            false => assert_eq!(answer.refused(400, "invalid_client_metadata").status, 400, "{change}"),
        }
    }
    let client = app.registers(with(json!({"token_endpoint_auth_signing_alg": "RS256"}))).await;
    revokes(&client, &key.signs(&claims(&app, &client))).await.refused(401, "invalid_client");
    app.audit().await.ends_with(["assertion_algorithm"]);
}

#[actix_web::test]
async fn rfc7523_keys_are_fetched_kept_and_fetched_again_when_they_change() {
    let site = Site::start().await;
    let app = TestApp::beside(&site, &[]).await;
    let (old, new) = (Key::new(Algorithm::ES256, "old"), Key::new(Algorithm::ES256, "new"));
    let shows_keys = |key: &Key| site.shows("/jwks", Page::Json(json!({"keys": [key.jwk()]}), ""));
    shows_keys(&old);
    let mut body = body(&json!([]));
    body["jwks"] = Value::Null;
    body["jwks_uri"] = json!(site.url("/jwks"));
    let client = app.registers(body).await;
    let many_sign = async |key: &Key| {
        let signed: Vec<_> = (0..10).map(|_| key.signs(&claims(&app, &client))).collect();
        for answer in join_all(signed.iter().map(|signed| revokes(&client, signed))).await {
            answer.is(200);
        }
    };
    many_sign(&old).await;
    assert_eq!(site.asked("/jwks"), 1, "fetched once for all who come at the same time");
    many_sign(&old).await;
    assert_eq!(site.asked("/jwks"), 1, "kept");
    shows_keys(&new);
    revokes(&client, &new.signs(&claims(&app, &client))).await.refused(401, "invalid_client");
    assert_eq!(site.asked("/jwks"), 1, "unknown keys cannot make this server ask without end");
    app.later(Span::minutes(1));
    many_sign(&new).await;
    revokes(&client, &old.signs(&claims(&app, &client))).await.refused(401, "invalid_client");
    assert_eq!(site.asked("/jwks"), 2);

    site.shows("/jwks", Page::Raw(503, "", String::new()));
    app.later(Span::hours(12));
    revokes(&client, &new.signs(&claims(&app, &client))).await.is(200);
    app.later(Span::hours(24));
    revokes(&client, &new.signs(&claims(&app, &client))).await.refused(503, "temporarily_unavailable");
    site.shows("/jwks", Page::Raw(404, "", String::new()));
    revokes(&client, &new.signs(&claims(&app, &client))).await.refused(401, "invalid_client");

    app.names("app.example", &["10.0.0.1".parse().unwrap()]);
    let asked = site.asked("/jwks");
    revokes(&client, &new.signs(&claims(&app, &client))).await.refused(401, "invalid_client");
    assert_eq!(site.asked("/jwks"), asked, "no private address is asked for keys");
}

#[actix_web::test]
async fn cimd_6_2_a_described_client_may_sign_or_do_without_as_its_document_says() {
    let site = Site::start().await;
    let app = TestApp::beside(&site, &[]).await;
    let key = Key::new(Algorithm::RS256, "k1");
    site.shows("/jwks", Page::Json(json!({"keys": [key.jwk()]}), ""));
    let document = |path: &str, method: Value, listed: Value| {
        json!({
            "client_id": site.url(path),
            "client_name": "Connector",
            "redirect_uris": ["https://app.example/callback"],
            "token_endpoint_auth_method": method,
            "token_endpoint_auth_methods_supported": listed,
            "token_endpoint_auth_signing_alg": "RS256",
            "jwks_uri": site.url("/jwks"),
        })
    };
    for (path, method, listed, without) in [
        ("/signs.json", json!("private_key_jwt"), Value::Null, false),
        ("/lists.json", Value::Null, json!(["private_key_jwt"]), false),
        ("/both.json", json!("none"), json!(["none", "private_key_jwt"]), true),
        ("/both-too.json", json!("private_key_jwt"), json!(["none", "private_key_jwt"]), true),
    ] {
        let document = document(path, method, listed);
        site.shows(path, Page::Json(document.clone(), ""));
        let client = TestClient::registered(&app, document);
        app.ada().asked(&client.asks()).await.page().page(200);
        revokes(&client, &key.signs(&claims(&app, &client))).await.is(200);
        let bare = client.revokes("dbr_x").await;
        assert_eq!(bare.status, if without { 200 } else { 401 }, "{path}");
        let id = ClientId::new(client.id.as_str());
        let stored = app.desk.store.read(move |reader| doorbook::store::clients::find(reader, &id)).await.unwrap();
        assert_eq!(stored.unwrap().is_confidential(), !without, "{path}");
    }
}
