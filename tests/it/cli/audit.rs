//! `doorbook audit`: what is in the log, and whether it is as it was written.

use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};

use serde_json::json;

use super::{book::Book, people};

#[test]
fn verify_ends_well_on_a_sound_log_and_badly_on_one_that_was_changed() {
    let book = Book::closed();
    let said = book.run(&["audit", "verify"]).ok();
    assert!(said.starts_with("The audit log is as it was written: ") && said.contains("--since"), "{said}");
    let facts = book.run(&["audit", "verify", "--json"]).json();
    let seal = facts["seal"].as_str().unwrap();
    assert!(facts["sound"] == true && facts["sealed_lines"].as_i64().unwrap() > 0, "{facts}");
    book.run(&["audit", "verify", "--since", seal]).ok();
    let other = book.run(&["audit", "verify", "--since", &"A".repeat(43)]).failed(1);
    assert!(other.contains("the end of the log was cut off, or an older copy took its place"), "{other}");
    let mut db = SqliteConnection::establish(book.database().to_str().unwrap()).unwrap();
    assert_eq!(sql_query("UPDATE audit SET actor = 'mallory' WHERE seq = 1").execute(&mut db).unwrap(), 1);
    let broken = book.run(&["audit", "verify"]).failed(1);
    assert!(broken.contains("not as Doorbook wrote them"), "{broken}");
}

#[tokio::test]
async fn lines_are_found_by_names_and_what_cannot_be_there_is_said() {
    let book = Book::closed();
    let (id, _) = book.client("Notes");
    book.wrote(people::bob).await;
    book.run(&["users", "suspend", "bob"]).ok();
    book.run(&["clients", "revive", "client_none"]).failed(1);
    let events = |filter: &[&str]| {
        let lines = book.run(&[&["audit", "list", "--json"], filter].concat()).json();
        lines.as_array().unwrap().iter().map(|line| line["event"].clone()).collect::<Vec<_>>()
    };
    for client in ["notes", &id] {
        assert_eq!(events(&["--client", client]), [json!("client_created")], "{client}");
    }
    for user in ["bob", "local:bob"] {
        assert_eq!(events(&["--user", user, "--event", "user_suspended"]), [json!("user_suspended")], "{user}");
    }
    assert_eq!(book.run(&["audit", "list", "--client", &id, "--event", "client_revoked"]).ok(), "No line fits.\n");
    assert_eq!(book.run(&["audit", "list", "--reason", "client_gone"]).ok(), "No line fits.\n");
    book.run(&["clients", "revoke", &id]).ok();
    assert_eq!(events(&["--client", &id]), [json!("client_revoked"), json!("client_created")]);

    for (filter, code, problem) in [
        (["--event", "client_revokd"], 2, "no event has this name; write client_revoked"),
        (["--reason", "DB-999"], 2, "no reason has this code or name"),
        (["--reason", "client_gon"], 2, "no reason has this code or name; write client_gone"),
        (["--client", "client_none"], 1, "there is no client client_none in the book"),
        (["--user", "carol"], 1, "there is no person carol who signed in here"),
        (["--user", "local:carol"], 1, "there is no person local:carol who signed in here"),
    ] {
        for command in ["list", "export"] {
            let failed = book.run(&[&["audit", command], &filter[..]].concat()).failed(code);
            assert!(failed.contains(problem), "{filter:?}: {failed}");
        }
    }
}
