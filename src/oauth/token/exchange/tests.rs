//! Tables for token exchange.

use super::*;
use crate::{
    base::{
        id::{AccessId, ClientId, GrantId, UserId},
        register::Call,
        time::Span,
    },
    oauth::{
        authorize::tests::{book, policy},
        client_auth::tests::NOON,
        token::issue::Confirmation,
    },
};

const NOTES: &str = "https://notes.example/mcp";
const FILES: &str = "https://files.example/mcp";
const MAIL: &str = "https://mail.example";

fn uri(text: &str) -> ResourceUri {
    ResourceUri::parse(text).unwrap()
}

fn claims() -> Claims {
    Claims {
        iss: "https://door.example".into(),
        sub: UserId::new("github:1"),
        aud: uri(NOTES),
        client_id: ClientId::new("client_a"),
        scope: ScopeSet::parse("mcp files:read files:write offline_access"),
        jti: AccessId::new("j1"),
        grant: GrantId::new("g1"),
        iat: NOON,
        exp: NOON + Span::minutes(10),
        auth_time: Some(NOON),
        cnf: None,
        act: None,
        username: "octavia-k".into(),
        name: None,
        email: None,
    }
}

/// Notes may call files and mail, files may call mail.
fn calling() -> ResourceBook {
    let call = |(caller, target): (&str, &str)| Call { caller: uri(caller), target: uri(target) };
    let listed = [(NOTES, FILES), (NOTES, MAIL), (FILES, MAIL), (NOTES, "https://gone.example")];
    let entries = [(NOTES, "mcp", ""), (FILES, "files:read", "mcp"), (MAIL, "mail", ""), ("https://o.example", "", "")];
    book(&entries).with_calls(listed.into_iter().map(call).collect())
}

fn form(more: &str) -> String {
    format!("subject_token=a.b.c&subject_token_type={ACCESS_TOKEN}&{more}")
}

fn parse(form: &str) -> Result<ExchangeRequest, OAuthError> {
    ExchangeRequest::parse(&Params::parse(form.as_bytes()).unwrap())
}

fn ask(claims: &Claims, caller: &str, more: &str) -> Result<Grantable, Why> {
    let request = parse(&form(more)).unwrap_or_else(|error| panic!("{error}"));
    check(&request, claims, &uri(caller), None, &calling(), &policy()).map_err(|error| error.why())
}

#[test]
fn rfc8693_2_1_what_a_request_must_and_must_not_say() {
    for (form, why) in [
        (form(""), None),
        (form(&format!("requested_token_type={ACCESS_TOKEN}&resource={FILES}&audience={FILES}")), None),
        (format!("subject_token=a.b.c&subject_token_type={JWT}"), None),
        (format!("subject_token_type={ACCESS_TOKEN}"), Some(Why::ExchangeTokenMissing)),
        ("subject_token=a.b.c".into(), Some(Why::ExchangeTokenType)),
        (
            "subject_token=a&subject_token_type=urn:ietf:params:oauth:token-type:id_token".into(),
            Some(Why::ExchangeTokenType),
        ),
        (form("requested_token_type=urn:ietf:params:oauth:token-type:refresh_token"), Some(Why::ExchangeWantedType)),
        (form("actor_token=a.b.c"), Some(Why::ExchangeActor)),
        (form(&format!("actor_token_type={ACCESS_TOKEN}")), Some(Why::ExchangeActor)),
        (form("scope=a&scope=b"), Some(Why::ParameterRepeated)),
    ] {
        assert_eq!(parse(&form).err().map(|error| error.why()), why, "{form}");
    }
}

#[test]
fn rfc8693_2_2_2_the_target_is_one_that_is_listed_for_the_caller() {
    for (caller, more, gives) in [
        (NOTES, format!("resource={FILES}"), Ok(FILES)),
        (NOTES, format!("audience={FILES}"), Ok(FILES)),
        (NOTES, format!("resource={FILES}&resource={FILES}&audience={FILES}"), Ok(FILES)),
        (NOTES, format!("resource={FILES}&audience={MAIL}"), Err(Why::ResourceSeveral)),
        (NOTES, format!("resource={FILES}&audience=files"), Err(Why::ResourceSeveral)),
        (NOTES, String::new(), Err(Why::ExchangeTargetMissing)),
        (NOTES, "audience=files".into(), Err(Why::ExchangeNotListed)),
        (NOTES, "resource=https://o.example".into(), Err(Why::ExchangeNotListed)),
        (NOTES, "resource=https://gone.example".into(), Err(Why::ExchangeNotListed)),
        (NOTES, format!("resource={NOTES}"), Err(Why::ExchangeNotListed)),
        (FILES, format!("resource={MAIL}"), Err(Why::ExchangeTokenElsewhere)),
        (MAIL, format!("resource={FILES}"), Err(Why::ExchangeTokenElsewhere)),
    ] {
        let given = ask(&claims(), caller, &more).map(|granted| granted.audience().to_string());
        assert_eq!(given, gives.map(str::to_owned), "{caller} {more}");
    }
    let for_files = Claims { aud: uri(FILES), scope: ScopeSet::parse("mail"), ..claims() };
    let given = ask(&for_files, FILES, "").unwrap();
    assert_eq!(given.audience(), &uri(MAIL), "the only one that it may call need not be named");
}

#[test]
fn rfc8693_scope_and_life_only_shrink() {
    for (more, gives) in [
        ("", Ok("mcp files:read")),
        ("&scope=files:read", Ok("files:read")),
        ("&scope=files:read mail admin", Ok("files:read")),
        ("&scope=files:write", Err(Why::ExchangeScope)),
        ("&scope=offline_access", Err(Why::ExchangeScope)),
    ] {
        let given = ask(&claims(), NOTES, &format!("resource={FILES}{more}"));
        assert_eq!(given.map(|granted| granted.scope().to_string()), gives.map(str::to_owned), "{more}");
    }
    assert_eq!(ask(&claims(), NOTES, &format!("resource={MAIL}")), Err(Why::ExchangeScope));
    let granted = ask(&claims(), NOTES, &format!("resource={FILES}")).unwrap();
    assert_eq!(granted.until(), Some(NOON + Span::minutes(10)));
    assert_eq!((granted.grant(), granted.user()), (&claims().grant, &claims().sub));
    assert!(!granted.refreshable());
    assert!(in_time(&claims(), NOON).is_ok());
    assert_eq!(in_time(&claims(), NOON + Span::minutes(10)).unwrap_err().why(), Why::ExchangeTokenOver);
}

#[test]
fn rfc8693_4_1_who_acts_is_named_and_those_before_it_too() {
    let mut shown = claims();
    for n in 1..=LONGEST_CHAIN {
        let act = ask(&shown, NOTES, &format!("resource={FILES}")).unwrap().act;
        shown = Claims { act, ..claims() };
        assert_eq!(shown.acts().count(), n);
    }
    assert_eq!(ask(&shown, NOTES, &format!("resource={FILES}")), Err(Why::ExchangeChain));
    let first = claims().acted_on_by(&uri(NOTES));
    let second = Claims { act: Some(first), ..claims() }.acted_on_by(&uri(FILES));
    let written = serde_json::to_value(&second).unwrap();
    assert_eq!(written, serde_json::json!({"sub": FILES, "act": {"sub": NOTES}}));
}

#[test]
fn rfc9449_7_1_a_bound_token_does_not_become_one_that_anybody_can_use() {
    let bound = Claims { cnf: Some(Confirmation { jkt: "k".into() }), ..claims() };
    assert_eq!(ask(&bound, NOTES, &format!("resource={FILES}")), Err(Why::ProofMissing));
}
