//! Tables for the score sheet.

use super::{consent::Question, *};
use crate::{
    base::{
        client::{AuthMethod, GrantType, Origin},
        grant::{Consent, Life},
        id::UserId,
        issuer::Issuer,
        policy::Lifetimes,
        redirect::{OUT_OF_BAND, RedirectUri},
        register::Resource,
        secret::Plain,
    },
    oauth::{
        client_auth::tests::{NOON, client},
        error::access_denied,
        params::Params,
        why::Why,
    },
};

const SITE: &str = "https://a.example/cb";
const CHALLENGE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// What most tests offer.
pub(crate) fn policy() -> Policy {
    Policy {
        require_pushed: false,
        scopes: ScopeSet::parse("mcp offline_access"),
        default_scope: ScopeSet::parse("mcp"),
        identity_assertions: false,
        lifetimes: Lifetimes::default(),
    }
}

fn issuer() -> Issuer {
    Issuer::parse("https://door.example").unwrap()
}

/// A register with these: address, own scopes, required scopes.
pub(crate) fn book(resources: &[(&str, &str, &str)]) -> ResourceBook {
    let entry = |(uri, own, required): &(&str, &str, &str)| Resource {
        name: "Files".into(),
        scopes: own.split_whitespace().map(|s| (s.to_owned(), format!("Sentence of {s}"))).collect(),
        required_scopes: ScopeSet::parse(required),
        ..Resource::new(ResourceUri::parse(uri).unwrap())
    };
    ResourceBook::new(resources.iter().map(entry).collect(), !resources.is_empty(), issuer())
}

fn parse(query: &str) -> AuthorizeRequest {
    AuthorizeRequest::parse(Params::parse(query.as_bytes()).unwrap()).unwrap()
}

fn ask_with(client: &Client, book: &ResourceBook, query: &str) -> Result<Checked, Refusal> {
    check(&parse(&format!("client_id=client_a&{query}")), client, Via::Authorize, book, &policy())
}

fn ask(query: &str) -> Result<Checked, Refusal> {
    ask_with(&client(AuthMethod::None, SITE), &book(&[]), query)
}

fn good(more: &str) -> Checked {
    ask(&format!("response_type=code&{CHALLENGE}&{more}")).unwrap()
}

#[test]
fn rfc6749_4_1_2_1_until_the_redirect_is_proven_a_refusal_is_a_page() {
    for (query, why) in [
        ("", Why::ClientIdMissing),
        ("client_id=", Why::ClientIdMissing),
        ("client_id=a&client_id=a", Why::ParameterRepeated),
        ("client_id=a&redirect_uri=x&redirect_uri=x", Why::ParameterRepeated),
    ] {
        let params = Params::parse(query.as_bytes()).unwrap();
        assert_eq!(AuthorizeRequest::parse(params).unwrap_err().why(), why, "{query}");
    }
    let mut several = client(AuthMethod::None, SITE);
    several.metadata.redirect_uris.push(RedirectUri::stored("https://b.example/cb"));
    for (query, why) in [
        ("redirect_uri=https%3A%2F%2Fa.example%2Fcb%2F", Why::RedirectNotRegistered),
        ("redirect_uri=https%3A%2F%2Fevil.example", Why::RedirectNotRegistered),
        ("redirect_uri=javascript%3Aalert(1)", Why::RedirectNotRegistered),
        ("state=s", Why::RedirectNeeded),
    ] {
        match ask_with(&several, &book(&[]), query) {
            Err(Refusal::Page(error)) => assert_eq!((error.why(), error.status()), (why, 400), "{query}"),
            other => panic!("{query}: {other:?}"),
        }
    }
    assert_eq!(checks::client(None).unwrap_err().status(), 400);
    let disabled = Client { disabled_at: Some(NOON), ..client(AuthMethod::None, SITE) };
    assert_eq!(checks::client(Some(disabled)).unwrap_err().why(), Why::ClientDisabled);
}

#[test]
fn rfc6749_4_1_2_1_then_errors_go_back_in_the_order_of_the_sheet() {
    let pkce = CHALLENGE;
    let long = "x".repeat(2_049);
    for (query, code, why, state) in [
        (format!("state={long}&response_type=code"), "invalid_request", Why::StateTooLong, None),
        ("state=s&state=s".into(), "invalid_request", Why::ParameterRepeated, None),
        ("state=s&scope=a&scope=a".into(), "invalid_request", Why::ParameterRepeated, Some("s")),
        ("state=s&unknown=a&unknown=a".into(), "invalid_request", Why::ParameterRepeated, Some("s")),
        ("state=s&request=x.y.z".into(), "request_not_supported", Why::RequestObject, Some("s")),
        ("state=s&request_uri=urn:x".into(), "request_uri_not_supported", Why::RequestUri, Some("s")),
        ("state=s".into(), "invalid_request", Why::ResponseTypeMissing, Some("s")),
        ("response_type=token".into(), "unsupported_response_type", Why::ResponseTypeUnsupported, None),
        ("response_type=code+id_token".into(), "unsupported_response_type", Why::ResponseTypeUnsupported, None),
        ("response_type=cod".into(), "unsupported_response_type", Why::ResponseTypeUnsupported, None),
        ("response_type=code&response_mode=fragment".into(), "invalid_request", Why::ResponseModeUnsupported, None),
        ("response_type=code".into(), "invalid_request", Why::ChallengeMissing, None),
        ("response_type=code&code_challenge=x".into(), "invalid_request", Why::ChallengeMethod, None),
        (format!("response_type=code&{pkce}&resource=mcp"), "invalid_target", Why::ResourceMalformed, None),
        (
            format!("response_type=code&{pkce}&resource=https://a.example&resource=https://b.example"),
            "invalid_target",
            Why::ResourceSeveral,
            None,
        ),
        (format!("response_type=code&{pkce}&prompt=none+login"), "invalid_request", Why::PromptContradicts, None),
        (format!("response_type=code&{pkce}&max_age=-1"), "invalid_request", Why::MaxAgeMalformed, None),
        (format!("response_type=code&{pkce}&max_age=soon"), "invalid_request", Why::MaxAgeMalformed, None),
    ] {
        match ask(&query) {
            Err(Refusal::Back { to, mode, state: back, error }) => {
                assert_eq!(mode, ResponseMode::Query);
                assert_eq!((error.code(), error.why(), back.as_deref()), (code, why, state), "{query}");
                assert_eq!(to.uri().as_str(), SITE);
            }
            other => panic!("{query}: {other:?}"),
        }
    }
    let mut codeless = client(AuthMethod::None, SITE);
    codeless.metadata.grant_types = vec![GrantType::RefreshToken];
    let refused = ask_with(&codeless, &book(&[]), "response_type=code");
    assert!(matches!(refused, Err(Refusal::Back { error, .. }) if error.code() == "unauthorized_client"));
}

#[test]
fn rfc6749_3_3_scopes_that_are_not_on_offer_are_left_out() {
    let files = [("https://files.example/mcp", "files:read files:write", "files:read")];
    let plain = [("https://files.example/mcp", "", "")];
    let to_files = "&resource=https://files.example/mcp";
    for (resources, scope, granted) in [
        (&[][..], "", "mcp"),
        (&[], "&scope=", "mcp"),
        (&[], "&scope=read+write", "mcp"),
        (&[], "&scope=offline_access+mcp+openid", "offline_access mcp"),
        (&[], "&scope=offline_access", "offline_access"),
        (&plain, &format!("&scope=mcp+files:read{to_files}"), "mcp"),
        (&plain, to_files, "mcp"),
        (&files, to_files, "files:read"),
        (&files, &format!("&scope=mcp{to_files}"), "files:read"),
        (&files, &format!("&scope=files:write+offline_access+mcp{to_files}"), "files:write offline_access"),
        (&files, "&scope=files:write", "files:write"),
    ] {
        let public = client(AuthMethod::None, SITE);
        let query = format!("response_type=code&{CHALLENGE}{scope}");
        let checked = ask_with(&public, &book(resources), &query).unwrap();
        assert_eq!(checked.scope().to_string(), granted, "{scope}");
    }
    for (origin, registered, granted) in [
        (Origin::Dynamic, "mcp", "mcp offline_access"),
        (Origin::Administrator, "mcp", "mcp"),
        (Origin::Configured, "mcp", "mcp"),
        (Origin::Administrator, "", "mcp offline_access"),
    ] {
        let mut limited = Client { origin, ..client(AuthMethod::None, SITE) };
        limited.metadata.scope = ScopeSet::parse(registered);
        let query = format!("response_type=code&{CHALLENGE}&scope=mcp+offline_access");
        assert_eq!(ask_with(&limited, &book(&[]), &query).unwrap().scope().to_string(), granted);
    }
}

#[test]
fn rfc8252_7_3_the_redirect_is_kept_as_it_was_asked_for() {
    let local = client(AuthMethod::None, "http://localhost:54545/callback");
    let query = format!("response_type=code&{CHALLENGE}&redirect_uri=http://localhost:61999/callback");
    let checked = ask_with(&local, &book(&[]), &query).unwrap();
    assert_eq!((checked.to().uri().as_str(), checked.to().was_sent()), ("http://localhost:61999/callback", true));
    let omitted = ask_with(&local, &book(&[]), &format!("response_type=code&{CHALLENGE}")).unwrap();
    assert_eq!((omitted.to().uri().as_str(), omitted.to().was_sent()), ("http://localhost:54545/callback", false));
}

#[test]
fn what_is_parked_comes_back_whole() {
    let checked = good("state=a%20b%00%26&prompt=login+consent&max_age=60&resource=https://x.example/mcp");
    let parked = Waiting::Asks(Box::new(checked.clone()));
    assert_eq!(Waiting::from_json(&parked.to_json()), Some(parked));
    assert_eq!(checked.state(), Some("a b\0&"));
    assert_eq!((checked.audience().as_str(), checked.resource_named()), ("https://x.example/mcp", true));
    assert_eq!(checked.prompt(), Prompt { none: false, login: true, consent: true });
    assert_eq!(Waiting::from_json("{}"), None);
}

#[test]
fn oidc_core_3_1_2_1_nonce_and_login_hint_are_kept_when_they_help() {
    for (more, nonce, hint) in [
        ("", None, None),
        ("nonce=a%20b&login_hint=Octavia-K", Some("a b"), Some("octavia-k")),
        ("nonce=&login_hint=id:583231", None, None),
        ("login_hint=octavia@mail.example", None, None),
    ] {
        let checked = good(more);
        assert_eq!((checked.nonce(), checked.login_hint()), (nonce, hint), "{more}");
    }
}

#[test]
fn openid_core_3_1_2_1_when_an_earlier_sign_in_is_fresh_enough() {
    for (more, seconds_ago, good_enough) in [
        ("", 40_000, true),
        ("prompt=login", 5, false),
        ("prompt=login", 0, false),
        ("prompt=consent", 5, true),
        ("max_age=60", 60, true),
        ("max_age=60", 61, false),
        ("max_age=0", 1, false),
        ("max_age=600&prompt=login", 5, false),
    ] {
        let signed_in = Time::from_unix(NOON.unix() - seconds_ago);
        assert_eq!(good(more).accepts_earlier_sign_in(signed_in, NOON), good_enough, "{more}");
    }
}

#[test]
fn rfc9700_4_11_2_only_some_errors_go_back_at_once() {
    let to = |uri: &str| good_to(uri).to().clone();
    let public = client(AuthMethod::None, SITE);
    let trusted = Client { trusted: true, ..public.clone() };
    let made = Client { origin: Origin::Administrator, ..public.clone() };
    for (who, uri, no_page, at_once) in [
        (&public, SITE, false, false),
        (&public, SITE, true, true),
        (&public, "http://127.0.0.1/cb", false, true),
        (&public, "cursor://cb", false, false),
        (&trusted, SITE, false, true),
        (&made, SITE, false, true),
    ] {
        assert_eq!(goes_back_at_once(who, &to(uri), no_page), at_once, "{uri}");
    }
    assert!(parse("client_id=a&prompt=none").wants_no_page() && !parse("client_id=a&prompt=login").wants_no_page());
}

fn good_to(uri: &str) -> Checked {
    let query = format!("response_type=code&{CHALLENGE}");
    ask_with(&client(AuthMethod::ClientSecretBasic, uri), &book(&[]), &query).unwrap()
}

#[test]
fn rfc9207_2_every_answer_names_the_issuer_once() {
    let code = Plain::new("dbc_x".into());
    for (uri, state, answer) in [
        (SITE, "", "https://a.example/cb?code=dbc_x&iss=https%3A%2F%2Fdoor.example"),
        (
            SITE,
            "&state=a+b%26c%C3%A9",
            "https://a.example/cb?code=dbc_x&state=a+b%26c%C3%A9&iss=https%3A%2F%2Fdoor.example",
        ),
        ("https://a.example/cb?x=1", "", "https://a.example/cb?x=1&code=dbc_x&iss=https%3A%2F%2Fdoor.example"),
        ("https://a.example/cb?", "", "https://a.example/cb?code=dbc_x&iss=https%3A%2F%2Fdoor.example"),
        ("cursor://a/cb", "", "cursor://a/cb?code=dbc_x&iss=https%3A%2F%2Fdoor.example"),
        (OUT_OF_BAND, "", "https://door.example/success?code=dbc_x&iss=https%3A%2F%2Fdoor.example"),
    ] {
        let query = format!("response_type=code&{CHALLENGE}{state}");
        let checked = ask_with(&client(AuthMethod::None, uri), &book(&[]), &query).unwrap();
        assert_eq!(outcome::code(&issuer(), &checked, &code).url(), answer);
    }
    let denied = outcome::refusal(&issuer(), &good("state=s%26code%3Devil"), &access_denied(Why::PersonDenied));
    assert_eq!(
        denied.url(),
        "https://a.example/cb?error=access_denied&error_description=The+request+was+denied\
         &state=s%26code%3Devil&iss=https%3A%2F%2Fdoor.example"
    );
}

#[test]
fn a_parked_request_ends_when_its_client_changes() {
    let checked = good("");
    let now = client(AuthMethod::None, SITE);
    assert!(checks::still_good(&checked, Some(now.clone())).is_ok());
    let moved = client(AuthMethod::None, "https://a.example/other");
    let mut held = now.clone();
    held.terms.most_scope = Some(ScopeSet::parse("other"));
    let disabled = Client { disabled_at: Some(NOON), ..now };
    for (client, why) in [
        (None, Why::ClientUnknown),
        (Some(disabled), Why::ClientDisabled),
        (Some(moved), Why::RequestOutdated),
        (Some(held), Why::RequestOutdated),
    ] {
        assert_eq!(checks::still_good(&checked, client).unwrap_err().why(), why);
    }
}

#[test]
fn consent_is_remembered_only_for_proven_clients_and_sites() {
    use consent::question;
    let before = |request: &Checked, scope: &str| Consent {
        user: UserId::new("github:1"),
        client: request.client().clone(),
        redirect_uri: request.to().uri().clone(),
        audience: request.audience().clone(),
        scope: ScopeSet::parse(scope),
    };
    let secretive = client(AuthMethod::ClientSecretBasic, SITE);
    let public = client(AuthMethod::None, SITE);
    let trusted = Client { trusted: true, ..public.clone() };
    let local = client(AuthMethod::ClientSecretBasic, "http://localhost/cb");
    let scheme = client(AuthMethod::ClientSecretBasic, "cursor://cb");
    for (who, scope, more, asked) in [
        (&secretive, "mcp", "", Question::None),
        (&secretive, "mcp x", "", Question::None),
        (&secretive, "x", "", Question::New(ScopeSet::parse("mcp"))),
        (&secretive, "mcp", "&prompt=consent", Question::All),
        (&trusted, "mcp", "", Question::None),
        (&public, "mcp", "", Question::All),
        (&local, "mcp", "", Question::All),
        (&scheme, "mcp", "", Question::All),
    ] {
        let query = format!("response_type=code&{CHALLENGE}{more}");
        let request = ask_with(who, &book(&[]), &query).unwrap();
        assert_eq!(question(&request, who, Some(&before(&request, scope))), asked);
        assert_eq!(question(&request, who, None), Question::All);
        let elsewhere =
            Consent { audience: ResourceUri::parse("https://o.example").unwrap(), ..before(&request, scope) };
        assert_eq!(question(&request, who, Some(&elsewhere)), Question::All);
        let other_way = Consent { redirect_uri: RedirectUri::stored("https://a.example/2"), ..before(&request, scope) };
        assert_eq!(question(&request, who, Some(&other_way)), Question::All);
    }
}

#[test]
fn each_scope_has_its_sentence() {
    let book = book(&[("https://files.example", "files:read", "")]);
    let own = [("files:read", "Look into your files"), ("files:write", "Change files")];
    let book = book.saying(own.map(|(scope, words)| (scope.to_owned(), words.to_owned())).into());
    let files = book.entries().first();
    for (scope, resource, words) in [
        ("files:read", files, "Sentence of files:read"),
        ("files:read", None, "Look into your files"),
        ("files:write", files, "Change files"),
        ("offline_access", files, "Stay connected while you are away, until you take it back"),
        ("other", None, "Use the scope other"),
    ] {
        assert_eq!(consent::sentence(scope, resource, &book), words);
    }
}

#[test]
fn what_is_needed_is_given_and_the_rest_as_it_was_ticked() {
    let book = book(&[("https://files.example", "read write", "read"), ("https://free.example", "", "")]);
    let (files, free) = (book.entries().first(), book.entries().last());
    let before = Question::New(ScopeSet::parse("write"));
    for (shown, question, resource, needed) in [
        ("read write offline_access", &Question::All, files, "read"),
        ("read write", &before, files, "read"),
        ("write other", &before, files, "other"),
        ("mcp other", &Question::All, free, "mcp"),
        ("mcp openid other", &Question::All, None, "mcp openid"),
        ("other", &Question::All, free, "other"),
        ("other more", &Question::All, free, ""),
    ] {
        let shown = ScopeSet::parse(shown);
        let found = consent::needed(&shown, question, resource, &policy());
        assert_eq!(found.to_string(), needed, "{shown}");
    }
    for (shown, needed, ticked, given) in [
        ("a b c", "a", "c", Ok("a c")),
        ("a b c", "a", "", Ok("a")),
        ("a b c", "a", "x", Ok("a")),
        ("a b c", "", "c b x", Ok("b c")),
        ("a b c", "", "x", Err(Why::NothingTicked)),
        ("a b c", "", "", Err(Why::NothingTicked)),
    ] {
        let [shown, needed, ticked] = [shown, needed, ticked].map(ScopeSet::parse);
        let found = consent::allowed(&shown, &needed, &ticked).map(|scope| scope.to_string());
        assert_eq!(found.map_err(|error| error.why()), given.map(str::to_owned), "{shown} {ticked}");
    }
}

#[test]
fn a_disguise_shortens_what_may_be_chosen() {
    for (chosen, disguised, life) in [
        (None, false, Ok(Life::Open)),
        (Some("today"), false, Ok(Life::Today)),
        (Some("1h"), false, Err(Why::ChoiceUnknown)),
        (None, true, Ok(Life::Hour)),
        (Some("hour"), true, Ok(Life::Hour)),
        (Some("open"), true, Err(Why::ChoiceUnknown)),
    ] {
        let found = consent::life(chosen, consent::lives(disguised)).map_err(|error| error.why());
        assert_eq!(found, life, "{chosen:?}");
    }
}
