//! draft-ietf-oauth-client-id-metadata-document: clients whose id leads to a document that describes them, from a site with a
//! certificate of a test authority.

use std::{net::IpAddr, sync::Arc};

use doorbook::base::{event::Actor, id::ClientId, time::Span};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{sync::Notify, task::yield_now};

use crate::support::{
    app::TestApp,
    client::TestClient,
    site::{Page, Site},
};

const PATH: &str = "/client.json";

/// The document of a client at that site.
fn described(site: &Site) -> Value {
    json!({
        "client_id": site.url(PATH),
        "client_name": "Sketchbook",
        "client_uri": "https://app.example/",
        "redirect_uris": ["https://app.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

/// A client as its document describes it.
fn client<'a>(app: &'a TestApp, document: &Value) -> TestClient<'a> {
    TestClient::registered(app, document.clone())
}

async fn begin(env: &[(&str, &str)]) -> (Site, TestApp, Value) {
    let site = Site::start().await;
    let app = TestApp::beside(&site, env).await;
    let document = described(&site);
    site.shows(PATH, Page::Json(document.clone(), ""));
    (site, app, document)
}

#[actix_web::test]
async fn cimd_a_described_client_comes_in_and_stays_connected() {
    let (site, app, document) = begin(&[]).await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);

    let client = client(&app, &document);
    let ada = app.ada();
    let page = ada.asked(&client.asks()).await.page();
    let text = page.page(200);
    assert!(
        text.contains("Sketchbook") && text.contains("The site <b><bdi>app.example</bdi></b> describes it"),
        "{text}"
    );
    assert!(text.contains(&client.id), "the page shows the whole id");
    let tokens = ada.connects(&client).await;
    assert_eq!(tokens.claims()["client_id"], client.id.as_str());
    app.gate(&tokens.access).await.is(200);
    let again = client.refreshes(&tokens).await.ok();
    client
        .exchanges_with(&ada.consents(&client).await, &[("client_secret", "s")])
        .await
        .0
        .refused(401, "invalid_client");
    client.revokes(&again.refresh).await.is(200);
    client.refreshes(&again).await.0.refused(400, "invalid_grant");
    assert_eq!(site.asked(PATH), 1, "fetched once for all of it");
    app.audit().await.has("client_registered");

    let page = app.grace().goes(&format!("/admin/clients/{}", client.id.replace(':', "%3A").replace('/', "%2F"))).await;
    let text = page.page().page(200);
    assert!(text.contains("Vouched for by app.example") && text.contains("fetched "), "{text}");
}

#[actix_web::test]
async fn cimd_5_each_failure_has_its_own_reason_and_none_is_kept() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    let html = "content-type: text/html\r\n";
    let json = "content-type: application/json\r\n";
    let elsewhere = Page::Raw(302, "location: /elsewhere\r\n", String::new());
    site.shows("/elsewhere", Page::Json(document.clone(), ""));
    let mut other = document.clone();
    other["client_id"] = json!(site.url("/other.json"));
    let mut secretive = document.clone();
    secretive["token_endpoint_auth_method"] = json!("client_secret_post");
    for (page, code) in [
        (Page::Raw(404, json, "{}".into()), "DB-359"),
        (Page::Raw(410, json, "{}".into()), "DB-359"),
        (Page::Raw(401, json, "{}".into()), "DB-356"),
        (Page::Raw(403, html, "<h1>Are you human?</h1>".into()), "DB-356"),
        (Page::Raw(500, json, "{}".into()), "DB-356"),
        (elsewhere, "DB-356"),
        (Page::Raw(200, html, document.to_string()), "DB-357"),
        (Page::Raw(200, json, "{".into()), "DB-357"),
        (Page::Json(json!({"client_id": client.id, "pad": "x".repeat(65_536)}), ""), "DB-357"),
        (Page::Json(json!([]), ""), "DB-358"),
        (Page::Json(other, ""), "DB-358"),
        (Page::Json(secretive, ""), "DB-358"),
        (Page::Silence, "DB-355"),
    ] {
        site.shows(PATH, page);
        let text = app.get(&client.asks().path()).await.page(400);
        assert!(text.contains(code), "{code}: {text}");
    }
    assert_eq!(site.asked("/elsewhere"), 0, "redirects are not followed");
    client.revokes("dbr_x").await.refused(503, "temporarily_unavailable");
    site.shows(PATH, Page::Raw(404, json, "{}".into()));
    client.revokes("dbr_x").await.refused(401, "invalid_client");
    site.shows(PATH, Page::Json(document.clone(), ""));
    app.ada().connects(&client).await;
}

#[actix_web::test]
async fn many_who_come_at_once_wait_for_one_fetch_and_hear_the_same_of_it() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    let all_ask = async |n| {
        let asks: Vec<_> = (0..n).map(|_| client.asks().path()).collect();
        join_all(asks.iter().map(|path| app.get(path))).await
    };
    // More than may be fetched at once, and as many as may be fetched in a minute: each with a fetch of its own, some would be
    // told that too much was fetched.
    site.shows(PATH, Page::Silence);
    for answer in all_ask(20).await {
        let text = answer.page(400);
        assert!(text.contains("DB-355"), "{text}");
    }
    let asked = site.asked(PATH);
    site.shows(PATH, Page::Json(document.clone(), ""));
    app.later(Span::minutes(1));
    for answer in all_ask(10).await {
        answer.is(303);
    }
    assert_eq!(site.asked(PATH), asked + 1);
    app.later(Span::hours(2));
    for answer in all_ask(10).await {
        answer.is(303);
    }
    assert_eq!(site.asked(PATH), asked + 2, "fetched once more for all when it is not fresh any more");
    let came = app.audit().await.names.iter().filter(|name| *name == "client_registered").count();
    assert_eq!(came, 1);
}

#[actix_web::test]
async fn ssr_06_a_name_that_turns_to_a_private_address_is_not_followed_there() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    let tokens = app.ada().connects(&client).await;
    for inside in ["10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"] {
        app.later(Span::hours(2));
        app.names("app.example", &[inside.parse::<IpAddr>().unwrap()]);
        let text = app.get(&client.asks().path()).await.page(400);
        assert!(text.contains("DB-354"), "{inside}: {text}");
        client.refreshes(&tokens).await.0.refused(401, "invalid_client");
    }
    assert_eq!(site.asked(PATH), 1);
    for id in [
        "https://127.0.0.1/c",
        "https://[::1]/c",
        "https://app.example/a/../c",
        "http://app.example/c",
        "https://app.example",
    ] {
        let text = app.get(&client.asks().with(&[("client_id", id)]).path()).await.page(400);
        assert!(text.contains("DB-351") || text.contains("DB-354"), "{id}: {text}");
    }
}

#[actix_web::test]
async fn cimd_a_host_in_trouble_revokes_nothing_for_a_day_and_a_document_that_is_gone_does_at_once() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    let mut tokens = app.ada().connects(&client).await;
    for trouble in [Page::Raw(503, "", String::new()), Page::Raw(403, "content-type: text/html\r\n", "bot?".into())] {
        app.later(Span::hours(1));
        site.shows(PATH, trouble);
        tokens = client.refreshes(&tokens).await.ok();
    }
    assert_eq!(site.asked(PATH), 3);
    client.revokes("dbr_x").await.is(200);
    assert_eq!(site.asked(PATH), 3, "a host in trouble is left alone for a minute");

    app.later(Span::hours(23));
    client.refreshes(&tokens).await.0.refused(503, "temporarily_unavailable");
    site.shows(PATH, Page::Json(document.clone(), ""));
    tokens = client.refreshes(&tokens).await.ok();

    app.later(Span::hours(1));
    site.shows(PATH, Page::Raw(404, "", String::new()));
    client.refreshes(&tokens).await.0.refused(401, "invalid_client");
    site.shows(PATH, Page::Raw(503, "", String::new()));
    client.refreshes(&tokens).await.0.refused(503, "temporarily_unavailable");
}

#[actix_web::test]
async fn cimd_6_6_kept_as_long_as_it_says_within_bounds_and_changes_take_effect() {
    for (lines, kept, over) in [
        ("cache-control: max-age=600\r\n", Span::minutes(9), Span::minutes(2)),
        ("cache-control: no-store\r\n", Span::minutes(4), Span::minutes(2)),
        ("", Span::minutes(4), Span::minutes(2)),
        ("cache-control: max-age=31536000\r\n", Span::hours(23), Span::hours(2)),
    ] {
        let (site, app, document) = begin(&[]).await;
        site.shows(PATH, Page::Json(document.clone(), lines));
        let client = client(&app, &document);
        app.get(&client.asks().path()).await.is(303);
        app.later(kept);
        app.get(&client.asks().path()).await.is(303);
        assert_eq!(site.asked(PATH), 1, "{lines}");
        app.later(over);
        let mut moved = document.clone();
        moved["redirect_uris"] = json!(["https://app.example/moved"]);
        site.shows(PATH, Page::Json(moved, lines));
        app.get(&client.asks().path()).await.page(400);
        assert_eq!(site.asked(PATH), 2, "{lines}");
        app.audit().await.has("client_updated");
    }
}

#[actix_web::test]
async fn cimd_6_4_an_administrator_says_which_hosts_may_describe_clients() {
    let (site, app, document) = begin(&[("DOORBOOK_CLIENT_DOCUMENTS", "ask")]).await;
    let client_ = client(&app, &document);
    let ada = app.ada();
    let waits = ada.consented(&client_).await.page(200);
    assert!(waits.contains("Waiting for an administrator") && waits.contains("app.example"), "{waits}");
    assert_eq!(site.asked(PATH), 1);
    let approved =
        doorbook::flows::documents::approve_host(&app.desk, &app.call(), &Actor::CommandLine, "app.example").await;
    assert!(approved.unwrap());
    let tokens = app.ada().connects(&client_).await;
    doorbook::flows::documents::remove_host(&app.desk, &app.call(), &Actor::CommandLine, "app.example").await.unwrap();
    client_.refreshes(&tokens).await.0.refused(400, "invalid_grant");
    assert!(app.ada().consented(&client_).await.page(200).contains("Waiting for an administrator"));
    app.audit().await.has("document_host_removed");

    let (_site, app, document) = begin(&[("DOORBOOK_CLIENT_DOCUMENTS", "closed")]).await;
    assert!(app.get(&client(&app, &document).asks().path()).await.page(400).contains("DB-352"));
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata.get("client_id_metadata_document_supported"), None);

    let listed = [("DOORBOOK_REGISTRATION", "closed"), ("DOORBOOK_CLIENT_DOCUMENT_HOSTS", "app.example")];
    let (_site, app, document) = begin(&listed).await;
    app.ada().connects(&client(&app, &document)).await;
}

#[actix_web::test]
async fn cimd_disabled_and_revoked_clients_stay_out() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    let tokens = app.ada().connects(&client).await;
    let id = ClientId::new(client.id.as_str());
    let (call, actor) = (app.call(), Actor::CommandLine);
    doorbook::flows::clients::disable(&app.desk, &call, &actor, &id).await.unwrap();
    app.later(Span::days(2));
    assert!(app.get(&client.asks().path()).await.page(400).contains("DB-304"));
    client.refreshes(&tokens).await.0.refused(401, "invalid_client");
    doorbook::flows::clients::enable(&app.desk, &call, &actor, &id).await.unwrap();
    client.refreshes(&tokens).await.ok();
    doorbook::flows::clients::revoke(&app.desk, &call, &actor, &id, "").await.unwrap();
    let asked = site.asked(PATH);
    assert!(app.get(&client.asks().path()).await.page(400).contains("DB-303"));
    client.refreshes(&tokens).await.0.refused(401, "invalid_client");
    assert_eq!(site.asked(PATH), asked, "a revoked client is not looked for again");
}

#[actix_web::test]
async fn cli_45_a_program_on_this_computer_listens_on_any_port_and_the_page_says_what_that_means() {
    let (site, app, mut document) = begin(&[]).await;
    document["redirect_uris"] = json!(["http://localhost/callback", "http://127.0.0.1/callback"]);
    site.shows(PATH, Page::Json(document.clone(), ""));
    let client = client(&app, &document);
    let ask = client.asks().with(&[("redirect_uri", "http://127.0.0.1:49152/callback")]);
    let text = app.ada().asked(&ask).await.page().page(200);
    assert!(text.contains("any program could pass itself off as it"), "{text}");
    client.exchanges(&app.ada().consents_to(&ask).await).await.ok();
}

#[actix_web::test]
async fn cimd_a_disabled_client_does_not_come_back_because_nobody_used_it() {
    let (_site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    app.ada().asked(&client.asks()).await.page().page(200);
    let id = ClientId::new(client.id.as_str());
    doorbook::flows::clients::disable(&app.desk, &app.call(), &Actor::CommandLine, &id).await.unwrap();
    app.later(Span::days(900));
    doorbook::flows::departures::retire_unused(&app.desk, &app.call(), 100).await.unwrap();
    assert!(app.get(&client.asks().path()).await.page(400).contains("DB-304"));
    doorbook::flows::clients::enable(&app.desk, &app.call(), &Actor::CommandLine, &id).await.unwrap();
    assert_eq!(doorbook::flows::departures::retire_unused(&app.desk, &app.call(), 100).await.unwrap(), 1);
}

#[actix_web::test]
async fn cimd_a_client_that_is_revoked_while_its_document_is_fetched_stays_out() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    app.ada().connects(&client).await;
    app.later(Span::days(2));
    let go = Arc::new(Notify::new());
    site.shows(PATH, Page::Held(document.clone(), go.clone()));
    let (ask, id) = (client.asks().path(), ClientId::new(client.id.as_str()));
    let revokes = async {
        while site.asked(PATH) < 2 {
            yield_now().await;
        }
        let (call, actor) = (app.call(), Actor::CommandLine);
        doorbook::flows::clients::revoke(&app.desk, &call, &actor, &id, "").await.unwrap();
        go.notify_one();
    };
    let (answer, ()) = tokio::join!(app.get(&ask), revokes);
    assert!(answer.page(400).contains("DB-303"));
    assert!(app.get(&ask).await.page(400).contains("DB-303"));
}

#[actix_web::test]
async fn rfc6749_5_2_what_is_wrong_with_a_document_names_the_scheme_that_was_used() {
    let (site, app, document) = begin(&[]).await;
    let client = client(&app, &document);
    site.shows(PATH, Page::Raw(404, "", String::new()));
    let form = [("grant_type", "refresh_token"), ("refresh_token", "dbr_none")];
    let basic = app.request(reqwest::Method::POST, "/token").form(&form);
    let id = client.id.replace(':', "%3A").replace('/', "%2F");
    let answer = app.send(basic.basic_auth(id, Some("secret"))).await;
    assert!(answer.refused(401, "invalid_client").header("www-authenticate").starts_with("Basic "));
}
