//! Tables for the gate.

use super::*;
use crate::{
    base::{
        id::{AccessId, ClientId, GrantId, UserId},
        issuer::Issuer,
        resource::ResourceUri,
        scope::ScopeSet,
        user::Who,
    },
    oauth::client_auth::tests::NOON,
};

const METADATA: &str = "resource_metadata=\"https://files.example/.well-known/oauth-protected-resource/mcp\"";

fn claims(aud: &str) -> Claims {
    Claims {
        iss: "https://door.example".into(),
        sub: UserId::new("github:1"),
        aud: ResourceUri::parse(aud).unwrap(),
        client_id: ClientId::new("client_a"),
        scope: ScopeSet::parse("mcp offline_access"),
        jti: AccessId::new("j1"),
        grant: GrantId::new("g1"),
        iat: NOON,
        exp: Time::from_unix(NOON.unix() + 3_600),
        auth_time: Some(NOON),
        cnf: None,
        act: None,
        username: "Octavia-K".into(),
        name: None,
        email: None,
    }
}

fn book(required: Option<&str>) -> ResourceBook {
    let entry = |required: &str| Resource {
        required_scopes: ScopeSet::parse(required),
        ..Resource::new(ResourceUri::parse("https://files.example/mcp").unwrap())
    };
    let issuer = Issuer::parse("https://door.example").unwrap();
    ResourceBook::new(required.map(entry).into_iter().collect(), required.is_some(), issuer)
}

fn changed(book: ResourceBook, change: impl FnOnce(Resource) -> Resource) -> ResourceBook {
    let only = book.entries()[0].clone();
    ResourceBook::new(vec![change(only)], true, book.issuer().clone())
}

fn target(url: &str) -> Target {
    Target::parse_url(url).unwrap()
}

fn ask<'a>(
    book: &'a ResourceBook,
    target: Option<&'a Target>,
    token: Token<'a>,
) -> Result<Option<&'a Claims>, OAuthError> {
    check(&Question { book, target, method: None, token, proof: None, assumes_proof: false, now: NOON })
}

#[test]
fn every_200_carries_every_header_with_values_that_are_safe() {
    let good = claims("https://door.example");
    let book = book(None);
    let passes = ask(&book, None, Token::Signed(&good, Standing::Good)).unwrap();
    let identity = Identity::of(passes.unwrap());
    assert_eq!(
        HEADERS.into_iter().zip(identity.values().clone()).collect::<Vec<_>>(),
        [
            ("x-user-id", "github:1"),
            ("x-user-name", "Octavia-K"),
            ("x-auth-token", "j1"),
            ("x-auth-client-id", "client_a"),
            ("x-auth-scope", "mcp offline_access"),
            ("x-auth-email", ""),
        ]
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
    );
    let odd = Claims { username: "a\r\nX-User-Id: b\u{e9}%".into(), ..claims("https://door.example") };
    let passes = ask(&book, None, Token::Signed(&odd, Standing::Good)).unwrap();
    let identity = Identity::of(passes.unwrap());
    assert_eq!(identity.values()[1], "a%0D%0AX-User-Id: b%C3%A9%25");
}

#[test]
fn rfc8707_2_a_token_opens_only_its_own_resource() {
    let (open, held) = (book(None), book(Some("")));
    let emptied = ResourceBook::new(Vec::new(), true, held.issuer().clone());
    let files = "https://files.example/mcp";
    for (register, url, aud, refused) in [
        (&open, None, "https://door.example", None),
        (&open, Some("https://any.example/x"), "https://door.example", None),
        (&open, Some("https://any.example/x/y"), "https://any.example/x", None),
        (&open, Some("https://any.example/y"), "https://any.example", None),
        (&open, Some("https://any.example/xy"), "https://any.example/x", Some((401, Why::AudienceDiffers))),
        (&open, Some("http://any.example/x"), "https://any.example/x", Some((401, Why::AudienceDiffers))),
        (&open, Some("https://other.example/x"), "https://any.example", Some((401, Why::AudienceDiffers))),
        (&open, None, "https://any.example/x", Some((401, Why::AudienceDiffers))),
        (&held, Some("https://files.example/mcp/list"), files, None),
        (&held, Some("https://files.example/mcp"), "https://door.example", Some((401, Why::AudienceDiffers))),
        (&held, Some("https://files.example/mcp"), "https://files.example/mcp/", Some((401, Why::AudienceDiffers))),
        (&held, Some("https://files.example/mcpx"), files, Some((403, Why::ResourceUnmatched))),
        (&held, Some("https://other.example/mcp"), files, Some((403, Why::ResourceUnmatched))),
        (&held, None, files, Some((403, Why::TargetMissing))),
        (&emptied, Some("https://any.example/x"), "https://door.example", Some((403, Why::ResourceUnmatched))),
    ] {
        let target = url.map(target);
        let claims = claims(aud);
        let outcome = ask(register, target.as_ref(), Token::Signed(&claims, Standing::Good));
        assert_eq!(outcome.err().map(|e| (e.status(), e.why())), refused, "{url:?} {aud}");
    }
}

#[test]
fn rfc6750_3_each_refusal_has_its_status_and_challenge() {
    let good = claims("https://files.example/mcp");
    let old = Claims { exp: NOON, ..good.clone() };
    let foreign = Claims { iss: "https://other.example".into(), ..good.clone() };
    let weak = Claims { scope: ScopeSet::parse("offline_access"), ..good.clone() };
    let with_error = |error: &str| Some(format!("Bearer {METADATA}, scope=\"mcp\", error=\"{error}\""));
    for (token, status, code, why, challenge) in [
        (Token::Missing, 401, "invalid_request", Why::BearerMissing, Some(format!("Bearer {METADATA}, scope=\"mcp\""))),
        (Token::Malformed, 401, "invalid_request", Why::BearerMalformed, with_error("invalid_token")),
        (Token::Unreadable, 401, "invalid_token", Why::BearerUnreadable, with_error("invalid_token")),
        (
            Token::Signed(&foreign, Standing::Good),
            401,
            "invalid_token",
            Why::BearerUnreadable,
            with_error("invalid_token"),
        ),
        (Token::Signed(&old, Standing::Good), 401, "invalid_token", Why::BearerExpired, with_error("invalid_token")),
        (
            Token::Signed(&good, Standing::Revoked),
            401,
            "invalid_token",
            Why::BearerRevoked,
            with_error("invalid_token"),
        ),
        (
            Token::Signed(&good, Standing::ClientOut),
            401,
            "invalid_token",
            Why::BearerClientOut,
            with_error("invalid_token"),
        ),
        (
            Token::Signed(&weak, Standing::Good),
            403,
            "insufficient_scope",
            Why::ScopeInsufficient,
            with_error("insufficient_scope"),
        ),
        (Token::Signed(&good, Standing::PersonOut), 403, "access_denied", Why::BearerPersonOut, None),
        (Token::Signed(&good, Standing::Unknown), 503, "temporarily_unavailable", Why::StandingStale, None),
    ] {
        let refused = ask(&book(Some("mcp")), Some(&target("https://files.example/mcp")), token).unwrap_err();
        assert_eq!((refused.status(), refused.code(), refused.why()), (status, code, why));
        assert_eq!(refused.challenge(), challenge.as_deref());
    }
    let nowhere = ask(&book(None), None, Token::Missing).unwrap_err();
    assert_eq!(nowhere.challenge(), Some("Bearer realm=\"doorbook\""));
}

#[test]
fn some_resources_are_for_some_people() {
    let token = claims("https://files.example/mcp");
    let local = Claims { sub: UserId::new("local:1"), ..token.clone() };
    for (claims, people, passes) in [
        (&token, &["octavia-k"][..], true),
        (&token, &["id:1"], true),
        (&token, &["id:2", "*"], true),
        (&token, &["id:2", "other"], false),
        (&local, &["id:1"], false),
    ] {
        let people = people.iter().map(|who| Who::parse(who).unwrap()).collect();
        let book = changed(book(Some("")), |resource| Resource { people, ..resource });
        let target = target("https://files.example/mcp");
        let outcome = ask(&book, Some(&target), Token::Signed(claims, Standing::Good));
        assert_eq!(outcome.is_ok(), passes);
        assert!(outcome.err().is_none_or(|e| e.status() == 403 && e.challenge().is_none()));
    }
}

#[test]
fn a_preflight_passes_only_where_the_resource_says_so_and_as_nobody() {
    let book = book(Some("mcp"));
    let target = target("https://files.example/mcp");
    let asks = |book: &ResourceBook, method, token| {
        check(&Question { book, target: Some(&target), method, token, proof: None, assumes_proof: false, now: NOON })
            .map(|who| who.is_some())
    };
    assert!(asks(&book, Some("OPTIONS"), Token::Missing).is_err());
    let book = changed(book, |resource| Resource { allow_preflight: true, ..resource });
    assert_eq!(asks(&book, Some("OPTIONS"), Token::Missing), Ok(false));
    assert!(asks(&book, Some("GET"), Token::Missing).is_err());
    assert!(asks(&book, None, Token::Missing).is_err());
    assert!(asks(&book, Some("OPTIONS"), Token::Unreadable).is_err());
}

#[test]
fn rfc6750_2_1_one_bearer_token_in_one_header() {
    for (headers, token) in [
        (&[][..], Some(None)),
        (&["Bearer a.b.c"], Some(Some("a.b.c"))),
        (&["bEARER  a.b-c_d~e+f/g="], Some(Some("a.b-c_d~e+f/g="))),
        (&["Bearer"], None),
        (&["Bearer "], None),
        (&["Bearer a b"], None),
        (&["Bearer a,b"], None),
        (&["Basic abc"], None),
        (&["DPoPx abc"], None),
        (&["a.b.c"], None),
        (&["Bearer a", "Bearer b"], None),
        (&[""], None),
    ] {
        let read = presented(headers).ok().map(|shown| shown.map(|shown| shown.token));
        assert_eq!(read, token, "{headers:?}");
        assert!(presented(headers).ok().flatten().is_none_or(|shown| !shown.bound));
    }
}

#[test]
fn rfc9449_7_1_a_bound_token_is_presented_as_such() {
    for header in ["DPoP a.b.c", "dpop  a.b.c"] {
        assert_eq!(presented(&[header]).ok().flatten(), Some(Presented { token: "a.b.c", bound: true }));
    }
    assert!(presented(&["DPoP "]).is_err() && presented(&["DPoP"]).is_err());
}
