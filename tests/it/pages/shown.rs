//! What the pages show of what is kept: nothing, one thing, many things, hostile things.

use doorbook::{
    base::{
        client::{Client, Departure, Tombstone},
        id::{ClientId, UserId},
        time::{Span, Time},
        user::{Email, Identity, Provider},
    },
    flows::activity,
    store::{clients, tombstones, users},
};
use serde_json::json;

use crate::support::{
    app::{NOW, TestApp},
    client::public_client,
    store::{client, named_client, person},
};

const EVIL: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'";

#[actix_web::test]
async fn an_empty_book_says_what_to_do_next() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let html = grace.goes("/admin").await.page().page(200);
    assert!(html.contains("No protected server is in the register"));
    assert!(grace.opens("/admin/clients").await.page(200).contains("https://auth.example/register"));
    assert!(grace.opens("/admin/grants").await.page(200).contains("Nobody has let a client in yet."));
    assert!(grace.opens("/admin/people").await.page(200).contains("1 person has been here"));
}

#[actix_web::test]
async fn one_client_one_person_one_grant() {
    let app = TestApp::start().await;
    app.protects("https://mcp.example/mcp").await;
    let client = app.client().await;
    app.ada().connects(&client).await;
    app.later(Span::minutes(4));
    let grace = app.grace();
    let html = grace.goes("/admin/clients").await.page().page(200);
    assert!(html.contains("1 registration.") && html.contains("Notebook") && html.contains("4 min ago"), "{html}");
    let html = grace.opens(&format!("/admin/clients/{}", client.id)).await.page(200);
    for words in
        ["1 grant of 1 person, 1 token alive", "ada", "signed the book", "notebook.example", "DB-"].iter().take(4)
    {
        assert!(html.contains(words), "{words} is not in\n{html}");
    }
    let html = grace.opens("/admin/people/github%3A1").await.page(200);
    assert!(html.contains("1 grant to 1 client") && html.contains("let "), "{html}");
    let html = grace.opens("/admin/grants").await.page(200);
    assert!(html.contains("1 grant alive.") && html.contains("ada"), "{html}");
    let html = grace.opens("/admin").await.page(200);
    assert!(html.contains("Tokens issued") && html.contains("1 more than before"), "{html}");
    for period in ["24h", "7d", "30d", "nonsense"] {
        grace.opens(&format!("/admin?period={period}")).await.page(200);
    }
}

#[actix_web::test]
async fn the_overview_draws_who_was_active_and_has_the_table_behind() {
    let app = TestApp::start().await;
    let client = app.client().await;
    app.ada().connects(&client).await;
    activity::note(&app.desk, app.clock.now()).await.unwrap();
    app.clock.forward(Span::hours(2));
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for (period, strokes, people, clients) in [("24h", 24, 1, 1), ("7d", 28, 2, 1), ("30d", 30, 2, 1)] {
        let html = grace.opens(&format!("/admin?period={period}")).await.page(200);
        for (label, highest) in [("Active people", people), ("Live clients", clients)] {
            let words = format!("<title>{label}: {strokes} strokes, the highest {highest}</title>");
            assert!(html.contains(&words), "{words} is not in {html}");
        }
        let table = html.split("The same figures as a table").nth(1).unwrap();
        assert!(table.contains("<th scope=\"col\">Active people</th><th scope=\"col\">Live clients</th>"), "{table}");
        assert_eq!(table.split("</table>").next().unwrap().matches("<tr>").count(), strokes + 1);
    }
    let day = grace.opens("/admin?period=24h").await.page(200);
    let rows: Vec<&str> = day.split("</table>").next().unwrap().split("<tr>").collect();
    let counts = |back: usize| rows[rows.len() - 1 - back].matches("<td>1</td><td>1</td>").count();
    assert_eq!((counts(0), counts(1), counts(2)), (0, 0, 1), "Ada was here two hours ago, and Grace is here now");
}

#[actix_web::test]
async fn a_stranger_finds_why_a_client_was_refused() {
    let app = TestApp::start().await;
    let mut body = public_client();
    body["redirect_uris"] = json!(["fancy-editor://callback"]);
    app.post_json("/register", &body).await.is(400);
    app.desk.write_refusals().await.unwrap();
    let grace = app.grace();
    let html = grace.goes("/admin").await.page().page(200);
    assert!(html.contains("fancy-editor") && html.contains("add its scheme to the list"), "{html}");
    let html = grace.opens("/admin/audit?q=DB-115").await.page(200);
    assert!(html.contains("fancy-editor") && html.contains("DB-115"), "{html}");
    assert!(grace.opens("/admin/audit?q=DB-104").await.page(200).contains("No line fits."));
    let log = app.audit().await;
    let request = log.lines.iter().find(|line| line.event == "refused").unwrap().request_id.clone();
    let html = grace.opens(&format!("/admin/audit?q={request}")).await.page(200);
    assert!(html.contains("DB-115"), "found by the reference that the error page shows");
}

#[actix_web::test]
async fn adm_05_hostile_names_stay_text_on_every_page() {
    let app = TestApp::start().await;
    app.desk
        .store
        .record(|tx| {
            clients::insert(tx, &named_client("client_evil", EVIL, "https://claude.example/callback"))?;
            let mut evil = person("7", "evil");
            evil.name = Some(EVIL.into());
            users::signed_in(tx, &evil, NOW)?;
            let gone = client("client_gone");
            let mut metadata = gone.metadata;
            metadata.client_name = Some(EVIL.into());
            let stone =
                Tombstone { id: gone.id, metadata, why: Departure::Revoked, by: None, created_at: NOW, left_at: NOW };
            tombstones::put(tx, &stone)
        })
        .await
        .unwrap();
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    for (path, status) in [
        ("/admin", 200),
        ("/admin/clients", 200),
        ("/admin/clients/client_evil", 200),
        ("/admin/clients/client_gone", 410),
        ("/admin/people", 200),
        ("/admin/people/github%3A7", 200),
        ("/admin/audit", 200),
        ("/admin/clients?q=%22%3E%3Cscript%3E&origin=%22%3E%3Cscript%3E", 200),
        ("/admin/audit?q=%22%3E%3Cscript%3E&did=%22%3E%3Cscript%3E", 200),
        ("/admin/access?entries=%3C%2Ftextarea%3E%3Cscript%3E", 200),
    ] {
        let html = grace.opens(path).await.page(status);
        assert!(!html.contains("<script>") && !html.contains("<img"), "{path}");
    }
}

#[actix_web::test]
async fn adm_15_many_clients_come_in_pages_there_and_back() {
    let app = TestApp::start().await;
    app.desk
        .store
        .record(|tx| {
            (0..120).try_for_each(|n| {
                let at = Time::from_unix(NOW.unix() - n);
                clients::insert(tx, &Client { created_at: at, ..client(&format!("client_{n:03}")) })
            })
        })
        .await
        .unwrap();
    let grace = app.grace();
    let first = grace.goes("/admin/clients?each=1").await.page().page(200);
    let (mut page, mut seen) = (first.clone(), 0);
    loop {
        seen += page.matches("class=\"pick\"").count();
        let Some(next) = link(&page, "next") else { break };
        page = grace.opens(&next).await.page(200);
    }
    assert_eq!(seen, 120);
    let back = grace.opens(&link(&page, "prev").unwrap()).await.page(200);
    let back = grace.opens(&link(&back, "prev").unwrap()).await.page(200);
    assert!(back.contains("client_000") && link(&back, "prev").is_none());
    let found = grace.opens("/admin/clients?q=client_07&state=unused&origin=dynamic&each=1").await.page(200);
    assert_eq!(found.matches("class=\"pick\"").count(), 10);
    assert!(grace.opens("/admin/clients?q=zed").await.page(200).contains("No client fits."));
}

/// Where the foot of a list leads.
fn link(html: &str, rel: &str) -> Option<String> {
    let (_, after) = html.split_once(&format!("rel=\"{rel}\" href=\""))?;
    let (href, _) = after.split_once('"')?;
    Some(href.replace("&#38;", "&").replace("&amp;", "&"))
}

#[actix_web::test]
async fn a_client_that_left_is_gone_with_its_reason() {
    let app = TestApp::start().await;
    app.desk
        .store
        .record(|tx| {
            for (id, why) in [("client_a", Departure::Revoked), ("client_b", Departure::Unused)] {
                let stone = Tombstone {
                    id: ClientId::new(id),
                    metadata: client(id).metadata,
                    why,
                    by: Some(UserId::new("github:2")),
                    created_at: NOW,
                    left_at: NOW,
                };
                tombstones::put(tx, &stone)?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let html = grace.opens("/admin/clients/client_a").await.page(410);
    assert!(
        html.contains("It does not come back.") && html.contains("grace") && !html.contains("Put it back"),
        "{html}"
    );
    let html = grace.opens("/admin/clients/client_b").await.page(410);
    assert!(html.contains("because nobody used it") && html.contains("Put it back"), "{html}");
}

#[actix_web::test]
async fn lists_are_taken_away_as_files_with_their_filters_and_without_secrets() {
    let app = TestApp::start().await;
    let hidden = app.registers(crate::support::client::confidential_client()).await;
    let shown = app.client().await;
    let grace = app.grace();
    grace.goes("/admin").await.page().page(200);
    let all = grace.opens("/admin/clients.json").await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let secret = hidden.secret.unwrap();
    for path in ["/admin/clients.csv", "/admin/clients.json", "/admin/audit.csv", "/admin/audit.jsonl"] {
        let text = grace.opens(path).await.is(200).text();
        assert!(text.contains(&shown.id) && text.contains(&hidden.id), "{path}");
        assert!(!text.contains(&secret) && !text.contains("argon2"), "{path}");
    }
    let html = grace.opens("/admin/clients?q=workbench&state=unused").await.page(200);
    assert!(html.contains("/admin/clients.csv?q=workbench&#38;state=unused"), "{html}");
    let some = grace.opens("/admin/clients.csv?q=workbench&state=unused").await.text();
    assert!(some.contains(&hidden.id) && !some.contains(&shown.id));
    let some = grace.opens("/admin/audit.jsonl?did=signed_in").await.text();
    assert_eq!(some.lines().count(), 1);
    app.ada().connects(&shown).await;
    app.protects("https://tools.example/mcp").await;
    for (list, row, column) in [
        ("people", "github:1", "login"),
        ("grants", "ada", "client_name"),
        ("access", "member.ada", "entry_id"),
        ("resources", "https://tools.example/mcp", "url"),
    ] {
        let rows = grace.opens(&format!("/admin/{list}.json")).await.json();
        assert!(rows[0][column].is_string() && rows.to_string().contains(row), "{list}: {rows}");
        let text = grace.opens(&format!("/admin/{list}.csv")).await.is(200).text();
        let head = text.lines().next().unwrap();
        assert!(head.split(',').any(|name| name == column) && text.contains(row), "{list}: {text}");
        assert!(head.split(',').all(|name| rows[0].get(name).is_some()), "{list}: {head} and {rows}");
    }
    assert_eq!(grace.opens("/admin/grants.json?q=nobody").await.json().as_array().unwrap().len(), 0);
}

#[actix_web::test]
async fn registrations_that_are_alike_are_counted_and_shown_together() {
    let app = TestApp::start().await;
    let ports = ["http://127.0.0.1:5001/cb", "http://127.0.0.1:5002/cb", "https://other.example/cb"];
    let insert = move |tx: &mut doorbook::store::Tx<'_>| {
        ports.iter().enumerate().try_for_each(|(n, uri)| {
            let at = Time::from_unix(NOW.unix() - n as i64 * 60);
            let used = (n == 2).then_some(NOW);
            let client =
                Client { created_at: at, last_used_at: used, ..named_client(&format!("client_{n}"), "Editor", uri) };
            clients::insert(tx, &client)
        })
    };
    app.desk.store.record(insert).await.unwrap();
    let grace = app.grace();
    let html = grace.goes("/admin/clients").await.page().page(200);
    assert_eq!(html.matches("2 alike").count(), 1, "those that are alike stand in one line: {html}");
    assert!(html.contains("value=\"client_0\"") && !html.contains("value=\"client_1\""), "the last of them: {html}");
    let html = grace.opens("/admin/clients?each=1").await.page(200);
    assert_eq!(html.matches("2 alike").count(), 2, "{html}");
    let html = grace.opens("/admin/clients?used=24h").await.page(200);
    assert!(html.contains("value=\"client_2\"") && !html.contains("value=\"client_0\""), "{html}");
    let html = grace.opens("/admin/clients?alike=client_0").await.page(200);
    assert!(html.contains("client_0") && html.contains("client_1") && !html.contains("client_2"), "{html}");
    assert!(grace.opens("/admin/clients?alike=nobody").await.page(200).contains("No client fits."));
    let order =
        |html: &str| ["client_0", "client_1", "client_2"].map(|id| html.find(&format!("value=\"{id}\"")).unwrap());
    let [a, b, c] = order(&grace.opens("/admin/clients?each=1").await.page(200));
    assert!(a.max(c) < b, "last used first");
    let [a, b, c] = order(&grace.opens("/admin/clients?each=1&sort=created").await.page(200));
    assert!(a < b && b < c, "newest first");
}

#[actix_web::test]
async fn an_address_is_shown_while_it_is_kept() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let page = grace.goes("/admin/people/github:2").await.page().page(200);
    assert!(page.contains("not kept: no client may know it"), "{page}");
    let identity = Identity {
        provider: Provider::GitHub,
        stable_id: "2".into(),
        login: "grace".into(),
        name: None,
        email: Email::Verified("grace@mail.example".into()),
    };
    app.desk.store.record(move |tx| users::signed_in(tx, &identity, NOW)).await.unwrap();
    let page = grace.opens("/admin/people/github:2").await.page(200);
    assert!(page.contains("grace@mail.example") && page.contains("which GitHub verified"), "{page}");
}
