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
mod own;
mod pages;
mod process;
mod run;
mod scale;
mod server;
mod sides;
mod table;
mod workloads;

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use doorbook::clock::Clock;

use crate::{run::Run, server::Which, workloads::Workload};

/// The same allocator as the server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "Drives Doorbook and two yardsticks side by side and prints the ratios")]
struct Options {
    /// Which workloads; all of them if none is named.
    workloads: Vec<Workload>,
    /// For how long each side of a row is measured.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Over how many keep-alive connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// With how many workers each server runs.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Instead of workloads: how Doorbook fares with 100,000 clients against 1,000.
    #[arg(long, conflicts_with = "workloads")]
    scale: bool,
    /// Instead of workloads: makes a database in that folder and fills it: 100,000 clients, 1,000,000 lines of the audit log.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["workloads", "scale"])]
    fill: Option<PathBuf>,
    /// Instead of workloads: how long each page of the dashboard takes over the database in that folder.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["workloads", "scale"])]
    pages: Option<PathBuf>,
    /// Fills only that part of it: 100 for a hundredth.
    #[arg(long, value_name = "N", default_value_t = 1)]
    part: usize,
    /// For how long an idle server is watched; not at all when workloads are named.
    #[arg(long, default_value_t = 20.0)]
    idle: f64,
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
        _ => {
            let folder = tempfile::Builder::new().prefix("doorbook-bench-").tempdir()?;
            let before = process::machine()?;
            let (rows, mut notes) = if options.scale {
                let time = Duration::from_secs_f64(options.seconds);
                scale::measure(folder.path(), options.workers, options.connections, time)?
            } else {
                Run::prepare(options, folder.path())?.all()?
            };
            notes.push(others_took(before)?);
            println!("\n{}", table::markdown(&rows));
            notes.iter().for_each(|note| println!("- {note}"));
            Ok(())
        }
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

/// How much of the machine went to programs that are no part of this: a table of a noisy machine says so.
fn others_took((busy, all): (f64, f64)) -> anyhow::Result<String> {
    let (busy_now, all_now) = process::machine()?;
    let ours = process::own_and_children()?;
    let share = ((busy_now - busy - ours) / (all_now - all).max(1e-9)).max(0.0) * 100.0;
    Ok(format!("other programs took {share:.0} % of the machine meanwhile"))
}
