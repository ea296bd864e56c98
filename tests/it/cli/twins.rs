//! What the dashboard does, done by commands: each action once, with its line in the audit log.

use doorbook::base::user::Provider;
use serde_json::json;

use super::{book::Book, people};

#[tokio::test]
async fn everything_is_done_to_a_client() {
    let book = Book::closed();
    let (id, secret) = book.client("Robot");
    let does = |action: &'static str| book.run(&["clients", action, &id]).ok();
    assert!(does("disable").contains("is disabled"));
    assert!(does("enable").contains("is enabled"));
    assert!(does("trust").contains("is vouched for"));
    assert!(does("untrust").contains("people are asked each time"));
    let rotated = book.run(&["clients", "rotate-secret", &id, "--json"]).json();
    assert_ne!(rotated["client_secret"].as_str().unwrap(), secret);
    assert!(does("end-old-secret").contains("only its new secret"));
    let token = book.run(&["clients", "rotate-registration-token", &id, "--json"]).json();
    assert!(token["registration_access_token"].as_str().unwrap().starts_with("reg-"), "{token}");
    assert_eq!((&token["client_id"], &token["in_force"]), (&json!(id), &json!("no_server")));
    assert!(does("revoke-registration-token").contains("no registration token any more"));
    let ended = json!({ "people": 0, "grants": 0, "tokens": 0 });
    assert_eq!(book.run(&["clients", "revoke-tokens", &id, "--json"]).json()["ended"], ended);
    assert!(does("revoke").contains("is revoked"));
    let gone = book.run(&["clients", "revive", &id]).failed(1);
    assert!(gone.contains("DB-905"), "{gone}");
    let unknown = book.run(&["clients", "trust", "client_none"]).failed(1);
    assert!(unknown.contains("there is no client client_none"), "{unknown}");
    let done = [
        "client_created",
        "client_disabled",
        "client_enabled",
        "client_trusted",
        "client_trusted",
        "secret_rotated",
        "old_secret_ended",
        "registration_token_rotated",
        "registration_token_revoked",
        "tokens_revoked",
        "client_revoked",
    ];
    assert_eq!(book.done().await, done);
}

#[tokio::test]
async fn what_people_allowed_is_listed_and_ended() {
    let book = Book::closed();
    assert_eq!(book.run(&["grants", "list"]).ok(), "Nobody has let a client in that fits.\n");
    book.wrote(people::bob).await;
    let listed = book.run(&["grants", "list", "--user", "bob", "--json"]).json();
    let grant = &listed.as_array().unwrap()[0];
    assert_eq!((&grant["grant_id"], &grant["state"], &grant["tokens"]), (&json!("dbg_1"), &json!("live"), &json!(1)));
    assert_eq!(book.run(&["grants", "list", "--client", "other", "--json"]).json(), json!([]));
    let missing = book.run(&["grants", "revoke", "dbg_1", "dbg_2"]).failed(1);
    assert!(missing.contains("there is no such grant"), "{missing}");
    let ended = book.run(&["grants", "revoke", "dbg_1", "--json"]).json();
    assert_eq!(ended["ended"], json!({ "people": 1, "grants": 1, "tokens": 1 }));
    assert_eq!(book.run(&["grants", "list", "--json"]).json(), json!([]));
    let all = book.run(&["grants", "list", "--ended"]).ok();
    assert!(all.contains("dbg_1") && all.contains("ended"), "{all}");
    let none = book.run(&["users", "revoke-all", "bob"]).ok();
    assert!(none.contains("Bob (local:bob) allowed has ended: 0 people, 0 grants and 0 tokens."), "{none}");
    assert_eq!(book.done().await, ["grant_revoked", "tokens_revoked"]);
}

#[tokio::test]
async fn people_are_put_on_the_access_list_and_taken_off_it() {
    let book = Book::closed();
    assert_eq!(book.run(&["access", "list", "--json"]).json(), json!([]));
    book.wrote(people::bob).await;
    let tried = book.run(&["access", "add", "bob", "eve", "--admin", "--preview"]).ok();
    let line = |name: &str| tried.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("local:bob").contains("Bob (local:bob)") && line("local:bob").contains("member"), "{tried}");
    assert!(line("local:eve").contains("nobody known here"), "{tried}");
    assert!(
        tried.ends_with("would be administrators. What works again: 0 people, 0 grants and 0 tokens.\n"),
        "{tried}"
    );
    let told = book.run(&["access", "add", "bob", "--admin", "--preview", "--json"]).json();
    assert_eq!(told["entries"][0]["people"][0]["may"], json!("member"), "{told}");
    assert_eq!(book.run(&["access", "list", "--json"]).json(), json!([]), "nothing was done");
    let added = book.run(&["access", "add", "Bob", "eve", "--admin", "--json"]).json();
    assert_eq!((&added["added"], &added["in_force"]), (&json!(2), &json!("no_server")));
    assert!(book.run(&["access", "add", "bob", "--admin"]).ok().starts_with("They are on the list already.\n"));
    let listed = book.run(&["access", "list", "--json"]).json();
    let bob = &listed.as_array().unwrap()[0];
    assert_eq!((&bob["entry_id"], &bob["from"]), (&json!("administrator.local:bob"), &json!("dashboard")));
    let preview = book.run(&["access", "remove", "bob", "--admin", "--preview"]).ok();
    assert!(preview.starts_with("Without local:bob there would be cut off: 0 people"), "{preview}");
    for last in [["access", "remove", "bob", "--admin"].as_slice(), &["users", "suspend", "bob"]] {
        let kept = book.run(last).failed(1);
        assert!(kept.contains("Nobody would be left who can open this dashboard"), "Eve has never come: {kept}");
    }
    book.wrote(|tx| people::signs_in(tx, Provider::Local, "eve", "Eve").map(drop)).await;
    let removed = book.run(&["access", "remove", "bob", "--admin"]).ok();
    assert!(removed.starts_with("local:bob is off the list."), "{removed}");
    let again = book.run(&["access", "remove", "bob", "--admin"]).failed(1);
    assert!(again.contains("there is no administrator entry local:bob"), "{again}");
    let wrong = book.run(&["access", "add", "id:7"]).failed(2);
    assert!(wrong.contains("in local mode people have names"), "{wrong}");
    assert_eq!(book.done().await, ["access_added", "access_added", "access_removed"]);
}
