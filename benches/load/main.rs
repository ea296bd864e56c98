//! The load generator: drives Doorbook and two yardsticks side by side on this machine and prints what it saw. Absolute figures
//! change with the machine, so what counts are the ratios, and among them those per second of the server's own CPU time. It
//! judges nothing: no figure makes it fail. `scripts/bench` builds and runs it; `docs/PERFORMANCE.md` says what was seen.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod bare;
#[path = "../book/mod.rs"]
mod book;
mod browser;
mod drive;
mod guest;
mod http;
mod mini;
mod pages;
mod scale;
mod server;
mod table;
mod workloads;

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::{Parser, ValueEnum};
use doorbook::clock::Clock;

use crate::{
    drive::{Tally, Turn, drive},
    server::{Server, Which},
    table::Row,
    workloads::{Goal, Guests, Workload},
};

/// The same allocator as the server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Drives Doorbook and two yardsticks side by side and prints the ratios")]
struct Options {
    /// Which workloads; all of them if none is named.
    workloads: Vec<Workload>,
    /// For how long each is measured.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Over how many keep-alive connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// With how many workers each server runs.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Instead of workloads: how Doorbook fares with 100,000 clients against 1,000.
    #[arg(long, conflicts_with_all = ["workloads", "yardsticks"])]
    scale: bool,
    /// Only the yardsticks.
    #[arg(long)]
    yardsticks: bool,
    /// Instead of workloads: makes a database in that folder and fills it: 100,000 clients, 1,000,000 lines of the audit log.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["workloads", "yardsticks", "scale"])]
    fill: Option<PathBuf>,
    /// Instead of workloads: how long each page of the dashboard takes over the database in that folder.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["workloads", "yardsticks", "scale"])]
    pages: Option<PathBuf>,
    /// Fills only that part of it: 100 for a hundredth.
    #[arg(long, value_name = "N", default_value_t = 1)]
    part: usize,
    /// What `cargo bench` passes on.
    #[arg(long, hide = true)]
    bench: bool,
    /// Be one of the yardsticks.
    #[arg(long, hide = true, requires_all = ["bind", "database"])]
    serve: Option<String>,
    #[arg(long, hide = true)]
    bind: Option<String>,
    #[arg(long, hide = true)]
    database: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    match (&options.serve, &options.bind, &options.database) {
        (Some(which), Some(bind), Some(database)) => {
            let system = actix_web::rt::System::new();
            if which == Which::Bare.name() {
                system.block_on(bare::serve(bind, options.workers))
            } else {
                system.block_on(mini::serve(bind, options.workers, database))
            }
        }
        _ if options.fill.is_some() || options.pages.is_some() => over_a_large_book(&options),
        _ if options.scale => {
            let folder = scratch()?;
            let time = Duration::from_secs_f64(options.seconds);
            let (rows, notes) = scale::measure(folder.path(), options.workers, options.connections, time)?;
            print(&rows, &notes);
            Ok(())
        }
        _ => Run::prepare(options)?.all(),
    }
}

/// Fills a database, looks at pages over one, or both.
fn over_a_large_book(options: &Options) -> anyhow::Result<()> {
    if let Some(folder) = &options.fill {
        let (size, start) = (book::Size::LARGE.part(options.part), Instant::now());
        fs::create_dir_all(folder)?;
        let file = folder.join("doorbook.db");
        actix_web::rt::System::new().block_on(book::make(&file, size, Clock::System.now()))?;
        println!("{}: {size:?}, in {} s", file.display(), start.elapsed().as_secs());
    }
    match &options.pages {
        Some(folder) => pages::measure(folder, options.workers),
        None => Ok(()),
    }
}

fn scratch() -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("doorbook-bench-").tempdir()?)
}

fn print(rows: &[Row], notes: &[String]) {
    println!("\n{}", table::markdown(rows));
    for note in notes {
        println!("- {note}");
    }
}

/// One run: the servers, who has been let in there, and what has been seen so far.
struct Run {
    options: Options,
    folder: tempfile::TempDir,
    servers: Vec<(Server, Option<Guests>)>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Run {
    fn prepare(options: Options) -> anyhow::Result<Self> {
        let folder = scratch()?;
        let mut run = Self { options, folder, servers: Vec::new(), rows: Vec::new(), notes: Vec::new() };
        run.come_up(Which::Bare)?;
        run.come_up(Which::Mini)?;
        if !run.options.yardsticks {
            run.come_up(Which::Doorbook)?;
        }
        Ok(run)
    }

    fn come_up(&mut self, which: Which) -> anyhow::Result<()> {
        let server = Server::start(which, self.folder.path(), self.options.workers, None)?;
        if which == Which::Doorbook {
            let before = server.cpu_seconds()?;
            let watched = Duration::from_secs(2);
            thread::park_timeout(watched);
            let idle = (server.cpu_seconds()? - before) / watched.as_secs_f64() * 100.0;
            self.notes.push(format!(
                "start on an empty folder: {} ms; idle: {:.1} MB, {idle:.1} % CPU",
                server.started_in.as_millis(),
                server.resident_megabytes()?
            ));
        }
        let guests = match which {
            Which::Bare => None,
            Which::Mini | Which::Doorbook => Some(
                Guests::arrive_at(&server, self.options.connections)
                    .with_context(|| format!("nobody is let in at {}", which.name()))?,
            ),
        };
        self.servers.push((server, guests));
        Ok(())
    }

    fn all(mut self) -> anyhow::Result<()> {
        let named = std::mem::take(&mut self.options.workloads);
        let workloads = if named.is_empty() { Workload::value_variants().to_vec() } else { named };
        for workload in workloads {
            for which in workload.servers() {
                if let Some(at) = self.servers.iter().position(|(server, _)| server.which == *which) {
                    self.measure(workload, at)?;
                }
            }
        }
        if let Some((doorbook, _)) = self.servers.iter().find(|(server, _)| server.which == Which::Doorbook) {
            self.notes.push(format!("memory after all of it: {:.1} MB", doorbook.resident_megabytes()?));
        }
        print(&self.rows, &self.notes);
        Ok(())
    }

    /// Drives one workload at one server, and notes a row.
    fn measure(&mut self, workload: Workload, at: usize) -> anyhow::Result<()> {
        let time = Duration::from_secs_f64(self.options.seconds);
        let connections = workload.connections(self.options.connections);
        if workload == Workload::GateFirstSight {
            self.forget(at, time)?;
        }
        let Some((server, guests)) = self.servers.get_mut(at) else { return Ok(()) };
        let nobody = Guests::nobody();
        let mut turns = workload.turns(server, guests.as_ref().unwrap_or(&nobody), connections);
        if !turns.iter().any(|turn| matches!(turn, Turn::Each { .. })) {
            drive(server.address, &mut turns, time / 10)?;
        }
        let before = server.cpu_seconds()?;
        let tally = match workload {
            Workload::GateUnderWrites => {
                let mut writes = Workload::Register.turns(server, &nobody, connections);
                let address = server.address;
                thread::scope(|scope| {
                    let writing = scope.spawn(|| drive(address, &mut writes, time));
                    let tally = drive(address, &mut turns, time);
                    let written = writing.join().unwrap_or_else(|_| anyhow::bail!("a thread died"))?;
                    self.notes.push(format!(
                        "beside the gate under writes: {} registrations, {} errors",
                        written.took.len(),
                        written.errors
                    ));
                    tally
                })?
            }
            _ => drive(server.address, &mut turns, time)?,
        };
        let cpu_seconds = server.cpu_seconds()? - before;
        if let Some(guests) = guests {
            guests.take_back(turns);
        }
        let which = server.which;
        self.note(workload, which, tally, cpu_seconds)
    }

    /// Starts a server again, with the same files at the same address, so that it has seen no token; before that it issues
    /// enough of them.
    fn forget(&mut self, at: usize, time: Duration) -> anyhow::Result<()> {
        let Some((server, Some(guests))) = self.servers.get_mut(at) else { return Ok(()) };
        if guests.unseen.is_empty() {
            let mut turns = Workload::Refresh.turns(server, guests, self.options.connections);
            drive(server.address, &mut turns, time)?;
            guests.take_back(turns);
        }
        server.stop();
        *server = Server::start(server.which, self.folder.path(), self.options.workers, Some(server.address))?;
        self.notes.push(format!("start with what was written until then: {} ms", server.started_in.as_millis()));
        Ok(())
    }

    fn note(&mut self, workload: Workload, which: Which, tally: Tally, cpu_seconds: f64) -> anyhow::Result<()> {
        let name = workload.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        if let Some(error) = &tally.first_error {
            self.notes.push(format!("{name} at {}: {} errors, the first: {error}", which.name(), tally.errors));
        }
        let mut row = Row { workload: name, server: which.name(), tally, cpu_seconds, verdict: None };
        if which == Which::Doorbook {
            row.verdict = self.verdict(&row, workload)?;
        }
        println!("{:<24} {:<9} {:>8.0} per CPU second", row.workload, row.server, row.per_cpu_second());
        self.rows.push(row);
        Ok(())
    }

    /// The figure that counts beside its goal, where what it is held against was measured in this run.
    fn verdict(&self, row: &Row, workload: Workload) -> anyhow::Result<Option<(String, String)>> {
        let measured = |workload: &str, server: Which| {
            self.rows.iter().find(|row| row.workload == workload && row.server == server.name())
        };
        Ok(match workload.goal() {
            Goal::Share(yardstick, must, aim) => measured(&row.workload, yardstick).map(|other| {
                let share = row.per_cpu_second() / other.per_cpu_second();
                (format!("{share:.2} x {}", yardstick.name()), format!("{must:.2} / {aim:.2}"))
            }),
            Goal::PerCpuSecond(must, aim) => {
                Some((format!("{:.0}", row.per_cpu_second()), format!("{must:.0} / {aim:.0}")))
            }
            Goal::SlowerThanGate(must, aim) => measured("gate", Which::Doorbook).map(|alone| {
                let times = row.p99().as_secs_f64() / alone.p99().as_secs_f64();
                (format!("p99 {times:.1} x alone"), format!("{must:.1} / {aim:.1}"))
            }),
            Goal::FasterThanSingleCommits(must, aim) => {
                let single = mini::one_row_a_commit(&self.folder.path().join("single.db"), Duration::from_secs(1))?;
                let times = row.per_second() / single;
                Some((format!("{times:.1} x {single:.0} commits/s"), format!("{must:.1} / {aim:.1}")))
            }
        })
    }
}
