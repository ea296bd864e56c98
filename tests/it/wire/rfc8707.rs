//! RFC 8707: resource indicators, from the request to `aud`.

use doorbook::base::{scope::ScopeSet, time::Span, user::Who};
use serde_json::json;

use crate::support::{
    answer::Answer,
    app::{ISSUER, TestApp},
    client::{confidential_client, public_client},
    form::{form, forms},
    person::{Landing, Person},
};

const MCP: &str = "https://tools.example/mcp";

#[actix_web::test]
async fn rfc8707_2_given_here_there_or_nowhere() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    for (at_authorize, at_token, audience) in [
        (Some(MCP), Some(MCP), MCP),
        (Some(MCP), None, MCP),
        (None, None, ISSUER),
        (None, Some(ISSUER), ISSUER),
        (Some("http://127.0.0.1:8080/mcp"), None, "http://127.0.0.1:8080/mcp"),
        (Some("https://tools.example"), Some("https://tools.example/"), "https://tools.example"),
        (Some("https://tools.example/"), Some("https://tools.example"), "https://tools.example/"),
        (Some("https://Tools.example/A/../b?c=%2f"), None, "https://Tools.example/A/../b?c=%2f"),
    ] {
        let mut ask = client.asks();
        if let Some(resource) = at_authorize {
            ask = ask.with(&[("resource", resource)]);
        }
        let code = ada.consents_to(&ask).await;
        let changes: Vec<_> = at_token.iter().map(|resource| ("resource", *resource)).collect();
        let claims = client.exchanges_with(&code, &changes).await.ok().claims();
        assert_eq!(claims["aud"], audience, "{at_authorize:?} {at_token:?}");
    }
}

#[actix_web::test]
async fn rfc8707_2_2_another_one_at_the_token_endpoint_is_invalid_target() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let code = app.ada().consents_to(&client.asks().with(&[("resource", MCP)])).await;
    for other in ["https://tools.example/mcp/", "https://tools.example/MCP", "https://other.example/mcp", ISSUER] {
        client.exchanges_with(&code, &[("resource", other)]).await.refused(400, "invalid_target");
    }
    for malformed in ["tools", "http://tools.example/", "https://tools.example/#f", "https://u@tools.example/"] {
        client.exchanges_with(&code, &[("resource", malformed)]).await.refused(400, "invalid_target");
    }
    let twice = [("resource", MCP), ("+resource", MCP)];
    client.exchanges_with(&code, &twice).await.ok();
}

#[actix_web::test]
async fn rfc8707_2_several_resources_are_invalid_target() {
    let app = TestApp::start().await;
    let client = app.client().await;
    let ada = app.ada();
    let two = client.asks().with(&[("resource", MCP), ("+resource", "https://other.example/")]);
    ada.asked(&two).await.denied("invalid_target");
    let same = client.asks().with(&[("resource", MCP), ("+resource", MCP)]);
    client.exchanges(&ada.consents_to(&same).await).await.ok();
}

#[actix_web::test]
async fn rfc8707_2_once_servers_are_registered_only_they_are_resources() {
    let app = TestApp::start().await;
    app.protects("https://tools.example").await;
    let client = app.client().await;
    let ada = app.ada();
    for spelling in ["https://tools.example", "https://tools.example/"] {
        let code = ada.consents_to(&client.asks().with(&[("resource", spelling)])).await;
        let claims = client.exchanges_with(&code, &[("resource", spelling)]).await.ok().claims();
        assert_eq!(claims["aud"], "https://tools.example", "as registered");
    }
    let only = client.exchanges(&ada.consents(&client).await).await.ok().claims();
    assert_eq!(only["aud"], "https://tools.example", "no resource means the only one");
    for unknown in [MCP, "https://other.example", "https://TOOLS.example", "https://tools.example:443"] {
        ada.asked(&client.asks().with(&[("resource", unknown)])).await.denied("invalid_target");
    }
}

/// The page on which the person says which server is meant, answered.
async fn chooses(person: &Person<'_>, page: &Answer, resource: &str) -> Landing {
    let all = forms(&page.page(200));
    let form = all.iter().find(|form| form.method == "get" && form.action == "/consent").unwrap();
    let query = serializer(form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())), resource);
    person.goes(&format!("/consent?{query}")).await
}

fn serializer<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>, resource: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).append_pair("resource", resource).finish()
}

#[actix_web::test]
async fn rfc8707_2_of_several_the_person_chooses_one_and_the_grant_is_for_that() {
    let app = TestApp::with(&[("DOORBOOK_SCOPES", "mcp offline_access")]).await;
    app.protects_with(MCP, |resource| {
        resource.scopes = vec![("tools".into(), "Hammer and saw".into()), ("mcp".into(), "Look at tools".into())];
        resource.required_scopes = ScopeSet::parse("mcp");
    })
    .await;
    app.protects_with("https://notes.example", |resource| resource.name = "Notes".into()).await;
    let client = app.client().await;
    let ada = app.ada();
    for (resource, scope, words) in
        [(MCP, "mcp tools", "Hammer and saw"), ("https://notes.example", "mcp", "Use the tools of this server")]
    {
        let ask = client.asks().with(&[("scope", "mcp tools")]);
        let page = ada.asked(&ask).await.page();
        let html = page.page(200);
        assert!(html.contains("Which server does") && html.contains("Notes") && html.contains(MCP), "{html}");
        let question = chooses(&ada, &page, resource).await.page();
        assert!(question.page(200).contains(words), "{}", question.text());
        let tokens = client.exchanges(&ada.code(&ask, ada.decides(&question, "approve").await)).await.ok();
        let claims = tokens.claims();
        assert_eq!((claims["aud"].as_str(), claims["scope"].as_str()), (Some(resource), Some(scope)));
        app.gate_at(resource, Some(&tokens.access)).await.is(200);
        client.refreshes_with(&tokens, &[("resource", ISSUER)]).await.refused(400, "invalid_target");
    }
}

#[actix_web::test]
async fn a_client_made_by_hand_may_have_the_scopes_of_a_server_unless_others_were_named() {
    let app = TestApp::start().await;
    let free = app.writes(public_client()).await;
    app.protects_with(MCP, |resource| {
        resource.scopes = vec![("saw".into(), "Saw".into()), ("drill".into(), "Drill".into())]
    })
    .await;
    let mut body = public_client();
    body["scope"] = json!("saw");
    let bound = app.writes(body).await;
    for (client, scope) in [(&free, "saw drill"), (&bound, "saw")] {
        let ask = client.asks().with(&[("resource", MCP), ("scope", "saw drill")]);
        let tokens = client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
        assert_eq!(tokens.claims()["scope"], scope);
        // It cannot say otherwise itself (RFC 7592 section 2.2).
        let mut body = public_client();
        body["client_id"] = json!(client.id);
        body["scope"] = json!("mcp drill");
        client.replaces(&body).await.is(200);
        let tokens = client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
        assert_eq!(tokens.claims()["scope"], scope);
    }
}

#[actix_web::test]
async fn rfc8707_2_only_what_the_page_offers_can_be_chosen() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects("https://notes.example").await;
    app.protects_with("https://hers.example", |resource| resource.people = vec![Who::Login("grace".into())]).await;
    let client = app.client().await;
    let ada = app.ada();
    let page = ada.asked(&client.asks()).await.page();
    assert!(!page.page(200).contains("hers.example"), "only what this person may use");
    for other in ["https://hers.example", "https://other.example", "junk"] {
        let answer = chooses(&ada, &page, other).await.page();
        assert_eq!(answer.status, 400, "{other}");
    }
    app.audit().await.ends_with(["choice_unknown"; 3]);
    let mut forged = form(&chooses(&ada, &page, MCP).await.page().text(), "/consent");
    for (_, value) in forged.fields.iter_mut().filter(|(name, _)| name == "resource") {
        *value = "https://hers.example".into();
    }
    ada.posts(&forged, Some(("decision", "approve"))).await.is(400);
    forged.fields.retain(|(name, _)| name != "resource");
    ada.posts(&forged, Some(("decision", "approve"))).await.is(400);
    let no = forms(&page.text()).into_iter().find(|form| form.action == "/consent" && form.method == "post").unwrap();
    let denied = ada.follows(ada.posts(&no, Some(("decision", "deny"))).await).await;
    denied.denied("access_denied");
}

#[actix_web::test]
async fn oidc_core_3_1_2_6_without_a_page_nobody_can_choose() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects("https://notes.example").await;
    let client = app.client().await;
    let ada = app.ada();
    ada.asked(&client.asks()).await.page().page(200);
    ada.asked(&client.asks().with(&[("prompt", "none")])).await.denied("consent_required");
    app.audit().await.ends_with(["resource_to_choose"]);
}

#[actix_web::test]
async fn what_was_chosen_is_remembered_for_that_server_only() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects("https://notes.example").await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    let ask = client.asks();
    let question = chooses(&ada, &ada.asked(&ask).await.page(), MCP).await.page();
    ada.code(&ask, ada.decides(&question, "approve").await);
    let again = ada.asked(&ask).await.page();
    let code = ada.code(&ask, chooses(&ada, &again, MCP).await);
    assert_eq!(client.exchanges(&code).await.ok().claims()["aud"], MCP, "asked which, and not asked again whether");
    let other = ada.asked(&client.asks()).await.page();
    chooses(&ada, &other, "https://notes.example").await.page().page(200);
    let named = client.asks().with(&[("resource", MCP)]);
    ada.code(&named, ada.asked(&named).await);
}

#[actix_web::test]
async fn who_may_use_only_one_of_several_is_not_asked_which() {
    let app = TestApp::start().await;
    app.protects(MCP).await;
    app.protects_with("https://hers.example", |resource| resource.people = vec![Who::Login("grace".into())]).await;
    let client = app.client().await;
    let tokens = app.ada().connects(&client).await;
    assert_eq!(tokens.claims()["aud"], MCP);
    app.grace().asked(&client.asks()).await.page().page(200).contains("Which server").then_some(()).unwrap();
}

#[actix_web::test]
async fn a_server_that_is_not_for_this_person_is_refused_before_there_is_a_token() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| resource.people = vec![Who::Login("grace".into())]).await;
    let client = app.client().await;
    let ask = client.asks().with(&[("resource", MCP)]);
    app.ada().asked(&ask).await.page().page(403);
    app.audit().await.ends_with(["resource_person"]);
    app.grace().consents_to(&ask).await;
}

#[actix_web::test]
async fn rfc8707_the_question_names_the_resource() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| resource.name = "Tool shed".into()).await;
    let client = app.client().await;
    let page = app.ada().asked(&client.asks().with(&[("resource", MCP)])).await.page().page(200);
    assert!(page.contains("Tool shed"), "{page}");
}

#[actix_web::test]
async fn a_remembered_answer_is_for_one_resource() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let ada = app.ada();
    ada.consents_to(&client.asks().with(&[("resource", MCP)])).await;
    let again = client.asks().with(&[("resource", MCP)]);
    ada.code(&again, ada.asked(&again).await);
    ada.asked(&client.asks().with(&[("resource", "https://other.example/")])).await.page().page(200);
    let refresh = client.exchanges(&ada.code(&again, ada.asked(&again).await)).await.ok();
    let other = [("resource", "https://other.example/")];
    client.refreshes_with(&refresh, &other).await.refused(400, "invalid_target");
    assert_eq!(client.refreshes(&refresh).await.ok().claims()["aud"], json!(MCP));
}

#[actix_web::test]
async fn a_resource_may_want_tokens_that_work_for_a_shorter_time() {
    let app = TestApp::start().await;
    app.protects_with(MCP, |resource| resource.token_life = Some(Span::minutes(15))).await;
    app.protects_with("https://slow.example", |resource| resource.token_life = Some(Span::days(1))).await;
    let client = app.client().await;
    let ada = app.ada();
    for (resource, seconds) in [(MCP, 900), ("https://slow.example", 3_600)] {
        let code = ada.consents_to(&client.asks().with(&[("resource", resource)])).await;
        let tokens = client.exchanges(&code).await.ok();
        assert_eq!(tokens.body["expires_in"], seconds, "never longer than the server's own");
        let claims = client.refreshes(&tokens).await.ok().claims();
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), seconds);
    }
}
