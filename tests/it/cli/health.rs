//! `doorbook health`, `status`, `backup` and `backups`: how the server is, and what it can come back from.

use doorbook::{
    base::upkeep::{Finding, Health, Need},
    store::findings,
};
use serde_json::{Value, json};

use super::book::{Book, THEN};

#[tokio::test]
async fn a_look_from_outside_says_what_is_wrong_and_keeps_nothing() {
    let mut book = Book::closed();
    let before = book.run(&["health"]).ok();
    assert!(before.contains("'doorbook health --check' does it now"), "{before}");
    let ran = book.run(&["health", "--check", "--json"]);
    assert_eq!((ran.code, ran.err.trim()), (1, "doorbook: bad: public url"), "no server runs");
    let health: Value = serde_json::from_str(&ran.out).unwrap();
    let checks = health["checks"].as_array().unwrap();
    assert_eq!((&checks[0]["what"], &checks[0]["health"]), (&json!("public_url"), &json!("bad")));
    assert!(checks.iter().all(|check| check["what"] != "github"), "nobody asks GitHub in local mode");
    assert!(health["database"]["kind"].as_str().unwrap().starts_with("SQLite "), "{health}");
    assert_eq!(book.run(&["health"]).ok(), before);
    assert_eq!(book.run(&["status", "--json"]).json()["attention"], json!([]));
    assert_eq!(book.done().await, [] as [&str; 0]);
    book.start();
    assert!(book.run(&["health", "--check"]).ok().contains("leads here"));
    let elsewhere = book.run(&["health", "--check", "--public-url", "http://127.0.0.1:9"]);
    assert_eq!(elsewhere.code, 1);
    assert!(elsewhere.out.contains("http://127.0.0.1:9 cannot be reached"), "{}", elsewhere.out);
    assert_eq!(book.run(&["health"]).code, 0, "what the server knows of itself stays");
}

#[tokio::test]
async fn what_the_server_found_is_told_and_a_script_hears_of_it() {
    let book = Book::closed();
    let found = |health| {
        let finding = Finding { need: Need::Disk, at: THEN, health, found: "Little is left.".into() };
        book.wrote(move |tx| findings::replace(tx, &[finding]))
    };
    found(Health::Warning).await;
    assert!(book.run(&["health"]).ok().contains("Little is left."));
    found(Health::Bad).await;
    let told = book.run(&["health"]);
    assert_eq!((told.code, told.err.trim()), (1, "doorbook: bad: disk"));
    assert!(told.out.contains("Little is left."), "{}", told.out);
    let status = book.run(&["status"]).ok();
    assert!(status.contains("bad: disk: Little is left."), "{status}");
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
    let other = tempfile::tempdir().unwrap();
    let elsewhere = format!("--backup-folder={}", other.path().display());
    assert_eq!(book.run(&["backups", "list", &elsewhere, "--json"]).json(), json!([]));
    assert_ne!(book.run(&["backups", "list", &at, "--json"]).json()[0]["checked"], Value::Null, "it forgot nothing");
    std::fs::write(&file, "torn").unwrap();
    let torn = book.run(&["backups", "check", name, &at]).failed(1);
    assert!(torn.contains("is not a Doorbook backup"), "{torn}");
    let missing = book.run(&["backups", "check", "none.tar", &at]).failed(1);
    assert!(missing.contains("there is no backup none.tar"), "{missing}");
    assert_eq!(book.done().await, ["backup_taken", "backup_checked", "backup_checked"]);
}
