//! OAuth 2.0 Form Post Response Mode: the answer comes to the client in a form that the browser posts.

use doorbook::base::time::Span;
use serde_json::json;

use crate::support::{
    answer::Answer,
    app::TestApp,
    client::{Code, public_client},
    form::{Form, forms},
};

/// The only form on the page, with the fields as the client gets them.
fn posted(page: &Answer) -> (Form, impl Fn(&str) -> Option<String> + use<>) {
    let html = page.page(200);
    let mut found = forms(&html);
    assert_eq!(found.len(), 1, "{html}");
    let form = found.remove(0);
    assert_eq!(form.method, "post");
    assert!(html.contains("data-send") && html.contains("<button"), "{html}");
    assert!(!page.header("content-security-policy").contains("form-action"));
    let fields = form.fields.clone();
    (form, move |name: &str| {
        let mut values = fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone());
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice");
        value
    })
}

#[actix_web::test]
async fn form_post_2_the_code_comes_in_a_form_with_state_and_issuer() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks().with(&[("response_mode", "form_post"), ("state", "\"><script>&=")]);
    let question = ada.asked(&ask).await.page();
    let (form, field) = posted(&ada.decides(&question, "approve").await.page());
    assert_eq!(form.action, client.redirect_uri);
    assert_eq!(field("state").as_deref(), Some("\"><script>&="));
    assert_eq!(field("iss").as_deref(), Some(app.issuer()));
    let again = ada.decides(&question, "approve").await.page();
    assert_eq!(posted(&again).0.fields, form.fields, "pressed twice, answered once");
    let code = Code {
        code: field("code").unwrap(),
        verifier: ask.verifier.clone(),
        redirect_uri: client.redirect_uri.clone(),
    };
    client.exchanges(&code).await.ok();
}

#[actix_web::test]
async fn form_post_2_errors_come_the_same_way() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let ask = client.asks().with(&[("response_mode", "form_post")]);
    let question = ada.asked(&ask).await.page();
    let (_, field) = posted(&ada.decides(&question, "deny").await.page());
    assert_eq!(field("error").as_deref(), Some("access_denied"));
    assert_eq!((field("code"), field("state")), (None, Some(ask.state.clone())));
    let wrong = client.asks().with(&[("response_mode", "form_post"), ("-code_challenge", "")]);
    let (form, field) = posted(&ada.asked(&wrong).await.page());
    assert_eq!((form.action.as_str(), field("error").as_deref()), (&*client.redirect_uri, Some("invalid_request")));
    let silent = client.asks().with(&[("response_mode", "form_post"), ("prompt", "none")]);
    app.later(Span::days(2));
    let (_, field) = posted(&ada.asked(&silent).await.page());
    assert_eq!(field("error").as_deref(), Some("login_required"));
}

#[actix_web::test]
async fn form_post_somebody_who_is_not_let_in_can_tell_the_client() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ask = client.asks().with(&[("response_mode", "form_post")]);
    let page = app.mallory().asked(&ask).await.page().page(403);
    let back = forms(&page).into_iter().find(|form| form.action == client.redirect_uri).unwrap();
    assert!(back.fields.contains(&("error".into(), "access_denied".into())), "{:?}", back.fields);
}

#[actix_web::test]
async fn form_post_2_1_a_form_goes_to_web_addresses_only() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["redirect_uris"] = json!(["cursor://anysphere.cursor-retrieval/oauth/callback"]);
    let client = app.registers(body).await;
    app.ada().asked(&client.asks().with(&[("response_mode", "form_post")])).await.denied("invalid_request");
}
