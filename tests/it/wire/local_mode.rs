//! Local mode: any name signs in, from this computer only, under one name, without anything in between.

use reqwest::Method;

use crate::support::{answer::Answer, app::TestApp, client::public_client, form::form};

const PATHS: [&str; 9] = [
    "/",
    "/authorize",
    "/token",
    "/register",
    "/verify",
    "/jwks",
    "/.well-known/oauth-authorization-server",
    "/login/local",
    "/admin",
];

/// People see a page, programs JSON.
#[track_caller]
fn shut_out(path: &str, answer: &Answer) {
    if ["/", "/authorize", "/login/local", "/admin"].contains(&path) {
        assert!(answer.page(403).contains("DB-71"), "{path}");
    } else {
        answer.refused(403, "access_denied");
    }
}

#[actix_web::test]
async fn any_name_may_have_tokens_as_a_subject_of_its_own_kind() {
    let app = TestApp::local().await;
    let client = app.client().await;
    for person in [app.ada(), app.mallory()] {
        let tokens = person.connects(&client).await;
        assert_eq!(tokens.claims()["sub"], format!("local:{}", person.login));
        app.gate(&tokens.access).await.is(200);
        let admin = person.goes("/admin").await.page();
        admin.page(403);
    }
}

#[actix_web::test]
async fn the_sign_in_is_marked_and_takes_only_names() {
    let app = TestApp::local().await;
    let client = app.client().await;
    let ada = app.ada();
    let page = ada.follows(ada.opens(&client.asks().path()).await).await.page();
    assert!(page.page(200).contains("Local mode: any name opens this door"));
    let empty = form(&page.text(), "/login/local");
    for name in ["", " ", "a b", "<script>", "../x", "a@b", "ä", "-ada", &"a".repeat(40)] {
        let again = ada.posts(&empty.clone().fill("name", name), None).await;
        assert!(again.page(400).contains("aria-invalid"), "{name}");
    }
    for wrong in [empty.clone().fill("csrf", "x"), empty.clone().fill("request", "dbp_x")] {
        ada.posts(&wrong.fill("name", "ada"), None).await.page(403);
    }
    app.mallory().posts(&empty.clone().fill("name", "mallory"), None).await.page(403);
    let asked = ada.follows(ada.posts(&empty.clone().fill("name", "ada"), None).await).await.page();
    asked.page(200);
    ada.posts(&empty.fill("name", "ada"), None).await.page(400);
}

#[actix_web::test]
async fn another_name_of_this_computer_is_refused() {
    let app = TestApp::local().await;
    let port = app.at.rsplit(':').next().unwrap();
    for host in ["evil.example", &format!("localhost:{port}"), "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1.evil.example"]
    {
        for path in PATHS {
            let request = app.http.get(format!("{}{path}", app.at)).header("host", host);
            let answer = app.send(request).await;
            if host.is_empty() && answer.status == 400 {
                continue;
            }
            shut_out(path, &answer);
        }
        let post = app.http.post(format!("{}/register", app.at)).header("host", host).json(&public_client());
        app.send(post).await;
        assert!(!app.audit().await.names.iter().any(|name| name == "client_registered"), "{host}");
    }
}

#[actix_web::test]
async fn whatever_came_through_a_proxy_or_tunnel_is_refused() {
    let app = TestApp::local().await;
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", app.at.trim_start_matches("http://")),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-anything", "x"),
        ("x-original-url", "http://a/"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
        ("cf-connecting-ip", "127.0.0.1"),
    ] {
        for path in PATHS {
            shut_out(path, &app.send(app.request(Method::GET, path).header(name, value)).await);
        }
    }
    let health = app.request(Method::GET, "/health").header("x-forwarded-for", "127.0.0.1");
    app.send(health).await.is(200);
}

#[actix_web::test]
async fn with_github_there_is_no_local_door() {
    let app = TestApp::start().await;
    app.get("/login/local").await.page(404);
    for name in ["ada", "grace"] {
        app.post_form("/login/local", &[("name", name), ("request", "dbp_x"), ("csrf", "x")]).await.page(403);
    }
}

#[actix_web::test]
async fn local_people_are_void_once_github_is_set_up() {
    let local = TestApp::local().await;
    let client = local.client().await;
    let tokens = local.ada().connects(&client).await;
    let github = TestApp::with(&[("DATABASE_URL", local.folder().join("doorbook.db").to_str().unwrap())]).await;
    github.gate(&tokens.access).await.is(401);
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("client_id", &client.id)];
    github.post_form("/token", &form).await.refused(400, "invalid_grant");
}
