//! What each drawer promises beyond a race: what goes in comes out, what has ended is gone, what is wiped is wiped.

use doorbook::{
    base::{
        archive::Known,
        call::Call,
        client::{Client, Departure, Origin, StoredSecret, Tombstone},
        event::{Actor, Ended, Event, Refused},
        grant::{Consent, GrantEnd, Refresh},
        id::ClientId,
        redirect::RedirectUri,
        scope::ScopeSet,
        secret::Digest,
        time::Time,
        upkeep::{Finding, Health, JobRun, Need},
    },
    store::{
        StoreError, StoreResult, access, activity, activity::Active, archives, audit, claims, clients, codes, consents,
        findings, grants, grants::Of, job_runs, parked, refresh, servers, sessions, sessions::Session, settings,
        standing, tallies, tombstones, users,
    },
};

use crate::support::store::{
    NOW, Scratch, ada, client, code, digest, furnish, grant, later, parked as waiting, person, put_code, refresh_token,
    resource, spent_by,
};

#[tokio::test]
async fn a_client_comes_out_as_it_went_in() {
    let secret = |hash: &str| StoredSecret { hash: hash.into(), issued_at: NOW, expires_at: Some(later(5)) };
    let full = Client {
        secret: Some(secret("$argon2id$new")),
        old_secret: Some(secret("$argon2id$old")),
        registration_token: Some(digest(7)),
        registration_token_at: Some(NOW),
        created_by: Some(ada().user_id()),
        authorized_at: Some(later(1)),
        last_used_at: Some(later(2)),
        disabled_at: Some(later(3)),
        trusted: true,
        ..client("c1")
    };
    let scratch = Scratch::new();
    let put = full.clone();
    scratch.wrote(move |tx| clients::insert(tx, &put)).await;
    assert_eq!(scratch.reads(|r| clients::find(r, &ClientId::new("c1"))).await, Some(full));
    let bare = client("c1");
    scratch.wrote(|tx| clients::update(tx, &client("c1"), NOW)).await;
    assert_eq!(scratch.reads(|r| clients::find(r, &ClientId::new("c1"))).await, Some(bare), "what is None is emptied");
}

#[tokio::test]
async fn the_number_of_registrations_is_kept_and_right() {
    let scratch = Scratch::new();
    let made = || Client { origin: Origin::Administrator, ..client("made") };
    scratch
        .wrote(move |tx| {
            clients::insert(tx, &client("c1"))?;
            clients::insert(tx, &client("c2"))?;
            clients::insert(tx, &made())
        })
        .await;
    let dynamic = async || scratch.wrote(|tx| clients::count_of(tx, Origin::Dynamic)).await;
    assert_eq!(dynamic().await, 2);
    for removed in [true, false] {
        assert_eq!(scratch.wrote(|tx| clients::remove(tx, &client("c2"), NOW)).await, removed);
        assert_eq!(dynamic().await, 1);
    }
    scratch.wrote(move |tx| clients::update(tx, &Client { origin: Origin::Dynamic, ..made() }, NOW)).await;
    assert_eq!(dynamic().await, 2);
}

#[tokio::test]
async fn registrations_that_nobody_used_are_told_oldest_first() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            clients::insert(tx, &Client { created_at: later(2), ..client("second") })?;
            clients::insert(tx, &Client { created_at: later(1), ..client("first") })?;
            clients::insert(tx, &Client { authorized_at: Some(later(1)), ..client("allowed") })?;
            clients::insert(tx, &Client { created_at: later(9), ..client("young") })
        })
        .await;
    let never = scratch.reads(|r| clients::never_used(r, Origin::Dynamic, later(5), 10)).await;
    assert_eq!(never.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["first", "second"]);
}

#[tokio::test]
async fn a_client_with_a_live_grant_is_not_idle() {
    let scratch = Scratch::furnished().await;
    let idle = || scratch.reads(|r| clients::idle(r, Origin::Dynamic, later(10), later(10), 10));
    assert_eq!(idle().await.len(), 0);
    scratch.wrote(|tx| grants::end(tx, &grant("g1").id, GrantEnd::TakenBack, later(1))).await;
    assert_eq!(idle().await.len(), 1);
}

#[tokio::test]
async fn ending_all_grants_says_what_it_cost() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| grants::insert(tx, &grant("g2"))).await;
    let end = |of: Of| scratch.wrote(move |tx| grants::end_all(tx, &of, GrantEnd::ClientLeft, NOW));
    let cost = Ended { people: 1, grants: 2, tokens: 1 };
    assert_eq!(scratch.reads(|r| grants::weigh(r, &Of::User(ada().user_id()), NOW)).await, cost);
    assert_eq!(end(Of::Client(ClientId::new("c1"))).await, cost);
    assert_eq!(end(Of::Client(ClientId::new("c1"))).await, Ended::default());
}

#[tokio::test]
async fn a_grant_whose_code_was_never_redeemed_is_told() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(put_code(1)).await;
    let told = |seconds| scratch.reads(move |r| grants::never_collected(r, later(seconds), 10));
    assert_eq!(told(60).await, []);
    assert_eq!(told(61).await, [grant("g1").id]);
    scratch.wrote(|tx| codes::spend(tx, &digest(1), NOW)).await;
    assert_eq!(told(61).await, []);
}

#[tokio::test]
async fn a_refresh_token_is_spent_only_while_its_grant_and_its_client_are_good() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| refresh::insert(tx, &refresh_token(1, "g1"))).await;
    let spend = || scratch.wrote(|tx| refresh::spend(tx, &refresh_token(1, "g1"), &spent_by(2), NOW));
    let disable = |disabled| scratch.wrote(move |tx| clients::set_disabled(tx, &grant("g1").client, disabled, NOW));
    assert!(disable(true).await && !spend().await);
    assert!(disable(false).await && spend().await && !spend().await);
    scratch.wrote(|tx| refresh::insert(tx, &refresh_token(2, "g1"))).await;
    scratch.wrote(|tx| grants::end(tx, &grant("g1").id, GrantEnd::ClientLeft, NOW)).await;
    assert!(!scratch.wrote(|tx| refresh::spend(tx, &refresh_token(2, "g1"), &spent_by(3), NOW)).await);
}

#[tokio::test]
async fn a_reply_is_wiped_after_its_grace() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| refresh::insert(tx, &refresh_token(1, "g1"))).await;
    scratch.wrote(|tx| refresh::spend(tx, &refresh_token(1, "g1"), &spent_by(2), NOW)).await;
    scratch.wrote(|tx| refresh::insert(tx, &refresh_token(2, "g1"))).await;
    let reply = || async { scratch.reads(|r| refresh::find_whole(r, &digest(1))).await.unwrap().reply };
    assert_eq!(scratch.wrote(|tx| refresh::wipe_replies(tx, later(60), 10)).await, 0);
    assert_eq!(reply().await.unwrap().sealed, "sealed");
    assert_eq!(scratch.wrote(|tx| refresh::wipe_replies(tx, later(61), 10)).await, 1);
    assert!(reply().await.is_none());
}

#[tokio::test]
async fn refresh_tokens_go_in_the_order_in_which_they_were_given() {
    let scratch = Scratch::furnished().await;
    let given = |n: i64, end: Time| {
        let timed = format!("{:012x}{n:052x}", (NOW.unix() + n) * 1_000);
        Refresh { digest: Digest::from_hex(timed), expires_at: end, ..refresh_token(1, "g1") }
    };
    let of_old = |n: i64, end: Time| Refresh { digest: Digest::from_hex(format!("f{n:063x}")), ..given(n, end) };
    let tokens = [
        given(1, later(100)),
        given(2, later(100)),
        given(3, later(300)),
        given(4, later(200)),
        of_old(5, later(100)),
        of_old(6, later(300)),
    ];
    let written = tokens.clone();
    scratch.wrote(move |tx| written.iter().try_for_each(|token| refresh::insert(tx, token))).await;
    let sweep = |seconds| scratch.wrote(move |tx| refresh::delete_expired(tx, later(seconds), 10));
    assert_eq!((sweep(100).await, sweep(101).await, sweep(101).await), (0, 3, 0));
    let is_left = async |n: usize| {
        let digest = tokens[n].digest.clone();
        scratch.reads(move |r| refresh::find(r, &digest)).await.is_some()
    };
    assert!(is_left(2).await && is_left(5).await && !is_left(0).await && !is_left(4).await);
    // The third keeps the fourth, until it goes itself.
    assert_eq!((sweep(201).await, sweep(301).await), (0, 3));
}

#[tokio::test]
async fn what_ended_is_removed_a_handful_at_a_time() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| (0..5).try_for_each(|n| codes::insert(tx, &code(n, "g1")))).await;
    let sweep = || scratch.wrote(|tx| codes::delete_expired(tx, later(61), 3));
    assert_eq!((sweep().await, sweep().await, sweep().await), (3, 2, 0));
    assert_eq!(scratch.wrote(|tx| access::delete_expired(tx, later(3_600), 9)).await, 0);
    assert_eq!(scratch.wrote(|tx| access::delete_expired(tx, later(3_601), 9)).await, 1);
}

#[tokio::test]
async fn a_parked_request_waits_only_so_long() {
    let scratch = Scratch::new();
    scratch.wrote(|tx| parked::insert(tx, &waiting(1))).await;
    scratch.wrote(|tx| parked::signed_in(tx, &digest(1), &ada().user_id(), later(5))).await;
    let there = |seconds| scratch.reads(move |r| parked::find(r, &digest(1), later(seconds)));
    assert_eq!(there(599).await.unwrap().user, Some(ada().user_id()));
    assert_eq!(there(600).await, None);
    assert!(scratch.reads(|r| parked::waits_for(r, &ClientId::new("c1"), NOW)).await);
    assert_eq!(scratch.wrote(|tx| parked::forget_client(tx, &ClientId::new("c1"))).await, 1);
    assert!(!scratch.reads(|r| parked::waits_for(r, &ClientId::new("c1"), NOW)).await);
    assert_eq!(there(599).await.unwrap().request, "", "only that something waited is left");
}

#[tokio::test]
async fn a_claim_link_ends_with_its_time_and_with_the_next() {
    let scratch = Scratch::new();
    scratch.wrote(|tx| claims::replace(tx, &digest(1), later(60))).await;
    assert!(!scratch.wrote(|tx| claims::spend(tx, &digest(1), later(60))).await);
    scratch.wrote(|tx| claims::replace(tx, &digest(2), later(60))).await;
    assert!(!scratch.wrote(|tx| claims::spend(tx, &digest(1), NOW)).await);
    assert!(scratch.wrote(|tx| claims::spend(tx, &digest(2), NOW)).await);
}

#[tokio::test]
async fn an_ended_session_is_never_brought_back() {
    let session = Session {
        digest: digest(1),
        user: Some(ada().user_id()),
        state: "{}".into(),
        ip: String::new(),
        user_agent: String::new(),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: later(60),
    };
    let scratch = Scratch::new();
    scratch.wrote(move |tx| sessions::insert(tx, &session)).await;
    let found = |seconds| scratch.reads(move |r| sessions::find(r, &digest(1), later(seconds)));
    assert!(found(59).await.is_some() && found(60).await.is_none());
    assert_eq!(scratch.wrote(|tx| sessions::end_all(tx, &ada().user_id())).await, 1);
    assert!(!scratch.wrote(|tx| sessions::update(tx, &digest(1), Some(&ada().user_id()), "{}", NOW)).await);
    assert!(found(1).await.is_none());
}

#[tokio::test]
async fn a_consent_covers_one_client_address_and_audience() {
    let consent = |scope: &str| Consent {
        user: ada().user_id(),
        client: ClientId::new("c1"),
        redirect_uri: RedirectUri::stored("https://claude.example/callback"),
        audience: resource(),
        scope: ScopeSet::parse(scope),
    };
    let scratch = Scratch::new();
    for scope in ["a", "a b"] {
        let consent = consent(scope);
        scratch.wrote(move |tx| consents::remember(tx, &consent, NOW)).await;
    }
    let asked = |redirect: &'static str| {
        scratch.reads(move |r| {
            let redirect = RedirectUri::stored(redirect);
            consents::find(r, &ada().user_id(), &ClientId::new("c1"), &redirect, &resource())
        })
    };
    assert_eq!(asked("https://claude.example/callback").await, Some(ScopeSet::parse("a b")));
    assert_eq!(asked("https://claude.example/other").await, None);
    assert_eq!(scratch.wrote(|tx| consents::forget_user(tx, &ada().user_id(), None)).await, 1);
}

#[tokio::test]
async fn a_tombstone_stands_until_its_client_comes_back() {
    let stone = Tombstone {
        id: ClientId::new("c1"),
        metadata: client("c1").metadata,
        why: Departure::Revoked,
        by: Some(ada().user_id()),
        created_at: NOW,
        left_at: later(5),
    };
    let scratch = Scratch::new();
    let put = stone.clone();
    scratch.wrote(move |tx| tombstones::put(tx, &put)).await;
    assert_eq!(scratch.reads(|r| tombstones::find(r, &ClientId::new("c1"))).await, Some(stone));
    assert!(scratch.wrote(|tx| tombstones::remove(tx, &ClientId::new("c1"))).await);
    assert!(!scratch.wrote(|tx| tombstones::remove(tx, &ClientId::new("c1"))).await);
}

#[tokio::test]
async fn the_log_tells_who_did_what_and_keeps_counting() {
    let call = |n| Call { ip: "192.0.2.7".into(), ..Call::inside(later(n), format!("r{n}")) };
    let scratch = Scratch::new();
    scratch
        .wrote(move |tx| {
            furnish(tx)?;
            let event =
                Event::ClientRegistered { client: ClientId::new("c1"), name: "Claude".into(), initial_token: None };
            audit::record(tx, &call(1), &Actor::Anonymous, &event)?;
            let refused = Refused {
                endpoint: "token",
                reason: "DB-501",
                error: "invalid_grant",
                name: None,
                client: Some(ClientId::new("c1")),
                user: None,
                value: Some("x".repeat(1_000)),
            };
            audit::refused(tx, &call(2), &refused)
        })
        .await;
    let lines = |filter: audit::Filter| scratch.reads(move |r| audit::page(r, &filter, None, 10));
    let all = lines(audit::Filter { client: Some(ClientId::new("c1")), ..Default::default() }).await.rows;
    let told: Vec<_> = all.iter().map(|l| (l.seq, l.event.as_str(), l.actor_kind.as_str(), l.ip.as_str())).collect();
    assert_eq!(told, [(2, "refused", "client", "192.0.2.7"), (1, "client_registered", "anonymous", "192.0.2.7")]);
    assert_eq!(all[1].detail["name"], "Claude");
    assert_eq!(all[0].detail["value"].as_str().unwrap().len(), 300);
    assert_eq!(lines(audit::Filter { reason: Some("DB-501".into()), ..Default::default() }).await.rows.len(), 1);

    assert_eq!(scratch.wrote(|tx| audit::delete_through(tx, 1)).await, 1);
    let event = || Event::ClientEnabled { client: ClientId::new("c1") };
    scratch.wrote(move |tx| audit::record(tx, &call(3), &Actor::System, &event())).await;
    let lost: StoreResult<()> = scratch
        .store
        .record(move |tx| {
            audit::record(tx, &call(4), &Actor::System, &event())?;
            Err(StoreError::Other("no luck".into()))
        })
        .await;
    assert!(lost.is_err());
    scratch.wrote(move |tx| audit::record(tx, &call(5), &Actor::System, &event())).await;
    let all = lines(audit::Filter::default()).await.rows;
    let told: Vec<_> = all.iter().map(|l| (l.seq, l.request_id.as_str())).collect();
    assert_eq!(told, [(4, "r5"), (3, "r3"), (2, "r2")], "no number comes twice, and none is left out");
}

#[tokio::test]
async fn a_command_line_knows_when_all_servers_followed() {
    let scratch = Scratch::furnished().await;
    scratch.wrote(|tx| clients::set_disabled(tx, &ClientId::new("c1"), true, NOW)).await;
    assert_eq!(scratch.reads(servers::slowest).await, None);
    scratch.wrote(|tx| servers::report(tx, "a", 0, NOW)).await;
    scratch.wrote(|tx| servers::report(tx, "b", 1, NOW)).await;
    assert_eq!(scratch.reads(servers::slowest).await, Some(0));
    scratch.wrote(|tx| servers::report(tx, "a", 1, NOW)).await;
    assert_eq!(scratch.reads(servers::slowest).await, Some(1));
    assert_eq!(scratch.wrote(|tx| standing::forget(tx, later(100), 10)).await, 0, "the newest change stays");
    scratch.wrote(|tx| servers::gone(tx, "a")).await;
    scratch.wrote(servers::forget_all).await;
    assert_eq!(scratch.reads(servers::slowest).await, None);
}

#[tokio::test]
async fn counts_add_up_by_the_hour() {
    let scratch = Scratch::new();
    for seconds in [0, 1, 3_600, 7_200] {
        scratch.wrote(move |tx| tallies::add(tx, "tokens", 2, later(seconds))).await;
    }
    let hour = tallies::hour(NOW);
    let mut counts = scratch.reads(move |r| tallies::in_steps(r, hour, 2)).await;
    counts.sort();
    assert_eq!(counts, [(0, "tokens".into(), 6), (1, "tokens".into(), 2)]);
    assert_eq!(scratch.reads(move |r| tallies::sums(r, hour + 1)).await, [("tokens".to_owned(), 4)]);
    assert_eq!(scratch.wrote(|tx| tallies::delete_older(tx, later(3_600))).await, 1);
}

#[tokio::test]
async fn who_is_active_is_noted_by_the_hour_and_whoever_comes_twice_is_one() {
    let scratch = Scratch::new();
    scratch.wrote(|tx| users::signed_in(tx, &ada(), NOW)).await;
    scratch.wrote(|tx| users::signed_in(tx, &person("2", "grace"), later(-7_200))).await;
    let (used, unused) = (client("client_used"), client("client_unused"));
    scratch.wrote(move |tx| clients::insert(tx, &used)).await;
    scratch.wrote(move |tx| clients::insert(tx, &unused)).await;
    scratch.wrote(|tx| clients::used(tx, &ClientId::new("client_used"), NOW)).await;
    let hour = tallies::hour(NOW);
    for (hours, people) in [(1, 1), (6, 2)] {
        let active = scratch.reads(move |r| activity::now(r, hours, NOW)).await;
        assert_eq!(active, Active { people, clients: 1 }, "{hours} hours");
        scratch.wrote(move |tx| activity::put(tx, hours, active, NOW)).await;
        scratch.wrote(move |tx| activity::put(tx, hours, active, later(3_600))).await;
    }
    scratch.wrote(|tx| activity::put(tx, 1, Active { people: 9, clients: 9 }, NOW)).await;
    let noted = scratch.reads(move |r| activity::at(r, 1, &[hour - 1, hour])).await;
    assert_eq!(noted, [(hour, Active { people: 9, clients: 9 })], "the last count of an hour holds");
    assert_eq!(scratch.wrote(|tx| activity::delete_older(tx, later(3_600))).await, 2);
}

#[tokio::test]
async fn a_setting_is_written_over() {
    let scratch = Scratch::new();
    for value in ["one", "two"] {
        scratch.wrote(move |tx| settings::set(tx, "name", value)).await;
        assert_eq!(scratch.reads(|r| settings::get(r, "name")).await.as_deref(), Some(value));
    }
    assert_eq!(scratch.reads(|r| settings::get(r, "other")).await, None);
}

#[tokio::test]
async fn of_what_a_server_does_and_finds_only_the_last_is_kept() {
    let scratch = Scratch::new();
    let run = |name: &str, done| JobRun { name: name.into(), began_at: NOW, took_ms: 1, done, failure: None };
    let finding = |need, health| Finding { need, at: NOW, health, found: "It is so.".into() };
    let archive = |file: &str, trouble: Option<&str>| Known {
        file: file.into(),
        taken_at: NOW,
        bytes: 1,
        checked_at: later(1),
        trouble: trouble.map(str::to_owned),
    };
    let (first, second, other) = (run("seal", 1), run("seal", 2), run("follow", 3));
    let (bad, good, clock) =
        (finding(Need::Disk, Health::Bad), finding(Need::Disk, Health::Good), finding(Need::Clock, Health::Warning));
    let (torn, whole, gone) = (archive("a.tar", Some("torn")), archive("a.tar", None), archive("b.tar", None));
    let kept = (vec![other.clone(), second.clone()], vec![clock.clone(), good.clone()], vec![whole.clone()]);
    scratch
        .wrote(move |tx| {
            [first, second, other].iter().try_for_each(|run| job_runs::put(tx, run))?;
            findings::replace(tx, &[bad])?;
            findings::replace(tx, &[good, clock])?;
            [torn, whole, gone].iter().try_for_each(|known| archives::put(tx, known))?;
            archives::keep_only(tx, &["a.tar".to_owned()])
        })
        .await;
    let read = scratch.reads(|reader| Ok((job_runs::all(reader)?, findings::all(reader)?, archives::all(reader)?)));
    assert_eq!(read.await, kept);
    assert_eq!(scratch.reads(findings::wrong).await, kept.1[..1]);
}
