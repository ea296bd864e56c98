//! `doorbook access`: who may get tokens, who may open the dashboard. What the configuration lists is changed there.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::user::{Role, Who},
    config::Overrides,
    flows::access as flow,
    store::allowlist,
};

/// What can be done with the access list.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List its entries
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put people on it
    Add {
        #[command(flatten)]
        who: Several,
    },
    /// Take an entry off it: whom that cuts off is signed out, and refused at once
    Remove {
        #[command(flatten)]
        who: One,
    },
}

/// Whom new entries mean.
#[derive(Args)]
pub(super) struct Several {
    /// A GitHub login, id: and a GitHub number, idp:NAME:SUBJECT for a person of a trusted identity provider, idp:NAME:* for
    /// all of its people, local:NAME in local mode, or * for everybody who can sign in
    #[arg(required = true, value_name = "WHO", value_parser = who)]
    who: Vec<Who>,
    #[command(flatten)]
    how: How,
}

/// Whom an entry means.
#[derive(Args)]
pub(super) struct One {
    /// The entry as the list shows it
    #[arg(value_parser = who)]
    who: Who,
    #[command(flatten)]
    how: How,
}

/// What an entry allows, and how it is told.
#[derive(Args)]
pub(super) struct How {
    /// The dashboard too, not only tokens
    #[arg(long)]
    administrator: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl How {
    const fn role(&self) -> Role {
        if self.administrator { Role::Administrator } else { Role::Member }
    }
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Add { who } => add(work, who).await,
        Command::Remove { who } => remove(work, who).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let configured = work.desk.store.standing().configured_entries().to_vec();
    let added = work.desk.store.read(allowlist::entries).await?;
    let configured = configured.iter().map(|(who, role)| (who, *role, None));
    let added = added.iter().map(|entry| (&entry.who, entry.role, Some(entry.created_at)));
    let all = configured.chain(added);
    if json {
        let row = |(who, role, since): (&Who, Role, Option<_>)| {
            json!({
                "who": who.to_string(),
                "role": role.as_str(),
                "from": source(since.is_none()),
                "added": since.map(table::stamp),
            })
        };
        say_json(&all.map(row).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.map(|(who, role, since)| {
        let since = since.map_or_else(|| table::NOTHING.to_owned(), table::moment);
        [who.to_string(), role.as_str().to_owned(), source(since == table::NOTHING).to_owned(), since]
    });
    table::print(["who", "role", "from", "added"], rows, "Nobody is on the access list.");
    Ok(())
}

async fn add(work: &Work, Several { who, how }: Several) -> Result<(), Trouble> {
    let names: Vec<String> = who.iter().map(ToString::to_string).collect();
    let new = work.heard(flow::add(&work.desk, &work.call, &ACTOR, who, how.role()).await, "such entry")?;
    let what = match new {
        0 => "Nothing new: all of it stood on the list.".to_owned(),
        new => format!("On the access list as {}: {}; {new} new.", how.role().as_str(), names.join(", ")),
    };
    let facts = json!({ "who": names, "role": how.role().as_str(), "new": new });
    done(how.json, &what, facts, work.in_force().await);
    Ok(())
}

async fn remove(work: &Work, One { who, how }: One) -> Result<(), Trouble> {
    let name = who.to_string();
    let words = format!("entry {name} as {}; 'doorbook access list' shows all of them", how.role().as_str());
    let ended = work.heard(flow::remove(&work.desk, &work.call, &ACTOR, who, how.role()).await, &words)?;
    let what = format!("{name} is off the access list. Refused from now on: {}.", table::ended(&ended));
    let facts = json!({ "who": name, "role": how.role().as_str(), "refused": ended });
    done(how.json, &what, facts, work.in_force().await);
    Ok(())
}

const fn source(configured: bool) -> &'static str {
    if configured { "configuration" } else { "dashboard" }
}

fn who(text: &str) -> Result<Who, String> {
    Who::parse(text).ok_or_else(|| "write a login, id: and a GitHub number, idp:NAME:SUBJECT, idp:NAME:* or *".into())
}
