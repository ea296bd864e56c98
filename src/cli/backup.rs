//! `doorbook backup [FILE]` and `doorbook restore FILE`: one archive with the database and its key.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use serde_json::json;

use super::{
    output::{FAILED, configuration, fail, say, say_json, wait},
    work::ACTOR,
};
use crate::{
    base::call::Call,
    clock::Clock,
    config::Overrides,
    flows::{
        Desk, archives, backup,
        first_run::{self, Opening},
    },
    store::Stop,
};

/// Where the archive goes.
#[derive(Args)]
pub(super) struct Take {
    /// A new file; it gets mode 0600, because whoever reads it can do everything. Without one, the folder for backups
    file: Option<PathBuf>,
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
        match &arguments.file {
            Some(file) => {
                backup::take(&desk, &call, ACTOR, file).await.map(|_| file.clone()).map_err(|e| e.to_string())
            }
            None => into_folder(&desk, &call).await,
        }
    });
    let said = taken.map_err(|e| e.to_string()).flatten().and_then(|file| {
        let bytes = file.metadata().map_err(|e| format!("{}: {e}", file.display()))?.len();
        Ok((file, bytes))
    });
    match said {
        Ok((file, bytes)) if arguments.json => say_json(&json!({ "file": file, "bytes": bytes })),
        Ok((file, bytes)) => say(format!(
            "{} holds the database and its master key ({bytes} bytes). Keep it where only you can read it.",
            file.display()
        )),
        Err(why) => return fail(FAILED, why),
    }
    ExitCode::SUCCESS
}

/// Takes one into the folder for backups, and looks through it.
async fn into_folder(desk: &Arc<Desk>, call: &Call) -> Result<PathBuf, String> {
    let taken = archives::take(desk, call, &ACTOR).await.map_err(|stop| match stop {
        Stop::Refuse(error) => format!("{}. {}", error.value().unwrap_or(error.why().words()), error.why().fix()),
        Stop::Fail(error) => error.to_string(),
    })?;
    match (taken.checked, &desk.config.backup_folder) {
        (Some((_, None)), Some(folder)) => Ok(folder.join(taken.file)),
        (Some((_, Some(trouble))), _) => Err(format!("it was taken, and cannot be restored: {trouble}")),
        _ => Err("it was taken, and nobody looked through it".into()),
    }
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
