//! `doorbook simulate`: against a scratch server of the configuration, and against a server that runs.

use super::book::{Book, Ran};

#[tokio::test]
async fn a_rehearsal_needs_no_server_and_leaves_nothing_behind() {
    let book = Book::nowhere();
    let told = book.run(&["simulate", "--json"]).json();
    let all = told.as_array().unwrap();
    assert!(all.len() >= 17, "{}", all.len());
    for report in all {
        let steps = report["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["verdict"] != "failed"), "{report:#}");
        assert!(steps.iter().any(|step| step["stage"] == "sign_in" && step["verdict"] == "passed"), "{report:#}");
    }
    assert!(!book.database().exists());
    let table = book.run(&["simulate", "--client", "zed"]).ok();
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("CLIENT") && lines[0].contains("SIGN-IN"), "{table}");
    assert!(lines[1].starts_with("zed"), "{table}");
    assert_eq!(lines[2..], ["", "Zed: no refresh, it did not register the grant"], "{table}");
    assert!(book.run(&["simulate", "--client", "netscape"]).failed(2).contains("possible values"));
    let closed = book.run(&["simulate", "--registration", "closed"]);
    assert_eq!(closed.code, 1);
    assert_eq!(closed.out.matches("at register").count(), 1, "what stops all of them is said once: {}", closed.out);
    assert!(closed.out.contains(", Zed, ") && closed.out.contains("stop at register"), "{}", closed.out);
    assert!(book.run(&["simulate", "--url", "ftp://a.example"]).failed(2).contains("--url"));
}

#[tokio::test]
async fn a_running_server_is_asked_through_its_own_address() {
    let book = Book::open();
    let table = book.run(&["simulate", "--client", "vscode", "--url", &book.url("")]).ok();
    assert!(table.lines().nth(1).unwrap().starts_with("vscode"), "{table}");
    assert_eq!(book.run(&["clients", "list", "--json"]).json(), serde_json::json!([]));
    let mut book = book;
    book.stop();
    let ran = book.run(&["simulate", "--client", "vscode", "--url", &book.url("")]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("/.well-known/oauth-authorization-server: no connection"), "{}", ran.err);
}

#[tokio::test]
async fn rfc6585_4_a_server_that_limits_is_asked_again_when_it_says() {
    let book = Book::open();
    let authorize = book.url("/authorize");
    let limited = async || {
        let answer = reqwest::get(&authorize).await.unwrap();
        answer.status() == 429
    };
    let mut asked = 0;
    while !limited().await {
        asked += 1;
        assert!(asked < 10_000, "nothing limits {authorize}");
    }
    book.run(&["simulate", "--client", "claude-code", "--url", &book.url("")]).ok();
}

#[tokio::test]
async fn where_an_administrator_has_to_approve_clients_that_is_what_they_wait_for() {
    let book = Book::nowhere();
    let told = book.run(&["simulate", "--client", "cursor", "--registration", "approval", "--json"]).json();
    let steps = told[0]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["verdict"] != "failed"), "{told:#}");
    let sign_in = steps.iter().find(|step| step["stage"] == "sign_in").unwrap();
    assert_eq!(sign_in["verdict"], "skipped");
    assert!(sign_in["came"].as_str().unwrap().contains("administrator"), "{sign_in}");
}

#[test]
fn a_rehearsal_answers_as_the_book_would() {
    let book = Book::closed();
    let note = |ran: &Ran| ran.err.lines().next().unwrap_or_default().to_owned();
    let before = book.run(&["simulate", "--client", "cursor", "--json"]);
    assert!(note(&before).contains("no change of the policy; resources added there: 0"), "{}", before.err);
    before.ok();
    book.run(&["policy", "set", "registration=approval"]).ok();
    book.run(&["resources", "add", "https://notes.example.com/mcp"]).ok();
    let waits = book.run(&["simulate", "--client", "cursor", "--registration", "open"]);
    assert!(note(&waits).contains("version 1 of the policy; resources added there: 1"), "{}", waits.err);
    assert!(
        waits.out.contains("Cursor: no sign-in, waits until an administrator approves the client"),
        "{}",
        waits.out
    );
    waits.ok();
    book.run(&["policy", "set", "registration=closed"]).ok();
    assert!(book.run(&["simulate", "--client", "cursor"]).out.contains("Cursor stops at register"));
    let elsewhere = book.run(&["simulate", "--client", "cursor", "--database", "other.db"]);
    assert!(note(&elsewhere).contains("the configuration alone is rehearsed"), "{}", elsewhere.err);
    elsewhere.ok();
    assert_eq!(book.run(&["clients", "list", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn a_rehearsal_at_a_server_says_what_stays_there() {
    let book = Book::open();
    let ran = book.run(&["simulate", "--client", "vscode", "--url", &book.url("")]);
    assert!(ran.err.contains("lines of its log, refusals"), "{}", ran.err);
    ran.ok();
}
