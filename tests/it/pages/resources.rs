//! The register of protected servers in the dashboard: written, changed, tried, taken out.

use doorbook::{
    base::{event::Actor, register::Resource, resource::ResourceUri, scope::ScopeSet, time::Span, user::Who},
    flows::{resources as flow, traffic},
    oauth::why::Why,
    store::resources,
};

use crate::support::{
    answer::{Answer, Tokens},
    app::TestApp,
    form::{Form, form},
    person::Person,
};

const NOTES: &str = "https://notes.example/mcp";
const PAGE: &str = "/admin/resources/https%3A%2F%2Fnotes.example%2Fmcp";

async fn grace(app: &TestApp) -> Person<'_> {
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    grace
}

async fn page(person: &Person<'_>, path: &str) -> String {
    person.opens(path).await.page(200)
}

/// Follows to the page that comes after.
async fn after(person: &Person<'_>, answer: Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    person.follows(answer).await.page().page(200)
}

async fn tokens_for(app: &TestApp, resource: &str) -> Tokens {
    let client = app.client().await;
    let ask = client.asks().with(&[("resource", resource)]);
    client.exchanges(&app.ada().consents_to(&ask).await).await.ok()
}

/// The form of a new resource, filled in.
fn written(form: Form) -> Form {
    form.fill("uri", NOTES)
        .fill("name", "Notes")
        .fill("scopes", "notes:read = Read your notes\nnotes:write")
        .fill("required_scopes", "notes:read")
        .fill("people", "Ada, id:2")
        .fill("token_lifetime", "15m")
}

#[actix_web::test]
async fn a_resource_is_written_shown_changed_and_taken_out() {
    let app = TestApp::start().await;
    let grace = grace(&app).await;
    let empty = page(&grace, "/admin/resources").await;
    assert!(empty.contains("opens every host behind the gate"), "{empty}");
    let new = form(&page(&grace, "/admin/resources/new").await, "/admin/resources");
    let html = after(&grace, grace.posts(&written(new), None).await).await;
    for words in ["dbk_", "Save it now", "Read your notes", "Use the scope notes:write", "ada, id:2", "15m, shorter"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    assert!(html.contains("https://notes.example/.well-known/oauth-protected-resource/mcp"), "{html}");
    let again = page(&grace, PAGE).await;
    assert!(!again.contains("dbk_") && again.contains("It has one"), "the credential is shown once");
    let uri = ResourceUri::parse(NOTES).unwrap();
    let register = app.desk.store.standing().register();
    let resource = register.find(&uri).unwrap();
    assert_eq!(resource.people, [Who::Login("ada".into()), Who::Number("2".into())]);
    assert_eq!((resource.token_life, resource.allow_preflight), (Some(Span::minutes(15)), false));

    let edit = form(&page(&grace, &format!("/admin/resources/edit?uri={NOTES}")).await, "/admin/resources/edit");
    let html = after(&grace, grace.posts(&written(edit.clone()).fill("token_lifetime", ""), None).await).await;
    assert!(html.contains("Saved.") && html.contains("1h, as long as the server"), "{html}");
    let html = after(&grace, grace.posts(&written(edit).fill("token_lifetime", ""), None).await).await;
    assert!(html.contains("Nothing was changed."), "{html}");
    let list = page(&grace, "/admin/resources").await;
    assert!(list.contains("1 server stands behind the gate") && list.contains("2 entries"), "{list}");

    let ask = page(&grace, &format!("/admin/resources/remove?uri={NOTES}")).await;
    assert!(ask.contains("Take Notes out of the register?") && ask.contains("grants"), "{ask}");
    let html = after(&grace, grace.posts(&form(&ask, "/admin/resources/remove"), None).await).await;
    assert!(html.contains("Notes is out of the register") && html.contains("stays closed"), "{html}");
    grace.opens(PAGE).await.page(404);
    let events = ["resource_added", "resource_secret_issued", "resource_changed", "resource_removed"];
    app.audit().await.ends_with(events);
}

#[actix_web::test]
async fn what_a_removal_ends_is_said_before() {
    let app = TestApp::start().await;
    app.protects_with(NOTES, |resource| resource.name = "Notes".into()).await;
    let tokens = tokens_for(&app, NOTES).await;
    let grace = grace(&app).await;
    let ask = page(&grace, &format!("/admin/resources/remove?uri={NOTES}")).await;
    for part in ["person", "grant", "token", "at once"] {
        assert!(ask.contains(part), "{part} is not in\n{ask}");
    }
    app.gate_at(NOTES, Some(&tokens.access)).await.is(200);
    let html = after(&grace, grace.posts(&form(&ask, "/admin/resources/remove"), None).await).await;
    assert!(html.contains("This ended 1 person, 1 grant, 1 token."), "{html}");
    app.gate_at(NOTES, Some(&tokens.access)).await.is(403);
}

#[actix_web::test]
async fn what_is_wrong_with_the_form_stands_beside_its_field() {
    let app = TestApp::start().await;
    let grace = grace(&app).await;
    let new = written(form(&page(&grace, "/admin/resources/new").await, "/admin/resources"));
    let long = "x".repeat(101);
    for (name, value, place) in [
        ("uri", "http://notes.example", "uri"),
        ("name", long.as_str(), "name"),
        ("scopes", "a b = x", "scopes"),
        ("scopes", "a = x\na = y", "scopes"),
        ("required_scopes", "a\"b", "required"),
        ("people", "not/a/login", "people"),
        ("token_lifetime", "31d", "life"),
    ] {
        let html = grace.posts(&new.clone().fill(name, value), None).await.page(400);
        let (link, error) = (format!("href=\"#{place}\""), format!("id=\"{place}-error\""));
        assert!(html.contains(&link) && html.contains(&error), "{name} {value}: {html}");
        let typed = form(&html, "/admin/resources").value("name").to_owned();
        assert_eq!(typed, if name == "name" { value } else { "Notes" }, "what was typed stays");
    }
    assert!(app.desk.store.standing().register().entries().is_empty());
    app.protects(NOTES).await;
    let html = grace.posts(&new, None).await.page(400);
    assert!(html.contains("in the register already"), "{html}");
}

#[actix_web::test]
async fn what_the_configuration_lists_is_shown_and_changed_there() {
    let app = TestApp::start().await;
    let configured = Resource::new(ResourceUri::parse(NOTES).unwrap());
    let now = app.clock.now();
    app.desk.store.record(move |tx| resources::put(tx, &configured, true, now)).await.unwrap();
    let grace = grace(&app).await;
    let html = page(&grace, PAGE).await;
    assert!(html.contains("by the configuration") && !html.contains("/admin/resources/edit"), "{html}");
    for path in ["edit", "remove"] {
        let answer = grace.opens(&format!("/admin/resources/{path}?uri={NOTES}")).await;
        assert!(answer.page(409).contains("DB-907"), "{path}");
    }
}

#[actix_web::test]
async fn the_token_tester_says_what_the_gate_would_say_and_keeps_nothing() {
    let app = TestApp::start().await;
    app.protects_with(NOTES, |resource| resource.required_scopes = ScopeSet::parse("mcp")).await;
    app.protects("https://files.example").await;
    let (good, other) = (tokens_for(&app, NOTES).await, tokens_for(&app, "https://files.example").await);
    let grace = grace(&app).await;
    let tries = async |token: &str| {
        let form = form(&page(&grace, PAGE).await, "/admin/resources/try").fill("token", token);
        let html = grace.posts(&form, None).await.page(200);
        assert!(token.is_empty() || !html.contains(token), "the token is not shown again");
        html
    };
    let html = tries(&good.access).await;
    for words in ["Would pass", "ada (github:1)", "notes.example/mcp", "<code>mcp"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    assert!(tries(&format!("Bearer {}", good.access)).await.contains("Would pass"));
    for (token, why) in [
        (other.access.as_str(), Why::AudienceDiffers),
        ("nonsense-in-one-word", Why::BearerUnreadable),
        (&good.refresh, Why::BearerUnreadable),
        ("three words here", Why::BearerMalformed),
    ] {
        let html = tries(token).await;
        for words in [why.code(), why.words(), "401", "resource_metadata"] {
            assert!(html.contains(words), "{token}: {words} is not in\n{html}");
        }
    }
    assert!(tries("").await.contains("token-error"), "nothing is no token");
    let log = app.audit().await;
    assert_eq!(log.lines.iter().filter(|line| line.event == "token_tried").count(), 6);
    let kept = format!("{:?}", log.lines);
    assert!(!kept.contains(&good.access) && !kept.contains(&good.refresh), "no token is in the log");
    assert!(!log.names.iter().any(|name| name == "audience_differs"), "what is tried is no refusal");
}

#[actix_web::test]
async fn the_configuration_of_the_proxy_is_that_of_this_very_server() {
    let app = TestApp::with(&[("DOORBOOK_PROXY_HEADERS", "nginx")]).await;
    app.protects(NOTES).await;
    let grace = grace(&app).await;
    let shown = async |path: &str| page(&grace, path).await.replace("<b>", "").replace("</b>", "");
    let html = shown(PAGE).await;
    for words in [
        "rule: Host(`notes.example`)",
        "server_name notes.example;",
        "notes.example {",
        "DOORBOOK_PROXY_HEADERS=caddy",
        "proxy_pass http://mcp_server",
        "server 127.0.0.1:9000;",
    ] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    assert!(!html.contains("mcp.example.com") && !html.contains("DOORBOOK_PROXY_HEADERS=nginx"), "{html}");
    let html = shown(&format!("{PAGE}?behind=notes%3A9100")).await;
    assert!(html.contains("server notes:9100;") && !html.contains("127.0.0.1:9000"), "{html}");
    let html = shown(&format!("{PAGE}?behind=notes%3A9100%3B%0Aevil")).await;
    assert!(html.contains("behind-error") && html.contains("server 127.0.0.1:9000;"), "{html}");
}

#[actix_web::test]
async fn what_came_to_the_gate_is_counted_and_the_last_challenge_is_told() {
    let app = TestApp::start().await;
    app.protects(NOTES).await;
    let tokens = tokens_for(&app, NOTES).await;
    let grace = grace(&app).await;
    assert!(page(&grace, PAGE).await.contains("Not asked"));
    for _ in 0..3 {
        app.gate_at(NOTES, Some(&tokens.access)).await.is(200);
    }
    app.gate_at(NOTES, None).await.is(401);
    app.gate_at("https://other.example", Some(&tokens.access)).await.is(403);
    traffic::write_down(&app.desk, app.clock.now()).await.unwrap();
    let html = page(&grace, PAGE).await;
    for words in ["Guarded", ">3<", ">1<", Why::BearerMissing.words(), "DB-601"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    traffic::write_down(&app.desk, app.clock.now()).await.unwrap();
    assert!(page(&grace, "/admin/resources").await.contains("data-l=\"24 h\">3<"), "counted once");
}

#[actix_web::test]
async fn a_scope_is_put_into_words_and_consent_says_them() {
    let app = TestApp::start().await;
    let grace = grace(&app).await;
    let html = page(&grace, "/admin/resources").await;
    let say = form(&html, "/admin/scopes/say");
    assert_eq!((say.value("scope"), say.value("words")), ("mcp", "Use the tools of this server in your name"));
    let wrong = grace.posts(&say.clone().fill("words", &"x".repeat(301)), None).await.page(400);
    assert!(wrong.contains("say-0-error"), "{wrong}");
    let html = after(&grace, grace.posts(&say.fill("words", "Do <b>the</b> work"), None).await).await;
    assert!(html.contains("Do &#60;b&#62;the&#60;/b&#62; work"), "{html}");
    let client = app.client().await;
    let question = app.ada().asked(&client.asks()).await.page().page(200);
    assert!(question.contains("Do &#60;b&#62;the&#60;/b&#62; work"), "{question}");
    app.audit().await.has("scope_worded");
    let uri = ResourceUri::parse(NOTES).unwrap();
    let own = Resource { scopes: vec![("mcp".into(), "Take notes".into())], ..Resource::new(uri) };
    flow::add(&app.desk, &app.call(), &Actor::CommandLine, own).await.unwrap();
    let question = app.ada().asked(&client.asks()).await.page().page(200);
    assert!(question.contains("Take notes") && !question.contains("work"), "the resource says it in its own words");
}

#[actix_web::test]
async fn which_server_may_call_which_is_said_on_its_page() {
    let app = TestApp::start().await;
    app.protects_with(NOTES, |resource| resource.name = "Notes".into()).await;
    app.protects_with("https://files.example/mcp", |resource| resource.name = "Files".into()).await;
    let grace = grace(&app).await;
    let html = page(&grace, PAGE).await;
    assert!(html.contains("It calls no other server here") && html.contains("has none yet: make one above"), "{html}");
    let allow = form(&html, "/admin/resources/calls/allow").fill("target", "https://files.example/mcp");
    let html = after(&grace, grace.posts(&allow, None).await).await;
    assert!(html.contains("It may call https://files.example/mcp from now on."), "{html}");
    assert!(!html.contains("/admin/resources/calls/allow"), "nothing is left to be called");
    let files = "/admin/resources/https%3A%2F%2Ffiles.example%2Fmcp";
    let other = page(&grace, files).await;
    assert!(other.contains("It is called by") && other.contains(&format!("href=\"{PAGE}\"")), "{other}");

    let forbid = form(&html, "/admin/resources/calls/forbid");
    assert_eq!(forbid.value("target"), "https://files.example/mcp");
    let html = after(&grace, grace.posts(&forbid, None).await).await;
    assert!(html.contains("It may no longer call https://files.example/mcp."), "{html}");
    let again = after(&grace, grace.posts(&forbid, None).await).await;
    assert!(again.contains("It may no longer call https://files.example/mcp."), "{again}");
    let mistyped = grace.posts(&forbid.fill("target", "https://flies.example/mcp"), None).await;
    assert!(mistyped.page(404).contains("DB-804"));
    let alone = grace.posts(&allow.fill("target", NOTES), None).await;
    assert!(alone.page(400).contains("DB-592"));
    app.audit().await.ends_with(["call_allowed", "call_forbidden", "not_found", "call_itself"]);
}
