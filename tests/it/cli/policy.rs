//! `doorbook policy` and `doorbook tokens`: the same as the pages, without a browser, and in force at the running server.

use serde_json::json;

use super::book::Book;

#[tokio::test]
async fn the_policy_is_shown_changed_looked_back_on_and_undone() {
    let book = Book::open();
    let shown = book.run(&["policy", "show"]).ok();
    assert!(shown.starts_with("MEMBER") && shown.contains("registration"), "{shown}");
    let set = ["policy", "set", "registration=closed", "redirect_schemes=cursor,notes", "--note", "quiet", "--json"];
    assert_eq!(book.run(&set).json(), json!({ "version": 1, "in_force": "running_server" }));
    let metadata = reqwest::get(book.url("/.well-known/oauth-authorization-server")).await.unwrap();
    assert_eq!(metadata.json::<serde_json::Value>().await.unwrap().get("registration_endpoint"), None);

    let now = book.run(&["policy", "show", "--json"]).json();
    assert_eq!(now["changed"], json!({ "registration": "closed", "redirect_schemes": ["cursor", "notes"] }));
    book.run(&["policy", "reset", "redirect_schemes"]).ok();
    let history = book.run(&["policy", "history", "--json"]).json();
    assert_eq!((&history[0]["version"], &history[1]["note"]), (&json!(2), &json!("quiet")));
    assert_eq!(history[1]["after"]["registration"], "closed");
    let table = book.run(&["policy", "history"]).ok();
    let first = table.lines().last().unwrap();
    assert!(table.contains("NOTE") && first.contains("registration=closed") && first.ends_with("quiet"), "{table}");
    assert_eq!(book.run(&["policy", "undo", "--json"]).json()["version"], 3);
    assert_eq!(book.run(&["policy", "restore", "0", "--json"]).json()["version"], 4);
    assert_eq!(book.run(&["policy", "show", "--json"]).json()["changed"], json!({}));
    assert_eq!(book.done().await, ["policy_changed"; 4]);
}

#[tokio::test]
async fn a_rehearsal_changes_nothing_and_nonsense_says_what_to_type() {
    let book = Book::closed();
    let rehearsed = book.run(&["policy", "set", "registration=closed", "--rehearse", "--json"]).json();
    assert_eq!(rehearsed, json!({ "tried": 0, "refuses": [], "admits": [], "waits": [] }));
    let rehearsed = book.run(&["policy", "set", "registration=closed", "--rehearse"]).ok();
    assert!(rehearsed.starts_with("Of the last 0 attempts it"), "{rehearsed}");
    for (typed, words) in [
        ("registration=ajar", "write open"),
        ("unheard_of=1", "no member of the policy"),
        ("registration", "NAME=VALUE"),
        ("allowed_redirect_hosts=https://x", "write hosts"),
    ] {
        let error = book.run(&["policy", "set", typed]).failed(2);
        assert!(error.contains(words), "{error}");
    }
    let nothing = book.run(&["policy", "undo"]).failed(1);
    assert!(nothing.contains("there is no change of the policy to take back"), "{nothing}");
    let unknown = book.run(&["policy", "restore", "7"]).failed(1);
    assert!(unknown.contains("there is no such version"), "{unknown}");
    assert!(book.run(&["policy", "history"]).ok().contains("as the configuration has it"));
    assert!(book.done().await.is_empty());
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests stand outside")]
async fn an_initial_access_token_is_printed_once_and_ends() {
    let book = Book::open();
    book.run(&["policy", "set", "registration=token"]).ok();
    let create = ["tokens", "create", "--label", "For the desk", "--uses", "1", "--expires", "7d", "--json"];
    let made = book.run(&create).json();
    let (id, token) = (made["token_id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert!(token.starts_with("dbi_"), "{made}");

    let body = json!({ "redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none" });
    let asked = reqwest::Client::builder().no_proxy().build().unwrap().post(book.url("/register")).json(&body);
    let refused = asked.try_clone().unwrap().send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(asked.bearer_auth(token).send().await.unwrap().status(), 201);

    let list = book.run(&["tokens", "list"]).ok();
    assert!(list.contains("For the desk") && list.contains("spent") && list.contains("1 of 1"), "{list}");
    let shown = book.run(&["tokens", "show", id, "--json"]).json();
    assert_eq!(shown["clients"].as_array().unwrap().len(), 1);
    for text in [list, shown.to_string()] {
        assert!(!text.contains(token), "{text}");
    }
    assert_eq!(book.run(&["tokens", "revoke", id, "--json"]).json()["state"], "revoked");
    assert!(book.run(&["tokens", "show", id]).ok().contains("revoked"));
    assert!(book.run(&["tokens", "revoke", "dbit_none"]).failed(1).contains("there is no initial access token"));
    assert_eq!(book.done().await, ["policy_changed", "initial_token_made", "initial_token_revoked"]);
}
