//! `doorbook clients` without a server.

use serde_json::json;

use super::book::Book;

#[tokio::test]
async fn a_client_is_made_listed_and_shown_and_its_secret_printed_once() {
    let book = Book::closed();
    let made = book.run(&["clients", "create", "--name", "Notes", "--redirect-uri", "https://app.example/cb"]).ok();
    let value = |name: &str| {
        let line = made.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{made}"));
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let (id, secret, token) = (value("client_id"), value("client_secret"), value("registration_access_token"));
    assert!(secret.starts_with("dbs_") && token.starts_with("reg-"), "{made}");
    assert!(made.ends_with("No server runs; in force when it starts.\n"), "{made}");

    let list = book.run(&["clients", "list"]).ok();
    assert!(list.starts_with("CLIENT_ID") && list.contains(&id) && list.contains("administrator"), "{list}");
    let shown = book.run(&["clients", "show", "notes"]).ok();
    assert!(shown.contains(&id) && shown.contains("https://app.example/cb"), "{shown}");
    assert!(shown.contains("authorization_code refresh_token"), "{shown}");
    for text in [list, shown, book.run(&["clients", "show", &id, "--json"]).ok()] {
        assert!(!text.contains(&secret) && !text.contains(&token) && !text.contains("argon2"), "{text}");
    }
    assert_eq!(book.done().await, ["client_created"]);
}

#[test]
fn programs_read_json() {
    let book = Book::closed();
    assert_eq!(book.run(&["clients", "list", "--json"]).json(), json!([]));
    assert_eq!(book.run(&["clients", "list"]).ok(), "No client is in the book that fits.\n");
    let (id, _) = book.client("Notes");
    book.client("Other");
    let found = book.run(&["clients", "list", "--search", "not", "--json"]).json();
    let row = &found.as_array().unwrap()[0];
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!((row["client_id"].as_str(), row["state"].as_str()), (Some(id.as_str()), Some("unused")));
    assert_eq!(row["metadata"]["redirect_uris"], json!(["https://app.example/callback"]));
    assert_eq!(book.run(&["clients", "list", "--limit", "1", "--json"]).json().as_array().unwrap().len(), 1);
    let public = ["clients", "create", "--public", "--redirect-uri", "http://127.0.0.1/cb", "--json"];
    let public = book.run(&public).json();
    assert_eq!(public["token_endpoint_auth_method"], "none");
    assert!(public.get("client_secret").is_none() && public["in_force"] == "no_server");
}

#[tokio::test]
async fn hosts_of_documents_are_approved_listed_and_removed() {
    let book = Book::closed();
    assert_eq!(book.run(&["clients", "hosts"]).ok(), "No host is listed or approved.\n");
    let approved = book.run(&["clients", "approve-host", "Claude.ai", "--json"]).json();
    assert_eq!(approved, json!({ "host": "claude.ai", "state": "approved", "in_force": "no_server" }));
    let list = book.run(&["clients", "hosts", "--json"]).json();
    assert_eq!((list[0]["host"].as_str(), list[0]["from"].as_str()), (Some("claude.ai"), Some("approval")));
    book.run(&["clients", "remove-host", "claude.ai"]).ok();
    assert_eq!(book.run(&["clients", "hosts", "--json"]).json(), json!([]));
    assert_eq!(book.done().await, ["document_host_approved", "document_host_removed"]);
}

#[tokio::test]
async fn a_client_is_disabled_enabled_rotated_and_revoked() {
    let book = Book::closed();
    let (id, first) = book.client("Notes");
    let disabled = book.run(&["clients", "disable", &id, "--json"]).json();
    assert_eq!(disabled, json!({ "client_id": id, "state": "disabled", "in_force": "no_server" }));
    assert_eq!(book.run(&["clients", "list", "--state", "disabled", "--json"]).json()[0]["client_id"], json!(id));
    let enabled = book.run(&["clients", "enable", &id]).ok();
    assert_eq!(enabled, format!("{id} is enabled.\nNo server runs; in force when it starts.\n"));

    let rotated = book.run(&["clients", "rotate-secret", &id, "--overlap", "1h", "--json"]).json();
    let second = rotated["client_secret"].as_str().unwrap();
    assert!(second != first && rotated["old_secret_until"].is_string(), "{rotated}");
    let shown = book.run(&["clients", "show", &id, "--json"]).json();
    assert_eq!(shown["old_secret"]["until"], rotated["old_secret_until"]);
    let third = book.run(&["clients", "rotate-secret", &id, "--overlap", "0"]).ok();
    assert!(third.contains("    dbs_") && third.contains("The old one has ended."), "{third}");
    assert_eq!(book.run(&["clients", "show", &id, "--json"]).json()["old_secret"], json!(null));

    let revoked = book.run(&["clients", "revoke", &id, "--reason", "lost laptop"]).ok();
    assert!(revoked.starts_with(&format!("{id} is revoked. With it ended: 0 people")), "{revoked}");
    let gone = book.run(&["clients", "show", &id, "--json"]).json();
    assert_eq!((&gone["state"], &gone["name"]), (&json!("revoked"), &json!("Notes")));
    let again = book.run(&["clients", "revoke", &id]).ok();
    assert!(again.starts_with(&format!("{id} left the book on 20")), "{again}");
    assert!(again.contains("UTC already: revoked; it does not come back.\n"), "{again}");
    let again = book.run(&["clients", "revoke", &id, "--json"]).json();
    assert_eq!((&again["state"], &again["ended"]["grants"]), (&json!("revoked"), &json!(0)));
    for action in ["disable", "rotate-secret", "revoke-tokens", "revive"] {
        let gone = book.run(&["clients", action, &id]).failed(1);
        let since = format!("there is no client {id} in the book since 20");
        assert!(gone.contains(&since) && gone.contains("UTC: revoked; it does not come back"), "{gone}");
    }
    let done = ["client_created", "client_disabled", "client_enabled", "secret_rotated", "secret_rotated"];
    assert_eq!(book.done().await, [&done[..], &["client_revoked"]].concat());
}

#[test]
fn what_cannot_be_done_ends_with_one_and_what_cannot_be_read_with_two() {
    let book = Book::closed();
    let unknown = book.run(&["clients", "disable", "client_unknown"]).failed(1);
    assert!(unknown.starts_with("doorbook: there is no client client_unknown in the book"), "{unknown}");
    let public = ["clients", "create", "--public", "--redirect-uri", "http://127.0.0.1/cb", "--json"];
    let public = book.run(&public).json()["client_id"].as_str().unwrap().to_owned();
    let refused = book.run(&["clients", "rotate-secret", &public]).failed(1);
    assert!(refused.contains("has no secret to rotate") && refused.contains("DB-904"), "{refused}");
    for (option, typed, words) in [
        (
            "--redirect-uri",
            "app.example/cb",
            "absolute, as in https://example.com/callback: app.example/cb. Correct it, and do it again. (DB-108)",
        ),
        ("--redirect-uri", "https://*.app.example/cb", "Name each address in full. (DB-111)"),
        ("--auth-method", "basic", "offered here: basic. Name none, client_secret_basic, "),
        ("--home-page", "app.example", "client_uri. Write an https address, or an http one on this computer. (DB-124)"),
        ("--name", "Notes", "Name at least one address that codes may be sent to. (DB-104)"),
    ] {
        let uri = ["--redirect-uri", "https://app.example/cb"];
        let uri = if matches!(option, "--auth-method" | "--home-page") { uri.as_slice() } else { &[] };
        let typo = book.run(&[&["clients", "create", option, typed], uri].concat()).failed(1);
        assert!(typo.contains(words), "{typo}");
    }
    let plain = book.run(&["clients", "create", "--redirect-uri", "http://app.example/cb"]).failed(1);
    assert!(plain.contains("use https") && plain.contains("DB-113"), "{plain}");

    for typed in [
        &["clients"][..],
        &["clients", "create"],
        &["clients", "frobnicate"],
        &["clients", "list", "--state", "asleep"],
        &["clients", "list", "--proof", "hearsay"],
        &["clients", "rotate-secret", &public, "--overlap", "31d"],
        &["clients", "create", "--metadata", "missing.json"],
        &["clients", "list", "--public-url", "ftp://nowhere"],
    ] {
        let failed = book.run(typed).failed(2);
        assert!(!failed.is_empty(), "{typed:?}");
    }
    let both = book.run(&["clients", "create", "--jwks", "-", "--metadata", "-"]).failed(2);
    assert!(both.contains("cannot both come from standard input"), "{both}");
}

#[tokio::test]
async fn a_client_is_changed_and_the_change_tried_before() {
    let book = Book::closed();
    let (id, _) = book.client("Notes");
    let old = "https://app.example/callback";
    let changes = ["clients", "edit", &id, "--redirect-uri", "https://app.example/new", "--public"];
    let tried = book.run(&[&changes[..], &["--preview"]].concat()).ok();
    assert!(tried.contains(&format!("Codes no longer go to {old}.")) && tried.contains("Its secret ends."), "{tried}");
    let shown = || book.run(&["clients", "show", &id, "--json"]).json();
    assert_eq!(shown()["metadata"]["redirect_uris"], json!([old]), "nothing was changed");

    let changed = book.run(&[&changes[..], &["--name", "All notes", "--contact", "ada", "--json"]].concat()).json();
    assert_eq!((&changed["metadata"]["client_name"], &changed["in_force"]), (&json!("All notes"), &json!("no_server")));
    assert_eq!(changed["effect"]["redirect_uris_lost"], json!([old]));
    assert_eq!((&shown()["secret"], &shown()["proof"]), (&json!(null), &json!("administrator")));
    let told = book.run(&["clients", "show", &id]).ok();
    assert!(told.lines().any(|line| line.starts_with("contacts ") && line.ends_with(" ada")), "{told}");
    let without = book.run(&["clients", "edit", &id, "--without", "contacts"]).ok();
    assert!(without.starts_with(&format!("{id} is changed.\n")), "{without}");
    assert_eq!(shown()["metadata"].get("contacts"), None);
    let same = book.run(&["clients", "edit", &id, "--name", "All notes"]).ok();
    assert!(same.contains("is like that already."), "{same}");
    let secretive = book.run(&["clients", "edit", &id, "--auth-method", "client_secret_basic"]).ok();
    assert!(secretive.contains("    dbs_"), "{secretive}");
    let odd = book.run(&["clients", "edit", &id, "--without", "client_secret"]).failed(1);
    assert!(odd.contains("DB-748"), "{odd}");
    book.run(&["clients", "edit", &id]).failed(2);
    book.run(&["clients", "edit", "client_none", "--name", "x"]).failed(1);
    assert_eq!(book.run(&["clients", "list", "--proof", "administrator", "--json"]).json()[0]["client_id"], json!(id));
    assert_eq!(book.run(&["clients", "list", "--proof", "nobody", "--json"]).json(), json!([]));
    assert_eq!(book.done().await, ["client_created", "client_updated", "client_updated", "client_updated"]);
}

#[test]
fn a_service_account_needs_no_address() {
    let book = Book::closed();
    let made = book.run(&["clients", "create", "--name", "Job", "--grant", "client_credentials", "--json"]).json();
    assert_eq!((&made["grant_types"], &made["redirect_uris"]), (&json!(["client_credentials"]), &json!([])));
    assert!(made["client_secret"].is_string(), "{made}");
    let public = book.run(&["clients", "create", "--public", "--grant", "client_credentials"]).failed(1);
    assert!(public.contains("cannot act in its own name") && public.contains("DB-140"), "{public}");
}

#[test]
fn a_name_that_two_have_names_neither() {
    let book = Book::closed();
    let (first, second) = (book.client("Twin").0, book.client("twin").0);
    let both = book.run(&["clients", "show", "Twin"]).failed(1);
    assert!(both.contains(&first) && both.contains(&second), "{both}");
    // What changes something takes an id and nothing else.
    let (single, _) = book.client("Single");
    for action in ["revoke", "revive"] {
        let named = book.run(&["clients", action, "Single"]).failed(1);
        assert!(named.contains(&format!("Single is the name of {single}")), "{named}");
        let named = book.run(&["clients", action, "Twin"]).failed(1);
        assert!(named.contains("Twin is the name of ") && named.contains(&first) && named.contains(&second), "{named}");
    }
    assert_eq!(book.run(&["clients", "list", "--json"]).json().as_array().unwrap().len(), 3);
}

#[test]
fn without_a_database_nothing_is_made() {
    let book = Book::nowhere();
    let none = book.run(&["clients", "list"]).failed(1);
    assert!(none.contains("there is no database") && none.contains("doorbook.db"), "{none}");
    assert!(!book.database().exists());
}

#[tokio::test]
async fn a_scope_that_is_not_on_offer_limits_nothing_and_is_refused() {
    let book = Book::open();
    let made = ["clients", "create", "--name", "Job", "--redirect-uri", "https://app.example/cb", "--scope"];
    for (scope, named) in [("mpc", "mpc"), ("mcp offline_acces", "offline_acces")] {
        let refused = book.run(&[made.as_slice(), &[scope]].concat()).failed(1);
        assert!(refused.contains(&format!("does not offer {named}")) && refused.contains("DB-755"), "{refused}");
    }
    let client = book.run(&[made.as_slice(), &["mcp", "--json"]].concat()).json();
    let id = client["client_id"].as_str().unwrap();
    assert!(book.run(&["clients", "edit", id, "--scope", "offlin"]).failed(1).contains("DB-755"));
    assert_eq!(book.run(&["clients", "show", id, "--json"]).json()["metadata"]["scope"], "mcp");
    let unknown = book.run(&["clients", "edit", id, "--without", "nothing"]).failed(1);
    assert!(unknown.contains(": nothing.") && unknown.contains("DB-748"), "{unknown}");
}
