//! The trip to GitHub: bound to the browser that began it, taken once, and no harm when GitHub has a bad day.

use std::time::Instant;

use doorbook::base::{event::Actor, id::UserId, register::Resource, resource::ResourceUri, time::Span, user::Who};

use crate::support::{
    answer::param,
    app::{ISSUER, TestApp},
    client::confidential_client,
    form::forms,
    github::Mood,
    person::Person,
};

#[actix_web::test]
async fn the_trip_carries_state_pkce_and_the_least_scope() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let one = app.ada().opens(&client.asks().path()).await.location();
    let two = app.ada().opens(&client.asks().path()).await.location();
    assert_eq!(one.path(), "/login/oauth/authorize");
    assert_eq!(param(&one, "redirect_uri").as_deref(), Some("https://auth.example/callback"));
    assert_eq!(param(&one, "scope").as_deref(), Some("read:user"));
    assert_eq!(param(&one, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(param(&one, "code_challenge").unwrap().len(), 43);
    for name in ["state", "code_challenge"] {
        assert_ne!(param(&one, name), param(&two, name), "{name}");
    }
}

#[actix_web::test]
async fn con_17_who_presses_cancel_at_github_is_heard_of_by_the_client() {
    let app = TestApp::start().await;
    let client = app.client().await;
    app.github().is(Mood::Declines);
    let ask = client.asks();
    let url = app.ada().asked(&ask).await.denied("access_denied");
    assert_eq!((param(&url, "state"), param(&url, "iss").as_deref()), (Some(ask.state), Some(ISSUER)));
    app.audit().await.ends_with(["github_denied"]);
}

#[actix_web::test]
async fn ops_09_a_github_with_a_bad_day_is_a_page_and_nothing_else_suffers() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    for (mood, status) in [(Mood::Broken, 502), (Mood::Nonsense, 502), (Mood::Silent, 504)] {
        app.github().is(mood);
        let began = Instant::now();
        let fresh = app.ada();
        let page = fresh.asked(&client.asks()).await.page().page(status);
        assert!(page.contains("DB-706") && !page.contains("<html>\n<html"), "{page}");
        assert!(began.elapsed().as_secs() < 5);
        app.gate(&tokens.access).await.is(200);
        let one_more = client.refreshes(&tokens).await;
        one_more.is(200);
    }
    app.audit().await.has("github_failed");
    app.github().is(Mood::Well);
    let code = app.ada().consents(&client).await;
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn ses_05_an_answer_of_github_is_taken_once() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    app.github().sits_down(1, "ada");
    let to_github = ada.opens(&client.asks().path()).await.location();
    let callback = app.send(app.http.get(to_github)).await.location();
    ada.opens(callback.as_str()).await.location();
    ada.opens(callback.as_str()).await.page(400);
    let state = param(&callback, "state").unwrap();
    for query in [
        format!("state={state}"),
        format!("state={state}&code="),
        "code=x".to_owned(),
        format!("state={state}x&code=x"),
        format!("state={state}&state={state}&code=x"),
        String::new(),
    ] {
        ada.opens(&format!("/callback?{query}")).await.page(400);
    }
}

#[actix_web::test]
async fn a_code_that_github_never_gave_is_no_sign_in() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let to_github = ada.opens(&client.asks().path()).await.location();
    let state = param(&to_github, "state").unwrap();
    ada.opens(&format!("/callback?state={state}&code=made-up")).await.page(400);
    assert!(!app.audit().await.names.contains(&"signed_in".to_owned()));
}

#[actix_web::test]
async fn a_trip_lasts_ten_minutes() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let to_github = ada.opens(&client.asks().path()).await.location();
    let callback = app.send(app.http.get(to_github)).await.location();
    app.later(Span::minutes(10));
    assert!(ada.opens(callback.as_str()).await.page(400).contains("DB-325"));
}

#[actix_web::test]
async fn con_15_who_is_not_on_the_list_is_told_so_and_the_client_hears_it() {
    let app = TestApp::start().await;
    let client = app.client().await;
    for (number, login) in [(666, "mallory"), (7, "ada-"), (8, "aada"), (9, "ad"), (10, "graceada")] {
        let stranger = Person::new(&app, number, login);
        let ask = client.asks();
        let page = stranger.asked(&ask).await.page().page(403);
        assert!(page.contains(login) && page.contains("DB-701"), "{page}");
        assert!(forms(&page).iter().any(|form| form.action.ends_with("/sign-out")), "there is a way to be another");
        let back = page.split("href=\"https://notebook.example").nth(1).expect("a way back to the client");
        assert!(back.split('"').next().unwrap().contains("error=access_denied"), "{back}");
        stranger.opens(&client.asks().path()).await.location();
        stranger.goes("/admin").await.page().page(403);
    }
    app.audit().await.has("not_on_access_list");
    assert_eq!(app.audit().await.names.iter().filter(|name| *name == "signed_in").count(), 0);
}

#[actix_web::test]
async fn con_16_logins_have_no_case_and_belong_to_their_number() {
    let app = TestApp::with(&[("ALLOWED_GITHUB_USERS", "Ada, id:5")]).await;
    let client = app.client().await;
    let ada = Person::new(&app, 1, "aDA");
    assert_eq!(ada.connects(&client).await.claims()["sub"], "github:1");
    let renamed = Person::new(&app, 1, "ada-lovelace");
    renamed.connects(&client).await;
    let recycled = Person::new(&app, 99, "ada");
    assert!(recycled.asked(&client.asks()).await.page().page(403).contains("DB-703"));
    let numbered = Person::new(&app, 5, "whatever");
    numbered.connects(&client).await;
    let nameless = Person::new(&app, 3, "");
    nameless.asked(&client.asks()).await.page().page(502);
    let number_as_name = Person::new(&app, 55, "5");
    number_as_name.asked(&client.asks()).await.page().page(403);
}

#[actix_web::test]
async fn ops_08_an_empty_list_lets_nobody_in() {
    let app = TestApp::with(&[("ALLOWED_GITHUB_USERS", ""), ("ADMIN_GITHUB_USERS", "")]).await;
    let client = app.client().await;
    for person in [app.ada(), app.grace(), app.mallory()] {
        person.asked(&client.asks()).await.page().page(403);
    }
}

#[actix_web::test]
async fn ses_03_a_sign_in_begins_a_session_under_a_new_id_and_signing_out_ends_it() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.asked(&client.asks()).await.page().page(200);
    let stolen = ada.jar.borrow().clone();
    let again = client.asks().with(&[("prompt", "login")]);
    let page = ada.asked(&again).await.page();
    assert_ne!(stolen["__Host-doorbook"], ada.jar.borrow()["__Host-doorbook"]);
    let out = forms(&page.text()).into_iter().find(|form| form.action.ends_with("/sign-out")).unwrap();
    let signed_in = ada.jar.borrow().clone();
    ada.posts(&out, None).await.location();
    for jar in [stolen, signed_in] {
        let thief = app.ada();
        *thief.jar.borrow_mut() = jar;
        let home = thief.opens("/").await.page(200);
        assert!(!home.contains("Sign out"), "a copied cookie is worth nothing after the end");
    }
}

#[actix_web::test]
async fn ses_09_a_sign_in_never_ends_at_somebody_elses_site() {
    let app = TestApp::start().await;
    for next in ["https://evil.example/", "//evil.example/", "/\\evil.example", "/@evil.example", "javascript:alert(1)"]
    {
        let grace = app.grace();
        let page = grace.opens(&format!("/sign-in?next={next}")).await.page(200);
        let form = forms(&page).into_iter().find(|form| form.action.ends_with("/login/github")).unwrap();
        let answer = grace.posts(&form.fill("next", next), None).await;
        let landing = grace.follows(answer).await;
        assert!(matches!(landing, crate::support::person::Landing::Page(_)), "{next}: {landing:?}");
    }
}

#[actix_web::test]
async fn ses_10_a_server_for_a_login_is_for_the_person_who_had_it_first() {
    const MCP: &str = "https://tools.example/mcp";
    let app = TestApp::with(&[("ALLOWED_GITHUB_USERS", "*")]).await;
    let client = app.client().await;
    let ask = || client.asks().with(&[("resource", MCP)]);
    app.protects_with(MCP, |resource| resource.people = vec![Who::parse("hopper").unwrap()]).await;
    let hopper = Person::new(&app, 71, "Hopper");
    let tokens = client.exchanges(&hopper.consents_to(&ask()).await).await.ok();
    app.gate_at(MCP, Some(&tokens.access)).await.is(200);
    let renamed = Person::new(&app, 71, "amazing-grace");
    let tokens = client.exchanges(&renamed.consents_to(&ask()).await).await.ok();
    app.gate_at(MCP, Some(&tokens.access)).await.is(200);
    let other = Person::new(&app, 72, "hopper").asked(&ask()).await.page().page(403);
    assert!(other.contains("DB-613"), "{other}");
    app.audit().await.has("login_bound");
}

#[actix_web::test]
async fn ses_10_a_login_that_somebody_has_here_is_theirs_when_a_server_is_for_it() {
    const MCP: &str = "https://tools.example/mcp";
    let app = TestApp::with(&[("ALLOWED_GITHUB_USERS", "*")]).await;
    let client = app.client().await;
    Person::new(&app, 71, "hopper").connects(&client).await;
    let resource = Resource { people: vec![Who::parse("hopper").unwrap()], ..tools(MCP) };
    doorbook::flows::resources::add(&app.desk, &app.call(), &Actor::CommandLine, resource).await.unwrap();
    let ask = client.asks().with(&[("resource", MCP)]);
    Person::new(&app, 72, "hopper").asked(&ask).await.page().page(403);
    Person::new(&app, 71, "hopper").consents_to(&ask).await;
}

fn tools(uri: &str) -> Resource {
    Resource { name: "Tools".into(), ..Resource::new(ResourceUri::parse(uri).unwrap()) }
}

#[actix_web::test]
async fn con_18_what_was_answered_before_is_answered_once_however_often_its_page_loads() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    app.ada().connects(&client).await;
    let ada = app.ada();
    let to_github = ada.opens(&client.asks().path()).await.location();
    app.github().sits_down(1, "ada");
    let callback = app.send(app.http.get(to_github)).await.location();
    let page = ada.opens(callback.as_str()).await.location();
    let first = ada.opens(page.as_str()).await.location();
    assert!(param(&first, "code").is_some(), "{first}");
    for _ in 0..3 {
        assert_eq!(ada.opens(page.as_str()).await.location(), first);
    }
}

#[actix_web::test]
async fn a_sign_in_ends_at_no_address_that_is_none() {
    let app = TestApp::start().await;
    for next in ["/%C3%A9", "/a%0Db", "/a%7F", "//evil.example"] {
        let ada = app.ada();
        let landing = ada.goes(&format!("/sign-in?next={next}")).await;
        let page = landing.page();
        let ended = match forms(&page.text()).into_iter().find(|form| form.action.ends_with("/login")) {
            Some(form) => ada.follows(ada.posts(&form, None).await).await.page(),
            None => page,
        };
        ended.is(200);
    }
}

#[actix_web::test]
async fn who_is_suspended_is_told_so_and_may_sign_out() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    ada.connects(&client).await;
    doorbook::flows::users::suspend(&app.desk, &app.call(), &Actor::CommandLine, &UserId::new("github:1"))
        .await
        .unwrap();
    let again = client.asks().with(&[("prompt", "login")]);
    let page = ada.asked(&again).await.page().page(403);
    assert!(page.contains("You are suspended here") && page.contains("to restore <b><bdi>ada"), "{page}");
    let out = forms(&page).into_iter().find(|form| form.action.ends_with("/sign-out")).unwrap();
    ada.posts(&out, None).await.location();
}
