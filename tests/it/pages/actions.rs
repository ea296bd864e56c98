//! What an administrator does to a client: each action does its thing at once, says so, and leaves its line.

use doorbook::{base::time::Span, flows::departures, store::clients};
use serde_json::json;

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{TestClient, confidential_client},
    form::{Form, form, forms},
    person::Person,
};

/// Grace at the page of a client.
async fn at_page<'a>(app: &'a TestApp, client: &TestClient<'_>) -> (Person<'a>, String) {
    let grace = app.grace();
    let html = grace.goes(&format!("/admin/clients/{}", client.id)).await.page().page(200);
    (grace, html)
}

/// Presses a button of a page.
async fn presses(person: &Person<'_>, html: &str, action: &str) -> Answer {
    person.posts(&form(html, action), None).await
}

/// The form of the page that asks, which names the same client.
#[track_caller]
fn asked(answer: &Answer, action: &str, client: &TestClient<'_>) -> Form {
    let form = form(&answer.page(200), action);
    assert_eq!((form.value("client_id"), form.value("confirm")), (client.id.as_str(), "yes"));
    form
}

/// Follows to the page that says what was done.
async fn done(person: &Person<'_>, answer: Answer, words: &str) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let html = person.follows(answer).await.page().text();
    assert!(html.contains("role=\"status\"") && html.contains(words), "{words} is not in\n{html}");
    html
}

/// Follows to the page that shows something once.
async fn leads_to(person: &Person<'_>, answer: Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    person.follows(answer).await.page().page(200)
}

#[actix_web::test]
async fn a_disabled_client_stands_still_and_goes_on_when_enabled() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let (grace, html) = at_page(&app, &client).await;
    let question = presses(&grace, &html, "/clients/disable").await;
    assert!(question.text().contains("Disable Notebook?") && question.text().contains("ada"));
    app.gate(&tokens.access).await.is(200);
    let form = asked(&question, "/clients/disable", &client);
    let html = done(&grace, grace.posts(&form, None).await, "Disabled.").await;
    app.gate(&tokens.access).await.is(401);
    app.audit().await.has("client_disabled");
    done(&grace, presses(&grace, &html, "/clients/enable").await, "Enabled.").await;
    app.gate(&tokens.access).await.is(200);
    app.audit().await.has("client_enabled");
    let again = grace.opens(&format!("/admin/clients/{}", client.id)).await.page(200);
    assert!(!again.contains("role=\"status\" tabindex"), "a notice is shown once");
}

#[actix_web::test]
async fn adm_10_a_revoked_registration_is_gone_at_once_and_for_good() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let (grace, html) = at_page(&app, &client).await;
    let question = presses(&grace, &html, "/clients/revoke").await;
    let html = question.page(200);
    for words in ["Revoke Notebook?", "does not come back", "Revoke registration client_", "Keep it", "ada"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let form = asked(&question, "/clients/revoke", &client);
    let wrong = grace.posts(&form.clone().fill("typed", "Notepad"), None).await;
    assert!(wrong.page(400).contains("aria-invalid"), "the word is asked for again");
    app.gate(&tokens.access).await.is(200);
    let sure = form.fill("typed", " Notebook ").fill("reason", "no longer ours");
    done(&grace, grace.posts(&sure, None).await, "1 person, 1 grant, 1 token").await;
    app.gate(&tokens.access).await.is(401);
    let log = app.audit().await;
    let line = log.lines.iter().rev().find(|line| line.event == "client_revoked").unwrap();
    assert_eq!((line.actor.as_str(), line.detail["reason"].as_str()), ("github:2", Some("no longer ours")));
    let html = grace.opens(&format!("/admin/clients/{}", client.id)).await.page(410);
    assert!(html.contains("Revoked by") && html.contains("grace"));
    grace.posts(&sure, None).await.page(404);
}

#[actix_web::test]
async fn a_registration_that_nobody_uses_is_revoked_without_a_word_to_type() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, html) = at_page(&app, &client).await;
    let form = asked(&presses(&grace, &html, "/clients/revoke").await, "/clients/revoke", &client);
    done(&grace, grace.posts(&form, None).await, "is revoked").await;
    app.audit().await.ends_with(["client_revoked"]);
}

#[actix_web::test]
async fn adm_11_a_new_secret_is_shown_once_and_the_old_one_works_for_the_overlap() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let old = client.secret.clone().unwrap();
    let (grace, html) = at_page(&app, &client).await;
    assert!(!html.contains(&old));
    let answer = grace.posts(&form(&html, "/clients/rotate-secret").fill("overlap", "3600"), None).await;
    let html = leads_to(&grace, answer).await;
    let new = shown(&html);
    assert!(new != old && html.contains("Save it now") && html.contains("The old secret works until"));
    let again = grace.opens(&format!("/admin/clients/{}", client.id)).await.page(200);
    assert!(
        !again.contains(&new) && !again.contains("Save it now"),
        "loading the page again shows nothing and does nothing"
    );
    for (secret, status) in [(&new, 200), (&old, 200), (&"wrong".to_owned(), 401)] {
        assert_eq!(revokes(&app, &client.id, secret).await, status);
    }
    app.later(Span::hours(2));
    assert_eq!(revokes(&app, &client.id, &old).await, 401);
    assert_eq!(revokes(&app, &client.id, &new).await, 200);
    let log = app.audit().await;
    log.has("secret_rotated");
    let kept = format!("{:?}", log.lines);
    assert!(!kept.contains(&new) && !kept.contains(&old), "no secret is in the log");
}

#[actix_web::test]
async fn an_old_secret_is_ended_before_its_time() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let (grace, html) = at_page(&app, &client).await;
    let html = leads_to(&grace, presses(&grace, &html, "/clients/rotate-secret").await).await;
    done(&grace, presses(&grace, &html, "/clients/end-old-secret").await, "The old secret has ended.").await;
    assert_eq!(revokes(&app, &client.id, client.secret.as_ref().unwrap()).await, 401);
    app.audit().await.has("old_secret_ended");
}

#[actix_web::test]
async fn a_client_without_a_secret_gets_none() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, html) = at_page(&app, &client).await;
    let csrf = form(&html, "/sign-out").value("csrf").to_owned();
    let form = Form { action: "/admin/clients/rotate-secret".into(), ..Form::default() };
    let answer = grace.posts(&form.fill("csrf", &csrf).fill("client_id", &client.id), None).await;
    assert!(answer.page(409).contains("Not done"));
}

#[actix_web::test]
async fn a_registration_token_is_replaced_and_revoked() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let reads = async |token: &str| {
        let request = app.request(reqwest::Method::GET, client.registration_uri()).bearer_auth(token);
        app.send(request).await.status
    };
    let (grace, html) = at_page(&app, &client).await;
    let html = leads_to(&grace, presses(&grace, &html, "/clients/rotate-registration-token").await).await;
    let new = shown(&html);
    assert_eq!((reads(client.registration_token()).await, reads(&new).await), (401, 200));
    let form = asked(
        &presses(&grace, &html, "/clients/revoke-registration-token").await,
        "/clients/revoke-registration-token",
        &client,
    );
    done(&grace, grace.posts(&form, None).await, "The registration token is revoked.").await;
    assert_eq!(reads(&new).await, 401);
    let log = app.audit().await;
    log.has("registration_token_rotated");
    log.has("registration_token_revoked");
}

#[actix_web::test]
async fn all_tokens_of_a_client_end_and_it_stays_in_the_book() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    let (grace, html) = at_page(&app, &client).await;
    let form = asked(&presses(&grace, &html, "/clients/revoke-tokens").await, "/clients/revoke-tokens", &client);
    let html = done(&grace, grace.posts(&form, None).await, "1 person, 1 grant, 1 token").await;
    assert!(html.contains("Nobody has let it in."));
    app.gate(&tokens.access).await.is(401);
    client.refreshes(&tokens).await.refused(400, "invalid_grant");
    app.audit().await.has("tokens_revoked");
}

#[actix_web::test]
async fn somebody_vouches_for_a_client() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, html) = at_page(&app, &client).await;
    let html = done(&grace, presses(&grace, &html, "/clients/trust").await, "You vouch for it.").await;
    done(&grace, presses(&grace, &html, "/clients/untrust").await, "Nobody vouches").await;
    app.audit().await.ends_with(["client_trusted", "client_trusted"]);
}

#[actix_web::test]
async fn a_retired_client_is_put_back() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (call, id) = (app.call(), doorbook::base::id::ClientId::new(&*client.id));
    let retire = move |tx: &mut doorbook::store::Tx<'_>| {
        let entry = clients::find(tx, &id)?.unwrap();
        departures::strike_out(tx, &call, entry, doorbook::base::client::Departure::Unused, None)
    };
    app.desk.store.record(retire).await.unwrap();
    let grace = app.grace();
    let html = grace.goes(&format!("/admin/clients/{}", client.id)).await.page().page(410);
    done(&grace, presses(&grace, &html, "/clients/revive").await, "Notebook is back in the book.").await;
    app.audit().await.ends_with(["client_revived"]);
    app.ada().connects(&client).await;
}

#[actix_web::test]
async fn many_clients_are_disabled_enabled_and_revoked_together() {
    let app = TestApp::start().await;
    let (one, two) = (
        app.client().await,
        app.registers(json!({"client_name": "Two", "redirect_uris": ["http://localhost/"]})).await,
    );
    let tokens = app.ada().connects(&one).await;
    let grace = app.grace();
    let list = grace.goes("/admin/clients").await.page().page(200);
    let mut bulk = form(&list, "/clients/bulk");
    for client in [&one, &two] {
        bulk.fields.push(("client_id".into(), client.id.clone()));
    }
    let question = grace.posts(&bulk, Some(("action", "disable"))).await.page(200);
    assert!(question.contains("Disable 2 clients?"));
    done(&grace, grace.posts(&form(&question, "/clients/bulk"), None).await, "Disabled 2 clients.").await;
    app.gate(&tokens.access).await.is(401);
    done(&grace, grace.posts(&bulk, Some(("action", "enable"))).await, "Enabled 2 clients.").await;
    app.gate(&tokens.access).await.is(200);
    let question = grace.posts(&bulk, Some(("action", "revoke"))).await.page(200);
    assert!(question.contains("Revoke 2 clients?") && question.contains("revoke 2 clients"));
    let sure = form(&question, "/clients/bulk");
    grace.posts(&sure, None).await.page(400);
    let html =
        done(&grace, grace.posts(&sure.fill("typed", "revoke 2 clients"), None).await, "Revoked 2 clients.").await;
    assert!(html.contains("0 registrations."), "{html}");
    let log = app.audit().await.names;
    for event in ["client_disabled", "client_enabled", "client_revoked"] {
        assert_eq!(log.iter().filter(|name| *name == event).count(), 2, "{event} in {log:?}");
    }
    let nothing = Form { fields: vec![("csrf".into(), bulk.value("csrf").into())], ..bulk.clone() };
    done(&grace, grace.posts(&nothing, Some(("action", "revoke"))).await, "No client was picked").await;
    grace.posts(&bulk, Some(("action", "explode"))).await.is(303);
}

#[actix_web::test]
async fn a_client_is_written_by_hand_and_its_secret_shown_once() {
    let app = TestApp::start().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let html = grace.opens("/admin/clients/new?preset=claude").await.page(200);
    assert!(html.contains("https://claude.ai/api/mcp/auth_callback"));
    let blank = forms(&html).into_iter().find(|form| form.action == "/admin/clients" && form.method == "post").unwrap();
    let blank = blank.fill("client_name", "").fill("redirect_uris", "");
    let filled = blank
        .clone()
        .fill("client_name", "Nightly job")
        .fill("redirect_uris", "https://jobs.example/cb\r\nhttp://127.0.0.1/cb")
        .fill("token_endpoint_auth_method", "client_secret_post");
    let filled = with_grants(filled);
    let html = leads_to(&grace, grace.posts(&filled, None).await).await;
    let secret = shown(&html);
    assert!(html.contains("What Nightly job needs") && html.contains("Registration token"));
    let log = app.audit().await;
    log.ends_with(["client_created"]);
    let id = log.lines.last().unwrap().client.clone().unwrap();
    let fields = [("client_id", id.as_str()), ("client_secret", secret.as_str()), ("token", "none")];
    app.post_form("/revoke", &fields).await.is(200);
    for (wrong, words) in [
        (with_grants(blank.clone()), "Give it a name"),
        (with_grants(filled.clone().fill("redirect_uris", "ftp://x")), "redirect"),
        (with_grants(filled.clone().fill("redirect_uris", "")), "redirect"),
        (with_grants(filled.clone().fill("scope", "mcp launch_rockets")), "launch_rockets"),
        (filled.clone().fill("grant_types", "refresh_token"), "authorization"),
    ] {
        let html = grace.posts(&wrong, None).await.page(400);
        assert!(
            html.contains("Not saved") && html.contains("aria-invalid") || html.contains("class=\"err\""),
            "{html}"
        );
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    assert_eq!(app.audit().await.names.iter().filter(|name| *name == "client_created").count(), 1);
}

fn with_grants(mut form: Form) -> Form {
    form.fields.retain(|(name, _)| name != "grant_types");
    form.fields.push(("grant_types".into(), "authorization_code".into()));
    form.fields.push(("grant_types".into(), "refresh_token".into()));
    form
}

/// The value that the panel shows first.
#[track_caller]
fn shown(html: &str) -> String {
    let (_, after) = html.split_once("<output id=\"v1\"").unwrap();
    let (_, after) = after.split_once('>').unwrap();
    after.split_once('<').unwrap().0.to_owned()
}

/// Whether a secret is good, as the endpoint for revocation says.
async fn revokes(app: &TestApp, id: &str, secret: &str) -> u16 {
    let request = app.request(reqwest::Method::POST, "/revoke").basic_auth(id, Some(secret));
    app.send(request.form(&[("token", "none")])).await.status
}

#[actix_web::test]
async fn new_a_service_account_is_written_from_its_preset() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let html = grace.goes("/admin/clients/new?preset=service").await.page().page(200);
    assert!(html.contains("Service account") && html.contains("nobody is asked"), "{html}");
    let blank = forms(&html).into_iter().find(|form| form.action == "/admin/clients" && form.method == "post").unwrap();
    let ticked: Vec<_> =
        html.split("name=\"grant_types\"").skip(1).filter(|grant| grant.contains(" checked><span>")).collect();
    assert!(ticked.len() == 1 && ticked[0].contains("client_credentials"), "{ticked:?}");
    let named = blank
        .fill("client_name", "Nightly job")
        .fill("grant_types", "client_credentials")
        .fill("token_endpoint_auth_method", "client_secret_basic");
    let secret = shown(&leads_to(&grace, grace.posts(&named, None).await).await);
    let log = app.audit().await;
    let id = log.lines.last().unwrap().client.clone().unwrap();
    let fields = [("client_id", id.as_str()), ("client_secret", &*secret), ("grant_type", "client_credentials")];
    app.post_form("/token", &fields).await.is(200);

    let public = named.fill("token_endpoint_auth_method", "none");
    let refused = grace.posts(&public, None).await.page(400);
    assert!(refused.contains("cannot act in its own name"), "{refused}");
}

#[actix_web::test]
async fn the_page_of_a_client_written_by_hand_says_what_is_pasted_where() {
    let app = TestApp::start().await;
    app.protects_with("https://notes.example/mcp", |resource| resource.name = "My notes".into()).await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for (preset, method, words) in [
        ("cursor", "none", "&#34;CLIENT_ID&#34;"),
        ("vscode", "none", "&#34;clientId&#34;"),
        ("cli", "none", "claude mcp add --transport http --client-id"),
        ("claude", "client_secret_post", "OAuth Client Secret: "),
    ] {
        let html = grace.opens(&format!("/admin/clients/new?preset={preset}")).await.page(200);
        let blank = forms(&html).into_iter().find(|form| form.action == "/admin/clients" && form.method == "post");
        let filled = blank.unwrap().fill("client_name", preset).fill("token_endpoint_auth_method", method);
        let html = leads_to(&grace, grace.posts(&with_grants(filled), None).await).await;
        let log = app.audit().await;
        let id = log.lines.last().unwrap().client.clone().unwrap();
        assert!(html.contains(words) && html.contains("https://notes.example/mcp"), "{preset}: {html}");
        let later = grace.opens(&format!("/admin/clients/{id}")).await.page(200);
        assert!(later.contains("Set it up") && later.contains(words), "{preset}: {later}");
        assert_eq!(later.contains("ITS-SECRET"), method != "none", "{preset}");
    }
    let own = app.client().await;
    let html = grace.opens(&format!("/admin/clients/{}", own.id)).await.page(200);
    assert!(!html.contains("Set it up"), "who came by itself knows how");
}

#[actix_web::test]
async fn people_of_a_company_are_a_box_where_a_provider_is_trusted() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let html = grace.goes("/admin/clients/new").await.page().page(200);
    assert!(!html.contains(grant), "nobody is trusted here");

    let provider = "[[trusted_issuers]]\nname = 'acme'\nissuer = 'https://login.acme.example'\n\
                    jwks_uri = 'https://login.acme.example/jwks'\npeople = ['*']\n";
    let app = TestApp::with_file(&[], provider).await;
    let grace = app.grace();
    let html = grace.goes("/admin/clients/new?preset=service").await.page().page(200);
    assert!(html.contains(grant) && html.contains("whom a trusted identity provider vouches for"), "{html}");
    let blank = forms(&html).into_iter().find(|form| form.action == "/admin/clients" && form.method == "post").unwrap();
    let named = blank
        .fill("client_name", "Agent")
        .fill("grant_types", grant)
        .fill("token_endpoint_auth_method", "client_secret_basic");
    let html = leads_to(&grace, grace.posts(&named, None).await).await;
    assert!(html.contains("assertion=") && html.contains("THE-ID-JAG"), "{html}");
    app.audit().await.ends_with(["client_created"]);
}
