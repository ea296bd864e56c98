//! Tables for what an identity provider says of people.

use serde_json::{Value, json};

use super::*;
use crate::{
    base::{client::AuthMethod, resource::ResourceUri},
    oauth::{
        authorize::tests::{book, policy},
        client_auth::tests::{NOON, client, proven},
        sent_jwt::tests::unsigned,
    },
};

const KEY: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

fn good() -> Value {
    json!({
        "iss": "https://idp.example", "sub": "00u1", "aud": "https://door.example", "client_id": "client_a",
        "jti": "1", "iat": NOON.unix(), "exp": NOON.unix() + 300
    })
}

fn changed(change: &Value) -> Value {
    let mut claims = good();
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn request(header: &Value, claims: &Value, scope: Option<&str>, resource: Option<&str>) -> IdJagRequest {
    IdJagRequest {
        assertion: IdJag::read(&unsigned(header, claims)).unwrap(),
        scope: scope.map(ScopeSet::parse),
        resource: resource.and_then(ResourceUri::parse),
        key: None,
    }
}

fn by() -> Proven {
    proven(client(AuthMethod::ClientSecretBasic, "https://a.example/cb"))
}

#[test]
fn rfc7523_3_every_claim_about_a_person_is_judged() {
    let issuer = Issuer::parse("https://door.example").unwrap();
    let noon = NOON.unix();
    let typed = json!({"alg": "ES256", "typ": "oauth-id-jag+jwt"});
    for (header, change, why) in [
        (&typed, json!({}), None),
        (&typed, json!({"aud": ["https://door.example"]}), None),
        (&typed, json!({"exp": noon + 86_400}), None),
        (&typed, json!({"exp": noon - 29, "iat": noon - 300}), None),
        (&json!({"alg": "ES256", "typ": "JWT"}), json!({}), Some(Why::IdJagType)),
        (&json!({"alg": "ES256"}), json!({}), Some(Why::IdJagType)),
        (&json!({"alg": "none", "typ": "oauth-id-jag+jwt"}), json!({}), Some(Why::IdJagAlgorithm)),
        (&json!({"alg": "HS256", "typ": "oauth-id-jag+jwt"}), json!({}), Some(Why::IdJagAlgorithm)),
        (&typed, json!({"aud": "https://door.example/"}), Some(Why::IdJagAudience)),
        (&typed, json!({"aud": "https://door.example/token"}), Some(Why::IdJagAudience)),
        (&typed, json!({"aud": ["https://door.example", "https://other.example"]}), Some(Why::IdJagAudience)),
        (&typed, json!({"client_id": "client_b"}), Some(Why::IdJagClient)),
        (&typed, json!({"exp": noon - 30}), Some(Why::IdJagTime)),
        (&typed, json!({"exp": noon + 300, "iat": noon - 3_630}), Some(Why::IdJagTime)),
        (&typed, json!({"iat": noon + 31}), Some(Why::IdJagTime)),
        (&typed, json!({"nbf": noon + 31}), Some(Why::IdJagTime)),
        (&typed, json!({"sub": ""}), Some(Why::IdJagSubject)),
        (&typed, json!({"sub": "x".repeat(256)}), Some(Why::IdJagSubject)),
        (&typed, json!({"jti": ""}), Some(Why::IdJagId)),
        (&typed, json!({"cnf": {"jkt": KEY}}), Some(Why::ProofMissing)),
    ] {
        let judged = check(&request(header, &changed(&change), None, None), &by(), &issuer, NOON);
        assert_eq!(judged.err().map(|error| error.why()), why, "{header} {change}");
    }
    let bound = changed(&json!({"cnf": {"jkt": KEY}}));
    let with = |key: &str| IdJagRequest { key: Some(key.into()), ..request(&typed, &bound, None, None) };
    assert!(check(&with(KEY), &by(), &issuer, NOON).is_ok());
    assert_eq!(check(&with("other"), &by(), &issuer, NOON).unwrap_err().why(), Why::ProofOtherKey);
    let mut ids = ["https://idp.example", "https://other.example"].map(|iss| {
        let one = request(&typed, &changed(&json!({"iss": iss})), None, None);
        check(&one, &by(), &issuer, NOON).unwrap().key
    });
    ids.sort();
    assert_ne!(ids[0], ids[1], "two providers may give the same id");
}

#[test]
fn what_names_nobody_or_nothing_is_not_read() {
    for missing in ["iss", "sub", "aud", "client_id", "jti", "exp", "iat"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(missing);
        let read = IdJag::read(&unsigned(&json!({"alg": "ES256"}), &claims));
        assert_eq!(read.err().map(|error| error.why()), Some(Why::IdJagMalformed), "{missing}");
    }
    assert!(IdJag::read("eyJ.e30").is_err());
}

#[test]
fn idjag_its_resource_becomes_the_audience_and_its_scope_is_the_most_there_is() {
    let typed = json!({"alg": "ES256", "typ": "oauth-id-jag+jwt"});
    let notes = "https://notes.example/mcp";
    let files = "https://files.example/mcp";
    let book = book(&[(notes, "mcp notes:read", ""), (files, "mcp", "")]);
    for (claims, scope, resource, gives) in [
        (json!({"resource": notes}), None, None, Ok(("mcp", notes))),
        (json!({"resource": [notes, notes]}), None, Some(notes), Ok(("mcp", notes))),
        (json!({}), None, Some(files), Ok(("mcp", files))),
        (json!({}), None, None, Ok(("mcp", "https://door.example"))),
        (json!({"resource": notes, "scope": "notes:read mcp"}), None, None, Ok(("notes:read mcp", notes))),
        (json!({"resource": notes, "scope": "notes:read mcp"}), Some("mcp"), None, Ok(("mcp", notes))),
        (json!({"resource": notes, "scope": "notes:read"}), Some("mcp notes:read"), None, Ok(("notes:read", notes))),
        (json!({"resource": notes, "scope": "mcp offline_access"}), None, None, Ok(("mcp", notes))),
        (json!({"resource": notes, "scope": ""}), None, None, Ok(("mcp", notes))),
        (json!({"resource": notes, "scope": "theirs"}), None, None, Err(Why::IdJagScope)),
        (json!({"resource": notes, "scope": "notes:read"}), Some("mcp"), None, Err(Why::IdJagScope)),
        (json!({"resource": notes}), None, Some(files), Err(Why::ResourceDiffers)),
        (json!({"resource": [notes, files]}), None, None, Err(Why::ResourceSeveral)),
        (json!({"resource": "https://unknown.example"}), None, None, Err(Why::ResourceUnknown)),
        (json!({"resource": "notes"}), None, None, Err(Why::ResourceMalformed)),
    ] {
        let request = request(&typed, &changed(&claims), scope, resource);
        let allowed = allowed(&request, &by(), &book, &policy());
        let allowed = allowed.map(|allowed| (allowed.scope().to_string(), allowed.audience().to_string()));
        let gives = gives.map(|(scope, audience)| (scope.to_owned(), audience.to_owned()));
        assert_eq!(allowed.map_err(|error| error.why()), gives, "{claims} {scope:?} {resource:?}");
    }
}

#[test]
fn idjag_a_person_is_known_by_provider_and_subject_alone() {
    let from = |name: &str| TrustedIssuer {
        name: name.into(),
        issuer: "https://idp.example".into(),
        keys: crate::base::trusted::IssuerKeys::At("https://idp.example/keys".into()),
    };
    let typed = json!({"alg": "ES256", "typ": "oauth-id-jag+jwt"});
    let said = |change: Value| request(&typed, &changed(&change), None, None).assertion;
    let known = said(json!({"sub": "a b", "email": "ada@corp.example", "preferred_username": "ada"}));
    let person = known.person(&from("acme"));
    assert_eq!(person.user_id().as_str(), "idp:acme:a%20b");
    assert_eq!((person.login.as_str(), person.name.as_deref()), ("acme:a%20b", Some("ada@corp.example")));
    assert_ne!(known.person(&from("beta")).user_id(), person.user_id());
    assert_eq!(said(json!({"name": "Ada\u{7}", "email": "a"})).person(&from("acme")).name.as_deref(), Some("Ada"));
    assert_eq!(said(json!({"auth_time": NOON.unix() - 90})).auth_time(), NOON - Span::seconds(90));
    assert_eq!(said(json!({})).auth_time(), NOON);
}

#[test]
fn rfc7523_2_1_only_a_client_that_registered_the_grant_and_proved_itself_may_come_with_one() {
    let why = |by: &Proven| super::client(by).err().map(|error| error.why());
    assert_eq!(why(&by()), None);
    assert_eq!(why(&proven(client(AuthMethod::None, "https://a.example/cb"))), Some(Why::IdJagPublicClient));
    let mut other = client(AuthMethod::ClientSecretBasic, "https://a.example/cb");
    other.metadata.grant_types = GrantType::DEFAULT.to_vec();
    assert_eq!(why(&proven(other)), Some(Why::GrantNotRegistered));
}
