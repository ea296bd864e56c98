//! What pages weigh: a book with many entries and long names in it, and still no page over 100 KB before its pictures.

use doorbook::{
    base::{
        api_token::ApiRole,
        client::Client,
        grant::Grant,
        id::{ClientId, GrantId, UserId},
        initial_token::InitialToken,
        time::Span,
        user::{Role, Who},
    },
    store::{allowlist, clients, grants, initial_tokens, tallies, users},
};

use reqwest::{Method, header};

use super::doors::{about, pages_behind_the_desk};
use crate::support::{
    app::{NOW, TestApp},
    client::public_client,
    store::{client, digest, grant, initial_token, person},
};

/// Before pictures, of which there are none.
const MOST_BYTES: usize = 100_000;
/// More than one page of every list.
const MANY: usize = 60;

/// A long name, in letters of which each is sent as several bytes.
fn long_name(n: usize) -> String {
    format!("{n} {}", "Ж<b>".repeat(12))
}

/// A book in which every list has more than a page.
async fn crowded() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.grace().goes("/admin").await.page().page(200);
    let one = app.client().await;
    let uris = (0..20).map(|n| format!("https://{}.example/callback/{n}", "long".repeat(12))).collect::<Vec<_>>();
    let wide = app.desk.store.record(move |tx| {
        for n in 0..MANY {
            let mut entry = Client { created_at: NOW - Span::hours(1), ..client(&format!("c{n:02}")) };
            entry.metadata.client_name = Some(long_name(n));
            let uri = |uri: &String| doorbook::base::redirect::RedirectUri::stored(uri);
            entry.metadata.redirect_uris = uris.iter().map(uri).collect();
            clients::insert(tx, &entry)?;
            users::signed_in(tx, &person(&(100 + n).to_string(), &format!("somebody-with-a-long-login-{n:02}")), NOW)?;
            let who = Who::Login(format!("a-login-of-the-access-list-{n:02}"));
            allowlist::add(tx, &who, Role::Member, None, NOW)?;
            let row = InitialToken { label: long_name(n), ..initial_token(&format!("dbit_{n:02}")) };
            initial_tokens::insert(tx, &row, &digest(n))?;
            for (client, user) in
                [("c00".to_owned(), format!("github:{}", 100 + n)), (format!("c{n:02}"), "github:1".into())]
            {
                let id = GrantId::new(format!("g-{client}-{user}"));
                let (client, user) = (ClientId::new(client), UserId::new(user));
                grants::insert(tx, &Grant { id, client, user, ..grant("g") })?;
            }
            tallies::add(tx, "tokens", 1_000_000, NOW - Span::hours(n as i64))?;
            tallies::add(tx, &format!("refused DB-{}", 101 + n), 1_000, NOW)?;
        }
        Ok(())
    });
    wide.await.unwrap();
    let mut body = public_client();
    for n in 0..MANY {
        body["client_name"] = long_name(n).into();
        body["redirect_uris"] = serde_json::json!([format!("scheme-{n}://{}", "callback".repeat(20))]);
        app.post_json("/register", &body).await.is(400);
    }
    for n in 0..20 {
        app.protects_with(&format!("https://server-{n}.example/mcp"), |resource| resource.name = long_name(n)).await;
        app.api_token(ApiRole::Read).await;
    }
    app.protects("http://localhost:9000/mcp").await;
    app.ada().consents_to(&one.asks().with(&[("resource", "http://localhost:9000/mcp")])).await;
    app.audit().await;
    let token = app.api_token(ApiRole::Read).await.token.id.to_string();
    (app, token)
}

#[actix_web::test]
async fn no_page_is_over_100_kb_however_much_stands_in_the_book() {
    let (app, token) = crowded().await;
    let key = app.desk.keys.ring().signing().id.to_string();
    let grace = app.grace();
    let html = grace.goes("/admin").await.page().page(200);
    let mut files = 0;
    for part in html.split('"').filter(|part| part.starts_with("/assets/")) {
        let request = grace.request(Method::GET, part).header(header::ACCEPT_ENCODING, "gzip");
        files += grace.sends(request).await.is(200).body.len();
    }
    assert!((8_000..30_000).contains(&files), "the stylesheet and the script come with the page, packed: {files}");
    let public = ["/", "/docs", "/success", "/error", "/sign-in", "/me", "/me/revoke-all", "/nonsense"];
    let shown = pages_behind_the_desk("c00").into_iter();
    let all = shown.map(|path| about(&path, "c00", "g-c00-github:100", &token, &key)).chain(public.map(str::to_owned));
    let mut heavy = Vec::new();
    for path in all.chain(["/admin/search?q=somebody".to_owned(), "/admin/policy?older=1".to_owned()]) {
        let answer = grace.opens(&path).await;
        if answer.body.len() + files > MOST_BYTES {
            heavy.push(format!("{path}: {} + {files}", answer.body.len()));
        }
    }
    assert!(heavy.is_empty(), "{heavy:#?}");
}
