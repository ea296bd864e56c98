//! `doorbook health`: how the server is, by what it found when it last looked at itself, and what its jobs did.

use std::process::ExitCode;

use clap::Args;

use super::{
    output::{say, say_json},
    table,
    work::{Trouble, Work, at_desk},
};
use crate::{
    config::Overrides,
    facts::health::{Check, Health},
    flows::checks,
};

/// How it is said.
#[derive(Args)]
pub(super) struct Arguments {
    /// Look at everything now, from here and with this configuration: the public URL, GitHub, the clock, the disk ... Nothing of it
    /// is kept: the server looks by itself every hour, and that is what its dashboard shows
    #[arg(long)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, arguments: &Arguments) -> ExitCode {
    at_desk(overrides, async |work| tell(work, arguments).await)
}

async fn tell(work: &Work, arguments: &Arguments) -> Result<(), Trouble> {
    let mut health = work.desk.store.read(Health::of).await?;
    if arguments.check {
        health.checks = checks::find(&work.desk, &work.call).await?.into_iter().map(Check::from).collect();
    }
    let bad: Vec<_> = health.checks.iter().filter(|check| check.is_bad()).map(|check| in_words(check.what)).collect();
    if arguments.json {
        say_json(&health);
    } else {
        print(health);
    }
    if bad.is_empty() { Ok(()) } else { Err(Trouble::Refused(format!("bad: {}", bad.join(", ")))) }
}

fn print(health: Health) {
    let checks = health
        .checks
        .into_iter()
        .map(|check| [check.health.to_owned(), in_words(check.what), table::moment(check.at.at()), check.found]);
    table::print(
        ["health", "what", "looked at", "found"],
        checks,
        "Nothing was looked at yet: 'doorbook health --check' does it now.",
    );
    say("");
    let jobs = health.jobs.into_iter().map(|job| {
        let went = job.failure.unwrap_or_else(|| "done".into());
        [table::moment(job.began.at()), job.name, format!("{} ms", job.took_ms), job.done.to_string(), went]
    });
    table::print(["last run", "job", "took", "entries", "how it went"], jobs, "No job has run yet.");
}

fn in_words(what: &str) -> String {
    what.replace('_', " ")
}
