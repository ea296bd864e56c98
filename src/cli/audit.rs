//! `doorbook audit`: the audit log, and whether it is as it was written.

use std::process::ExitCode;

use clap::Subcommand;

use super::{
    output::{say, say_json},
    table,
    work::{ACTOR, Trouble, Work, at_desk},
};
use crate::{
    config::Overrides,
    facts::audit::AuditCheck,
    flows::audit::{self as flow, Checked},
};

/// What can be done with the audit log.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Check that no line was changed, added or removed behind Doorbook's back; exit code 1 when one was
    Verify {
        /// A seal that an earlier check printed: it must still be in the chain
        #[arg(long, value_name = "SEAL")]
        since: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::Verify { since, json } => verify(work, since, json).await,
    })
}

async fn verify(work: &Work, since: Option<String>, json: bool) -> Result<(), Trouble> {
    let checked = flow::check(&work.desk, &work.call, &ACTOR, since).await?;
    if json {
        say_json(&AuditCheck::from(checked.clone()));
    } else if checked.trouble.is_none() {
        say(words(&checked));
    }
    match checked.trouble {
        Some(trouble) => Err(Trouble::Refused(format!("the audit log is not as it was written. {trouble}"))),
        None => Ok(()),
    }
}

fn words(checked: &Checked) -> String {
    let lines = format!("The audit log is as it was written: {} lines are sealed, ", checked.lines);
    let waiting = format!("{} wait for their seal (a running server sets it within 15 seconds).", checked.unsealed);
    match &checked.newest {
        Some(seal) => format!(
            "{lines}{waiting}\nSeal of line {}, for --since: {}\nKeep it elsewhere: it shows later that nothing up to here \
             was cut off.",
            seal.last, seal.seal
        ),
        None => lines + &waiting,
    }
}
