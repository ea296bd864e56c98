//! How long each page of the dashboard takes over a large book, and how large it is: first page and last, each filter, what many
//! have and what one has. Lists are left at their end by the link that leads back from it, so the last page is asked as
//! the dashboard itself asks for it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use crate::{
    browser::{Browser, attributes},
    http::Connection,
    process::Used,
    scale::administrator,
    server::{Server, Which},
};

/// Each page is asked for so often.
const TIMES: usize = 9;
/// What a page may take at the server, and how large it may be.
const MOST_TIME: Duration = Duration::from_millis(50);
const MOST_BYTES: usize = 100_000;
/// The rows before which there is nothing: from here towards newer ones lies the last page of a list that is in its usual order.
const LAST: &str = "at=newer.0.";
/// The same of a list whose smallest number comes first, and of one that is sorted by a text.
const LAST_RISING: &str = "at=newer.9223372036854775807.";
const LAST_LETTERED: &str = "at=newer.0.~%0A~";

/// What is asked for of each list: its path, and what narrows it.
const LISTS: [(&str, &[&str]); 6] = [
    (
        "/admin/clients",
        &[
            "",
            "sort=created",
            "sort=-created",
            "sort=-used",
            "state=live",
            "state=unused",
            "state=disabled",
            "origin=dynamic",
            "origin=document",
            "origin=administrator",
            "proof=nobody",
            "proof=document",
            "proof=statement",
            "proof=administrator",
            "proof=administrator&sort=created",
            "origin=document&state=disabled",
            "origin=administrator&state=unused",
            "q=claude",
            "q=claude+code",
            "q=zanzibar",
            "q=zanzibar.example.net",
            "q=claude&state=disabled",
            "q=claude&origin=administrator",
            "q=zanzibar&sort=created",
            "q=nobody+at+all",
        ],
    ),
    (
        "/admin/people",
        &["", "sort=-seen", "sort=login", "sort=-login", "q=octavia", "q=a&sort=login", "q=nobody+at+all"],
    ),
    (
        "/admin/grants",
        &[
            "",
            "sort=-used",
            "sort=given",
            "sort=-given",
            "state=all",
            "state=all&sort=given",
            "q=octavia-kern",
            "q=octavia-kern&sort=given",
            "q=nobody",
        ],
    ),
    ("/admin/access", &["", "sort=-since", "sort=entry", "q=octavia", "q=nobody+at+all"]),
    ("/admin/api-tokens", &["", "sort=-made"]),
    (
        "/admin/audit",
        &[
            "",
            "sort=-at",
            "did=refused",
            "did=refused&sort=-at",
            "did=client_registered",
            "did=client_disabled",
            "did=client_revoked",
            "did=token_issued",
            "did=signed_in",
            "did=access_removed",
            "q=DB-115",
            "q=DB-353",
            "q=octavia-kern",
            "q=octavia-kern&did=refused",
            "q=octavia-kern&did=access_added",
            "q=claude",
            "q=nobody-at-all",
        ],
    ),
];

/// Pages without another page behind them.
const PAGES: [&str; 32] = [
    "/admin",
    "/admin?period=7d",
    "/admin?period=30d",
    "/admin/refusals",
    "/admin/refusals?period=1h",
    "/admin/refusals?period=7d",
    "/admin/refusals?period=30d",
    "/admin/refusals?period=30d&q=DB-520",
    "/admin/refusals?period=30d&q=fancy",
    "/admin/refusals?period=30d&q=claude",
    "/admin/refusals?period=30d&q=nobody+at+all",
    "/admin/refusals?period=30d&q=192.0.2.7",
    "/admin/refusals?period=30d&q=octavia-kern",
    "/admin/search?q=claude",
    "/admin/search?q=zanzibar",
    "/admin/search?q=octavia",
    "/admin/search?q=a",
    "/admin/search?q=DB-1",
    "/admin/search?q=192.0.2.7",
    "/admin/search?q=nobody+at+all",
    "/admin/clients/new",
    "/admin/resources",
    "/admin/resources?sort=grants",
    "/admin/policy",
    "/admin/tokens",
    "/admin/tokens?sort=used",
    "/admin/approvals",
    "/admin/approvals?sort=until",
    "/admin/keys",
    "/admin/keys?sort=tokens",
    "/admin/setup",
    "/admin/access/remove?who=nobody",
];

/// Files whose first byte counts.
const FILES: [&str; 8] = [
    "/admin/clients.csv",
    "/admin/clients.json",
    "/admin/people.csv",
    "/admin/grants.csv",
    "/admin/grants.json",
    "/admin/access.csv",
    "/admin/audit.csv",
    "/admin/audit.jsonl",
];

/// What was seen of a page.
struct Seen {
    path: String,
    status: u16,
    median: Duration,
    slowest: Duration,
    /// How long the server ran for one of them, whatever else this machine did.
    ran: Duration,
    bytes: usize,
}

/// Starts a server on the database of that folder, asks for every page, and prints what it saw.
#[expect(clippy::print_stdout, reason = "the table is what it is for")]
pub(crate) fn measure(folder: &Path, workers: usize) -> anyhow::Result<()> {
    let server = Server::start(Which::Doorbook, &folder.canonicalize()?, workers, None)?;
    let cookies = administrator(&server)?;
    println!("start over this book: {} ms", server.started_in.as_millis());
    let mut paths: Vec<String> = PAGES.map(str::to_owned).to_vec();
    for (list, narrowed) in LISTS {
        for narrow in narrowed {
            let ask = |parts: &[&str]| {
                let query: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
                if query.is_empty() { list.to_owned() } else { format!("{list}?{}", query.join("&")) }
            };
            paths.push(ask(&[narrow]));
            paths.push(ask(&[narrow, last_of(narrow)]));
        }
    }
    paths.extend(details(&server, &cookies)?);
    let mut connection = Connection::open(server.address)?;
    let mut all = Vec::new();
    for path in paths {
        let request = server.request("GET", &path, &[&cookies], "");
        let mut took = Vec::with_capacity(TIMES);
        let (mut status, mut bytes, before) = (0, 0, server.process().cpu_time()?);
        for _ in 0..TIMES {
            let start = Instant::now();
            let answer = connection.ask(&request)?;
            took.push(start.elapsed());
            (status, bytes) = (answer.status, answer.body.len());
        }
        all.push(seen(path, status, took, ran_since(&server, &before)?, bytes));
    }
    for path in FILES {
        let request = server.request("GET", path, &[&cookies, "Connection: close"], "");
        let mut took = Vec::with_capacity(TIMES);
        let (mut bytes, before) = (0, server.process().cpu_time()?);
        for _ in 0..TIMES.div_ceil(3) {
            let (first, all) = first_byte(&server, &request)?;
            took.push(first);
            bytes = all;
        }
        all.push(seen(path.to_owned(), 200, took, ran_since(&server, &before)?, bytes));
    }
    print(&all);
    Ok(())
}

/// Where the last page is of a list that is narrowed or sorted so.
fn last_of(narrow: &str) -> &'static str {
    let sort = narrow.split('&').find_map(|part| part.strip_prefix("sort=")).unwrap_or_default();
    match sort {
        "login" => LAST_LETTERED,
        "-login" => LAST,
        turned if turned.starts_with('-') => LAST_RISING,
        _ => LAST,
    }
}

fn ran_since(server: &Server, before: &Used<u64>) -> anyhow::Result<Duration> {
    Ok(Duration::from_nanos(server.process().cpu_time()?.since(before)))
}

fn seen(path: String, status: u16, mut took: Vec<Duration>, ran: Duration, bytes: usize) -> Seen {
    took.sort_unstable();
    let ran = ran / u32::try_from(took.len()).unwrap_or(1).max(1);
    let at = |place: usize| took.get(place).copied().unwrap_or_default();
    Seen { path, status, median: at(took.len() / 2), slowest: at(took.len().saturating_sub(1)), ran, bytes }
}

/// Pages of one thing: of that which most hangs on, of one of the list's first and of its last.
fn details(server: &Server, cookies: &str) -> anyhow::Result<Vec<String>> {
    let mut browser = Browser::with(server, cookies)?;
    let mut found = Vec::new();
    for (list, thing) in [
        ("/admin/clients", "/admin/clients/client_"),
        ("/admin/clients?at=newer.0.", "/admin/clients/client_"),
        ("/admin/clients?origin=document", "/admin/clients/https%3A"),
        ("/admin/clients?state=disabled", "/admin/clients/client_"),
        ("/admin/people", "/admin/people/github%3A"),
        ("/admin/people?at=newer.0.", "/admin/people/github%3A"),
        ("/admin/resources", "/admin/resources/https%3A"),
    ] {
        let page = browser.page(list)?;
        let linked = attributes(&page, "href").find(|href| href.starts_with(thing) && !href.contains('?'));
        found.push(linked.with_context(|| format!("{list} leads to no {thing}"))?);
    }
    // Who has most: the busiest of what the log speaks of.
    let busiest = |list: &str, thing: &str, browser: &mut Browser<'_>| -> anyhow::Result<String> {
        let page = browser.page(list)?;
        let all: Vec<String> = attributes(&page, "href").filter(|href| href.starts_with(thing)).collect();
        let times = |one: &String| all.iter().filter(|other| *other == one).count();
        all.iter().max_by_key(|one| times(one)).cloned().with_context(|| format!("{list} leads to no {thing}"))
    };
    let person = busiest("/admin/grants", "/admin/people/github%3A", &mut browser)?;
    let client = busiest("/admin/grants", "/admin/clients/client_", &mut browser)?;
    let refused = busiest("/admin/audit?did=refused", "/admin/clients/client_", &mut browser)?;
    for (list, at) in [(&person, "user"), (&client, "client"), (&refused, "client")] {
        let id = list.rsplit('/').next().unwrap_or_default();
        found.push(format!("/admin/grants?{at}={id}"));
        found.push(format!("/admin/grants?{at}={id}&sort=given"));
        found.push(format!("/admin/audit?q={id}"));
        found.push(format!("/admin/search?list=1&q={id}"));
        found.push(format!("{list}?{LAST}"));
    }
    found.push(format!("{refused}?view=refused"));
    found.push(format!("{refused}?view=refused&{LAST}"));
    found.extend([person, client, refused]);
    Ok(found)
}

/// How long it takes to the first byte of what a file holds, and how much that is in all.
fn first_byte(server: &Server, request: &[u8]) -> anyhow::Result<(Duration, usize)> {
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let start = Instant::now();
    stream.write_all(request)?;
    let mut all = vec![0; 64 * 1_024];
    let read = stream.read(&mut all)?;
    let first = start.elapsed();
    all.truncate(read);
    ensure!(all.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&all));
    stream.read_to_end(&mut all)?;
    Ok((first, all.len()))
}

#[expect(clippy::print_stdout, reason = "the table is what it is for")]
fn print(all: &[Seen]) {
    println!("\n| page | ms, median | ms, slowest | ms of CPU | KB |\n|---|---|---|---|---|");
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    for Seen { path, status, median, slowest, ran, bytes } in all {
        let shown = if *status == 200 { String::new() } else { format!(" ({status})") };
        let kilobytes = *bytes as f64 / 1_000.0;
        let (median, slowest, ran) = (ms(*median), ms(*slowest), ms(*ran));
        println!("| `{path}`{shown} | {median:.1} | {slowest:.1} | {ran:.1} | {kilobytes:.0} |");
    }
    let missed = |what: &dyn Fn(&&Seen) -> bool| all.iter().filter(what).map(|seen| seen.path.as_str()).collect();
    let slow: Vec<&str> = missed(&|seen| seen.median > MOST_TIME);
    let large: Vec<&str> = missed(&|seen| seen.bytes > MOST_BYTES && !FILES.contains(&seen.path.as_str()));
    println!("\n- {} pages; over {} ms: {}", all.len(), MOST_TIME.as_millis(), words(&slow));
    println!("- over {} KB: {}", MOST_BYTES / 1_000, words(&large));
}

fn words(paths: &[&str]) -> String {
    if paths.is_empty() { "none".to_owned() } else { format!("`{}`", paths.join("`, `")) }
}
