//! Every refusal is written down with its reason and the reference that its page shows, and no record holds a secret.

use reqwest::Method;

use crate::support::{
    app::TestApp,
    client::{confidential_client, public_client},
    form::form,
};

#[actix_web::test]
async fn every_refusal_is_in_the_audit_log_by_its_reason() {
    let app = TestApp::start().await;
    let client = app.registers(confidential_client()).await;
    let public = app.client().await;
    let (ada, mallory) = (app.ada(), app.mallory());
    let tokens = ada.connects(&public).await;
    let question = ada.asked(&public.asks()).await.page();
    let marked = form(&question.text(), "/consent");

    app.post_form("/token", &[("grant_type", "authorization_code")]).await.is(401);
    app.post_form("/token", &[("grant_type", "x"), ("client_id", "client_nobody")]).await.is(401);
    client.posts("/token", &[("grant_type", "password")], &[]).await.is(400);
    client.posts("/revoke", &[], &[]).await.is(400);
    app.post_form("/introspect", &[("token", "x")]).await.is(401);
    app.get("/register/client_nobody").await.is(401);
    app.gate("nonsense").await.is(401);
    app.get("/authorize?client_id=client_nobody").await.is(400);
    ada.posts(&marked.clone().fill("csrf", "x"), Some(("decision", "approve"))).await.is(403);
    mallory.asked(&public.asks()).await.page().page(403);
    mallory.opens(&format!("/consent?request={}", marked.value("request"))).await.is(403);
    let to_github = mallory.opens(&public.asks().path()).await.location();
    let callback = app.send(app.http.get(to_github)).await.location();
    ada.opens(callback.as_str()).await.is(403);
    app.get(callback.as_str()).await.is(403);
    app.get("/callback?state=x&code=y").await.is(400);
    app.get("/claim?claim=dbl_x").await.is(400);
    ada.denies(&public).await;
    app.post_json("/register", &serde_json::json!({"redirect_uris": ["javascript:alert(1)"]})).await.is(400);

    let audit = app.audit().await;
    for reason in [
        "credentials_missing",
        "auth_client_unknown",
        "grant_type_unsupported",
        "token_parameter_missing",
        "registration_token_missing",
        "bearer_unreadable",
        "client_unknown",
        "form_token",
        "not_on_access_list",
        "request_other_browser",
        "callback_other_browser",
        "callback_unknown",
        "claim_over",
        "person_denied",
        "redirect_executing_scheme",
    ] {
        audit.has(reason);
    }
    let secrets = [
        client.secret.as_deref().unwrap(),
        public.registration_token(),
        tokens.access.as_str(),
        tokens.refresh.as_str(),
        marked.value("csrf"),
        marked.value("request"),
    ];
    for line in &audit.lines {
        let text = format!("{line:?}");
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{text}");
    }
}

#[actix_web::test]
async fn the_reference_on_a_page_is_that_of_its_record() {
    let app = TestApp::start().await;
    for path in ["/authorize?client_id=client_nobody", "/callback?state=x&code=y", "/consent?request=x", "/claim"] {
        let page = app.get(path).await.page(400);
        let reference = page.split("Reference ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        let lines = app.audit().await.lines;
        let found: Vec<_> = lines.iter().filter(|line| line.request_id == reference).collect();
        assert_eq!(found.len(), 1, "{path}: {reference}");
        assert!(page.contains(found[0].reason.as_deref().unwrap()), "{path}");
    }
}

#[actix_web::test]
async fn records_name_the_client_behind_trusted_proxies() {
    let app = TestApp::start().await;
    for (forwarded, seen) in [
        ("198.51.100.7", "198.51.100.7"),
        ("6.6.6.6, 198.51.100.8", "198.51.100.8"),
        ("nonsense", "127.0.0.1"),
        ("2001:db8::7", "2001:db8::7"),
    ] {
        let request = app.request(Method::POST, "/register").header("x-forwarded-for", forwarded);
        app.send(request.json(&public_client())).await.is(201);
        assert_eq!(app.audit().await.lines.last().unwrap().ip, seen, "{forwarded}");
    }
    let nobody = TestApp::with(&[("DOORBOOK_TRUSTED_PROXIES", "192.0.2.1")]).await;
    let request = nobody.request(Method::POST, "/register").header("x-forwarded-for", "198.51.100.7");
    nobody.send(request.json(&public_client())).await.is(201);
    assert_eq!(nobody.audit().await.lines.last().unwrap().ip, "127.0.0.1");
}
