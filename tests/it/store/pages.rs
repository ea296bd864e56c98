//! Lists: keyset pages there and back without loss or repeat, search and filters.

use doorbook::{
    base::{
        call::Call,
        client::{Client, Origin, Proof, Statement, Terms},
        event::{Actor, Event},
        grant::Grant,
        id::{ClientId, UserId},
        time::Time,
    },
    store::{
        Reader, StoreResult, Tx, audit, clients,
        clients::{By, Filter, StateFilter},
        folded, grants,
        page::{Page, Seek, Sort},
        users,
    },
};

use crate::support::store::{NOW, Scratch, client, furnish, grant, later, named_client, person};

async fn page(scratch: &Scratch, filter: &Filter, seek: Option<Seek>) -> (Vec<String>, Option<Seek>, Option<Seek>) {
    let filter = filter.clone();
    let page = scratch.reads(move |r| clients::page(r, &filter, seek.as_ref(), 25)).await;
    (page.rows.iter().map(|c| c.id.to_string()).collect(), page.newer, page.older)
}

async fn ids(scratch: &Scratch, filter: Filter) -> String {
    let (mut ids, newer, older) = page(scratch, &filter, None).await;
    assert_eq!((newer, older), (None, None));
    ids.sort();
    ids.join(" ")
}

fn searched(search: &str) -> Filter {
    Filter { search: search.into(), ..Filter::default() }
}

#[tokio::test]
async fn a_thousand_clients_are_walked_there_and_back() {
    let scratch = Scratch::new();
    let at = |n: i64| Time::from_unix(NOW.unix() - n / 7);
    scratch
        .wrote(move |tx| {
            (0..1_000)
                .try_for_each(|n| clients::insert(tx, &Client { created_at: at(n), ..client(&format!("c{n:04}")) }))
        })
        .await;
    let filter = Filter::default();
    let (mut rows, mut newer, mut older) = page(&scratch, &filter, None).await;
    assert_eq!(newer, None);
    let mut pages = vec![rows.clone()];
    while let Some(seek) = older {
        (rows, newer, older) = page(&scratch, &filter, Some(seek)).await;
        pages.push(rows.clone());
    }
    let mut all: Vec<_> = pages.concat();
    assert_eq!((pages.len(), all.len()), (40, 1_000));
    let sorted: Vec<_> = all.clone();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 1_000, "none comes twice");
    let key = |id: &String| (at(id[1..].parse().unwrap()), id.clone());
    assert!(sorted.windows(2).all(|pair| key(&pair[0]) > key(&pair[1])), "newest first");

    let mut back = vec![pages.pop().unwrap()];
    while let Some(seek) = newer {
        (rows, newer, older) = page(&scratch, &filter, Some(seek)).await;
        assert!(older.is_some());
        assert_eq!(Some(&rows), pages.pop().as_ref(), "the same pages on the way back");
        back.push(rows);
    }
    assert_eq!((back.len(), pages.len()), (40, 0));
}

#[tokio::test]
async fn pages_are_steady_while_clients_come() {
    let scratch = Scratch::new();
    let many = |from: i64| {
        move |tx: &mut Tx<'_>| {
            (from..from + 30)
                .try_for_each(|n| clients::insert(tx, &Client { created_at: later(n), ..client(&format!("c{n:04}")) }))
        }
    };
    scratch.wrote(many(0)).await;
    let (first, _, older) = page(&scratch, &Filter::default(), None).await;
    scratch.wrote(many(100)).await;
    let (second, ..) = page(&scratch, &Filter::default(), older).await;
    assert_eq!((first.len(), second.join(" ")), (25, "c0004 c0003 c0002 c0001 c0000".to_owned()));
}

#[tokio::test]
async fn clients_are_found_by_beginnings_of_name_id_and_host() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            clients::insert(tx, &named_client("dyn-1", "Claude Code (work)", "http://127.0.0.1:4711/callback"))?;
            clients::insert(tx, &named_client("dyn-2", "Cursor", "cursor://anysphere/callback"))?;
            clients::insert(tx, &named_client("adm-3", "Klaus' Kalender", "https://calendar.example/cb"))
        })
        .await;
    let table = [
        ("cla", "dyn-1"),
        ("CODE cla", "dyn-1"),
        ("work", "dyn-1"),
        ("c", "adm-3 dyn-1 dyn-2"),
        ("dyn-", "dyn-1 dyn-2"),
        ("DYN-2", "dyn-2"),
        ("cursor", "dyn-2"),
        ("127.0.0.1", "dyn-1"),
        ("calendar.ex", "adm-3"),
        ("laude", ""),
        ("claude cursor", ""),
        ("%", ""),
        ("_", ""),
        ("' OR 1=1 --", ""),
        ("   ", "adm-3 dyn-1 dyn-2"),
    ];
    for (search, found) in table {
        assert_eq!(ids(&scratch, searched(search)).await, found, "{search}");
    }
}

#[tokio::test]
async fn a_renamed_or_removed_client_is_no_longer_found_by_its_old_name() {
    let scratch = Scratch::new();
    scratch.wrote(|tx| clients::insert(tx, &client("c1"))).await;
    let renamed = || named_client("c1", "Zed", "zed://callback");
    scratch.wrote(move |tx| clients::update(tx, &renamed(), NOW)).await;
    assert_eq!(ids(&scratch, searched("claude")).await, "");
    assert_eq!(ids(&scratch, searched("zed")).await, "c1");
    assert!(scratch.wrote(move |tx| clients::remove(tx, &renamed(), NOW)).await);
    assert!(!scratch.wrote(move |tx| clients::remove(tx, &renamed(), NOW)).await);
    scratch.wrote(|tx| clients::insert(tx, &client("c1"))).await;
    assert_eq!(ids(&scratch, searched("zed")).await, "");
}

#[tokio::test]
async fn clients_are_narrowed_by_origin_and_state() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            clients::insert(tx, &client("unused"))?;
            clients::insert(tx, &client("live"))?;
            clients::insert(tx, &client("out"))?;
            clients::insert(tx, &Client { origin: Origin::Administrator, ..client("made") })?;
            clients::used(tx, &ClientId::new("live"), later(1))?;
            clients::used(tx, &ClientId::new("out"), later(2))?;
            clients::set_disabled(tx, &ClientId::new("out"), true, later(3))
        })
        .await;
    let table = [
        (None, Some(StateFilter::Live), "live"),
        (None, Some(StateFilter::Unused), "made unused"),
        (None, Some(StateFilter::Disabled), "out"),
        (Some(Origin::Administrator), None, "made"),
        (Some(Origin::Dynamic), None, "live out unused"),
        (Some(Origin::Dynamic), Some(StateFilter::Unused), "unused"),
    ];
    for (origin, state, found) in table {
        let filter = Filter { origin, state, search: "claude".into(), ..Filter::default() };
        assert_eq!(ids(&scratch, filter).await, found, "{origin:?} {state:?}");
    }
    let (order, ..) = page(&scratch, &Filter::default(), None).await;
    assert_eq!(order.join(" "), "out live unused made", "last used first");
}

#[tokio::test]
async fn clients_are_narrowed_by_what_speaks_for_them() {
    let scratch = Scratch::new();
    let stated = |vouches: Option<&str>| Terms {
        statement: Some(Statement { text: "signed".into(), vouches: vouches.map(str::to_owned) }),
        ..Terms::default()
    };
    let (good, empty) = (stated(Some("https://names.example")), stated(None));
    scratch
        .wrote(move |tx| {
            clients::insert(tx, &client("plain"))?;
            clients::insert(tx, &Client { terms: good, ..client("stated") })?;
            clients::insert(tx, &Client { terms: empty, ..client("copied") })?;
            clients::insert(tx, &Client { origin: Origin::Document, ..client("described") })?;
            clients::insert(tx, &Client { origin: Origin::Configured, ..client("listed") })?;
            clients::insert(tx, &Client { origin: Origin::Administrator, ..client("made") })?;
            clients::insert(tx, &client("trusted"))?;
            clients::update(tx, &Client { trusted: true, ..client("trusted") }, NOW)
        })
        .await;
    let all = [
        (Proof::Nobody, "copied plain"),
        (Proof::Document, "described"),
        (Proof::Statement, "stated"),
        (Proof::Administrator, "made trusted"),
        (Proof::Configuration, "listed"),
    ];
    for (proof, found) in all {
        for by in [By::Used, By::Created] {
            let filter = Filter { proof: Some(proof), sort: by.into(), ..Filter::default() };
            assert_eq!(ids(&scratch, filter).await, found, "{proof:?}");
        }
    }
    let both = Filter { proof: Some(Proof::Administrator), origin: Some(Origin::Dynamic), ..Filter::default() };
    assert_eq!(ids(&scratch, both).await, "trusted");
}

#[tokio::test]
async fn grants_are_narrowed_and_carry_names() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            furnish(tx)?;
            grants::insert(tx, &grant("g2"))?;
            grants::used(tx, &grant("g2").id, later(5))?;
            grants::end(tx, &grant("g1").id, doorbook::base::grant::GrantEnd::TakenBack, later(6))
        })
        .await;
    let shown = |filter: grants::Filter| scratch.reads(move |r| grants::page(r, &filter, None, 10, later(7)));
    let live = shown(grants::Filter::default()).await.rows;
    assert_eq!(
        (live.len(), live[0].login.as_deref(), live[0].client_name.as_deref()),
        (1, Some("ada"), Some("Claude"))
    );
    let all = shown(grants::Filter { ended_too: true, ..Default::default() }).await.rows;
    let all: Vec<_> = all.iter().map(|l| (l.grant.id.as_str(), l.tokens)).collect();
    assert_eq!(all, [("g2", 0), ("g1", 1)]);
    let nobody = grants::Filter { user: Some(person("2", "bob").user_id()), ..Default::default() };
    assert!(shown(nobody).await.rows.is_empty());
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_login_name_or_id() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            for (n, login) in [("1", "ada"), ("2", "adam"), ("3", "Bob")] {
                users::signed_in(tx, &person(n, login), later(n.parse().unwrap()))?;
            }
            let mut ada = person("1", "ada-lovelace");
            ada.name = Some("Countess (100%)".into());
            users::signed_in(tx, &ada, later(9))
        })
        .await;
    let table = [
        ("ad", "ada-lovelace adam"),
        ("ada-", "ada-lovelace"),
        ("Bo", "Bob"),
        ("bo", "Bob"),
        ("lace", "ada-lovelace"),
        ("countess", "ada-lovelace"),
        ("hub:2", "adam"),
        ("%)", "ada-lovelace"),
        ("_", ""),
        ("", "ada-lovelace Bob adam"),
    ];
    for (search, found) in table {
        let filter = users::Filter { search: search.into(), ..users::Filter::default() };
        let page = scratch.reads(move |r| users::page(r, &filter, None, 10)).await;
        let logins: Vec<_> = page.rows.into_iter().map(|u| u.login).collect();
        assert_eq!(logins.join(" "), found, "{search}");
    }
}

/// Walks a list from its first page to its last and back again: what it holds, in its order.
async fn walked<T: Send + 'static>(
    scratch: &Scratch,
    page: impl Fn(&mut Reader<'_>, Option<&Seek>) -> StoreResult<Page<T>> + Copy + Send + 'static,
    name: impl Fn(&T) -> String + Copy,
) -> String {
    let read = async |seek: Option<Seek>| scratch.reads(move |r| page(r, seek.as_ref())).await;
    let named = |rows: &[T]| rows.iter().map(name).collect::<Vec<_>>();
    let mut at = read(None).await;
    assert_eq!(at.newer, None);
    let mut pages = vec![named(&at.rows)];
    while let Some(seek) = at.older {
        at = read(Some(seek)).await;
        pages.push(named(&at.rows));
    }
    let all = pages.concat();
    while let Some(seek) = at.newer {
        pages.pop();
        at = read(Some(seek)).await;
        assert_eq!(Some(&named(&at.rows)), pages.last(), "the way back shows the same");
    }
    assert_eq!(pages.len(), 1, "and ends at the first page");
    all.join(" ")
}

#[tokio::test]
async fn people_are_sorted_by_login_and_by_when_they_were_seen_either_way() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            let seen = [("1", "cleo", 1), ("2", "Bob", 3), ("3", "ada", 2), ("4", "bob", 3), ("5", "Dan", 3)];
            seen.iter().try_for_each(|(n, login, at)| users::signed_in(tx, &person(n, login), later(*at)))
        })
        .await;
    for (by, turned, sorted) in [
        (users::By::Seen, false, "5 4 2 3 1"),
        (users::By::Seen, true, "1 3 2 4 5"),
        (users::By::Login, false, "3 2 4 1 5"),
        (users::By::Login, true, "5 1 4 2 3"),
    ] {
        let page = move |reader: &mut Reader<'_>, seek: Option<&Seek>| {
            let filter = users::Filter { sort: Sort { by, turned }, ..users::Filter::default() };
            users::page(reader, &filter, seek, 2)
        };
        let number = |user: &doorbook::base::user::User| user.id.as_str().trim_start_matches("github:").to_owned();
        assert_eq!(walked(&scratch, page, number).await, sorted, "{by:?} {turned}");
    }
}

#[tokio::test]
async fn grants_are_sorted_by_when_they_were_given_and_used_either_way() {
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            furnish(tx)?;
            for (id, given) in [("g2", 2), ("g3", 3), ("g4", 3)] {
                grants::insert(tx, &Grant { created_at: later(given), ..grant(id) })?;
            }
            grants::used(tx, &grant("g2").id, later(9))
        })
        .await;
    for (by, turned, sorted) in [
        (grants::By::Given, false, "g4 g3 g2 g1"),
        (grants::By::Given, true, "g1 g2 g3 g4"),
        (grants::By::Used, false, "g2 g4 g3 g1"),
        (grants::By::Used, true, "g1 g3 g4 g2"),
    ] {
        for client in [None, Some(grant("g1").client)] {
            let of = (client.clone(), Sort { by, turned });
            let of: &'static _ = Box::leak(Box::new(of));
            let page = move |reader: &mut Reader<'_>, seek: Option<&Seek>| {
                let filter = grants::Filter { client: of.0.clone(), sort: of.1, ..grants::Filter::default() };
                grants::page(reader, &filter, seek, 1, later(10))
            };
            let id = |line: &grants::Line| line.grant.id.to_string();
            assert_eq!(walked(&scratch, page, id).await, sorted, "{by:?} {turned} {client:?}");
        }
    }
}

#[tokio::test]
async fn the_log_is_read_from_either_end() {
    let scratch = Scratch::new();
    for _ in 0..5 {
        let event = Event::LoginBound { user: person("1", "ada").user_id(), login: "ada".into() };
        scratch.wrote(move |tx| audit::record(tx, &Call::inside(NOW, "test"), &Actor::System, &event)).await;
    }
    for (oldest_first, sorted) in [(false, "5 4 3 2 1"), (true, "1 2 3 4 5")] {
        let page = move |reader: &mut Reader<'_>, seek: Option<&Seek>| {
            audit::page(reader, &audit::Filter { oldest_first, ..audit::Filter::default() }, seek, 2)
        };
        assert_eq!(walked(&scratch, page, |line: &audit::Line| line.seq.to_string()).await, sorted);
    }
}

#[tokio::test]
async fn the_lines_of_somebody_are_found_wherever_they_are_in_the_log() {
    const RARE: [i64; 8] = [3, 255, 256, 257, 2_000, 2_001, 4_999, 5_000];
    let scratch = Scratch::new();
    scratch
        .wrote(|tx| {
            for seq in 1..=6_000 {
                let client = ClientId::new(if RARE.contains(&seq) { "rare" } else { "common" });
                let event = match seq % 2 {
                    0 => Event::ClientEnabled { client },
                    _ => Event::ClientRevived { client },
                };
                audit::record(tx, &Call::inside(NOW, "test"), &Actor::System, &event)?;
            }
            Ok(())
        })
        .await;
    let rare = || audit::Filter { client: Some(ClientId::new("rare")), ..audit::Filter::default() };
    let enabled = || audit::Filter { event: Some("client_enabled".into()), ..rare() };
    for (filter, sorted) in [
        (rare(), "5000 4999 2001 2000 257 256 255 3"),
        (audit::Filter { oldest_first: true, ..rare() }, "3 255 256 257 2000 2001 4999 5000"),
        (audit::Filter { first: Some(256), ..rare() }, "5000 4999 2001 2000 257 256"),
        (enabled(), "5000 2000 256"),
        (audit::Filter { oldest_first: true, first: Some(257), ..enabled() }, "2000 5000"),
        (audit::Filter { user: Some(UserId::new("local:nobody")), ..audit::Filter::default() }, ""),
    ] {
        let filter: &'static _ = Box::leak(Box::new(filter));
        let page = move |reader: &mut Reader<'_>, seek: Option<&Seek>| audit::page(reader, filter, seek, 2);
        assert_eq!(walked(&scratch, page, |line: &audit::Line| line.seq.to_string()).await, sorted, "{filter:?}");
    }
    let common = audit::Filter { client: Some(ClientId::new("common")), ..audit::Filter::default() };
    let newest = scratch.reads(move |r| audit::page(r, &common, None, 3_000)).await.rows;
    assert_eq!((newest.len(), newest[0].seq, newest[2_999].seq), (3_000, 6_000, 2_999));
}

/// The names on one page of clients that are folded, and its neighbours.
async fn folded_page(
    scratch: &Scratch,
    filter: &Filter,
    seek: Option<Seek>,
) -> (Vec<String>, Option<Seek>, Option<Seek>) {
    let filter = filter.clone();
    let page = scratch.reads(move |r| folded::page(r, &filter, seek.as_ref(), 10)).await;
    (page.rows.iter().map(|c| c.name().to_owned()).collect(), page.newer, page.older)
}

#[tokio::test]
async fn what_is_alike_stands_in_one_line_of_each_page_and_nothing_is_left_out() {
    let scratch = Scratch::new();
    // Three of four sign anew at each start.
    let name = |n: i64| if n % 4 == 0 { format!("Alone {n:03}") } else { "Again and again".to_owned() };
    scratch
        .wrote(move |tx| {
            (0..240).try_for_each(|n| {
                let client = named_client(&format!("c{n:04}"), &name(n), "https://claude.example/callback");
                clients::insert(tx, &Client { created_at: later(n), ..client })
            })
        })
        .await;
    for (by, turned) in [(By::Used, false), (By::Created, false), (By::Created, true)] {
        let filter = Filter { sort: Sort { by, turned }, ..Filter::default() };
        let (mut names, mut newer, mut older) = folded_page(&scratch, &filter, None).await;
        assert_eq!((names.len(), newer.as_ref()), (10, None));
        let mut pages = vec![names.clone()];
        while let Some(seek) = older {
            (names, newer, older) = folded_page(&scratch, &filter, Some(seek)).await;
            pages.push(names.clone());
        }
        assert!(pages.iter().all(|page| page.iter().filter(|name| name.starts_with("Again")).count() <= 1));
        assert_eq!(pages.len(), 7, "60 that stand alone, and one line of the others on each page");
        let mut back = names;
        while let Some(seek) = newer {
            (names, newer, _) = folded_page(&scratch, &filter, Some(seek)).await;
            assert!(names.iter().filter(|name| name.starts_with("Again")).count() <= 1, "{names:?}");
            back.extend(names);
        }
        for mut all in [pages.concat(), back] {
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 61, "{all:?}");
        }
    }
    let none = Filter { search: "nobody".into(), ..Filter::default() };
    assert_eq!(folded_page(&scratch, &none, None).await, (Vec::new(), None, None));
}

#[tokio::test]
async fn clients_are_narrowed_to_those_used_since() {
    let scratch = Scratch::new();
    let ids = |since: Option<Time>| {
        let filter = Filter { used_since: since, ..Filter::default() };
        let scratch = &scratch;
        async move { ids(scratch, filter).await }
    };
    scratch
        .wrote(|tx| {
            ["old", "new", "never"].iter().try_for_each(|id| clients::insert(tx, &client(id)))?;
            clients::used(tx, &ClientId::new("old"), later(10))?;
            clients::used(tx, &ClientId::new("new"), later(100))
        })
        .await;
    assert_eq!(ids(Some(later(10))).await, "new old");
    assert_eq!(ids(Some(later(11))).await, "new");
    assert_eq!(ids(Some(later(101))).await, "");
    assert_eq!(ids(None).await, "never new old");
}
