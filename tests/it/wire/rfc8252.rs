//! RFC 8252: programs on people's own computers.

use serde_json::json;

use crate::support::{app::TestApp, client::public_client};

#[actix_web::test]
async fn rfc8252_7_3_on_loopback_the_port_floats_and_nothing_else() {
    let app = TestApp::start().await;
    for (registered, asked, fits) in [
        ("http://127.0.0.1/", "http://127.0.0.1:59656/", true),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:1/", true),
        ("http://127.0.0.1:33418/", "http://127.0.0.1/", true),
        ("http://localhost:54545/callback", "http://localhost:61999/callback", true),
        ("http://localhost/callback", "http://localhost:61999/callback", true),
        ("http://[::1]:1/cb", "http://[::1]:65535/cb", true),
        ("http://127.0.0.1:1/cb", "http://127.0.0.2:1/cb", false),
        ("http://127.0.0.1:1/cb", "http://localhost:1/cb", false),
        ("http://127.0.0.1:1/cb", "http://[::1]:1/cb", false),
        ("http://localhost:1/cb", "http://127.0.0.1:1/cb", false),
        ("http://127.0.0.1:1/cb", "https://127.0.0.1:1/cb", false),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb/", false),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb?x=1", false),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb#x", false),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:99999/cb", false),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:/cb", false),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2@evil.example/cb", false),
        ("http://localhost:1/cb", "http://localhost.evil.example:2/cb", false),
        ("http://localhost:1/cb", "http://LOCALHOST:2/cb", false),
        ("https://a.example:1/cb", "https://a.example:2/cb", false),
        ("cursor://host:1/cb", "cursor://host:2/cb", false),
    ] {
        let mut body = public_client();
        body["redirect_uris"] = json!([registered]);
        let client = app.registers(body).await;
        let answer = app.get(&client.asks().with(&[("redirect_uri", asked)]).path()).await;
        assert_eq!(answer.status, if fits { 303 } else { 400 }, "{registered} {asked}");
    }
}

#[actix_web::test]
async fn rfc8252_7_3_the_answer_goes_to_the_port_that_was_asked_for() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["redirect_uris"] = json!(["http://127.0.0.1:7777/callback"]);
    let client = app.registers(body).await;
    let ada = app.ada();
    let ask = client.asks().with(&[("redirect_uri", "http://127.0.0.1:40001/callback")]);
    let page = ada.asked(&ask).await.page();
    let landing = ada.decides(&page, "approve").await;
    let url = match &landing {
        crate::support::person::Landing::Client(url) => url.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(url.port(), Some(40_001));
    let code = ada.code(&ask, landing);
    let registered = [("redirect_uri", "http://127.0.0.1:7777/callback")];
    client.exchanges_with(&code, &registered).await.refused(400, "invalid_grant");
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn rfc8252_8_6_programs_are_always_asked_about_and_named_as_such() {
    let app = TestApp::start().await;
    let ada = app.ada();
    for (uri, words) in
        [("http://127.0.0.1:7777/cb", "a program on this computer"), ("cursor://anysphere.cursor-mcp/cb", "cursor")]
    {
        let body = json!({"client_name": "Tool", "redirect_uris": [uri]});
        let client = app.registers(body).await;
        for _ in 0..2 {
            let page = ada.asked(&client.asks()).await.page();
            assert!(page.page(200).contains(words), "{}", page.text());
            ada.decides(&page, "approve").await.client();
        }
    }
}
