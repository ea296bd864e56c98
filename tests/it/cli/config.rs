//! `doorbook config check`: all that a start would stumble over, and nothing made on the way.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;

use super::book::Book;

/// What is wrong: by its option.
fn wrong(book: &Book, flags: &[&str]) -> Vec<(String, String)> {
    let ran = book.run(&[&["config", "check", "--json"], flags].concat());
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let errors = told["errors"].as_array().unwrap().iter();
    let errors: Vec<_> = errors.map(|error| (text(error, "name"), text(error, "problem"))).collect();
    assert_eq!(ran.code, if errors.is_empty() { 0 } else { 2 }, "{errors:?}");
    errors
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn what_a_server_stumbles_over_is_said_before() {
    let others = tempfile::tempdir().unwrap();
    let at = |name: &str| others.path().join(name).display().to_string();
    fs::write(at("text"), "no key, no certificate, no database").unwrap();
    fs::set_permissions(at("text"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(at("false.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for (flag, value, words) in [
        ("--database", at("none/doorbook.db"), "there is no folder"),
        ("--database", at("text"), "is not a sound database"),
        ("--database", at("."), "is a folder"),
        ("--master-key-file", at("text"), "does not hold a master key"),
        ("--master-key-file", at("none/doorbook.key"), "there is no folder"),
        ("--log-file", at("none/doorbook.log"), "there is no folder"),
        ("--log-file", at("."), "is a folder"),
        ("--outbound-ca-file", at("none.pem"), "none.pem: No such file"),
        ("--outbound-ca-file", at("text"), "there is no certificate in it"),
        ("--outbound-ca-file", at("false.pem"), "there is no certificate in it"),
        ("--bind", taken.local_addr().unwrap().to_string(), "is in use by another program"),
        ("--bind", "203.0.113.1:8000".to_owned(), "cannot be listened on"),
    ] {
        let book = Book::nowhere();
        let flags = [flag, value.as_str(), "--public-url", "http://127.0.0.1:8000"];
        let told = wrong(&book, &flags);
        let said = told.iter().any(|(name, problem)| name == flag && problem.contains(words));
        assert!(said, "{flag} {value}: {told:?}");
        assert_eq!(count(book.database().parent().unwrap()), 0, "nothing is made");
        let started = book.run(&[&["serve"], flags.as_slice()].concat());
        assert_eq!((started.code, started.out.as_str()), (1, ""), "{flag} {value}: {}", started.err);
    }
    let (none, text) = (at("none/backups"), at("text"));
    for folder in [&none, &text] {
        let told = wrong(&Book::nowhere(), &["--backup-folder", folder]);
        assert!(matches!(told.as_slice(), [(name, _)] if name == "--backup-folder"), "{told:?}");
    }
}

#[test]
fn a_good_configuration_passes_beside_a_server_and_without_one() {
    let book = Book::nowhere();
    let folder = tempfile::tempdir().unwrap();
    let (backups, lines) = (folder.path().join("backups"), folder.path().join("doorbook.log"));
    let flags = ["--backup-folder", backups.to_str().unwrap(), "--log-file", lines.to_str().unwrap()];
    assert_eq!(wrong(&book, &flags), []);
    assert_eq!((count(folder.path()), count(book.database().parent().unwrap())), (0, 0), "nothing is made");
    assert_eq!(wrong(&Book::open(), &flags), []);
    assert_eq!(wrong(&Book::closed(), &flags), []);
}

#[test]
fn a_key_that_is_not_the_databases_is_noticed() {
    let (book, other) = (Book::closed(), Book::closed());
    let key = |book: &Book| book.database().with_extension("key");
    fs::copy(key(&other), key(&book)).unwrap();
    let told = wrong(&book, &[]);
    let [(name, problem)] = told.as_slice() else { panic!("{told:?}") };
    assert!(name == "DOORBOOK_MASTER_KEY_FILE" && problem.contains("put the right key back"), "{told:?}");
    fs::remove_file(key(&book)).unwrap();
    assert!(wrong(&book, &[])[0].1.contains("A new key could not open"));
}

#[test]
fn without_an_application_a_server_for_others_needs_one_in_its_database() {
    let others = ["--public-url", "https://door.example"];
    for book in [Book::nowhere(), Book::closed()] {
        let told = wrong(&book, &others);
        let [(names, problem)] = told.as_slice() else { panic!("{told:?}") };
        assert!(names.contains("GITHUB_CLIENT_SECRET") && problem.contains("loopback"), "{told:?}");
        assert_eq!(book.run(&[&["serve"], others.as_slice()].concat()).code, 1);
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let book = Book::nowhere();
    fs::write(
        book.database().with_file_name("doorbook.toml"),
        r#"
        scopes = ["mcp"]
        denied_redirect_hosts = ["https://x"]
        code_lifetime = "1y"
        log_file = "none/doorbook.log"
        allowed_clients = "desk=http://desk.example/callback"

        [[resources]]
        url = "https://notes.example.com/mcp"
        calls = ["https://files.example.com/mcp", "https://notes.example.com/mcp"]

        [[clients]]
        id = "phone"
        redirect_uris = ["http://phone.example/callback", "https://phone.example/#here"]
        scope = "admin"
        "#,
    )
    .unwrap();
    let told = wrong(&book, &[]);
    for (option, words) in [
        ("denied_redirect_hosts", "cannot be used"),
        ("code_lifetime", "cannot be used"),
        ("log_file", "there is no folder none; make it"),
        ("allowed_clients", "http://desk.example/callback"),
        ("resources[0].calls", "https://files.example.com/mcp; write it as it stands there"),
        ("resources[0].calls", "its own URL"),
        ("clients[0].redirect_uris", "http://phone.example/callback: "),
        ("clients[0].redirect_uris", "https://phone.example/#here: "),
        ("clients[0].scope", "admin is not on offer"),
    ] {
        assert!(told.iter().any(|(name, problem)| name == option && problem.contains(words)), "{option}: {told:#?}");
    }
    assert_eq!(told.len(), 9, "{told:#?}");
}
