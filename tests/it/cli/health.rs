//! `doorbook health`, `status`, `backup` and `backups`: how the server is, and what it can come back from.

use serde_json::json;

use super::book::Book;

#[tokio::test]
async fn a_server_is_looked_at_and_what_is_wrong_is_said() {
    let book = Book::closed();
    let before = book.run(&["health"]).ok();
    assert!(before.contains("'doorbook health --check' does it now"), "{before}");
    let health = book.run(&["health", "--check", "--json"]).json();
    let checks = health["checks"].as_array().unwrap();
    assert_eq!((&checks[0]["what"], &checks[0]["health"]), (&json!("public_url"), &json!("bad")), "no server runs");
    assert!(checks.iter().all(|check| check["what"] != "github"), "nobody asks GitHub in local mode");
    assert!(health["database"]["kind"].as_str().unwrap().starts_with("SQLite "), "{health}");
    assert!(book.run(&["health"]).ok().contains("cannot be reached"));
    let status = book.run(&["status"]).ok();
    assert!(status.contains("bad: public url: "), "{status}");
    assert_eq!(book.run(&["status", "--json"]).json()["attention"][0]["what"], "public_url");
    assert_eq!(book.done().await, ["self_checked"]);
}

#[tokio::test]
async fn the_jobs_of_a_server_are_known_after_it_stopped() {
    let book = Book::closed();
    let jobs = book.run(&["health", "--json"]).json()["jobs"].clone();
    let expired = jobs.as_array().unwrap().iter().find(|job| job["name"] == "remove what has ended");
    assert_eq!(expired.unwrap()["failure"], serde_json::Value::Null, "{jobs}");
}

#[tokio::test]
async fn a_backup_goes_into_its_folder_and_is_looked_through() {
    let book = Book::closed();
    let none = book.run(&["backup"]).failed(1);
    assert!(none.contains("DOORBOOK_BACKUP_FOLDER"), "{none}");
    let folder = tempfile::tempdir().unwrap();
    let at = format!("--backup-folder={}", folder.path().display());
    let taken = book.run(&["backup", &at, "--json"]).json();
    let file = std::path::Path::new(taken["file"].as_str().unwrap()).to_owned();
    assert_eq!(file.metadata().unwrap().len(), taken["bytes"].as_u64().unwrap());
    let name = file.file_name().unwrap().to_str().unwrap();
    let listed = book.run(&["backups", "list", &at, "--json"]).json();
    assert_eq!((&listed[0]["file"], &listed[0]["trouble"]), (&json!(name), &serde_json::Value::Null));
    assert!(book.run(&["backups", "check", name, &at]).ok().contains("is whole, and its key opens it."));
    std::fs::write(&file, "torn").unwrap();
    let torn = book.run(&["backups", "check", name, &at]).failed(1);
    assert!(torn.contains("is not a Doorbook backup"), "{torn}");
    let missing = book.run(&["backups", "check", "none.tar", &at]).failed(1);
    assert!(missing.contains("there is no backup none.tar"), "{missing}");
    assert_eq!(book.done().await, ["backup_taken", "backup_checked", "backup_checked"]);
}
