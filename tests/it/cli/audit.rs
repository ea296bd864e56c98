//! `doorbook audit`: whether the log is as it was written.

use diesel::{Connection, RunQueryDsl, SqliteConnection, sql_query};

use super::book::Book;

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
