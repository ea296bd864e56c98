//! The access list: who is let in, who is cut off, and what the audit log says of it.

use serde_json::json;

use super::*;
use crate::{
    base::user::{Email, Identity},
    flows::scratch::{Given, NOW, Scratch, call, refusal},
    oauth::error::access_denied,
    store::standing::Verdict,
};

const GITHUB: [(&str, &str); 3] = [
    ("DOORBOOK_PUBLIC_URL", "https://auth.example"),
    ("GITHUB_CLIENT_ID", "Iv1.0000000000000000"),
    ("GITHUB_CLIENT_SECRET", "0000000000000000000000000000000000000000"),
];

fn login(name: &str) -> Who {
    Who::Login(name.into())
}

/// A person of GitHub who signs in, and so binds their login if the list names it.
async fn meets(scratch: &Scratch, number: &str, name: &str) -> UserId {
    let (stable_id, login) = (number.to_owned(), name.to_owned());
    let identity = Identity { provider: Provider::GitHub, stable_id, login, name: None, email: Email::NotAsked };
    let id = identity.user_id();
    let binds = scratch.desk.store.standing().access().binds(name);
    scratch
        .wrote(move |tx| {
            users::signed_in(tx, &identity, NOW)?;
            if binds {
                allowlist::bind(tx, &identity.login, &identity.user_id(), NOW)?;
            }
            Ok(())
        })
        .await;
    id
}

async fn allowed(scratch: &Scratch, user: &UserId) -> Given {
    let body = json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" });
    let (app, _) = scratch.registers(body).await;
    scratch.allows(user, &app).await
}

#[tokio::test]
async fn an_entry_is_added_once_and_in_force_at_once() {
    let scratch = Scratch::new(&GITHUB).await;
    let ada = Actor::User(UserId::new("github:1"));
    let who = || vec![login("bob"), login("bob"), Who::Number("7".into())];
    assert_eq!(add(&scratch.desk, &call(), &ada, who(), Role::Member).await.unwrap(), 2);
    assert_eq!(add(&scratch.desk, &call(), &ada, who(), Role::Member).await.unwrap(), 0);
    assert_eq!(scratch.desk.store.standing().role(&UserId::new("github:7")), Some(Role::Member));
    let entries = scratch.finds(allowlist::entries).await;
    assert!(entries.iter().all(|entry| entry.created_by == Some(UserId::new("github:1"))));
    assert_eq!(scratch.last(2).await, ["user access_added", "user access_added"]);

    let everybody = add(&scratch.desk, &call(), &ada, vec![Who::Everybody], Role::Administrator).await;
    assert_eq!(refusal(everybody), (Why::EverybodyAdministrator, 400));
}

#[tokio::test]
async fn who_is_taken_off_is_refused_and_signed_out_and_comes_back_untouched() {
    let scratch = Scratch::new(&GITHUB).await;
    let cli = Actor::CommandLine;
    add(&scratch.desk, &call(), &cli, vec![login("bob")], Role::Member).await.unwrap();
    let bob = meets(&scratch, "2", "bob").await;
    let given = allowed(&scratch, &bob).await;
    scratch.browses(&bob).await;
    let effect = Ended { people: 1, grants: 1, tokens: 1 };
    assert_eq!(effect_of_removal(&scratch.desk, &call(), &login("bob"), Role::Member).await.unwrap(), effect);
    assert_eq!((scratch.verdict(&given), scratch.browsers(&bob).await), (Verdict::Good, 1));

    let ended = remove(&scratch.desk, &call(), &cli, login("bob"), Role::Member).await.unwrap();

    assert_eq!(ended, effect);
    assert_eq!((scratch.verdict(&given), scratch.browsers(&bob).await), (Verdict::UserNotAllowed, 0));
    assert!(scratch.stands(&given).await);
    assert_eq!(scratch.last(2).await, ["command_line access_removed", "command_line sessions_ended"]);
    let again = remove(&scratch.desk, &call(), &cli, login("bob"), Role::Member).await;
    assert_eq!(refusal(again), (Why::NotFound, 404));

    add(&scratch.desk, &call(), &cli, vec![Who::Number("2".into())], Role::Member).await.unwrap();
    assert_eq!(scratch.verdict(&given), Verdict::Good);
}

#[tokio::test]
async fn nobody_is_cut_off_whom_another_entry_lets_in() {
    let scratch = Scratch::new(&GITHUB).await;
    let cli = Actor::CommandLine;
    add(&scratch.desk, &call(), &cli, vec![login("bob"), Who::Everybody], Role::Member).await.unwrap();
    let (bob, eve) = (meets(&scratch, "2", "bob").await, meets(&scratch, "3", "eve").await);
    let (his, hers) = (allowed(&scratch, &bob).await, allowed(&scratch, &eve).await);
    let none = effect_of_removal(&scratch.desk, &call(), &login("bob"), Role::Member).await.unwrap();
    assert_eq!(none, Ended::default());

    let ended = remove(&scratch.desk, &call(), &cli, Who::Everybody, Role::Member).await.unwrap();

    assert_eq!(ended, Ended { people: 1, grants: 1, tokens: 1 });
    assert_eq!((scratch.verdict(&his), scratch.verdict(&hers)), (Verdict::Good, Verdict::UserNotAllowed));
}

#[tokio::test]
async fn an_entry_of_the_configuration_is_not_removed_here() {
    let scratch = Scratch::new(&[]).await;
    let cli = Actor::CommandLine;
    let ada = || Who::Local("ada".into());
    let refused = remove(&scratch.desk, &call(), &cli, ada(), Role::Administrator).await;
    assert_eq!(refusal(refused), (Why::EntryConfigured, 409));
    assert_eq!(scratch.desk.store.standing().role(&UserId::new("local:ada")), Some(Role::Administrator));
    assert_eq!(add(&scratch.desk, &call(), &cli, vec![ada()], Role::Administrator).await.unwrap(), 0);
}

#[tokio::test]
async fn the_last_administrator_does_not_go_by_themself() {
    let scratch = Scratch::new(&GITHUB).await;
    let cli = Actor::CommandLine;
    add(&scratch.desk, &call(), &cli, vec![login("bob"), login("eve")], Role::Administrator).await.unwrap();
    let bob = Actor::User(meets(&scratch, "2", "bob").await);
    let at = call();
    let gone = || remove(&scratch.desk, &at, &bob, login("bob"), Role::Administrator);
    // Eve has never come: nobody knows whether she can.
    assert_eq!(refusal(gone().await), (Why::LastAdministrator, 409));
    meets(&scratch, "3", "eve").await;
    gone().await.unwrap();
    assert_eq!(scratch.desk.store.standing().role(&UserId::new("github:2")), None);
    let last = remove(&scratch.desk, &call(), &cli, login("eve"), Role::Administrator).await;
    assert_eq!(refusal(last), (Why::LastAdministrator, 409));
}

#[tokio::test]
async fn where_nobody_administers_anybody_may_go() {
    let scratch = Scratch::new(&GITHUB).await;
    let cli = Actor::CommandLine;
    add(&scratch.desk, &call(), &cli, vec![login("bob")], Role::Member).await.unwrap();
    let bob = meets(&scratch, "2", "bob").await;
    people::suspend(&scratch.desk, &call(), &cli, &bob).await.unwrap();
    remove(&scratch.desk, &call(), &cli, login("bob"), Role::Member).await.unwrap();
}

#[tokio::test]
async fn an_addition_is_told_before_it_is_done() {
    let scratch = Scratch::new(&GITHUB).await;
    let (desk, cli) = (&scratch.desk, Actor::CommandLine);
    add(desk, &call(), &cli, vec![login("bob"), Who::Number("9".into())], Role::Member).await.unwrap();
    let bob = meets(&scratch, "2", "bob").await;
    allowed(&scratch, &bob).await;
    remove(desk, &call(), &cli, login("bob"), Role::Member).await.unwrap();
    for (number, name) in [("3", "Mallory"), ("3", "Mallory"), ("2", "bob"), ("4", "eve")] {
        let (error, user) = (access_denied(Why::NotOnAccessList).about(name), UserId::new(format!("github:{number}")));
        desk.refused(&call(), "sign-in", &error, None, Some(&user));
    }
    desk.write_refusals().await.unwrap();
    let all = [login("mallory"), login("bob"), login("nobody"), Who::Number("9".into())];

    let effect = effect_of_addition(desk, &call(), &all, Role::Member).await.unwrap();

    let told = |entry: &Entering| {
        let people = entry.people.iter().map(|comer| (comer.id.to_string(), comer.known, comer.refused));
        (entry.who.to_string(), entry.held, people.collect::<Vec<_>>())
    };
    let told: Vec<_> = effect.entries.iter().map(told).collect();
    assert_eq!(
        told,
        [
            ("mallory".into(), None, vec![("github:3".into(), false, 2)]),
            ("bob".into(), None, vec![("github:2".into(), true, 1)]),
            ("nobody".into(), None, vec![]),
            ("id:9".into(), Some(Role::Member), vec![]),
        ]
    );
    assert_eq!(effect.regained, Ended { people: 1, grants: 1, tokens: 1 });
    assert_eq!(scratch.desk.store.standing().role(&bob), None, "nothing was done");

    add(desk, &call(), &cli, all.to_vec(), Role::Member).await.unwrap();
    let effect = effect_of_addition(desk, &call(), &[Who::Everybody], Role::Member).await.unwrap();
    let people: Vec<_> = effect.entries.iter().flat_map(|entry| &entry.people).map(|comer| &*comer.login).collect();
    assert_eq!(people, ["eve"], "who is let in already gains nothing");
    allowed(&scratch, &meets(&scratch, "9", "nina").await).await;
    remove(desk, &call(), &cli, login("bob"), Role::Member).await.unwrap();
    remove(desk, &call(), &cli, Who::Number("9".into()), Role::Member).await.unwrap();
    let effect = effect_of_addition(desk, &call(), &[Who::Everybody], Role::Member).await.unwrap();
    assert_eq!(effect.regained, Ended { people: 2, grants: 2, tokens: 2 }, "all of them are weighed together");
    add(desk, &call(), &cli, vec![login("bob")], Role::Member).await.unwrap();
    meets(&scratch, "2", "bob").await;
    let effect = effect_of_addition(desk, &call(), &[login("bob")], Role::Administrator).await.unwrap();
    assert_eq!(effect.entries.iter().map(|entry| entry.people.len()).sum::<usize>(), 1, "bob may do more");
    assert_eq!(effect.regained, Ended::default(), "and nothing of theirs was refused");
}
