//! `doorbook users` and `doorbook access`: who is meant, and what happens to them.

use doorbook::{
    base::{
        grant::{Access, Grant},
        id::{AccessId, ClientId, GrantId, UserId},
        redirect::RedirectUri,
        resource::ResourceUri,
        scope::ScopeSet,
        user::{Email, Identity, Provider, Role, Who},
    },
    store::{StoreResult, Tx, access, allowlist, grants, users, vouched},
};
use serde_json::json;

use super::book::{Book, FAR, THEN};

pub(super) fn signs_in(tx: &mut Tx<'_>, provider: Provider, stable_id: &str, login: &str) -> StoreResult<UserId> {
    let (stable_id, login) = (stable_id.to_owned(), login.to_owned());
    let identity = Identity { provider, stable_id, login, name: None, email: Email::NotAsked };
    users::signed_in(tx, &identity, THEN)?;
    Ok(identity.user_id())
}

/// Bob, and what he allowed a client.
pub(super) fn bob(tx: &mut Tx<'_>) -> StoreResult<()> {
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
        &Access {
            id: token,
            digest: None,
            grant: id,
            client,
            user,
            audience,
            scope,
            issued_at,
            expires_at,
            revoked_at: None,
        },
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

#[tokio::test]
async fn the_access_list_is_read_and_changed() {
    let book = Book::closed();
    assert_eq!(book.run(&["access", "list"]).ok(), "Nobody is on the access list.\n");
    let added = book.run(&["access", "add", "local:ada", "idp:acme:*", "local:ada"]).ok();
    assert!(added.starts_with("2 entries are new.\n"), "{added}");
    let ada = ["access", "add", "--admin", "local:ada", "--json"];
    assert_eq!(book.run(&ada).json()["added"], 1);
    assert!(book.run(&["access", "add", "idp:acme:1", "--admin"]).failed(2).contains("so cannot administer"));
    assert!(book.run(&["access", "add", "a/b"]).failed(2).contains("neither a login nor id"));
    let listed = book.run(&["access", "list", "--json"]).json();
    let row = |n: usize| (listed[n]["who"].as_str().unwrap(), listed[n]["role"].as_str().unwrap());
    let rows = [row(0), row(1), row(2)];
    assert!(rows.contains(&("idp:acme:*", "member")) && rows.contains(&("local:ada", "administrator")), "{rows:?}");
    let gone = book.run(&["access", "remove", "idp:acme:*"]).ok();
    assert!(gone.starts_with("idp:acme:* is off the list. Cut off: "), "{gone}");
    assert!(book.run(&["access", "remove", "idp:acme:*"]).failed(1).contains("there is no member entry idp:acme:*"));
    let lines = ["access_added", "access_added", "access_added", "access_removed"];
    assert_eq!(book.done().await, lines);

    // As the claim link does it.
    let (who, carol) = (Who::Local("carol".into()), UserId::new("local:carol"));
    book.wrote(move |tx| allowlist::add(tx, &who, Role::Administrator, Some(&carol), THEN).map(drop)).await;
    let listed = book.run(&["access", "list"]).ok();
    let by = |who: &str| listed.lines().find(|line| line.starts_with(who)).unwrap().to_owned();
    assert!(by("local:carol").contains(" themselves "), "{listed}");
    assert!(by("local:ada").contains(" command line "), "{listed}");
}

#[tokio::test]
async fn what_a_provider_gave_ends_when_the_configuration_trusts_it_no_more() {
    let mut book = Book::closed();
    book.wrote(|tx| {
        let user = signs_in(tx, Provider::Company, "acme:1", "acme:1")?;
        let audience = ResourceUri::parse("https://mcp.example").unwrap();
        let grant = Grant {
            id: GrantId::new("dbg_1"),
            client: ClientId::new("client_app"),
            user,
            scope: ScopeSet::parse("mcp"),
            audience,
            redirect_uri: None,
            auth_time: THEN,
            created_at: THEN,
            expires_at: None,
            ended_at: None,
            last_used_at: None,
        };
        vouched::insert(tx, "https://login.acme.example", &grant)?;
        assert_eq!(vouched::like(tx, "https://login.acme.example", &grant, THEN)?.as_ref(), Some(&grant));
        assert_eq!(vouched::like(tx, "https://other.example", &grant, THEN)?, None);
        assert!(vouched::by_others(tx, &["https://login.acme.example"])?.is_empty());
        Ok(())
    })
    .await;
    book.start();
    book.stop();
    let grant = book.store().read(|reader| grants::find(reader, &GrantId::new("dbg_1"))).await.unwrap().unwrap();
    assert!(grant.ended_at.is_some());
}
