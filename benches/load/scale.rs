//! How Doorbook fares with a hundred times as many clients: what grows, and what stays as it is.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;

use crate::{
    browser::{Browser, next_page},
    drive::{JSON, Line, Tally, Turn, drive},
    guest::{Kind, registration_of},
    server::{Server, Which},
    sides::{Side, Work, alternate},
    table::{By, Figures, Row},
    workloads::{Guests, Part, Workload},
};

const MANY: usize = 100_000;
const FEW: usize = 1_000;

/// What is measured at both sizes: its name, and what is left of the speed with few clients (must, aim). Registration comes
/// last: it makes the book longer.
const ROWS: [(&str, f64, f64); 4] =
    [("read", 0.75, 0.90), ("first page", 0.67, 0.83), ("last page", 0.67, 0.83), ("register", 0.70, 0.85)];

/// A server with so many clients.
struct Book {
    part: Part,
    server: Server,
    guests: Guests,
    cookies: String,
    last_page: String,
}

/// The rows, and what else was seen.
pub(crate) fn measure(
    folder: &Path,
    workers: usize,
    connections: usize,
    time: Duration,
) -> anyhow::Result<(Vec<Row>, Vec<String>)> {
    let mut many = Book::of(Part::Served(Which::Doorbook), MANY, &folder.join("many"), workers, connections)?;
    let few = Book::of(Part::FewClients, FEW, &folder.join("few"), workers, connections)?;
    let mut notes = vec![many.starts_again()?];
    let mut rows = Vec::new();
    for (name, must, aim) in ROWS {
        let mut sides = [many.side(name, connections), few.side(name, connections)];
        alternate(&mut sides, time)?;
        for side in sides.iter().filter(|side| side.tally.errors > 0) {
            let (errors, first) = (side.tally.errors, side.tally.first_error.as_deref().unwrap_or_default());
            notes.push(format!("{name} at {}: {errors} errors, the first: {first}", side.part.name()));
        }
        let [with_many, with_few] = sides.each_ref().map(Figures::of);
        let other = (few.part.name().to_owned(), with_few);
        let name = format!("{name}, {MANY} clients");
        let row = Row { name, doorbook: with_many, other, by: By::CpuTime, goal: Some((must, aim)) };
        println!("{}", row.glimpse());
        rows.push(row);
    }
    let (shown, megabytes) = many.after_many_tokens(connections)?;
    notes
        .push(format!("memory with {MANY} clients and {shown} live tokens, each shown at the gate: {megabytes:.1} MB"));
    Ok((rows, notes))
}

impl Book {
    fn of(part: Part, clients: usize, folder: &Path, workers: usize, connections: usize) -> anyhow::Result<Self> {
        fs::create_dir(folder)?;
        let server = Server::start(Which::Doorbook, folder, workers, None)?;
        let guests = Guests::arrive_at(&server, connections)?;
        let cookies = administrator(&server)?;
        fill(&server, clients, connections)?;
        let last_page = last_page(&server, &cookies)?;
        Ok(Self { part, server, guests, cookies, last_page })
    }

    fn side(&self, row: &str, connections: usize) -> Side {
        let list = |path: &str| -> Vec<Turn> {
            let request = || self.server.request("GET", path, &[&self.cookies], "");
            (0..connections).map(|_| Turn::Same { request: request(), expect: 200 }).collect()
        };
        let turns = match row {
            "read" => Workload::Read.turns(&self.server, &self.guests, connections),
            "first page" => list(CLIENTS),
            "last page" => list(&self.last_page),
            _ => Workload::Register.turns(&self.server, &self.guests, connections),
        };
        let (process, address) = (self.server.process(), self.server.address);
        Side::new(self.part, Work::Served { process, address, lines: Line::all(turns), beside: Vec::new() })
    }

    fn starts_again(&mut self) -> anyhow::Result<String> {
        let before = self.server.process().resident_megabytes()?;
        self.server.restart()?;
        let (took, after) = (self.server.started_in.as_millis(), self.server.process().resident_megabytes()?);
        Ok(format!(
            "start with {MANY} clients: {took} ms; {before:.1} MB once they had come, {after:.1} MB after the start"
        ))
    }

    /// Refreshes until there are as many live tokens as clients, and shows each at the gate.
    fn after_many_tokens(&mut self, connections: usize) -> anyhow::Result<(usize, f64)> {
        while self.guests.unseen.len() < MANY {
            let before = self.guests.unseen.len();
            let mut lines = Line::all(Workload::Refresh.turns(&self.server, &self.guests, connections));
            drive(self.server.address, &mut lines, Duration::from_secs(2), &mut Tally::default())?;
            self.guests.take_back(lines);
            anyhow::ensure!(self.guests.unseen.len() > before, "nobody gets a token any more");
        }
        let mut lines = Line::all(Workload::GateFirstSight.turns(&self.server, &self.guests, connections));
        let mut seen = Tally::default();
        drive(self.server.address, &mut lines, Duration::from_secs(300), &mut seen)?;
        Ok((seen.took.len(), self.server.process().resident_megabytes()?))
    }
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
fn fill(server: &Server, clients: usize, connections: usize) -> anyhow::Result<()> {
    let request = |n: usize| {
        let body = registration_of(
            &format!("Tool {n} of team {}", n % 211),
            &format!("https://tool-{n}.example.com/callback"),
            Kind::Public,
        );
        server.request("POST", "/register", &[JSON], &body)
    };
    let share = |connection| {
        let requests: Vec<_> = (connection..clients).step_by(connections).map(request).collect();
        Turn::Each { requests: requests.into_iter(), expect: 201 }
    };
    let mut lines = Line::all((0..connections).map(share).collect());
    let mut tally = Tally::default();
    drive(server.address, &mut lines, Duration::from_secs(300), &mut tally)?;
    anyhow::ensure!(tally.errors == 0, "filling: {} errors, the first: {:?}", tally.errors, tally.first_error);
    Ok(())
}

/// The path of the last page of the list that is full, found as a person would: by the link to the next one, again and again. The very
/// last holds what is left, here more and there less.
fn last_page(server: &Server, cookies: &str) -> anyhow::Result<String> {
    let mut browser = Browser::with(server, cookies)?;
    let (mut before, mut path) = (CLIENTS.to_owned(), CLIENTS.to_owned());
    for _page in 0..5_000 {
        let Some(next) = next_page(&browser.page(&path)?) else { break };
        before = std::mem::replace(&mut path, next);
    }
    Ok(before)
}
