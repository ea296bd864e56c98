//! `doorbook scopes`: what the scopes of this server mean, in the sentences that consent shows.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{config::Overrides, facts::scope::Scope, flows::resources as flow};

/// What can be done with scopes.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List those on offer, with their sentences
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put one into words for consent; a resource may say it in its own
    Say {
        /// The scope
        scope: String,
        /// The sentence; an empty one takes yours out again
        sentence: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Say { scope, sentence, json } => say(work, &scope, &sentence, json).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let scopes = flow::scopes(&work.desk).await?;
    let scopes: Vec<Scope> = scopes.into_iter().map(Scope::from).collect();
    if json {
        say_json(&scopes);
        return Ok(());
    }
    let rows = scopes.into_iter().map(|Scope { scope, sentence, from }| [scope, sentence, from.as_str().to_owned()]);
    table::print(["scope", "sentence", "from"], rows, "No scope is on offer.");
    Ok(())
}

async fn say(work: &Work, scope: &str, sentence: &str, json: bool) -> Result<(), Trouble> {
    let said = flow::say(&work.desk, &work.call, &ACTOR, scope, sentence).await;
    work.heard(said, &format!("scope {scope}"))?;
    let what = match sentence.trim() {
        "" => format!("Consent says of {scope} what Doorbook says."),
        words => format!("Consent says of {scope}: {words}"),
    };
    done(json, &what, json!({ "scope": scope, "sentence": sentence.trim() }), work.in_force().await);
    Ok(())
}
