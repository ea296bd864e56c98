//! Commands beside a running server: it follows before they end.

use doorbook::store::lock;
use reqwest::Client;
use serde_json::{Value, json};

use super::book::Book;

#[expect(clippy::disallowed_methods, reason = "tests stand outside")]
fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// How the server answers a client that shows its secret and a code that is none.
async fn answer(book: &Book, id: &str, secret: &str) -> (u16, Value) {
    let code = format!("dbc_{}", "A".repeat(43));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://app.example/callback"),
        ("code_verifier", &"v".repeat(43)),
    ];
    let sent = http().post(book.url("/token")).basic_auth(id, Some(secret)).form(&form).send().await.unwrap();
    let status = sent.status().as_u16();
    let body: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
    (status, body["error"].clone())
}

async fn kids(book: &Book) -> Vec<Value> {
    let set = http().get(book.url("/jwks")).send().await.unwrap().text().await.unwrap();
    let set: Value = serde_json::from_str(&set).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[tokio::test]
async fn a_client_is_refused_when_the_command_has_ended() {
    let book = Book::open();
    let (id, secret) = book.client("Notes");
    let known = (400, json!("invalid_grant"));
    let unknown = (401, json!("invalid_client"));
    assert_eq!(answer(&book, &id, &secret).await, known);

    let disabled = book.run(&["clients", "disable", &id]).ok();
    assert!(disabled.ends_with("In force at the running server.\n"), "{disabled}");
    assert_eq!(answer(&book, &id, &secret).await, unknown);
    assert_eq!(book.run(&["clients", "enable", &id, "--json"]).json()["in_force"], "running_server");
    assert_eq!(answer(&book, &id, &secret).await, known);

    // The server has verified the old secret, and remembers that it has.
    let rotated = book.run(&["clients", "rotate-secret", &id, "--overlap", "0", "--json"]).json();
    assert_eq!(rotated["in_force"], "running_server");
    assert_eq!(answer(&book, &id, &secret).await, unknown);
    let secret = rotated["client_secret"].as_str().unwrap();
    assert_eq!(answer(&book, &id, secret).await, known);

    assert_eq!(book.run(&["clients", "revoke", &id, "--json"]).json()["in_force"], "running_server");
    assert_eq!(answer(&book, &id, secret).await, unknown);
}

#[tokio::test]
async fn a_new_key_is_in_the_key_set_when_the_command_has_ended() {
    let book = Book::open();
    let made = book.run(&["keys", "rotate", "--json"]).json();
    assert_eq!(made["in_force"], "running_server");
    assert!(kids(&book).await.contains(&made["kid"]));
}

#[tokio::test]
async fn a_server_that_was_killed_is_not_waited_for() {
    let mut book = Book::open();
    let (id, _) = book.client("Notes");
    book.kill();
    assert_eq!(book.run(&["clients", "disable", &id, "--json"]).json()["in_force"], "no_server");
    book.start();
    assert_eq!(book.run(&["clients", "enable", &id, "--json"]).json()["in_force"], "running_server");
}

#[tokio::test]
async fn a_server_that_does_not_follow_is_reported() {
    let book = Book::closed();
    let (id, _) = book.client("Notes");
    // It holds the lock as a server does, and does nothing else.
    let _stuck = lock::acquire(&book.database()).unwrap();
    let disabled = book.run(&["clients", "disable", &id]).ok();
    assert!(disabled.contains("is disabled") && disabled.contains("not confirmed"), "{disabled}");
    assert_eq!(book.run(&["clients", "show", &id, "--json"]).json()["state"], "disabled");
}
