//! `doorbook approvals`, beside a server at which somebody waits.

use doorbook::{
    base::{
        approval::Wait,
        id::{ClientId, UserId, WaitId},
        resource::ResourceUri,
        scope::ScopeSet,
        secret::Digest,
        time::Time,
        user::{Email, Identity, Provider},
    },
    store::{approvals, clients, users},
};
use serde_json::json;

use super::book::Book;

/// A time at which nothing of this has ended yet.
const LATE: Time = Time::from_unix(4_000_000_000);

async fn waits(book: &Book, name: &str) {
    let (client, _) = book.client(name);
    let id = name.to_lowercase();
    let wait = Wait {
        id: WaitId::new(format!("dbw_{id}")),
        request: Digest::from_hex(id),
        client: ClientId::new(client),
        group: String::new(),
        user: UserId::new("local:ada"),
        auth_time: LATE,
        scope: ScopeSet::parse("mcp"),
        audience: ResourceUri::stored(book.url("")),
        ends_at: None,
        created_at: Time::from_unix(1_800_000_000),
        expires_at: LATE,
        decided: None,
    };
    let (stable_id, login) = ("ada".to_owned(), "ada".to_owned());
    let ada = Identity { provider: Provider::Local, stable_id, login, name: None, email: Email::NotAsked };
    book.wrote(move |tx| {
        users::signed_in(tx, &ada, Time::from_unix(1_800_000_000))?;
        let group = clients::find(tx, &wait.client)?.unwrap().group();
        approvals::wait(tx, &Wait { group, ..wait }).map(drop)
    })
    .await;
}

#[tokio::test]
async fn who_waits_is_listed_approved_and_denied() {
    let book = Book::closed();
    assert_eq!(book.run(&["approvals", "list"]).ok(), "Nobody waits for an administrator.\n");
    waits(&book, "Notes").await;
    waits(&book, "Other").await;
    let list = book.run(&["approvals", "list"]).ok();
    assert!(list.contains("dbw_notes") && list.contains("Notes") && list.contains("ada"), "{list}");
    let told = book.run(&["approvals", "list", "--json"]).json();
    assert_eq!((&told[0]["login"], &told[0]["scope"]), (&json!("ada"), &json!("mcp")));

    let approve = ["approvals", "approve", "dbw_notes", "--for", "group", "--until", "30d", "--json"];
    let told = json!({ "wait_id": "dbw_notes", "state": "approved", "reached": 1, "in_force": "no_server" });
    assert_eq!(book.run(&approve).json(), told);
    assert!(book.run(&approve).failed(1).contains("DB-164"));
    assert_eq!(book.run(&["approvals", "deny", "dbw_other", "--json"]).json()["state"], "denied");
    assert_eq!(book.run(&["approvals", "list", "--json"]).json(), json!([]));

    let kept = book.run(&["approvals", "decided", "--json"]).json();
    assert_eq!((&kept[0]["client_name"], &kept[0]["state"]), (&json!("Notes"), &json!("approved")));
    assert!(book.run(&["approvals", "decided"]).ok().contains("everybody"));
    let id = kept[0]["approval_id"].as_str().unwrap();
    book.run(&["approvals", "take-back", id]).ok();
    assert!(book.run(&["approvals", "take-back", id]).failed(1).contains("there is no such decision"));
    assert!(book.run(&["approvals", "approve", "dbw_none"]).failed(1).contains("there is no such wait"));
    let done = ["client_created", "client_created", "approval_decided", "approval_decided", "approval_taken_back"];
    assert_eq!(book.done().await, done);
}
