//! `doorbook resources` and `doorbook keys` without a server.

use serde_json::json;

use super::book::Book;

#[tokio::test]
async fn a_resource_is_added_listed_and_removed() {
    let book = Book::closed();
    let empty = book.run(&["resources", "list"]).ok();
    assert!(empty.starts_with("No resource is in the register"), "{empty}");

    let url = "https://mcp.example/notes";
    let add = ["resources", "add", url, "--name", "Notes", "--scope", "notes=Read your notes", "--required-scopes"];
    let added = book.run(&[&add[..], &["notes", "--person", "octavia", "--json"]].concat()).json();
    let credential = added["credential"].as_str().unwrap();
    assert!(credential.starts_with("dbk_"), "{credential}");
    assert_eq!(added, json!({ "url": url, "new": true, "credential": credential, "in_force": "no_server" }));
    let another = book.run(&["resources", "credential", url]).ok();
    assert!(another.contains("shown this once") && another.contains("dbk_"), "{another}");
    assert!(!another.contains(credential), "{another}");
    let listed = &book.run(&["resources", "list", "--json"]).json()[0];
    assert_eq!(listed["scopes"], json!([{ "scope": "notes", "sentence": "Read your notes" }]));
    assert_eq!((&listed["required_scopes"], &listed["people"]), (&json!(["notes"]), &json!(["octavia"])));
    assert_eq!((&listed["from"], &listed["name"]), (&json!("dashboard"), &json!("Notes")));
    let table = book.run(&["resources", "list"]).ok();
    assert!(table.starts_with("URL") && table.contains(url), "{table}");

    let removed = book.run(&["resources", "remove", url]).ok();
    assert!(removed.contains("out of the register") && removed.contains("Ended: 0 grants"), "{removed}");
    let again = book.run(&["resources", "remove", url]).failed(1);
    assert!(again.contains("there is no resource"), "{again}");
    for typed in [&["resources", "add", "http://mcp.example"][..], &["resources", "add", url, "--scope", "a b"]] {
        book.run(typed).failed(2);
    }
    let events = ["resource_added", "resource_secret_issued", "resource_secret_issued", "resource_removed"];
    assert_eq!(book.done().await, events);
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_nothing_else() {
    let book = Book::closed();
    let url = "https://mcp.example/notes";
    let scopes = ["--scope", "notes=Read your notes", "--required-scopes", "notes", "--person", "octavia"];
    let more = ["--scope", "draw", "--token-lifetime", "15m"];
    book.run(&[&["resources", "add", url][..], &scopes, &more].concat()).ok();
    let listed = || book.run(&["resources", "list", "--json"]).json()[0].clone();
    let before = listed();
    let (table, shown) = (book.run(&["resources", "list"]).ok(), book.run(&["resources", "show", url]).ok());
    assert!(table.contains("octavia") && table.contains("15m"), "{table}");
    for fact in
        ["notes (Read your notes), draw\n", "people       octavia\n", "tokens work  15m\n", "from         dashboard\n"]
    {
        assert!(shown.contains(fact), "{fact}: {shown}");
    }
    assert!(!shown.contains("at the gate"), "{shown}");
    assert_eq!(book.run(&["resources", "show", url, "--json"]).json(), before);
    assert_eq!((&before["token_life"], &before["name"]), (&json!(900), &json!("mcp.example")));
    let edits = |typed: &[&str]| book.run(&[&["resources", "edit", url], typed, &["--json"]].concat()).json();
    assert_eq!(edits(&["--name", "Notes"])["changed"], true);
    assert_eq!(edits(&["--name", "Notes"])["changed"], false);
    let mut after = before.clone();
    after["name"] = json!("Notes");
    assert_eq!(listed(), after);
    edits(&["--no-scopes", "--required-scopes", "none", "--everybody", "--token-lifetime", "server"]);
    let table = book.run(&["resources", "list"]).ok();
    let row = table.lines().last().unwrap();
    assert!(row.contains("everybody") && !table.contains("preflight"), "{table}");
    edits(&["--allow-preflight", "on", "--require-dpop", "on"]);
    let after = listed();
    let cleared = ["scopes", "required_scopes", "people"].map(|member| &after[member]);
    assert_eq!(cleared, [&json!([]), &json!([]), &json!([])]);
    assert_eq!((&after["token_life"], &after["allow_preflight"]), (&json!(null), &json!(true)));
    assert_eq!(after["require_dpop"], true);
    for command in [&["resources", "list"][..], &["resources", "show", url]] {
        let said = book.run(command).ok();
        assert!(said.contains("everybody") && said.contains("preflight passes, DPoP only"), "{said}");
    }
    assert!(book.run(&["resources", "show", url]).ok().contains("1h, as long as the server's"));
    assert!(book.run(&["resources", "show", "https://other.example"]).failed(1).contains("there is no resource"));
    assert!(book.run(&["resources", "edit", "https://other.example", "--name", "x"]).failed(1).contains("no resource"));
    for wrong in [["--token-lifetime", "31d"], ["--scope", "a b"]] {
        book.run(&[&["resources", "edit", url][..], &wrong].concat()).failed(2);
    }
    assert!(book.run(&["resources", "edit", url, "--name", " "]).failed(1).contains("DB-370"));
}

#[tokio::test]
async fn scopes_are_put_into_words() {
    let book = Book::closed();
    let first = |book: &Book| book.run(&["scopes", "list", "--json"]).json()[0].clone();
    let ours = first(&book);
    assert_eq!((&ours["scope"], &ours["from"]), (&json!("mcp"), &json!("doorbook")));
    book.run(&["scopes", "say", "mcp", "Do the work"]).ok();
    assert_eq!(first(&book), json!({ "scope": "mcp", "sentence": "Do the work", "from": "dashboard" }));
    book.run(&["scopes", "say", "mcp", ""]).ok();
    assert_eq!(first(&book), ours);
    let refused = book.run(&["scopes", "say", "mcp", &"x".repeat(301)]).failed(1);
    assert!(refused.contains("DB-372"), "{refused}");
    assert_eq!(book.done().await, ["scope_worded", "scope_worded"]);
}

#[tokio::test]
async fn what_the_configuration_lists_is_changed_there() {
    let mut book = Book::closed();
    let url = "https://mcp.example";
    std::fs::write(book.database().with_file_name("doorbook.toml"), format!("[[resources]]\nurl = \"{url}\"\n"))
        .unwrap();
    book.start();
    book.stop();
    let refused = book.run(&["resources", "remove", url]).failed(1);
    assert!(refused.contains("comes from the configuration") && refused.contains("DB-907"), "{refused}");
    assert_eq!(book.run(&["resources", "list", "--json"]).json()[0]["from"], "configuration");
}

#[tokio::test]
async fn a_client_of_the_configuration_needs_no_approval() {
    let mut book = Book::nowhere();
    let listed =
        "registration = \"approval\"\n[[clients]]\nid = \"desk\"\nredirect_uris = [\"https://desk.example/cb\"]\n";
    std::fs::write(book.database().with_file_name("doorbook.toml"), listed).unwrap();
    book.start();
    book.stop();
    let said = book.run(&["clients", "approve", "desk"]).ok();
    assert!(said.starts_with("desk needs no approval: nobody waits for you before they use it."), "{said}");
    let said = book.run(&["clients", "approve", "desk", "--json"]).json();
    assert_eq!((&said["reached"], &said["needed"]), (&json!(0), &json!(false)));
    assert!(book.done().await.is_empty());
}

#[tokio::test]
async fn a_new_key_is_published_first_and_signs_at_once_when_told_to() {
    let book = Book::closed();
    let first = book.run(&["keys", "list", "--json"]).json()[0].clone();
    assert_eq!(first["state"], "signing");
    let next = book.run(&["keys", "rotate", "--json"]).json();
    assert_eq!((&next["state"], &next["in_force"]), (&json!("next"), &json!("no_server")));
    let now = book.run(&["keys", "rotate", "--now", "--json"]).json();
    assert_eq!(now["state"], "signing");
    let listed = book.run(&["keys", "list", "--json"]).json();
    let state = |kid: &serde_json::Value| {
        let row = listed.as_array().unwrap().iter().find(|row| row["kid"] == *kid).unwrap();
        row["state"].as_str().unwrap().to_owned()
    };
    assert_eq!([&first["kid"], &next["kid"], &now["kid"]].map(state), ["verifying", "next", "signing"]);
    let table = book.run(&["keys", "list"]).ok();
    assert!(table.starts_with("KID") && table.lines().count() == 4, "{table}");
    assert_eq!(book.done().await, ["key_made", "key_made"]);
}

#[tokio::test]
async fn which_server_may_call_which_other_one_is_read_and_changed() {
    let book = Book::closed();
    let (notes, files) = ("https://notes.example/mcp", "https://files.example");
    let calls = |more: &[&str]| book.run(&[&["resources", "calls"], more].concat());
    assert_eq!(calls(&["list"]).ok(), "No server may call another one.\n");
    assert!(calls(&["allow", notes, files]).failed(1).contains("there is no such pair of resources"));
    for url in [notes, files] {
        book.run(&["resources", "add", url]).ok();
    }
    let allowed = calls(&["allow", notes, files]).ok();
    assert!(allowed.starts_with(&format!("{notes} may call {files}.\n")), "{allowed}");
    assert_eq!(calls(&["allow", notes, files, "--json"]).json()["new"], false);
    assert!(calls(&["allow", notes, notes]).failed(1).contains("(DB-592)"));
    let listed = calls(&["list", "--json"]).json();
    assert_eq!((&listed[0]["caller"], &listed[0]["target"]), (&notes.into(), &files.into()));
    assert!(calls(&["list"]).ok().contains(files));
    calls(&["forbid", notes, files]).ok();
    calls(&["forbid", notes, files]).ok();
    let mistyped = calls(&["forbid", notes, "https://flies.example/mcp"]).failed(1);
    assert!(mistyped.contains("there is no such pair"), "{mistyped}");
    assert!(calls(&["allow", "notes", files]).failed(2).contains("absolute https URL"));
    assert!(book.done().await.ends_with(&["call_allowed".into(), "call_forbidden".into()]));
}
