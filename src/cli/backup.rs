//! `doorbook backup FILE` and `doorbook restore FILE`: one archive with the database and its key.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;

use super::output::{FAILED, configuration, fail, say, say_json, wait};
use crate::{
    base::{call::Call, event::Actor},
    clock::Clock,
    config::Overrides,
    flows::{
        backup,
        first_run::{self, Opening},
    },
};

/// Where the archive goes.
#[derive(Args)]
pub(super) struct Take {
    /// A new file; it gets mode 0600, because whoever reads it can do everything
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where the archive is.
#[derive(Args)]
pub(super) struct Restore {
    /// An archive that 'doorbook backup' made
    file: PathBuf,
    /// Replace the database that is there; it is kept under another name
    #[arg(long)]
    replace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn take(overrides: &Overrides, arguments: &Take) -> ExitCode {
    let config = match configuration(overrides) {
        Ok(loaded) => loaded.config,
        Err(code) => return code,
    };
    let call = Call::inside(Clock::System.now(), "command line");
    let taken = wait(async {
        let desk = first_run::open(config, &call, Opening::Command).await.map_err(|e| e.to_string())?;
        backup::take(&desk, &call, Actor::CommandLine, &arguments.file).await.map_err(|e| e.to_string())
    });
    match taken.map_err(|e| e.to_string()).flatten() {
        Ok(bytes) if arguments.json => say_json(&json!({ "file": arguments.file, "bytes": bytes })),
        Ok(bytes) => say(format!(
            "{} holds the database and its master key ({bytes} bytes). Keep it where only you can read it.",
            arguments.file.display()
        )),
        Err(why) => return fail(FAILED, why),
    }
    ExitCode::SUCCESS
}

pub(super) fn restore(overrides: &Overrides, arguments: &Restore) -> ExitCode {
    let config = match configuration(overrides) {
        Ok(loaded) => loaded.config,
        Err(code) => return code,
    };
    match backup::restore(&config, &arguments.file, arguments.replace, Clock::System.now()) {
        Ok(restored) if arguments.json => {
            say_json(&json!({ "database": restored.database, "kept": restored.kept }));
        }
        Ok(restored) => {
            say(format!("{} is back as it was when the backup was taken.", restored.database.display()));
            if let Some(kept) = restored.kept {
                say(format!("What was there before is {}; remove it when it is not needed.", kept.display()));
            }
            say("What was revoked or rotated since then is good again: look at the dashboard.");
        }
        Err(why) => return fail(FAILED, why),
    }
    ExitCode::SUCCESS
}
