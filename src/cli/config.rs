//! `doorbook config check`: what was understood, ignored, and is dangerous, and all that a start would stumble over. Makes and
//! changes nothing.

use std::process::ExitCode;

use clap::Subcommand;

use super::output::{UNUSABLE, say, say_json};
use crate::{
    config::{Config, Overrides, check},
    flows::premises,
};

/// What can be done with the configuration.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Print what was understood, ignored, and is dangerous, and look whether files, folders and the address can be used; exit
    /// code 2 when a server would not start with it or could not take backups
    Check {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: &Command) -> ExitCode {
    let Command::Check { json } = command;
    let (report, mut errors, places) = match Config::read(overrides) {
        Ok(loaded) => (loaded.report, Vec::new(), loaded.places),
        Err(refused) => (refused.report, refused.errors, refused.places),
    };
    errors.extend(premises::faults(&places));
    if *json {
        say_json(&check::json(&report, &errors))
    } else {
        say(check::text(&report, &errors).trim_end())
    }
    if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(UNUSABLE) }
}
