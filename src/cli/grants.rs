//! `doorbook grants`: what people allowed clients.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::say_json,
    table, users,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::id::{ClientId, GrantId},
    config::Overrides,
    facts::{
        Stamp, every,
        grant::{self as facts, Grant},
    },
    flows::grants as flow,
    store::grants::Filter,
};

/// What can be done with grants.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, last used first
    List(List),
    /// End some, and so their tokens: all that are named, or none when one is not there
    Revoke {
        /// Their ids
        #[arg(required = true)]
        grant_ids: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Which grants are listed.
#[derive(Args)]
pub(super) struct List {
    /// Only those of this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Only those of this person: their login, or their id as in github:583231
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// Ended ones too
    #[arg(long)]
    ended: bool,
    /// At most so many [default: all]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List(wanted) => list(work, wanted).await,
        Command::Revoke { grant_ids, json } => revoke(work, grant_ids, json).await,
    })
}

async fn list(work: &Work, wanted: List) -> Result<(), Trouble> {
    let user = match &wanted.user {
        Some(named) => Some(users::meant(work, named).await?.id),
        None => None,
    };
    let filter =
        Filter { client: wanted.client.map(ClientId::new), user, ended_too: wanted.ended, ..Filter::default() };
    let (most, now) = (wanted.limit.unwrap_or(usize::MAX), work.call.now);
    let all =
        work.desk.store.read(move |reader| every(most, |seek, size| facts::page(reader, &filter, seek, size, now)));
    let all = all.await?;
    if wanted.json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|grant: Grant| {
        [
            grant.grant_id.to_string(),
            grant.state.as_str().to_owned(),
            grant.client_name.unwrap_or_else(|| grant.client_id.to_string()),
            grant.login.unwrap_or_else(|| "itself".to_owned()),
            grant.resource,
            grant.scope,
            table::moment_or_nothing(grant.last_used.map(Stamp::at)),
            grant.tokens.to_string(),
        ]
    });
    let header = ["grant_id", "state", "client", "person", "resource", "scope", "last used", "tokens"];
    table::print(header, rows, "Nobody has let a client in that fits.");
    Ok(())
}

async fn revoke(work: &Work, ids: Vec<String>, json: bool) -> Result<(), Trouble> {
    let named = ids.iter().map(|id| GrantId::new(id.as_str())).collect();
    let ended = flow::revoke(&work.desk, &work.call, &ACTOR, named).await;
    let ended = work.heard(ended, "such grant; 'doorbook grants list' shows all of them")?;
    let what = format!("Ended: {}.", table::ended(&ended));
    done(json, &what, json!({ "grant_ids": ids, "ended": ended }), work.in_force().await);
    Ok(())
}
