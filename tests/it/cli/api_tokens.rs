//! `doorbook api-tokens`: made for an administrator, shown once, listed and revoked.

use doorbook::{
    base::user::{Email, Identity, Provider, Role, Who},
    store::{StoreResult, Tx, allowlist, users},
};
use serde_json::Value;

use super::book::{Book, THEN};

/// Ada keeps the book, Bob does not.
fn ada_and_bob(tx: &mut Tx<'_>) -> StoreResult<()> {
    for name in ["ada", "bob"] {
        let identity = Identity {
            provider: Provider::Local,
            stable_id: name.into(),
            login: name.into(),
            name: None,
            email: Email::NotAsked,
        };
        users::signed_in(tx, &identity, THEN)?;
    }
    allowlist::add(tx, &Who::Local("ada".into()), Role::Administrator, None, THEN)?;
    Ok(())
}

#[tokio::test]
async fn a_token_is_made_for_an_administrator_listed_and_revoked() {
    let book = Book::closed();
    book.wrote(ada_and_bob).await;
    assert_eq!(book.run(&["api-tokens", "list"]).ok(), "There is no API token.\n");

    let make = ["api-tokens", "create", "--label", "Nightly", "--for", "ada", "--role", "write", "--life", "7d"];
    let made = book.run(&[&make[..], &["--json"]].concat()).json();
    assert_eq!((&made["label"], &made["role"], &made["state"]), (&"Nightly".into(), &"write".into(), &"live".into()));
    assert!(made["token"].as_str().unwrap().starts_with("dbt_"), "{made}");
    let id = made["token_id"].as_str().unwrap();

    let shown = book.run(&["api-tokens", "create", "--label", "Other", "--for", "local:ada"]).ok();
    assert!(shown.contains("token             dbt_") && shown.contains("read"), "{shown}");

    let listed = book.run(&["api-tokens", "list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(listed.as_array().unwrap().iter().all(|token| token["token"] == Value::Null), "{listed}");

    let revoked = book.run(&["api-tokens", "revoke", id]).ok();
    assert!(revoked.starts_with(&format!("{id} is revoked.\n")), "{revoked}");
    let listed = book.run(&["api-tokens", "list"]).ok();
    assert!(listed.contains("revoked") && listed.contains("live") && !listed.contains("dbt_"), "{listed}");
    assert_eq!(book.done().await, ["api_token_made", "api_token_made", "api_token_revoked"]);
}

#[tokio::test]
async fn nobody_else_gets_one() {
    let book = Book::closed();
    book.wrote(ada_and_bob).await;
    let make = |person: &'static str| ["api-tokens", "create", "--label", "x", "--for", person];
    let bob = book.run(&make("bob")).failed(1);
    assert!(bob.contains("DB-729"), "{bob}");
    let eve = book.run(&make("eve")).failed(1);
    assert!(eve.contains("there is no person eve"), "{eve}");
    let life = book.run(&[&make("ada")[..], &["--life", "900d"]].concat()).failed(2);
    assert!(life.contains("366d"), "{life}");
    let none = book.run(&["api-tokens", "revoke", "api_none"]).failed(1);
    assert!(none.contains("there is no API token api_none"), "{none}");
}
