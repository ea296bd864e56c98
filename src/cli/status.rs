//! `doorbook status`: which server this is, whether it runs, and how much is in its book.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{
    output::{say, say_json},
    table,
    work::{Trouble, Work, at_desk},
};
use crate::{config::Overrides, facts::server::Server};

/// How it is printed.
#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is printed.
#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    server: Server,
    running: bool,
}

pub(super) fn run(overrides: &Overrides, arguments: &Arguments) -> ExitCode {
    at_desk(overrides, async |work| status(work, arguments.json).await)
}

async fn status(work: &Work, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    let desk = work.desk.clone();
    let server = work.desk.store.read(move |reader| Server::of(reader, &desk, now)).await?;
    let status = Status { server, running: work.server_runs() };
    if json {
        say_json(&status);
        return Ok(());
    }
    let Status { server, running } = status;
    let counts = server.counts;
    table::facts([
        ("public URL", server.issuer),
        ("server", if running { "runs".into() } else { "does not run".into() }),
        ("version", server.version.to_owned()),
        ("local mode", if server.local_mode { "yes".into() } else { String::new() }),
        ("database", format!("{} ({} bytes)", work.desk.store.path().display(), server.database_bytes)),
        ("clients", format!("{}, {} used over the last 30 days", counts.clients, counts.clients_used)),
        ("people", format!("{}, {} seen over the last 30 days", counts.people, counts.people_seen)),
        ("live grants", counts.grants.to_string()),
    ]);
    for check in server.attention {
        say(format!("{}: {}: {}", check.health, check.what.replace('_', " "), table::plain(&check.found)));
    }
    Ok(())
}
