//! `doorbook keys`: the signing keys through their life.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::key::{KeyPurpose, KeyState},
    config::Overrides,
    facts::key::Key,
    flows::keys as flow,
    store::keys,
};

/// What can be done with signing keys.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, oldest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a new key: published at once, it signs after 24 hours, when everybody knows it
    Rotate {
        /// The key of id_tokens (OpenID Connect) instead of that of access tokens
        #[arg(long)]
        id_tokens: bool,
        /// Let it sign at once; whoever keeps the old key set for a while refuses its tokens until they look again
        #[arg(long)]
        now: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Rotate { id_tokens, now, json } => {
            let purpose = if id_tokens { KeyPurpose::IdTokens } else { KeyPurpose::AccessTokens };
            rotate(work, purpose, now, json).await
        }
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let all = work.desk.store.read(keys::all).await?;
    if json {
        say_json(&all.iter().map(Key::from).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|key| {
        [
            key.id.to_string(),
            key.algorithm.as_str().to_owned(),
            key.purpose.as_str().replace('_', " "),
            key.state.as_str().to_owned(),
            table::moment(key.created_at),
            table::moment(key.signs_at),
            table::moment_or_nothing(key.retires_at),
        ]
    });
    table::print(
        ["kid", "algorithm", "signs", "state", "made", "signs from", "retires"],
        rows,
        "There is no signing key.",
    );
    Ok(())
}

async fn rotate(work: &Work, purpose: KeyPurpose, now: bool, json: bool) -> Result<(), Trouble> {
    let made = work.heard(flow::rotate(&work.desk, &work.call, ACTOR, purpose, now).await, "signing key")?;
    let what = match now {
        true => {
            format!("The key {} signs from now on; the one before verifies until its last token has ended.", made.id)
        }
        false => format!("The key {} is published and signs from {}.", made.id, table::moment(made.signs_at)),
    };
    let state = if now { KeyState::Signing } else { made.state };
    let facts = json!({ "kid": made.id, "algorithm": made.algorithm.as_str(), "signs": made.purpose.as_str(), "state": state.as_str(),
                        "signs_from": table::stamp(made.signs_at) });
    done(json, &what, facts, work.in_force().await);
    Ok(())
}
