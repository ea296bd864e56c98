//! RFC 6749 section 4.1.1 and 4.1.2, RFC 9207, RFC 9700: the authorization endpoint, up to the code.

use doorbook::base::time::Span;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    answer::param,
    app::{ISSUER, TestApp},
    client::{confidential_client, encoded, public_client},
    form::form,
    person::Landing,
};

/// A client whose answers go to a program on the same computer: errors go back to it at once.
fn program() -> serde_json::Value {
    let mut body = public_client();
    body["redirect_uris"] = json!(["http://127.0.0.1:7777/callback"]);
    body
}

#[actix_web::test]
async fn rfc6749_4_1_2_1_before_the_redirect_is_proven_a_refusal_is_a_page_with_400() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for changes in [
        [("client_id", "client_nobody")],
        [("client_id", "https://evil.example/metadata.json")],
        [("client_id", "\u{0}")],
        [("client_id", "<script>alert(1)</script>")],
        [("-client_id", "")],
        [("client_id", "")],
        [("+client_id", &client.id)],
        [("+client_id", "client_other")],
        [("redirect_uri", "https://evil.example/callback")],
        [("+redirect_uri", "https://notebook.example/callback")],
        [("+redirect_uri", "https://evil.example/callback")],
    ] {
        let answer = app.get(&client.asks().with(&changes).path()).await;
        let page = answer.page(400);
        assert!(!answer.has("location") && !page.contains("<script>alert"), "{changes:?}");
        assert!(page.contains("DB-"), "{changes:?}: the page names its reason");
    }
}

#[actix_web::test]
async fn rur_03_near_misses_of_a_redirect_are_misses() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["redirect_uris"] = json!(["https://notebook.example/callback?x=1", "https://notebook.example/Path/"]);
    let client = app.registers(body).await;
    for uri in [
        "https://notebook.example/callback",
        "https://notebook.example/callback?x=1&y=2",
        "https://notebook.example/callback?x=2",
        "https://notebook.example/callback?x=1#f",
        "https://notebook.example/callback?x=1%20",
        "https://notebook.example/callback/?x=1",
        "https://notebook.example/callback?X=1",
        "https://notebook.example/Callback?x=1",
        "https://notebook.example//callback?x=1",
        "https://notebook.example/./callback?x=1",
        "https://notebook.example/a/../callback?x=1",
        "https://notebook.example/..;/callback?x=1",
        "https://NOTEBOOK.example/callback?x=1",
        "https://notebook.example:443/callback?x=1",
        "https://notebook.example./callback?x=1",
        "https://notebook.example@evil.example/callback?x=1",
        "https://evil@notebook.example/callback?x=1",
        "https://notebook.example.evil.example/callback?x=1",
        "https://evilnotebook.example/callback?x=1",
        "https://notebook.example\\@evil.example/callback?x=1",
        "http://notebook.example/callback?x=1",
        " https://notebook.example/callback?x=1",
        "https://notebook.example/callback?x=1 ",
        "https://notebook.example/callback?x=1\r\nLocation: https://evil.example",
        "https://notebook.example/Path",
        "https://notebook.example/Path/%2e%2e/",
        "//notebook.example/callback?x=1",
        "javascript:alert(1)",
    ] {
        let answer = app.get(&client.asks().with(&[("redirect_uri", uri)]).path()).await;
        answer.page(400);
        assert!(!answer.has("location"), "{uri}");
    }
}

#[actix_web::test]
async fn rfc6749_3_1_2_3_the_only_registered_redirect_may_be_left_out() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks().with(&[("-redirect_uri", "")]);
    let page = ada.asked(&ask).await.page();
    let url = ada.decides(&page, "approve").await.client();
    assert!(url.as_str().starts_with("https://notebook.example/callback?"));
    let code = crate::support::client::Code {
        code: param(&url, "code").unwrap(),
        verifier: ask.verifier,
        redirect_uri: String::new(),
    };
    client.exchanges_with(&code, &[("-redirect_uri", "")]).await.ok();
    let mut body = public_client();
    body["redirect_uris"] = json!(["https://a.example/1", "https://a.example/2"]);
    let two = app.registers(body).await;
    ada.asked(&two.asks().with(&[("-redirect_uri", "")])).await.page().page(400);
}

#[actix_web::test]
async fn rfc6749_4_1_2_1_errors_go_back_to_a_program_at_once_with_state_and_iss() {
    let app = TestApp::start().await;
    let client = app.registers(program()).await;
    for (changes, error) in [
        ([("response_type", "token")], "unsupported_response_type"),
        ([("response_type", "code id_token")], "unsupported_response_type"),
        ([("-response_type", "")], "invalid_request"),
        ([("response_mode", "fragment")], "invalid_request"),
        ([("-code_challenge", "")], "invalid_request"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("-code_challenge_method", "")], "invalid_request"),
        ([("code_challenge", "short")], "invalid_request"),
        ([("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")], "invalid_request"),
        ([("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMx")], "invalid_request"),
        ([("+response_type", "code")], "invalid_request"),
        ([("+scope", "mcp")], "invalid_request"),
        ([("+code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")], "invalid_request"),
        ([("resource", "nonsense")], "invalid_target"),
        ([("resource", "http://mcp.example/")], "invalid_target"),
        ([("resource", "https://mcp.example/#x")], "invalid_target"),
        ([("request", "eyJhbGciOiJub25lIn0..")], "request_not_supported"),
        ([("request_uri", "https://a.example/r")], "request_uri_not_supported"),
        ([("request_uri", "urn:ietf:params:oauth:request_uri:x")], "request_uri_not_supported"),
        ([("prompt", "none login")], "invalid_request"),
        ([("max_age", "soon")], "invalid_request"),
    ] {
        let mut ask = client.asks().with(&changes);
        if changes[0].0 == "+scope" {
            ask = ask.with(&[("+scope", "mcp")]);
        }
        let answer = app.get(&ask.path()).await;
        let url = answer.location();
        assert_eq!(param(&url, "error").as_deref(), Some(error), "{changes:?}: {url}");
        assert_eq!(param(&url, "state"), Some(ask.state), "{changes:?}");
        assert_eq!(param(&url, "iss").as_deref(), Some(ISSUER), "{changes:?}");
        assert!(param(&url, "error_description").is_some_and(|words| words.is_ascii()));
        assert_eq!((param(&url, "code"), url.fragment()), (None, None));
    }
}

#[actix_web::test]
async fn rfc6749_4_1_2_1_a_state_that_stands_twice_is_an_error_that_carries_none() {
    let app = TestApp::start().await;
    let client = app.registers(program()).await;
    let url = app.get(&client.asks().with(&[("+state", "another")]).path()).await.location();
    assert_eq!((param(&url, "error").as_deref(), param(&url, "state")), (Some("invalid_request"), None));
}

#[actix_web::test]
async fn rfc9700_4_11_2_nobody_is_sent_to_an_unknown_site_before_they_signed_in() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ask = client.asks().with(&[("response_type", "token")]);
    let answer = app.get(&ask.path()).await;
    assert!(answer.header("location").starts_with(&app.github().url), "{answer:?}");
    let url = app.ada().asked(&ask).await.denied("unsupported_response_type");
    assert_eq!(param(&url, "state"), Some(ask.state));
    let silent = client.asks().with(&[("response_type", "token"), ("prompt", "none")]);
    let url = app.get(&silent.path()).await.location();
    assert_eq!(url.host_str(), Some("notebook.example"));
}

#[actix_web::test]
async fn rfc6749_4_1_2_the_state_comes_back_byte_for_byte() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let long = "vscode://x?a=b&c=d%20e".repeat(93);
    for state in ["a b+c&d=e%41/?#\"'<>\\", "ü日本\u{1f600}", "\r\nSet-Cookie: a=b", "{\"a\":[1]}", &long] {
        let ask = client.asks().with(&[("state", state)]);
        let page = ada.asked(&ask).await.page();
        let url = ada.decides(&page, "approve").await.client();
        assert_eq!(param(&url, "state").as_deref(), Some(state));
    }
    let page = ada.asked(&client.asks().with(&[("-state", "")])).await.page();
    let url = ada.decides(&page, "approve").await.client();
    assert_eq!(param(&url, "state"), None, "what was not sent does not come back");
    let too_long = client.asks().with(&[("state", &"x".repeat(2_049))]);
    let url = ada.asked(&too_long).await.denied("invalid_request");
    assert_eq!(param(&url, "state"), None);
}

#[actix_web::test]
async fn rfc6749_3_1_2_the_query_of_a_redirect_stays() {
    let app = TestApp::start().await;
    let ada = app.ada();
    for (uri, begins) in [
        ("https://a.example/cb?tenant=7", "https://a.example/cb?tenant=7&code="),
        ("https://a.example/cb?", "https://a.example/cb?code="),
        ("https://a.example", "https://a.example/?code="),
        ("cursor://anysphere.cursor-mcp/cb", "cursor://anysphere.cursor-mcp/cb?code="),
    ] {
        let mut body = public_client();
        body["redirect_uris"] = json!([uri]);
        let client = app.registers(body).await;
        let page = ada.asked(&client.asks()).await.page();
        let url = ada.decides(&page, "approve").await.client();
        assert!(url.as_str().starts_with(begins), "{url}");
    }
}

#[actix_web::test]
async fn rfc9207_2_iss_is_in_every_answer() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let denied = ada.denies(&client).await;
    let none = ada.asked(&client.asks().with(&[("prompt", "none")])).await.denied("consent_required");
    let page = ada.asked(&client.asks()).await.page();
    let code = ada.decides(&page, "approve").await.client();
    for url in [denied, none, code] {
        assert_eq!(param(&url, "iss").as_deref(), Some(ISSUER), "{url}");
    }
}

#[actix_web::test]
async fn rfc6749_3_1_the_request_may_come_as_a_form() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks();
    let request = ada.request(Method::POST, "/authorize").header("content-type", "application/x-www-form-urlencoded");
    let answer = ada.sends(request.body(encoded(&ask.fields))).await;
    assert_eq!(answer.status, 303, "never 307: RFC 9700 section 4.12");
    let page = ada.follows(answer).await.page();
    let code = ada.code(&ask, ada.decides(&page, "approve").await);
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rfc6749_3_1_empty_and_unknown_parameters_are_as_if_not_there() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ask = client.asks().with(&[
        ("scope", ""),
        ("resource", ""),
        ("prompt", ""),
        ("request", ""),
        ("audience", "https://api.example/"),
        ("access_type", "offline"),
        ("+access_type", "offline"),
        ("nonce", "x"),
    ]);
    let landing = app.ada().asked(&ask).await;
    if let Landing::Client(url) = landing {
        // What is not known may still not stand twice (RFC 6749 section 3.1).
        assert_eq!(param(&url, "error").as_deref(), Some("invalid_request"));
    } else {
        panic!("a parameter that stands twice passed");
    }
    let code = app.ada().consents_to(&ask.with(&[("-access_type", "")])).await;
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rfc6749_3_3_unknown_scopes_are_left_out_and_the_reply_says_what_was_granted() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    for (asked, granted) in [
        ("mcp", "mcp"),
        ("read write", "mcp"),
        ("openid email profile mcp", "mcp"),
        ("mcp offline_access", "mcp offline_access"),
        ("offline_access", "offline_access"),
        ("mcp  mcp", "mcp"),
        ("MCP", "mcp"),
    ] {
        let code = ada.consents_to(&client.asks().with(&[("scope", asked)])).await;
        assert_eq!(client.exchanges(&code).await.ok().body["scope"], granted, "{asked}");
    }
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_prompt_none_never_shows_a_page() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    let silent = client.asks().with(&[("prompt", "none")]);
    ada.asked(&silent).await.denied("login_required");
    ada.connects(&client).await;
    let code = ada.code(&silent, ada.asked(&silent).await);
    client.exchanges(&code).await.ok();
    let more = client.asks().with(&[("prompt", "none"), ("scope", "mcp offline_access")]);
    ada.asked(&more).await.denied("consent_required");
}

#[actix_web::test]
async fn oidc_core_3_1_2_1_prompt_login_and_max_age_ask_github_once_more() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.connects(&client).await;
    let at_github = |path: String| {
        let (ada, github) = (&ada, app.github().url.clone());
        async move { ada.opens(&path).await.header("location").starts_with(&github) }
    };
    assert!(!at_github(client.asks().path()).await, "a live session skips GitHub");
    assert!(at_github(client.asks().with(&[("prompt", "login")]).path()).await);
    app.later(Span::minutes(10));
    assert!(!at_github(client.asks().with(&[("max_age", "600")]).path()).await);
    assert!(at_github(client.asks().with(&[("max_age", "599")]).path()).await);
    assert!(at_github(client.asks().with(&[("max_age", "0")]).path()).await);
    let code = ada.consents_to(&client.asks().with(&[("max_age", "0")])).await;
    let claims = client.exchanges(&code).await.ok().claims();
    assert_eq!(claims["auth_time"], app.clock.now().unix());
}

#[actix_web::test]
async fn a_get_uses_nothing_up_and_pressing_twice_gives_the_same_single_answer() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks();
    let first = ada.asked(&ask).await.page();
    let second = ada.asked(&ask).await.page();
    let form = form(&first.text(), "/consent");
    let question = format!("/consent?request={}", form.value("request"));
    ada.opens(&question).await.page(200);
    ada.opens(&question).await.page(200);
    let one = ada.decides(&first, "approve").await.client();
    let two = ada.decides(&first, "approve").await.client();
    let changed_mind = ada.decides(&first, "deny").await.client();
    assert_eq!((one.as_str(), one.as_str()), (two.as_str(), changed_mind.as_str()));
    assert_eq!(ada.follows(ada.opens(&question).await).await.client(), one);
    let other = ada.decides(&second, "approve").await.client();
    assert_ne!(param(&other, "code"), param(&one, "code"), "another request is another grant");
}

#[actix_web::test]
async fn a_waiting_request_lasts_ten_minutes() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let page = ada.asked(&client.asks()).await.page();
    app.later(Span::minutes(10));
    ada.decides(&page, "approve").await.page().page(400);
    app.audit().await.has("signed_in");
}

#[actix_web::test]
async fn con_06_an_answer_counts_only_with_its_mark_and_in_its_browser() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (ada, grace) = (app.ada(), app.grace());
    let page = ada.asked(&client.asks()).await.page();
    let form = form(&page.text(), "/consent");
    let other = grace.asked(&client.asks()).await.page();
    let theirs = crate::support::form::form(&other.text(), "/consent");
    let approve = Some(("decision", "approve"));
    for wrong in [
        form.clone().fill("csrf", ""),
        form.clone().fill("csrf", "x"),
        form.clone().fill("csrf", theirs.value("csrf")),
        form.clone().fill("request", theirs.value("request")),
        form.clone().fill("request", "dbq_x"),
    ] {
        ada.posts(&wrong, approve).await.page(403);
    }
    for decision in [None, Some(("decision", "")), Some(("decision", "yes"))] {
        ada.posts(&form, decision).await.page(403);
    }
    grace.posts(&form, approve).await.page(403);
    let stranger = app.mallory();
    stranger.posts(&form, approve).await.page(403);
    let path = format!("/consent?request={}", form.value("request"));
    grace.opens(&path).await.page(403);
    stranger.opens(&path).await.page(400);
    let by_get = format!("{path}&csrf={}&decision=approve", form.value("csrf"));
    ada.opens(&by_get).await.page(200);
    ada.decides(&page, "approve").await.client();
}

#[actix_web::test]
async fn con_14_githubs_answer_counts_only_in_the_browser_that_began() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (ada, mallory) = (app.ada(), app.mallory());
    app.github().sits_down(1, "ada");
    let to_github = mallory.opens(&client.asks().path()).await.location();
    let callback = app.send(app.http.get(to_github)).await.location();
    ada.opens(callback.as_str()).await.page(403);
    let begun_elsewhere = ada.opens(&client.asks().path()).await.location();
    ada.opens(callback.as_str()).await.page(403);
    drop(begun_elsewhere);
    assert!(app.audit().await.names.iter().all(|name| name != "signed_in"));
    mallory.opens(callback.as_str()).await.location();
    mallory.opens(callback.as_str()).await.page(400);
}

#[actix_web::test]
async fn con_21_what_a_client_says_of_itself_stays_text() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["client_name"] = json!("\"><script>alert(1)</script><img src=x onerror=alert(1)>");
    body["client_uri"] = json!("https://a.example/\"onmouseover=alert(1)");
    let refused = app.post_json("/register", &body).await;
    if refused.status == 400 {
        body["client_uri"] = json!("https://a.example/");
    }
    let client = app.registers(body).await;
    let page = app.ada().asked(&client.asks().with(&[("state", "\"><script>x</script>")])).await.page().page(200);
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<script>x"), "{page}");
    assert!(page.contains("notebook.example"), "the page names where it leads");
}

#[actix_web::test]
async fn the_page_of_consent_may_end_elsewhere_and_is_framed_by_nobody() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let page = app.ada().asked(&client.asks()).await.page();
    let policy = page.header("content-security-policy");
    assert!(!policy.contains("form-action") && !policy.contains("unsafe") && policy.contains("default-src 'none'"));
    assert_eq!((page.header("referrer-policy"), page.header("x-frame-options")), ("no-referrer", "DENY"));
    assert!(!page.has("cross-origin-opener-policy"));
    let text = page.page(200);
    for word in ["ada", "Notebook", "notebook.example", "value=\"approve\"", "value=\"deny\""] {
        assert!(text.contains(word), "{word}");
    }
}

#[actix_web::test]
async fn con_02_a_look_alike_is_called_one_and_gets_an_hour_at_most() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["client_name"] = json!("CIaude");
    let client = app.registers(body).await;
    let ada = app.ada();
    let ask = client.asks();
    let question = ada.asked(&ask).await.page();
    assert!(question.text().contains("id=\"lookalike\""), "{}", question.text());
    let tokens = client.exchanges(&ada.code(&ask, ada.decides(&question, "approve").await)).await.ok();
    app.later(Span::minutes(60));
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    app.audit().await.ends_with(["grant_time_over"]);
}
