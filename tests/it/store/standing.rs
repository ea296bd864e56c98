//! What is refused is refused when the write that says so has been answered, in other processes with their next look, and
//! still after a restart.

use doorbook::{
    base::{
        grant::GrantEnd,
        id::{AccessId, ClientId, GrantId, UserId},
        register::Resource,
        time::Span,
        user::{Role, Who},
    },
    store::{
        StoreError, StoreResult, Tx, access, allowlist, clients, grants, resources, standing,
        standing::Verdict::{self, ClientDisabled, Ended, Good, UserNotAllowed, UserSuspended},
        users,
    },
};

use crate::support::store::{NOW, Scratch, ada, client, furnish, later, resource, token, verdict, verdict_on};

fn c1() -> ClientId {
    ClientId::new("c1")
}

fn g1() -> GrantId {
    GrantId::new("g1")
}

type Write = fn(&mut Tx<'_>) -> StoreResult<bool>;

/// What is done, what the gate then says, and what takes it back, if anything does.
const CHANGES: &[(&str, Write, Verdict, Option<Write>)] = &[
    ("a token is revoked", |tx| access::revoke(tx, &AccessId::new("t1"), NOW), Ended, None),
    ("a grant ends", |tx| grants::end(tx, &g1(), GrantEnd::TakenBack, NOW), Ended, None),
    (
        "a client is disabled",
        |tx| clients::set_disabled(tx, &c1(), true, NOW),
        ClientDisabled,
        Some(|tx| clients::set_disabled(tx, &c1(), false, NOW)),
    ),
    (
        "a person is suspended",
        |tx| users::set_suspended(tx, &ada().user_id(), true, NOW),
        UserSuspended,
        Some(|tx| users::set_suspended(tx, &ada().user_id(), false, NOW)),
    ),
];

#[tokio::test]
async fn a_change_is_in_force_when_it_is_answered_elsewhere_and_after_a_restart() {
    for (what, write, refused, back) in CHANGES {
        let scratch = Scratch::furnished().await;
        let other = scratch.another();
        assert!(other.follow().unwrap(), "{what}: the first look");
        assert_eq!(verdict(&scratch.store), Good, "{what}");

        assert!(scratch.wrote(write).await, "{what}");
        assert_eq!(verdict(&scratch.store), *refused, "{what}");
        assert!(!scratch.wrote(write).await, "{what}: twice is once");

        assert_eq!(verdict(&other), Good, "{what}: not looked yet");
        assert!(other.follow().unwrap(), "{what}");
        assert_eq!(verdict(&other), *refused, "{what}");
        assert!(!other.follow().unwrap(), "{what}: nothing new");
        assert_eq!(other.standing().seen(), 1, "{what}");

        drop(other);
        let scratch = scratch.reopened();
        assert_eq!(verdict(&scratch.store), *refused, "{what}: after a restart");
        if let Some(back) = back {
            assert!(scratch.wrote(back).await);
            assert_eq!(verdict(&scratch.store), Good, "{what}: and back");
        }
    }
}

#[tokio::test]
async fn what_was_read_of_a_client_is_out_of_date_once_a_registration_changed() {
    let scratch = Scratch::furnished().await;
    let other = scratch.another();
    let changes: [Write; 3] = [
        |tx| clients::update(tx, &client("c1"), NOW).map(|()| true),
        |tx| clients::set_disabled(tx, &c1(), true, NOW),
        |tx| clients::remove(tx, &client("c1"), NOW),
    ];
    for change in changes {
        other.follow().unwrap();
        let generations = || [&scratch.store, &other].map(|store| store.standing().clients_generation().unwrap());
        let [here, elsewhere] = generations();
        assert!(scratch.wrote(change).await);
        assert_eq!(generations(), [here + 1, elsewhere], "here when it is answered");
        other.follow().unwrap();
        assert_eq!(generations(), [here + 1, elsewhere + 1], "elsewhere with the next look");
    }
}

#[tokio::test]
async fn the_access_list_is_in_force_at_once() {
    let scratch = Scratch::new();
    let other = scratch.another();
    let bob = UserId::new("github:2");
    let number = || Who::Number("2".into());
    scratch.wrote(move |tx| allowlist::add(tx, &number(), Role::Administrator, None, NOW)).await;
    other.follow().unwrap();
    for store in [&scratch.store, &other] {
        assert_eq!(store.standing().role(&bob), Some(Role::Administrator));
    }
    scratch.wrote(move |tx| allowlist::remove(tx, &number(), Role::Administrator, NOW)).await;
    other.follow().unwrap();
    for store in [&scratch.store, &other] {
        assert_eq!(store.standing().role(&bob), None);
        assert_eq!(store.standing().role(&ada().user_id()), Some(Role::Member));
    }
}

#[tokio::test]
async fn who_left_the_access_list_is_not_let_in() {
    let scratch = Scratch::furnished().await;
    let bearer = |user: &UserId| {
        let (token, grant) = (AccessId::new("t1"), g1());
        scratch.store.standing().judge(&standing::Bearer { token: &token, grant: &grant, client: &c1(), user })
    };
    assert_eq!(bearer(&ada().user_id()), Good);
    assert_eq!(bearer(&UserId::new("github:2")), UserNotAllowed);
}

#[tokio::test]
async fn a_login_is_bound_to_the_first_who_comes_with_it() {
    let scratch = Scratch::new();
    let bind = |n: i64| move |tx: &mut Tx<'_>| allowlist::bind(tx, "Bob", &UserId::new(format!("github:{n}")), NOW);
    scratch.wrote(|tx| allowlist::add(tx, &Who::Login("bob".into()), Role::Member, None, NOW)).await;
    assert!(scratch.wrote(bind(2)).await);
    assert!(!scratch.wrote(bind(3)).await);
    assert_eq!(scratch.store.standing().role(&UserId::new("github:2")), Some(Role::Member));
    assert_eq!(scratch.store.standing().role(&UserId::new("github:3")), None);
}

#[tokio::test]
async fn the_register_is_in_force_at_once() {
    let scratch = Scratch::new();
    assert!(!scratch.store.standing().register().ever_held());
    let people = vec![Who::Number("1".into())];
    let calendar = Resource { people, token_life: Some(Span::minutes(15)), ..Resource::new(resource()) };
    assert!(scratch.wrote(move |tx| resources::put(tx, &calendar, false, NOW)).await);
    let register = scratch.store.standing().register();
    assert_eq!(register.entries()[0].people, [Who::Number("1".into())]);
    assert_eq!(register.token_life(&resource(), Span::hours(1)), Span::minutes(15));
    assert!(scratch.wrote(|tx| resources::remove(tx, &resource(), NOW)).await);
    let register = scratch.store.standing().register();
    assert!(register.entries().is_empty() && register.ever_held());
}

#[tokio::test]
async fn what_was_rolled_back_is_not_in_force() {
    let scratch = Scratch::furnished().await;
    let failed: StoreResult<()> = scratch
        .store
        .record(|tx| {
            clients::set_disabled(tx, &c1(), true, NOW)?;
            Err(StoreError::Other("no luck".into()))
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(verdict(&scratch.store), Good);
}

#[tokio::test]
async fn what_has_ended_by_itself_is_forgotten() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| access::insert(tx, &token("t2", "g1"))).await;
    scratch.wrote(|tx| access::revoke(tx, &AccessId::new("t1"), NOW)).await;
    scratch.store.standing().prune(later(3_599));
    assert_eq!((verdict(&scratch.store), verdict_on(&scratch.store, "t2", "g1")), (Ended, Good));
    scratch.store.standing().prune(later(3_600));
    assert_eq!(verdict(&scratch.store), Good);
}

#[tokio::test]
async fn a_token_of_the_same_commit_ends_with_its_grant() {
    let scratch = Scratch::new();
    let (_, ended) = scratch.wrote(|tx| Ok((furnish(tx)?, grants::end(tx, &g1(), GrantEnd::TakenBack, NOW)?))).await;
    assert_eq!((ended, verdict(&scratch.store)), (true, Ended));
}

/// The look for other processes' changes must not bring back what a later change of our own took back.
#[tokio::test]
async fn following_never_undoes_a_newer_change() {
    let scratch = Scratch::furnished().await;
    let (store, stop) = (scratch.store.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let stopped = stop.clone();
    let follower = std::thread::spawn(move || {
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            store.follow().unwrap();
        }
    });
    for n in 0..400 {
        let disabled = n % 2 == 0;
        scratch.wrote(move |tx| clients::set_disabled(tx, &c1(), disabled, NOW)).await;
        let expected = if disabled { ClientDisabled } else { Good };
        for _ in 0..20 {
            assert_eq!(verdict(&scratch.store), expected, "after {n} changes");
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    follower.join().unwrap();
}

/// Another process disables and enables while ours follows: what stands is the last word, here and there.
#[tokio::test]
async fn two_processes_agree_on_the_last_word() {
    let scratch = Scratch::furnished().await;
    let other = scratch.another();
    for n in 0..60 {
        let (ours, theirs) = (n % 2 == 0, n % 3 == 0);
        let disable = |to| move |tx: &mut Tx<'_>| clients::set_disabled(tx, &c1(), to, NOW);
        let (one, two, three) = tokio::join!(
            scratch.store.record(disable(ours)),
            other.record(disable(theirs)),
            tokio::task::spawn_blocking({
                let store = scratch.store.clone();
                move || store.follow()
            })
        );
        one.and(two).and(three.unwrap()).unwrap();
        scratch.store.follow().unwrap();
        other.follow().unwrap();
        let client = scratch.reads(|r| clients::find(r, &c1())).await.unwrap();
        let expected = if client.disabled_at.is_some() { ClientDisabled } else { Good };
        assert_eq!((verdict(&scratch.store), verdict(&other)), (expected, expected), "round {n}");
    }
}
