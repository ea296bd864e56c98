//! `doorbook backups`: what is in the folder for them, and whether it can be restored.

use std::process::ExitCode;

use clap::Subcommand;

use super::{
    output::{say, say_json},
    table,
    work::{ACTOR, Trouble, Work, at_desk},
};
use crate::{
    config::Overrides,
    facts::{Stamp, backup::Backup},
    flows::archives,
};

/// What can be done with backups.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, newest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Look through one: is it whole, and does its key open it
    Check {
        /// Its file, as the list names it
        file: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Check { file, json } => check(work, &file, json).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let all: Vec<Backup> = archives::list(&work.desk).await?.into_iter().map(Backup::from).collect();
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|one| {
        let state = one.trouble.unwrap_or_else(|| if one.checked.is_some() { "whole" } else { "not looked at" }.into());
        [
            table::moment(one.taken.at()),
            one.file,
            one.bytes.to_string(),
            table::moment_or_nothing(one.checked.map(Stamp::at)),
            state,
        ]
    });
    let none = "There is none; DOORBOOK_BACKUP_FOLDER names their folder, and 'doorbook backup' takes one into it.";
    table::print(["taken", "file", "bytes", "looked at", "state"], rows, none);
    Ok(())
}

async fn check(work: &Work, file: &str, json: bool) -> Result<(), Trouble> {
    let looked = archives::check(&work.desk, &work.call, &ACTOR, file).await;
    let what = format!("backup {}; 'doorbook backups list' shows all of them", table::plain(file));
    let one = Backup::from(work.heard(looked, &what)?);
    if json {
        say_json(&one);
    } else if one.trouble.is_none() {
        say(format!("{} is whole, and its key opens it.", one.file));
    }
    match one.trouble {
        Some(trouble) => Err(Trouble::Refused(trouble)),
        None => Ok(()),
    }
}
