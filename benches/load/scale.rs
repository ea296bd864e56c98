//! How Doorbook fares with a hundred times as many clients: what grows, and what stays as it is.

use std::{path::Path, time::Duration};

use anyhow::Context;

use crate::{
    browser::{Browser, next_page},
    drive::{JSON, Turn, drive},
    guest::{Kind, registration_of},
    server::{Server, Which},
    table::Row,
    workloads::{Guests, Workload},
};

const SIZES: [usize; 2] = [1_000, 100_000];

/// What is measured at each size: its name, and how the greater size may differ from the smaller (must, aim).
const ROWS: [(&str, &str); 4] =
    [("read", "0.75 / 0.90"), ("register", "0.70 / 0.85"), ("first page", "0.67 / 0.83"), ("last page", "0.67 / 0.83")];

/// Rows for each size, and what else was seen.
pub(crate) fn measure(
    folder: &Path,
    workers: usize,
    connections: usize,
    time: Duration,
) -> anyhow::Result<(Vec<Row>, Vec<String>)> {
    let mut server = Server::start(Which::Doorbook, folder, workers, None)?;
    let guests = Guests::arrive_at(&server, connections)?;
    let cookies = administrator(&server)?;
    let mut rows: Vec<Row> = Vec::new();
    let mut there = 0;
    for size in SIZES {
        fill(&server, there..size, connections)?;
        there = size;
        let last = last_page(&server, &cookies)?;
        let list = |path: &str| -> Vec<Turn> {
            let page = |_| Turn::Same { request: server.request("GET", path, &[&cookies], ""), expect: 200 };
            (0..connections).map(page).collect()
        };
        for (name, goal) in ROWS {
            let mut turns = match name {
                "read" => Workload::Read.turns(&server, &guests, connections),
                "register" => Workload::Register.turns(&server, &guests, connections),
                "first page" => list(CLIENTS),
                _ => list(&last),
            };
            let before = server.cpu_seconds()?;
            let tally = drive(server.address, &mut turns, time)?;
            let cpu_seconds = server.cpu_seconds()? - before;
            let mut row = Row {
                workload: format!("{name}, {size} clients"),
                server: server.which.name(),
                tally,
                cpu_seconds,
                verdict: None,
            };
            let smaller = format!("{name}, {} clients", SIZES[0]);
            if let Some(before) = rows.iter().find(|row| row.workload == smaller) {
                let share = row.per_cpu_second() / before.per_cpu_second();
                row.verdict = Some((format!("{share:.2} x with {}", SIZES[0]), goal.to_owned()));
            }
            rows.push(row);
        }
    }
    let resident = server.resident_megabytes()?;
    server.stop();
    let again = Server::start(Which::Doorbook, folder, workers, Some(server.address))?;
    let notes = vec![
        format!(
            "with {there} clients and more: {resident:.1} MB after it all, {:.1} MB after a start",
            again.resident_megabytes()?
        ),
        format!("start with {there} clients and more: {} ms", again.started_in.as_millis()),
    ];
    Ok((rows, notes))
}

const CLIENTS: &str = "/admin/clients";

/// Becomes administrator by the link on the console, or signs in as the one that the book has; the cookie header of the session.
pub(crate) fn administrator(server: &Server) -> anyhow::Result<String> {
    let said = server.said()?;
    let home = format!("http://{}/", server.address);
    let link = said.split_whitespace().filter(|word| word.starts_with(&home)).find(|word| word.contains("claim"));
    let mut browser = Browser::open(server)?;
    browser.walk(link.unwrap_or("/admin"), |at| at.path().starts_with("/admin"))?;
    browser.cookies().context("no session")
}

/// Registers clients that differ, as those of a busy year do.
fn fill(server: &Server, numbers: std::ops::Range<usize>, connections: usize) -> anyhow::Result<()> {
    let request = |n: usize| {
        let body = registration_of(
            &format!("Tool {n} of team {}", n % 211),
            &format!("https://tool-{n}.example.com/callback"),
            Kind::Public,
        );
        server.request("POST", "/register", &[JSON], &body)
    };
    let share = |connection| {
        let requests: Vec<_> = numbers.clone().skip(connection).step_by(connections).map(request).collect();
        Turn::Each { requests: requests.into_iter(), expect: 201 }
    };
    let mut turns: Vec<Turn> = (0..connections).map(share).collect();
    let tally = drive(server.address, &mut turns, Duration::from_secs(300))?;
    anyhow::ensure!(tally.errors == 0, "filling: {} errors, the first: {:?}", tally.errors, tally.first_error);
    Ok(())
}

/// The path of the last page of the list, found as a person would: by the link to the next one, again and again.
fn last_page(server: &Server, cookies: &str) -> anyhow::Result<String> {
    let mut browser = Browser::with(server, cookies)?;
    let mut path = CLIENTS.to_owned();
    for _page in 0..5_000 {
        let Some(next) = next_page(&browser.page(&path)?) else { break };
        path = next;
    }
    Ok(path)
}
