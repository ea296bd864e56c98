//! `doorbook users`: who is meant, and what happens to them.

use doorbook::{
    base::{
        grant::{Access, Grant},
        id::{AccessId, ClientId, GrantId, UserId},
        redirect::RedirectUri,
        resource::ResourceUri,
        scope::ScopeSet,
        user::{Email, Identity, Provider},
    },
    store::{StoreResult, Tx, access, grants, users},
};
use serde_json::json;

use super::book::{Book, FAR, THEN};

fn signs_in(tx: &mut Tx<'_>, provider: Provider, stable_id: &str, login: &str) -> StoreResult<UserId> {
    let (stable_id, login) = (stable_id.to_owned(), login.to_owned());
    let identity = Identity { provider, stable_id, login, name: None, email: Email::NotAsked };
    users::signed_in(tx, &identity, THEN)?;
    Ok(identity.user_id())
}

/// Bob, and what he allowed a client.
fn bob(tx: &mut Tx<'_>) -> StoreResult<()> {
    let user = signs_in(tx, Provider::Local, "bob", "Bob")?;
    let (client, id) = (ClientId::new("client_app"), GrantId::new("dbg_1"));
    let audience = ResourceUri::parse("https://mcp.example").unwrap();
    let scope = ScopeSet::parse("mcp");
    let grant = Grant {
        id: id.clone(),
        client: client.clone(),
        user: user.clone(),
        scope: scope.clone(),
        audience: audience.clone(),
        redirect_uri: Some(RedirectUri::stored("https://app.example/callback")),
        auth_time: THEN,
        created_at: THEN,
        expires_at: None,
        ended_at: None,
        last_used_at: None,
    };
    grants::insert(tx, &grant)?;
    let (issued_at, expires_at) = (THEN, FAR);
    let token = AccessId::new("dba_1");
    access::insert(
        tx,
        &Access { id: token, grant: id, client, user, audience, scope, issued_at, expires_at, revoked_at: None },
    )
}

#[tokio::test]
async fn somebody_is_suspended_and_restored_by_their_login() {
    let book = Book::closed();
    assert_eq!(book.run(&["users", "list"]).ok(), "Nobody has signed in who fits.\n");
    book.wrote(bob).await;

    let suspended = book.run(&["users", "suspend", "bob"]).ok();
    let words = "Bob (local:bob) is suspended. Refused from now on: 1 person, 1 grant and 1 token.\n";
    assert_eq!(suspended, format!("{words}No server runs; in force when it starts.\n"));
    let listed = book.run(&["users", "list", "--json"]).json();
    assert_eq!((&listed[0]["state"], &listed[0]["id"]), (&json!("suspended"), &json!("local:bob")));

    let restored = book.run(&["users", "restore", "local:bob", "--json"]).json();
    assert_eq!(restored["state"], "restored");
    let listed = book.run(&["users", "list"]).ok();
    assert!(listed.starts_with("LOGIN") && listed.contains("allowed"), "{listed}");
    assert_eq!(book.done().await, ["user_suspended", "user_restored"]);

    let nobody = book.run(&["users", "suspend", "eve"]).failed(1);
    assert!(nobody.contains("there is no person eve"), "{nobody}");
}

#[tokio::test]
async fn a_login_that_changed_hands_means_nobody_until_an_id_is_given() {
    let book = Book::closed();
    book.wrote(|tx| {
        signs_in(tx, Provider::GitHub, "1", "octavia")?;
        signs_in(tx, Provider::GitHub, "2", "Octavia")?;
        Ok(())
    })
    .await;
    let several = book.run(&["users", "suspend", "octavia"]).failed(1);
    assert!(several.contains("github:1") && several.contains("github:2"), "{several}");
    assert!(book.done().await.is_empty());
    assert_eq!(book.run(&["users", "suspend", "github:2", "--json"]).json()["id"], "github:2");
}
