//! Clients as an administrator changes them: the form, the question before somebody loses something, what holds afterwards.

use doorbook::base::{client::Origin, time::Span};
use serde_json::{Value, json};

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{TestClient, confidential_client, public_client},
    form::{Form, form, forms},
    person::Person,
    proof::Key,
};

/// Grace with the form of a client before her.
async fn before<'a>(app: &'a TestApp, client: &TestClient<'_>) -> (Person<'a>, Form) {
    let grace = app.grace();
    let html = grace.goes(&format!("/admin/clients/{}", client.id)).await.page().page(200);
    let path = format!("/admin/clients/edit?client_id={}", client.id);
    assert!(html.contains(&format!("href=\"{path}\"")), "{html}");
    let form = form(&grace.opens(&path).await.page(200), "/clients/edit");
    (grace, form)
}

/// What the book says of a client now.
async fn metadata(app: &TestApp, client: &TestClient<'_>) -> Value {
    let id = doorbook::base::id::ClientId::new(&*client.id);
    let found = app.desk.store.read(move |reader| doorbook::store::clients::find(reader, &id)).await.unwrap().unwrap();
    json!(found.metadata)
}

/// Follows to the page of the client, which says what was done.
async fn says(person: &Person<'_>, answer: Answer, words: &str) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let html = person.follows(answer).await.page().page(200);
    assert!(html.contains("role=\"status\"") && html.contains(words), "{words} is not in\n{html}");
    html
}

/// The form of the page that asks, with everything that was typed before.
#[track_caller]
fn asked(answer: &Answer, words: &[&str]) -> Form {
    let html = answer.page(200);
    for words in words {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    form(&html, "/clients/edit")
}

#[actix_web::test]
async fn what_harms_nobody_is_saved_at_once_and_the_log_has_before_and_after() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["software_id"] = "notebook".into();
    body["client_name#de"] = "Notizbuch".into();
    let client = app.registers(body).await;
    let tokens = app.ada().connects(&client).await;
    let (grace, form) = before(&app, &client).await;
    assert_eq!((form.value("client_name"), form.value("redirect_uris")), ("Notebook", client.redirect_uri.as_str()));
    let uris = format!("{}\nhttps://notebook.example/other", client.redirect_uri);
    let form = form
        .fill("client_name", "Notebook of Ada")
        .fill("redirect_uris", &uris)
        .fill("client_uri", "https://notebook.example/")
        .fill("contacts", "ada@notebook.example\nhelp@notebook.example");
    app.later(Span::minutes(1));
    let html = says(&grace, grace.posts(&form, None).await, "Saved, and in force.").await;
    assert!(html.contains("The entry of ") && html.contains("Notebook of Ada"), "{html}");
    let now = metadata(&app, &client).await;
    assert_eq!(now["client_name"], "Notebook of Ada");
    assert_eq!(now["redirect_uris"], json!([client.redirect_uri, "https://notebook.example/other"]));
    assert_eq!(
        (&now["client_uri"], now["contacts"].as_array().unwrap().len()),
        (&json!("https://notebook.example/"), 2)
    );
    assert_eq!((&now["software_id"], &now["client_name#de"]), (&json!("notebook"), &json!("Notizbuch")), "they stay");
    app.gate(&tokens.access).await.is(200);
    let log = app.audit().await;
    let line = log.lines.iter().rev().find(|line| line.event == "client_updated").unwrap();
    assert_eq!((line.actor.as_str(), &line.detail["before"]["client_name"]), ("github:2", &json!("Notebook")));
    assert_eq!(line.detail["after"]["client_name"], "Notebook of Ada");

    let (grace, form) = before(&app, &client).await;
    says(&grace, grace.posts(&form, None).await, "Nothing was changed.").await;
    assert_eq!(app.audit().await.names.iter().filter(|name| *name == "client_updated").count(), 1);
}

#[actix_web::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, form) = before(&app, &client).await;
    for (name, value, place, words) in [
        ("client_name", "", "name", "Give it a name"),
        ("redirect_uris", "http://app.example/cb", "uris", "http://app.example/cb"),
        ("redirect_uris", "", "uris", "Name at least one address that codes may be sent to."),
        ("scope", "everything", "scope", "does not offer everything"),
        ("token_endpoint_auth_method", "private_key_jwt", "jwks", "Give its public keys: jwks or jwks_uri."),
        ("jwks", "no keys", "jwks", "This is no JSON"),
        ("jwks", "{\"keys\": [{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}]}", "jwks", "nothing private belongs there"),
        ("logo_uri", "http://logo.example/", "logo", "Write an https address"),
        ("policy_uri", "none", "privacy", "Write an https address"),
        ("grant_types", "client_credentials", "method", "cannot act in its own name"),
    ] {
        let wrong = form.clone().fill("tos_uri", "https://typed.example/").fill(name, value);
        let html = grace.posts(&wrong, None).await.page(400);
        assert!(html.contains("Not saved") && html.contains(&format!("href=\"#{place}\"")), "{name}: {html}");
        assert!(html.contains(words) && html.contains("https://typed.example/"), "{name}: {words} is not in\n{html}");
    }
    let secretive = app.registers(confidential_client()).await;
    let (grace, form) = before(&app, &secretive).await;
    let alone = form.fill("grant_types", "client_credentials");
    assert!(grace.posts(&alone, None).await.page(400).contains("Vouch for it on its page first"));
    assert!(!app.audit().await.names.contains(&"client_updated".to_owned()));
}

#[actix_web::test]
async fn what_takes_something_away_is_asked_first_and_ends_with_the_answer() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp mcp:write")]).await;
    let mut body = public_client();
    let first = body["redirect_uris"][0].as_str().unwrap().to_owned();
    body["redirect_uris"] = json!([first, "https://notebook.example/old"]);
    let client = app.registers(body).await;
    let wide = app.ada().consents_to(&client.asks().with(&[("scope", "mcp mcp:write")])).await;
    let wide = client.exchanges(&wide).await.ok();
    let narrow = app.grace().consents_to(&client.asks().with(&[("scope", "mcp")])).await;
    let narrow = client.exchanges(&narrow).await.ok();
    let (ada, asks) = (app.ada(), client.asks().with(&[("scope", "mcp mcp:write")]));
    let waiting = ada.asked(&asks).await.page();
    let (grace, form) = before(&app, &client).await;
    let less = form.fill("redirect_uris", &first).fill("scope", "mcp").fill("client_name", "Notes \"of\" <Ada>");
    let question = grace.posts(&less, None).await;
    let sure = asked(&question, &["Change Notebook?", "Nothing is saved yet", "notebook.example/old", "1", "grant"]);
    for tokens in [&wide, &narrow] {
        app.gate(&tokens.access).await.is(200);
    }
    says(&grace, grace.posts(&sure, None).await, "This ended 1 person, 1 grant, 1 token").await;
    app.gate(&wide.access).await.is(401);
    app.gate(&narrow.access).await.is(200);
    ada.decides(&waiting, "approve").await.page().page(400);
    app.audit().await.has("request_outdated");
    let now = metadata(&app, &client).await;
    assert_eq!((&now["scope"], &now["redirect_uris"]), (&json!("mcp"), &json!([first])));
    assert_eq!(now["client_name"], "Notes \"of\" <Ada>", "what was typed went through the question");
    let again = app.ada().consents_to(&client.asks().with(&[("scope", "mcp mcp:write")])).await;
    assert_eq!(client.exchanges(&again).await.ok().claims()["scope"], "mcp", "it is held to them from now on");
    let mut body = public_client();
    body["client_id"] = client.id.clone().into();
    body["scope"] = "mcp mcp:write".into();
    assert_eq!(client.replaces(&body).await.is(200).json()["scope"], "mcp", "whatever it says of itself");
}

#[actix_web::test]
async fn a_client_gets_a_secret_and_loses_it() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, form) = before(&app, &client).await;
    let secretive = form.clone().fill("token_endpoint_auth_method", "client_secret_post");
    let sure = asked(&grace.posts(&secretive, None).await, &["It gets a secret"]);
    let html = grace.follows(grace.posts(&sure, None).await).await.page().page(200);
    let secret = html.split("dbs_").nth(1).map(|rest| format!("dbs_{}", rest.split('<').next().unwrap())).unwrap();
    let fields = [("client_id", client.id.as_str()), ("client_secret", &*secret), ("token", "none")];
    app.post_form("/revoke", &fields).await.is(200);
    app.post_form("/revoke", &[("client_id", client.id.as_str()), ("token", "none")]).await.is(401);

    let (grace, form) = before(&app, &client).await;
    let public = form.fill("token_endpoint_auth_method", "none");
    let sure = asked(&grace.posts(&public, None).await, &["Its secret ends"]);
    says(&grace, grace.posts(&sure, None).await, "Saved, and in force.").await;
    app.post_form("/revoke", &[("client_id", client.id.as_str()), ("token", "none")]).await.is(200);
}

#[actix_web::test]
async fn what_somebody_else_changed_meanwhile_is_not_written_over_unseen() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, form) = before(&app, &client).await;
    let (other, theirs) = before(&app, &client).await;
    says(&other, other.posts(&theirs.fill("client_name", "Theirs"), None).await, "Saved").await;
    let mine = form.fill("client_name", "Mine");
    let html = grace.posts(&mine, None).await.page(400);
    assert!(html.contains("Somebody else changed it while you wrote") && html.contains("value=\"Mine\""), "{html}");
    assert_eq!(metadata(&app, &client).await["client_name"], "Theirs");
    let again = crate::support::form::form(&html, "/clients/edit");
    says(&grace, grace.posts(&again, None).await, "Saved").await;
    assert_eq!(metadata(&app, &client).await["client_name"], "Mine");
}

#[actix_web::test]
async fn what_is_changed_elsewhere_says_where() {
    let app = TestApp::with(&[("ALLOWED_MCP_CLIENTS", "desk")]).await;
    let described = doorbook::base::client::Client {
        origin: Origin::Document,
        ..crate::support::store::client("https://app.example/client.json")
    };
    app.desk.store.record(move |tx| doorbook::store::clients::insert(tx, &described)).await.unwrap();
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for (id, words) in
        [("desk", "Change it in the configuration"), ("https%3A%2F%2Fapp.example%2Fclient.json", "Change the document")]
    {
        let html = grace.opens(&format!("/admin/clients/{id}")).await.page(200);
        assert!(!html.contains("/clients/edit") && html.contains("it is changed there"), "{html}");
        let html = grace.opens(&format!("/admin/clients/edit?client_id={id}")).await.page(409);
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    grace.opens("/admin/clients/edit?client_id=nobody").await.page(404);
}

#[actix_web::test]
async fn a_client_written_by_hand_proves_itself_with_its_own_key() {
    let app = TestApp::start().await;
    let key = Key::new();
    let grace = app.grace();
    let html = grace.goes("/admin/clients/new?preset=service").await.page().page(200);
    let blank = forms(&html).into_iter().find(|form| form.action == "/admin/clients" && form.method == "post").unwrap();
    let keys = json!({ "keys": [key.public()] }).to_string();
    let filled = blank
        .fill("client_name", "Nightly job")
        .fill("token_endpoint_auth_method", "private_key_jwt")
        .fill("grant_types", "client_credentials")
        .fill("jwks", &keys);
    let answer = grace.posts(&filled.clone().fill("jwks_uri", "https://job.example/jwks"), None).await;
    assert!(answer.page(400).contains("both jwks and jwks_uri"));
    let html = grace.follows(grace.posts(&filled, None).await).await.page().page(200);
    assert!(!html.contains("dbs_") && html.contains("with a signature of its own key"), "{html}");
    let log = app.audit().await;
    let id = log.lines.last().unwrap().client.clone().unwrap();
    let now = app.clock.now().unix();
    let claims = json!({ "iss": id, "sub": id, "aud": app.issuer(), "jti": "1", "iat": now, "exp": now + 60 });
    let assertion = key.states("JWT", &claims);
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &*assertion),
    ];
    app.post_form("/token", &fields).await.is(200);

    let html = grace.opens(&format!("/admin/clients/edit?client_id={id}")).await.page(200);
    let form = form(&html, "/clients/edit");
    assert_eq!(serde_json::from_str::<Value>(form.value("jwks")).unwrap(), json!({ "keys": [key.public()] }));
    let fetched = form.fill("jwks", "").fill("jwks_uri", "https://job.example/jwks");
    says(&grace, grace.posts(&fetched, None).await, "Saved, and in force.").await;
}

#[actix_web::test]
async fn the_list_is_narrowed_by_who_vouches() {
    let app = TestApp::start().await;
    let trusted = app.client().await;
    let mut body = public_client();
    body["client_name"] = "Nobody knows me".into();
    app.registers(body).await;
    app.writes(json!({ "client_name": "By hand", "redirect_uris": ["https://hand.example/cb"] })).await;
    let grace = app.grace();
    let html = grace.goes(&format!("/admin/clients/{}", trusted.id)).await.page().page(200);
    grace.posts(&form(&html, "/clients/trust"), None).await.is(303);
    for (proof, there, missing) in [
        ("nobody", vec!["Nobody knows me"], vec!["Notebook", "By hand"]),
        ("administrator", vec!["Notebook", "By hand"], vec!["Nobody knows me"]),
        ("document", vec!["No client fits."], vec!["Notebook", "Nobody knows me", "By hand"]),
        ("nonsense", vec!["Notebook", "Nobody knows me", "By hand"], vec![]),
    ] {
        let html = grace.opens(&format!("/admin/clients?proof={proof}")).await.page(200);
        assert!(there.iter().all(|name| html.contains(&format!(">{name}"))), "{proof}: {html}");
        assert!(!missing.iter().any(|name| html.contains(&format!(">{name}"))), "{proof}: {html}");
        assert!(html.contains(&format!("/admin/clients.csv?proof={proof}")), "the file has the same clients");
    }
}
