//! `doorbook keys`: a key through its whole life, and out of it before its time.

use serde_json::{Value, json};

use super::book::Book;

#[tokio::test]
async fn a_key_is_made_retired_and_revoked() {
    let book = Book::closed();
    let listed = book.run(&["keys", "list", "--json"]).json();
    let [first] = listed.as_array().unwrap().as_slice() else { panic!("{listed}") };
    assert_eq!((&first["state"], &first["tokens"], &first["retires"]), (&json!("signing"), &json!(0), &Value::Null));
    let first = first["kid"].as_str().unwrap();
    let refused = book.run(&["keys", "retire", first]).failed(1);
    assert!(refused.contains("DB-750"), "{refused}");

    let next = book.run(&["keys", "rotate", "--json"]).json();
    let next = next["kid"].as_str().unwrap();
    let retired = book.run(&["keys", "retire", next]).ok();
    assert!(retired.contains(&format!("The key {next} is out of the key set.")), "{retired}");
    let revoked = book.run(&["keys", "revoke", first, "--reason", "It leaked", "--json"]).json();
    assert_eq!((&revoked["state"], &revoked["in_force"]), (&json!("revoked"), &json!("no_server")));
    let listed = book.run(&["keys", "list", "--json"]).json();
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "signing").count(), 1, "{listed}");
    let missing = book.run(&["keys", "revoke", "-none"]).failed(1);
    assert!(missing.contains("there is no signing key -none"), "{missing}");
    assert_eq!(book.done().await, ["key_made", "key_retired", "key_revoked", "key_made", "key_signs"]);
}
