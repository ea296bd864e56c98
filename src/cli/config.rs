//! `doorbook config check`: what was understood, ignored, and is dangerous. Opens no database and no socket.

use std::process::ExitCode;

use clap::Subcommand;

use super::output::{UNUSABLE, say, say_json};
use crate::config::{Config, Overrides, check};

/// What can be done with the configuration.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Print what was understood, ignored, and is dangerous; exit code 2 when a server would not start with it
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: &Command) -> ExitCode {
    let Command::Check { json } = command;
    let (report, errors) = match Config::read(overrides) {
        Ok(loaded) => (loaded.report, Vec::new()),
        Err(refused) => (refused.report, refused.errors),
    };
    if *json {
        say_json(&check::json(&report, &errors))
    } else {
        say(check::text(&report, &errors).trim_end())
    }
    if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(UNUSABLE) }
}
