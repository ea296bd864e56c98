//! What happens, as it happens: lines of the log reach the overview while it is open, and stop when they must.

use std::time::Duration;

use doorbook::store::users;
use reqwest::{Method, Response};

use crate::support::{app::TestApp, client::confidential_client, form::form, person::Person};

/// Far longer than it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The number that the overview says its newest line has.
fn newest(html: &str) -> &str {
    html.split("data-after=\"").nth(1).unwrap().split('"').next().unwrap()
}

async fn looks(person: &Person<'_>, after: &str) -> Response {
    person.request(Method::GET, &format!("/admin/live?after={after}")).send().await.unwrap()
}

/// Reads on until this comes.
async fn reads_until(stream: &mut Response, words: &str) -> String {
    let mut read = String::new();
    let reading = async {
        while let Some(chunk) = stream.chunk().await.unwrap() {
            read.push_str(std::str::from_utf8(&chunk).unwrap());
            if read.contains(words) {
                return;
            }
        }
        panic!("it ended");
    };
    let came = tokio::time::timeout(PATIENCE, reading).await;
    assert!(came.is_ok(), "{words} did not come, but {read}");
    read
}

/// The stream says its last word and ends.
async fn ends(stream: &mut Response) {
    reads_until(stream, "event: over").await;
    assert!(tokio::time::timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap().is_none());
}

#[actix_web::test]
async fn new_lines_reach_the_overview_without_a_reload() {
    let app = TestApp::start().await;
    let grace = app.grace();
    let html = grace.goes("/admin").await.page().page(200);
    assert!(html.contains("data-live=\"/admin/live\"") && html.contains("signed in"), "without scripts it is a list");
    let missed = app.client().await;
    let (mut one, mut two) = (looks(&grace, newest(&html)).await, looks(&grace, "999999").await);
    assert_eq!(
        (one.status(), &one.headers()["content-type"]),
        (reqwest::StatusCode::OK, &"text/event-stream".parse().unwrap())
    );
    assert_eq!(
        (&one.headers()["cache-control"], &one.headers()["x-accel-buffering"]),
        (&"no-store".parse().unwrap(), &"no".parse().unwrap())
    );
    let read = reads_until(&mut one, "signed the book").await;
    assert!(read.contains(&missed.id), "what came between the page and the stream is not lost: {read}");
    let new = app.registers(confidential_client()).await;
    for stream in [&mut one, &mut two] {
        let read = reads_until(stream, "Workbench").await;
        assert!(read.contains("event: line\ndata: <tr role=\"row\"><td") && read.ends_with("\n\n"), "{read}");
        assert!(!read.contains(new.secret.as_deref().unwrap()) && !read.contains(new.registration_token()), "{read}");
        assert_eq!(read.matches("event: line").count(), 1, "each line comes once: {read}");
    }
    let last = app.audit().await.lines.last().unwrap().seq;
    let log = grace.opens("/admin/audit").await.page(200);
    assert!(log.contains("data-live=\"/admin/live?rows=log\""), "{log}");
    let mut rows =
        grace.request(Method::GET, &format!("/admin/live?rows=log&after={}", newest(&html))).send().await.unwrap();
    let read = reads_until(&mut rows, "Workbench").await;
    for row in read.lines().filter_map(|line| line.strip_prefix("data: ")) {
        assert!(log.contains(row), "a line comes as it stands on the page: {row} is not in {log}");
    }
    for elsewhere in ["/admin/audit?did=refused", "/admin/audit?sort=-at", "/admin/audit?at=older.2."] {
        assert!(!grace.opens(elsewhere).await.page(200).contains("data-live"), "{elsewhere} shows not what is new");
    }
    let again = grace.request(Method::GET, "/admin/live?after=0").header("last-event-id", last - 1);
    let read = reads_until(&mut again.send().await.unwrap(), "\n\n").await;
    assert!(read.contains(&format!("id: {last}\n")) && read.matches("event: line").count() == 1, "{read}");
}

#[actix_web::test]
async fn it_ends_with_the_session_and_with_the_role() {
    let app = TestApp::with(&[("ADMIN_GITHUB_USERS", "grace, hedy")]).await;
    let (grace, hedy) = (app.grace(), Person::new(&app, 3, "hedy"));
    let html = grace.goes("/admin").await.page().page(200);
    hedy.goes("/admin").await.page().page(200);
    let (mut of_grace, mut of_hedy) = (looks(&grace, "").await, looks(&hedy, "").await);
    reads_until(&mut of_grace, ":").await;
    reads_until(&mut of_hedy, ":").await;
    let (id, now) = (doorbook::base::id::UserId::new("github:3"), app.clock.now());
    app.desk.store.record(move |tx| users::set_suspended(tx, &id, true, now)).await.unwrap();
    ends(&mut of_hedy).await;
    assert_eq!(looks(&hedy, "").await.status(), 403);
    grace.posts(&form(&html, "/sign-out"), None).await;
    ends(&mut of_grace).await;
    assert_eq!(looks(&grace, "").await.status(), 303);
}

#[actix_web::test]
async fn a_session_has_few_streams_at_once() {
    let app = TestApp::start().await;
    let (grace, elsewhere) = (app.grace(), app.grace());
    for browser in [&grace, &elsewhere] {
        browser.goes("/admin").await.page().page(200);
    }
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(looks(&grace, "").await);
    }
    assert!(open.iter().all(|stream| stream.status() == 200));
    assert_eq!(looks(&grace, "").await.status(), 429);
    assert_eq!(looks(&elsewhere, "").await.status(), 200, "others have their own");
}
