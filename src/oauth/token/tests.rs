//! Tables for the token endpoint.

use serde_json::{Value, json};

use super::{
    code, issue,
    refresh::{self, Decision},
    *,
};
use crate::{
    base::{
        client::{AuthMethod, Client, GrantType},
        grant::{Code, Refresh},
        id::AccessId,
        issuer::Issuer,
        redirect::RedirectUri,
        secret::Digest,
        time::Span,
        user::User,
    },
    oauth::client_auth::{
        Proven,
        tests::{NOON, client, proven},
    },
};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SITE: &str = "https://a.example/cb";

fn at(seconds: i64) -> Time {
    Time::from_unix(NOON.unix() + seconds)
}

fn token(kind: TokenKind) -> String {
    format!("{}{}", kind.prefix(), "A".repeat(43))
}

fn parse(form: &str) -> Result<TokenRequest, OAuthError> {
    TokenRequest::parse(&Params::parse(form.as_bytes()).unwrap())
}

fn exchange(more: &str) -> CodeExchange {
    let form = format!("grant_type=authorization_code&code={}&{more}", token(TokenKind::Code));
    match parse(&form) {
        Ok(TokenRequest::Code(exchange)) => exchange,
        _ => panic!("{form}"),
    }
}

fn refreshing(more: &str) -> RefreshRequest {
    let form = format!("grant_type=refresh_token&refresh_token={}&{more}", token(TokenKind::Refresh));
    match parse(&form) {
        Ok(TokenRequest::Refresh(request)) => request,
        _ => panic!("{form}"),
    }
}

fn grant() -> Grant {
    Grant {
        id: GrantId::new("g1"),
        client: ClientId::new("client_a"),
        user: UserId::new("github:1"),
        scope: ScopeSet::parse("mcp offline_access"),
        audience: ResourceUri::parse("https://files.example").unwrap(),
        redirect_uri: Some(RedirectUri::stored(SITE)),
        auth_time: at(-100),
        created_at: NOON,
        expires_at: None,
        ended_at: None,
        last_used_at: None,
    }
}

fn stored_code() -> Code {
    Code {
        digest: Digest::from_hex("c"),
        grant: GrantId::new("g1"),
        client: ClientId::new("client_a"),
        redirect_uri: RedirectUri::stored(SITE),
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
        key: None,
        nonce: None,
        expires_at: at(60),
        spent_at: None,
    }
}

fn by(change: impl FnOnce(&mut Client)) -> Proven {
    let mut client = client(AuthMethod::None, SITE);
    change(&mut client);
    proven(client)
}

#[test]
fn rfc6749_5_2_what_the_request_must_have() {
    let (code, refresh) = (token(TokenKind::Code), token(TokenKind::Refresh));
    for (form, error, why) in [
        (String::new(), "invalid_request", Why::GrantTypeMissing),
        ("grant_type=".into(), "invalid_request", Why::GrantTypeMissing),
        ("grant_type=password".into(), "unsupported_grant_type", Why::GrantTypeUnsupported),
        ("grant_type=refresh_token&grant_type=refresh_token".into(), "invalid_request", Why::ParameterRepeated),
        ("grant_type=authorization_code".into(), "invalid_request", Why::CodeMissing),
        ("grant_type=authorization_code&code=x".into(), "invalid_grant", Why::CodeShape),
        (format!("grant_type=authorization_code&code={refresh}"), "invalid_grant", Why::CodeShape),
        (format!("grant_type=authorization_code&code={code}"), "invalid_request", Why::VerifierMissing),
        (
            format!("grant_type=authorization_code&code={code}&code_verifier=short"),
            "invalid_grant",
            Why::VerifierMalformed,
        ),
        (
            format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&code_verifier={VERIFIER}"),
            "invalid_request",
            Why::ParameterRepeated,
        ),
        (
            format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&resource=x"),
            "invalid_target",
            Why::ResourceMalformed,
        ),
        (
            format!("grant_type=refresh_token&refresh_token={refresh}&resource=https://a.b&resource=https://c.d"),
            "invalid_target",
            Why::ResourceSeveral,
        ),
        ("grant_type=refresh_token".into(), "invalid_request", Why::RefreshMissing),
        (format!("grant_type=refresh_token&refresh_token={code}"), "invalid_grant", Why::RefreshShape),
    ] {
        let refused = parse(&form).err().unwrap();
        assert_eq!((refused.code(), refused.why(), refused.status()), (error, why, 400), "{form}");
    }
    let same = format!("code_verifier={VERIFIER}&resource=https://a.b&resource=https://a.b/");
    assert_eq!(exchange(&same).resource.unwrap().as_str(), "https://a.b");
}

#[test]
fn rfc6749_4_1_3_a_code_is_bound_to_client_redirect_proof_and_resource() {
    let nobody = |_: &mut Client| {};
    let proof = format!("code_verifier={VERIFIER}");
    let wrong = "code_verifier=aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned();
    for (who, form, why) in [
        (by(nobody), proof.clone(), None),
        (by(nobody), format!("{proof}&redirect_uri={SITE}"), None),
        (by(nobody), format!("{proof}&resource=https://files.example/"), None),
        (by(|c| c.id = ClientId::new("client_b")), proof.clone(), Some(("invalid_grant", Why::CodeOtherClient))),
        (by(|c| c.metadata.grant_types.clear()), proof.clone(), Some(("unauthorized_client", Why::GrantNotRegistered))),
        (by(nobody), format!("{proof}&redirect_uri={SITE}/"), Some(("invalid_grant", Why::CodeRedirectDiffers))),
        (by(nobody), wrong, Some(("invalid_grant", Why::VerifierWrong))),
        (by(nobody), format!("{proof}&resource=https://other.example"), Some(("invalid_target", Why::ResourceDiffers))),
        (
            by(nobody),
            format!("{proof}&resource=https://files.example/mcp"),
            Some(("invalid_target", Why::ResourceDiffers)),
        ),
    ] {
        let outcome = code::check(&stored_code(), &grant(), &who, &exchange(&form));
        assert_eq!(outcome.as_ref().err().map(|e| (e.code(), e.why())), why, "{form}");
        if let Ok(granted) = outcome {
            assert_eq!((granted.scope(), granted.audience()), (&grant().scope, &grant().audience));
            assert!(granted.refreshable());
        }
    }
    let no_refresh = by(|c| c.metadata.grant_types = vec![GrantType::AuthorizationCode]);
    assert!(!code::check(&stored_code(), &grant(), &no_refresh, &exchange(&proof)).unwrap().refreshable());
}

#[test]
fn rfc6749_4_1_2_a_code_lives_for_a_minute_and_no_longer_than_its_grant() {
    let ended = Grant { ended_at: Some(NOON), ..grant() };
    let (live, code) = (grant(), stored_code());
    for (grant, now, why) in [
        (&live, 59, None),
        (&live, -3_600, None),
        (&live, 60, Some(Why::CodeExpired)),
        (&ended, 1, Some(Why::GrantOver)),
    ] {
        let refused = code::in_time(&code, grant, at(now)).err();
        assert_eq!(refused.as_ref().map(OAuthError::why), why);
        assert!(refused.is_none_or(|e| e.description() == "Invalid or expired authorization code"));
    }
}

fn stored_refresh() -> Refresh {
    Refresh {
        digest: Digest::from_hex("r"),
        grant: GrantId::new("g1"),
        client: ClientId::new("client_a"),
        key: None,
        expires_at: at(1_000),
        spent_at: None,
    }
}

fn spent() -> Refresh {
    Refresh { spent_at: Some(at(0)), ..stored_refresh() }
}

#[test]
fn rfc6749_6_a_refresh_token_is_bound_and_can_only_narrow() {
    for (more, scope, why) in [
        ("", "mcp offline_access", None),
        ("scope=", "mcp offline_access", None),
        ("scope=mcp", "mcp", None),
        ("scope=offline_access+mcp&resource=https://files.example/", "offline_access mcp", None),
        ("scope=mcp+admin", "", Some(("invalid_scope", Why::ScopeWider))),
        ("resource=https://other.example", "", Some(("invalid_target", Why::ResourceDiffers))),
    ] {
        let request = refreshing(more);
        let outcome =
            refresh::check(&stored_refresh(), &grant(), &by(|_| {}), &request, None, Span::seconds(60), at(10));
        assert_eq!(outcome.as_ref().err().map(|e| (e.code(), e.why())), why, "{more}");
        match outcome {
            Ok(Decision::Rotate(granted)) => assert_eq!(granted.scope().to_string(), scope, "{more}"),
            other => assert!(other.is_err(), "{more}"),
        }
    }
    let request = refreshing("");
    let ended = Grant { ended_at: Some(NOON), ..grant() };
    let run_out = Grant { expires_at: Some(at(5)), ..grant() };
    for (who, grant, now, why) in [
        (by(|c| c.id = ClientId::new("client_b")), &grant(), 10, Why::RefreshOtherClient),
        (by(|c| c.metadata.grant_types = vec![GrantType::AuthorizationCode]), &grant(), 10, Why::GrantNotRegistered),
        (by(|_| {}), &ended, 10, Why::GrantOver),
        (by(|_| {}), &run_out, 10, Why::GrantTimeOver),
        (by(|_| {}), &grant(), 1_000, Why::RefreshExpired),
    ] {
        let refused = refresh::check(&stored_refresh(), grant, &who, &request, None, Span::seconds(60), at(now));
        assert_eq!(refused.unwrap_err().why(), why);
    }
}

#[test]
fn rfc9700_4_14_2_racers_get_the_same_reply_and_reuse_ends_the_family() {
    let plain = refreshing("");
    let narrowed = refreshing("scope=mcp");
    for (answered, request, now, decision) in [
        (Some(&plain), &plain, 0, Decision::SameReplyAgain),
        (Some(&plain), &plain, 60, Decision::SameReplyAgain),
        (Some(&narrowed), &narrowed, 1, Decision::SameReplyAgain),
        (Some(&plain), &plain, 61, Decision::Reuse),
        (None, &plain, 1, Decision::Reuse),
        (Some(&plain), &narrowed, 1, Decision::Reuse),
        (Some(&plain), &refreshing("scope=admin"), 1, Decision::Reuse),
        (Some(&plain), &plain, 2_000, Decision::Reuse),
    ] {
        let answered = answered.map(RefreshRequest::spent_for);
        let (grant, grace) = (grant(), Span::seconds(60));
        let outcome = refresh::check(&spent(), &grant, &by(|_| {}), request, answered.as_deref(), grace, at(now));
        assert_eq!(outcome.unwrap(), decision);
    }
    let stranger = by(|c| c.id = ClientId::new("client_b"));
    let harmless = refresh::check(&spent(), &grant(), &stranger, &plain, None, Span::seconds(60), at(500)).unwrap_err();
    assert_eq!(harmless.why(), Why::RefreshOtherClient);
    assert_eq!(refresh::reused().code(), "invalid_grant");
}

#[test]
fn the_order_of_scopes_makes_no_other_request() {
    assert_eq!(refreshing("scope=a+b").spent_for(), refreshing("scope=b+a").spent_for());
    assert_ne!(refreshing("scope=a").spent_for(), refreshing("scope=a&resource=https://a.b").spent_for());
}

fn person() -> User {
    User {
        id: UserId::new("github:1"),
        login: "octavia-k".into(),
        name: None,
        suspended_at: None,
        created_at: NOON,
        last_seen_at: NOON,
        email: None,
        email_asked_at: None,
    }
}

#[test]
fn rfc9068_2_2_the_claims_and_rfc6749_5_1_the_reply() {
    let issuer = Issuer::parse("https://door.example").unwrap();
    let request = exchange(&format!("code_verifier={VERIFIER}"));
    for (until, lives) in [(None, 3_600), (Some(at(600)), 600)] {
        let grant = Grant { expires_at: until, ..grant() };
        let granted = code::check(&stored_code(), &grant, &by(|_| {}), &request).unwrap();
        let claims = issue::claims(&granted, &issuer, Some(&person()), AccessId::new("j1"), Span::hours(1), NOON);
        let json = serde_json::to_value(&claims).unwrap();
        assert_eq!(
            json,
            json!({
                "iss": "https://door.example", "sub": "github:1", "aud": "https://files.example",
                "client_id": "client_a", "scope": "mcp offline_access", "jti": "j1", "grant": "g1", "iat": NOON.unix(),
                "exp": NOON.unix() + lives, "auth_time": NOON.unix() - 100, "username": "octavia-k"
            })
        );
        assert_eq!(serde_json::from_value::<issue::Claims>(json).unwrap(), claims);
        let access = issue::record(&claims, Digest::from_hex("d"));
        assert_eq!((access.grant.as_str(), access.expires_at.unix()), ("g1", NOON.unix() + lives));
        let refresh = Plain::new("dbr_x".into());
        let reply = issue::TokenReply::new("a.b.c".into(), Some(&refresh), None, &claims);
        let text = serde_json::to_string(&reply).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "access_token": "a.b.c", "token_type": "Bearer", "expires_in": lives, "refresh_token": "dbr_x",
                "scope": "mcp offline_access"
            })
        );
        let again: issue::TokenReply = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
    }
}
