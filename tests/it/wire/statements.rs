//! Software statements (RFC 7591 sections 2.3 and 3.1.1) of an issuer that the configuration trusts.

use doorbook::base::time::Span;
use serde_json::{Value, json};

use crate::support::{
    answer::Answer,
    app::{ISSUER, TestApp},
    client::{TestClient, public_client},
    proof::Key,
    site::{Page, Site},
};

const VENDOR: &str = "https://statements.vendor.example";
const HOME: &str = "https://sketchbook.example/callback";

/// The table of the configuration file that trusts the holder of that key.
fn table(key: &Key) -> String {
    let jwk = key.public();
    let members = ["kty", "crv", "x", "y", "kid"].map(|name| format!("{name} = {}", jwk[name]));
    let keys = format!("keys = [{{ {} }}]", members.join(", "));
    format!("[[statement_issuers]]\nname = 'vendor'\nissuer = '{VENDOR}'\n{keys}\n")
}

/// What the vendor says of its product.
fn said() -> Value {
    json!({ "iss": VENDOR, "client_name": "Sketchbook", "software_id": "sketch", "redirect_uris": [HOME] })
}

/// A registration with a statement beside its own words.
fn with(statement: &str) -> Value {
    let mut body = public_client();
    body["software_statement"] = statement.into();
    body
}

async fn brings(app: &TestApp, statement: &str) -> Answer {
    app.post_json("/register", &with(statement)).await
}

#[actix_web::test]
async fn rfc7591_2_3_what_a_trusted_issuer_says_wins_and_is_given_back() {
    let key = Key::new();
    let app = TestApp::with_file(&[("DOORBOOK_REGISTRATION", "approval")], &table(&key)).await;
    let statement = key.states("JWT", &said());
    let registration = brings(&app, &statement).await.is(201).json();
    assert_eq!((&registration["client_name"], &registration["redirect_uris"]), (&json!("Sketchbook"), &json!([HOME])));
    assert_eq!(
        (&registration["software_id"], &registration["software_statement"]),
        (&json!("sketch"), &json!(statement))
    );
    let client = TestClient::registered(&app, registration);
    let page = app.ada().asked(&client.asks()).await.page().page(200);
    assert!(page.contains("A software statement of") && page.contains("statements.vendor.example"), "{page}");
    app.ada().connects(&client).await;
    assert_eq!(client.reads().await.is(200).json()["software_statement"], statement.as_str());

    // Without it, the next time, it is a client like any other, and waits like any other.
    let plain = json!({ "client_id": client.id, "client_name": "Sketchbook", "redirect_uris": [HOME],
        "token_endpoint_auth_method": "none" });
    let replaced = client.replaces(&plain).await.is(200).json();
    assert_eq!(replaced.get("software_statement"), None);
    assert!(app.ada().consented(&client).await.text().contains("Waiting for an administrator"));
    let again =
        json!({ "client_id": client.id, "software_statement": statement, "token_endpoint_auth_method": "none" });
    assert_eq!(client.replaces(&again).await.is(200).json()["redirect_uris"], json!([HOME]));
    app.ada().connects(&client).await;

    let mut without = said();
    without.as_object_mut().unwrap().remove("redirect_uris");
    let copied = brings(&app, &key.states("JWT", &without)).await.is(201).json();
    assert_eq!(copied["client_name"], "Sketchbook");
    let copied = TestClient::registered(&app, copied);
    let waits = app.ada().consented(&copied).await.text();
    assert!(waits.contains("Waiting for an administrator"), "a copy of it proves nothing: {waits}");

    let grace = app.grace();
    let html = grace.goes(&format!("/admin/clients/{}", client.id)).await.page().page(200);
    assert!(html.contains("Software statement") && html.contains(VENDOR), "{html}");
    assert!(grace.opens("/admin/policy").await.page(200).contains(VENDOR));
}

#[actix_web::test]
async fn rfc7591_3_1_1_a_statement_that_cannot_be_believed_is_refused() {
    let (key, stranger) = (Key::new(), Key::new());
    let app = TestApp::with_file(&[], &table(&key)).await;
    let now = app.clock.now().unix();
    let but = |change: Value| {
        let mut claims = said();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        key.states("JWT", &claims)
    };
    for (statement, code, reason) in [
        ("nonsense".to_owned(), "invalid_software_statement", "statement_malformed"),
        (stranger.states("JWT", &said()), "invalid_software_statement", "statement_signature"),
        (but(json!({ "exp": now - 60 })), "invalid_software_statement", "statement_time"),
        (but(json!({ "iat": now + 3600 })), "invalid_software_statement", "statement_time"),
        (but(json!({ "aud": "https://other.example" })), "invalid_software_statement", "statement_audience"),
        (but(json!({ "iss": "https://other.example" })), "unapproved_software_statement", "statement_unapproved"),
        (but(json!({ "redirect_uris": "x" })), "invalid_client_metadata", "metadata_type"),
    ] {
        brings(&app, &statement).await.refused(400, code);
        app.audit().await.has(reason);
    }
    brings(&app, &but(json!({ "aud": [ISSUER], "exp": now + 60 }))).await.is(201);
    brings(&app, &but(json!({ "client_id": "chosen", "logo_uri": "https://a.example/logo" }))).await.is(201);
}

#[actix_web::test]
async fn rfc7591_2_3_the_keys_of_an_issuer_are_fetched() {
    let (site, key) = (Site::start().await, Key::new());
    let uri = site.url("/keys");
    let table = format!("[[statement_issuers]]\nname = 'vendor'\nissuer = '{VENDOR}'\njwks_uri = '{uri}'\n");
    let app = TestApp::beside_with_file(&site, &[("DOORBOOK_REGISTRATION", "approval")], Some(&table)).await;
    let statement = key.states("JWT", &said());
    site.shows("/keys", Page::Raw(503, "", String::new()));
    brings(&app, &statement).await.refused(503, "temporarily_unavailable");
    app.audit().await.has("statement_keys");
    app.later(Span::minutes(2));
    site.shows("/keys", Page::Json(json!({ "keys": [key.public()] }), ""));
    let client = TestClient::registered(&app, brings(&app, &statement).await.is(201).json());
    app.ada().connects(&client).await;

    let closed = TestApp::beside_with_file(&site, &[("DOORBOOK_REGISTRATION", "closed")], Some(&table)).await;
    let asked = site.asked("/keys");
    brings(&closed, &statement).await.is(404);
    assert_eq!(site.asked("/keys"), asked, "nothing is fetched for whoever may not come in anyway");
}
