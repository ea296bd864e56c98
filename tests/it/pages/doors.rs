//! Every line of the table that is behind the desk, taken from the table so that none is forgotten.

use doorbook::{
    base::{api_token::ApiRole, id::UserId},
    flows::github_app,
    store::{initial_tokens, users},
    web::{
        admin::LIVE,
        routes::{Door, Verb, table},
    },
};
use reqwest::Method;

use crate::support::{
    app::TestApp,
    form::{form, forms},
    person::Person,
    store::{digest, initial_token},
};

/// A protected server, as it stands in an address.
const RESOURCE: &str = "http%3A%2F%2Flocalhost%3A9000%2Fmcp";

/// The paths behind the desk that answer to that verb, about this client and Grace.
fn paths(verb: Verb, client: &str) -> Vec<String> {
    behind(Door::Admin, verb, client)
}

/// The paths behind that door.
pub(crate) fn behind(door: Door, verb: Verb, client: &str) -> Vec<String> {
    let behind = table().into_iter().filter(|entry| entry.door == door);
    let mut found: Vec<String> = behind
        .filter(|entry| entry.verbs.iter().any(|(known, _)| *known == verb))
        .flat_map(|entry| entry.paths)
        .map(|path| {
            path.replace("/clients/{id}", &format!("/clients/{client}"))
                .replace("{id}", "github%3A2")
                .replace("{uri}", RESOURCE)
        })
        .collect();
    assert!(found.iter().all(|path| !path.contains('{')), "{found:?}");
    found.sort();
    found
}

/// The pages among them, about that client: neither files, nor the stream of what happens, nor the way back from GitHub, which
/// comes with a code.
pub(crate) fn pages_behind_the_desk(client: &str) -> Vec<String> {
    let all = behind(Door::Admin, Verb::Get, client).into_iter();
    all.filter(|path| !path.contains('.') && path != github_app::BACK && path != LIVE).collect()
}

/// What a page that asks must be told, on top of what it would be asked about.
pub(crate) fn about(path: &str, client: &str, grant: &str, token: &str, key: &str) -> String {
    match path {
        "/admin/keys/retire" | "/admin/keys/revoke" => format!("{path}?kid={key}"),
        "/admin/grants/revoke" => format!("{path}?grant_id={grant}"),
        "/admin/people/suspend" => format!("{path}?user_id=github%3A1"),
        "/admin/api-tokens/revoke" => format!("{path}?token_id={token}"),
        "/admin/policy/restore" => format!("{path}?version=0"),
        "/admin/policy/reset" => format!("{path}?member=look_alikes"),
        "/admin/policy/allow" => format!("{path}?scheme=notes"),
        "/admin/clients/edit" => format!("{path}?client_id={client}"),
        "/admin/resources/edit" | "/admin/resources/remove" => format!("{path}?uri={RESOURCE}"),
        "/admin/tokens/revoke" => format!("{path}?token_id=dbit_desk"),
        "/admin/access/remove" => format!("{path}?entry_id=member.ada"),
        _ => path.replace("CLIENT", client),
    }
}

async fn a_grant(app: &TestApp) -> (String, String) {
    let client = app.client().await;
    app.ada().connects(&client).await;
    app.desk.store.record(|tx| initial_tokens::insert(tx, &initial_token("dbit_desk"), &digest(1))).await.unwrap();
    let log = app.audit().await;
    let grant = log.lines.iter().find_map(|line| line.grant.clone()).unwrap().to_string();
    (client.id.clone(), grant)
}

#[actix_web::test]
async fn adm_01_every_page_opens_for_an_administrator() {
    let app = TestApp::start().await;
    let (client, grant) = a_grant(&app).await;
    app.protects("http://localhost:9000/mcp").await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let token = app.api_token(ApiRole::Read).await.token.id.to_string();
    let key = app.desk.keys.ring().signing().id.to_string();
    for path in paths(Verb::Get, &client).into_iter().filter(|path| path.contains('.')) {
        let answer = grace.opens(&path).await;
        assert!(answer.is(200).header("content-disposition").starts_with("attachment"), "{path}");
    }
    let pages = pages_behind_the_desk(&client);
    assert!(pages.len() > 20, "{pages:?}");
    for path in pages {
        let html = grace.opens(&about(&path, &client, &grant, &token, &key)).await.page(200);
        assert!(html.contains("<h1>") && html.contains("Sign out"), "{path}");
        for form in forms(&html).iter().filter(|form| form.method == "post") {
            assert!(!form.value("csrf").is_empty(), "{path}: {} has no mark", form.action);
        }
    }
}

#[actix_web::test]
async fn adm_02_strangers_are_sent_to_the_sign_in_and_come_back() {
    let app = TestApp::start().await;
    for path in paths(Verb::Get, "client_none") {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with(&app.github().url), "{path}: {}", answer.header("location"));
    }
    let grace = app.grace();
    let html = grace.goes("/admin/people/github:2").await.page().page(200);
    assert!(html.contains("<h1><bdi>grace</bdi></h1>"), "back to the page that was asked for");
    for path in paths(Verb::Post, "client_none") {
        assert_eq!(app.post_form(&path, &[]).await.status, 403, "{path}");
    }
}

#[actix_web::test]
async fn adm_03_ordinary_people_hear_who_they_are_and_that_they_may_not() {
    let app = TestApp::start().await;
    let ada = app.ada();
    let html = ada.goes("/admin").await.page().page(403);
    assert!(html.contains("ada") && html.contains("not an administrator") && html.contains("grace"), "{html}");
    for path in paths(Verb::Get, "client_none") {
        ada.opens(&path).await.page(403);
    }
    for path in paths(Verb::Post, "client_none") {
        ada.sends(ada.request(Method::POST, &path).form(&[("confirm", "yes")])).await.page(403);
    }
    app.audit().await.has("not_administrator");
}

#[actix_web::test]
async fn adm_04_a_form_without_the_mark_of_its_session_does_nothing() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let (grace, other) = (app.grace(), app.grace());
    grace.goes("/admin").await.page().page(200);
    let html = other.goes("/admin").await.page().page(200);
    let foreign = form(&html, "/sign-out").value("csrf").to_owned();
    for path in paths(Verb::Post, &client.id) {
        for mark in ["", "wrong", foreign.as_str()] {
            let fields =
                [("csrf", mark), ("client_id", client.id.as_str()), ("confirm", "yes"), ("user_id", "github:1")];
            grace.sends(grace.request(Method::POST, &path).form(&fields)).await.page(403);
        }
        // The mark in the address is not the mark in the form.
        let own = form(&grace.opens("/admin").await.page(200), "/sign-out").value("csrf").to_owned();
        let fields = [("client_id", client.id.as_str()), ("confirm", "yes")];
        grace.sends(grace.request(Method::POST, &format!("{path}?csrf={own}")).form(&fields)).await.page(403);
    }
    grace.opens(&format!("/admin/clients/{}", client.id)).await.page(200);
    let log = app.audit().await;
    let done = log.names.iter().filter(|name| {
        !["form_token", "signed_in", "login_bound"].contains(&name.as_str()) && !name.starts_with("key_")
    });
    assert_eq!(done.collect::<Vec<_>>(), ["client_registered"]);
}

#[actix_web::test]
async fn adm_12_an_administrator_who_was_taken_off_the_list_is_out_at_once() {
    let app = TestApp::with(&[("ADMIN_GITHUB_USERS", "grace, hedy")]).await;
    let hedy = Person::new(&app, 3, "hedy");
    hedy.goes("/admin").await.page().page(200);
    suspends(&app, "github:3").await;
    for path in paths(Verb::Get, "client_none") {
        hedy.opens(&path).await.page(403);
    }
    for path in paths(Verb::Post, "client_none") {
        hedy.sends(hedy.request(Method::POST, &path).form(&[("confirm", "yes")])).await.page(403);
    }
}

async fn suspends(app: &TestApp, id: &str) {
    let (id, now) = (UserId::new(id), app.clock.now());
    app.desk.store.record(move |tx| users::set_suspended(tx, &id, true, now)).await.unwrap();
}

#[actix_web::test]
async fn what_is_ones_own_opens_for_everybody_who_may_come_in_and_for_nobody_else() {
    let app = TestApp::start().await;
    let (_, grant) = a_grant(&app).await;
    let (pages, forms) = (behind(Door::Person, Verb::Get, ""), behind(Door::Person, Verb::Post, ""));
    assert!(pages.len() >= 3 && forms.len() >= 4, "{pages:?} {forms:?}");
    for path in &pages {
        assert_eq!(app.get(path).await.status, 303, "{path}");
    }
    let ada = app.ada();
    ada.goes("/me").await.page().page(200);
    for path in &pages {
        ada.opens(&format!("{path}?grant_id={grant}")).await.page(200);
    }
    for path in &forms {
        assert_eq!(app.post_form(path, &[]).await.status, 403, "{path}");
        ada.sends(ada.request(Method::POST, path).form(&[("grant_id", grant.as_str())])).await.page(403);
    }
    suspends(&app, "github:1").await;
    for path in &pages {
        assert!(ada.opens(path).await.page(403).contains("You may not come in at present"), "{path}");
    }
    for path in &forms {
        ada.sends(ada.request(Method::POST, path).form(&[("csrf", "any")])).await.page(403);
    }
}

#[actix_web::test]
async fn adm_08_hostile_ids_are_not_found() {
    let app = TestApp::start().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for path in [
        "/admin/clients/nobody",
        "/admin/clients/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/admin/clients/..%2F..%2Fetc%2Fpasswd",
        "/admin/clients/%00",
        "/admin/people/github%3A999",
        "/admin/people/'%20OR%201=1--",
    ] {
        let answer = grace.opens(path).await;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("<script>alert"), "{path}");
    }
}
