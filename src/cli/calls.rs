//! `doorbook resources calls`: which protected server may call which other one. What the configuration lists is changed there.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::say_json,
    resources::url,
    table,
    work::{ACTOR, Trouble, Work, done},
};
use crate::{
    base::{register::Call, resource::ResourceUri},
    facts::{access::Source, call as facts},
    flows::calls as flow,
    store::calls,
};

/// What can be done with such pairs.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let one server call another one in the name of whoever called it: it exchanges their token (RFC 8693)
    Allow(Pair),
    /// Let it call no more
    Forbid(Pair),
}

/// Two servers of the register.
#[derive(Args)]
pub(super) struct Pair {
    /// The URL of the one that calls
    #[arg(value_parser = url)]
    caller: ResourceUri,
    /// The URL of the one that is called
    #[arg(value_parser = url)]
    target: ResourceUri,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(work: &Work, command: Command) -> Result<(), Trouble> {
    match command {
        Command::List { json } => list(work, json).await,
        Command::Allow(pair) => allow(work, pair).await,
        Command::Forbid(pair) => forbid(work, pair).await,
    }
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let all = work.desk.store.read(calls::all).await?;
    if json {
        say_json(&all.into_iter().map(facts::Call::from).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|entry| {
        let Call { caller, target } = &entry.call;
        [
            caller.to_string(),
            target.to_string(),
            Source::of(entry.configured).as_str().to_owned(),
            table::moment(entry.created_at),
        ]
    });
    table::print(["server", "may call", "from", "added"], rows, "No server may call another one.");
    Ok(())
}

async fn allow(work: &Work, Pair { caller, target, json }: Pair) -> Result<(), Trouble> {
    let words = "such pair of resources in the register; 'doorbook resources list' shows all of them";
    let call = Call { caller: caller.clone(), target: target.clone() };
    let new = work.heard(flow::allow(&work.desk, &work.call, &ACTOR, call).await, words)?;
    let what = match new {
        true => format!("{caller} may call {target}."),
        false => format!("Nothing new: {caller} may call {target} already."),
    };
    done(json, &what, json!({ "caller": caller, "target": target, "new": new }), work.in_force().await);
    Ok(())
}

async fn forbid(work: &Work, Pair { caller, target, json }: Pair) -> Result<(), Trouble> {
    let words = "such pair; 'doorbook resources calls list' shows all of them";
    let call = Call { caller: caller.clone(), target: target.clone() };
    work.heard(flow::forbid(&work.desk, &work.call, &ACTOR, call).await, words)?;
    let what = format!("{caller} may no longer call {target}; tokens that it was given go on until they run out.");
    done(json, &what, json!({ "caller": caller, "target": target, "removed": true }), work.in_force().await);
    Ok(())
}
