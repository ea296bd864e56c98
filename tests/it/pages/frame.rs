//! The frame around the pages: the search over everything, and what stands where no page is.

use doorbook::{base::id::ClientId, store::users};
use reqwest::{Method, header};

use crate::support::{
    app::{NOW, TestApp},
    store::person,
};

#[actix_web::test]
async fn everything_is_one_search_away() {
    let app = TestApp::start().await;
    app.protects("https://files.example.net/mcp").await;
    let client = app.client().await;
    app.ada().connects(&client).await;
    client.exchanges_with(&app.ada().consents(&client).await, &[("code_verifier", "wrong")]).await;
    let mut mira = person("7", "mira-dsouza");
    mira.name = Some("Mira D'Souza".into());
    app.desk.store.record(move |tx| users::signed_in(tx, &mira, NOW)).await.unwrap();
    let log = app.audit().await;
    let grant = log.lines.iter().find_map(|line| line.grant.clone()).unwrap();
    let refused = log.lines.iter().find(|line| line.event == "refused").unwrap();
    let (code, request) = (refused.reason.clone().unwrap(), refused.request_id.clone());
    let grace = app.grace();
    let html = grace.goes("/admin/search").await.page().page(200);
    assert!(html.contains("A client by words of its name"), "{html}");
    for (q, found) in [
        ("noteb", vec!["Notebook", "1 client", "/admin/clients/client_"]),
        ("notebook.example", vec!["Notebook"]),
        ("ADA", vec!["/admin/people/github%3A1", "1 person"]),
        ("souza", vec!["mira-dsouza", "Mira D"]),
        ("files.ex", vec!["https://files.example.net/mcp"]),
        ("db-51", vec!["DB-511", "DB-510"]),
        ("code_verifier", vec!["DB-509", "code_verifier"]),
        (grant.as_str(), vec!["ada", "Notebook"]),
        (&request, vec!["In the log", &code]),
        ("grants", vec!["Grants and tokens", "/admin/grants"]),
        ("zzz", vec!["Nothing in the book goes by this."]),
    ] {
        let html = grace.opens(&format!("/admin/search?list=1&q={q}")).await.page(200);
        for words in found {
            assert!(html.contains(words), "{q}: {words} is not in\n{html}");
        }
    }
}

#[actix_web::test]
async fn a_whole_id_and_the_only_thing_found_open_at_once() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for (q, to) in [
        (client.id.as_str(), format!("/admin/clients/{}", client.id)),
        ("github:2", "/admin/people/github%3A2".into()),
        ("db-115", "/admin/refusals?q=DB-115".into()),
        ("noteb", format!("/admin/clients/{}", client.id)),
    ] {
        let answer = grace.opens(&format!("/admin/search?q={q}")).await;
        assert_eq!((answer.status, answer.header("location")), (303, &*format!("https://auth.example{to}")));
        assert!(grace.opens(&format!("/admin/search?list=1&q={q}")).await.page(200).contains("data-hit"), "{q}");
    }
    let id = ClientId::new(client.id.clone());
    let (call, actor) = (app.call(), doorbook::base::event::Actor::CommandLine);
    doorbook::flows::clients::revoke(&app.desk, &call, &actor, &id, "").await.unwrap();
    assert_eq!(grace.opens(&format!("/admin/search?q={}", client.id)).await.status, 303, "one that left is found too");
}

#[actix_web::test]
async fn hostile_words_find_nothing_and_stay_words() {
    let app = TestApp::start().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for q in
        ["%25", "_", "!", "%27%20OR%201%3D1--", "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "x%00y", &"a".repeat(900)]
    {
        let html = grace.opens(&format!("/admin/search?q={q}")).await.page(200);
        assert!(html.contains("Nothing in the book") && !html.contains("<script>alert"), "{q}: {html}");
    }
}

#[actix_web::test]
async fn where_nothing_is_people_read_a_page_and_programs_json() {
    let app = TestApp::start().await;
    let asks = async |method: Method, path: &str, accept: &str| {
        app.send(app.request(method, path).header(header::ACCEPT, accept)).await
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    let html = asks(Method::GET, "/nonsense", browser).await.page(404);
    assert!(html.contains("There is nothing at this address") && html.contains("To the front page"), "{html}");
    let html = asks(Method::GET, "/sign-out", browser).await.page(405);
    assert!(html.contains("This address is not a page"), "{html}");
    assert_eq!(asks(Method::GET, "/sign-out", browser).await.header("allow"), "POST");
    for (path, accept) in [
        ("/nonsense", "*/*"),
        ("/nonsense", "application/json"),
        ("/.well-known/nonsense", browser),
        ("/oauth/nonsense", browser),
        ("/register/", browser),
    ] {
        asks(Method::GET, path, accept).await.refused(404, "invalid_request");
    }
    asks(Method::GET, "/token", browser).await.refused(405, "invalid_request");
}
