//! The page of the registration policy: a change is shown with what it would have done, made, undone, and leaves its line.

use serde_json::json;

use crate::support::{app::TestApp, client::public_client, form::form};

async fn tries(app: &TestApp, name: &str, uri: &str) {
    let mut body = public_client();
    body["client_name"] = json!(name);
    body["redirect_uris"] = json!([uri]);
    app.post_json("/register", &body).await;
    app.desk.write_refusals().await.unwrap();
}

#[actix_web::test]
async fn a_change_is_rehearsed_made_and_undone() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        tries(&app, "Cursor", "https://www.cursor.com/agents/mcp/oauth/callback").await;
    }
    tries(&app, "Claude", "https://claude.ai/api/mcp/auth_callback").await;
    let grace = app.grace();
    let html = grace.goes("/admin/policy").await.page().page(200);
    assert!(html.contains("Everything is as the configuration has it.") && html.contains("windsurf"), "{html}");

    let typed = form(&html, "/admin/policy").fill("allowed_redirect_hosts", "claude.ai\r\n*.vscode.dev");
    let question = grace.posts(&typed, None).await.page(200);
    for words in ["would have refused 3", "Cursor", "www.cursor.com", "DB-151", "claude.ai, *.vscode.dev"] {
        assert!(question.contains(words), "{words} is not in\n{question}");
    }
    assert!(!question.contains("<bdi class=\"name\">Claude"), "Claude goes on as before");
    tries(&app, "Cursor", "https://www.cursor.com/cb").await;
    let sure = form(&question, "/admin/policy").fill("note", "only what we know");
    let html = grace.follows(grace.posts(&sure, None).await).await.page().page(200);
    for words in ["In force: version 1", "1 setting is otherwise", "Changed here", "only what we know", "grace"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let mut body = public_client();
    body["redirect_uris"] = json!(["https://www.cursor.com/cb"]);
    app.post_json("/register", &body).await.refused(400, "invalid_redirect_uri");

    let question = grace.opens("/admin/policy/reset?member=allowed_redirect_hosts").await.page(200);
    assert!(html.contains("/admin/policy/reset?member=allowed_redirect_hosts\""), "{html}");
    assert!(question.contains("Have this as the configuration has it?") && question.contains("*.vscode.dev"));
    let html = grace.follows(grace.posts(&form(&question, "/reset"), None).await).await.page().page(200);
    assert!(html.contains("follows the configuration again, as version 2"), "{html}");
    grace.opens("/admin/policy/reset?member=none").await.page(400);
    let html = grace.follows(grace.posts(&sure.fill("seen", "2"), None).await).await.page().page(200);
    assert!(html.contains("In force: version 3"), "{html}");

    let question = grace.opens("/admin/policy/restore?version=0").await.page(200);
    assert!(question.contains("Have everything as the configuration has it?"));
    let html = grace.follows(grace.posts(&form(&question, "/restore"), None).await).await.page().page(200);
    assert!(html.contains("is in force again, as version 4"), "{html}");
    app.post_json("/register", &body).await.is(201);
    let log = app.audit().await;
    let changed: Vec<_> = log.lines.iter().filter(|line| line.event == "policy_changed").collect();
    assert_eq!(changed.len(), 4);
    assert_eq!((changed[0].actor.as_str(), &changed[0].detail["note"]), ("github:2", &json!("only what we know")));
}

#[actix_web::test]
async fn what_cannot_be_used_comes_back_with_what_to_type_instead() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let html = grace.goes("/admin/policy").await.page().page(200);
    let typed = form(&html, "/admin/policy").fill("most_clients", "lots").fill("denied_redirect_hosts", "https://x");
    let html = grace.posts(&typed, None).await.page(400);
    for words in ["Not changed", "write a number", "write hosts", "value=\"lots\"", "aria-invalid"] {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let same = form(&grace.opens("/admin/policy").await.page(200), "/admin/policy");
    let html = grace.follows(grace.posts(&same, None).await).await.page().page(200);
    assert!(html.contains("Nothing was changed"), "{html}");
    let late = same.fill("look_alikes", "refuse").fill("seen", "7").fill("confirm", "yes");
    grace.posts(&late, None).await.page(409);
    grace.opens("/admin/policy/restore?version=99").await.page(404);
}

#[actix_web::test]
async fn a_refused_client_is_one_click_from_being_allowed() {
    let app = TestApp::with(&[("DOORBOOK_ALLOWED_REDIRECT_HOSTS", "claude.ai")]).await;
    let grace = app.grace();
    for (uri, link) in [
        ("notes://callback", "/admin/policy/allow?scheme=notes"),
        ("https://www.cursor.com:8443/cb", "/admin/policy/allow?redirect_host=www.cursor.com"),
    ] {
        tries(&app, "Notes", uri).await;
        let html = grace.goes("/admin").await.page().page(200);
        assert!(html.contains(link), "{link} is not in\n{html}");
        let question = grace.opens(link).await.page(200);
        assert!(question.contains("would have let in 1"), "{question}");
        let done = grace.follows(grace.posts(&form(&question, "/policy/allow"), None).await).await;
        assert!(done.page().text().contains("is allowed."));
        let mut body = public_client();
        body["redirect_uris"] = json!([uri]);
        app.post_json("/register", &body).await.is(201);
    }
    for nonsense in ["", "?scheme=a%20b", "?redirect_host=https://x", "?document_host=", "?scheme=a,b"] {
        grace.opens(&format!("/admin/policy/allow{nonsense}")).await.page(400);
    }
}
