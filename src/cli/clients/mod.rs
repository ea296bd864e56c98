//! `doorbook clients`: what the book says, and what an administrator does to a client. What changes a client takes its whole
//! id; what only shows it takes a name too, if only one client has it.

mod create;
mod hosts;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::{say, say_json},
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{client::Origin, id::ClientId, time::Span},
    config::{Overrides, parse},
    flows::clients::{self as flow, LONGEST_OVERLAP},
    store::clients::{Filter, StateFilter},
};

/// What can be done with clients.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, last used first
    List(List),
    /// Show all that is known of one
    Show {
        /// Its client_id, or its name if no other client has it
        client: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make one, and print its credentials this once
    Create(create::Arguments),
    /// Give one a new secret, and print it this once
    RotateSecret {
        /// Its client_id
        id: String,
        /// How long the old secret works beside the new one; 0: it ends at once [default: as configured, 24h]
        #[arg(long, value_name = "TIME", value_parser = overlap)]
        overlap: Option<Span>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep one out until it is enabled again
    Disable(One),
    /// Let a disabled one in again
    Enable(One),
    /// Revoke a registration. Final: everything that people allowed it ends, and its id does not come back
    Revoke {
        #[command(flatten)]
        one: One,
        /// Why, for the audit log
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// List the hosts whose documents may describe clients
    Hosts(hosts::List),
    /// Let the documents of a host describe clients
    ApproveHost(hosts::One),
    /// Let them do so no longer
    RemoveHost(hosts::One),
}

/// Which clients are listed.
#[derive(Args)]
pub(super) struct List {
    /// Only those whose name, id or redirect host begins with these words
    #[arg(long, value_name = "WORDS", default_value = "")]
    search: String,
    /// Only those that registered by themselves, that an administrator made, or that a document describes
    #[arg(long, value_name = "dynamic|administrator|document", value_parser = origin)]
    origin: Option<Origin>,
    /// Only those in this state
    #[arg(long, value_name = "live|unused|disabled", value_parser = state)]
    state: Option<StateFilter>,
    /// At most so many [default: all]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The client that is meant.
#[derive(Args)]
pub(super) struct One {
    /// Its client_id
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl One {
    fn client(&self) -> ClientId {
        ClientId::new(self.id.as_str())
    }

    fn words(&self) -> String {
        words(&self.id)
    }
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List(list) => show::list(work, list).await,
        Command::Show { client, json } => show::one(work, &client, json).await,
        Command::Create(arguments) => create::create(work, arguments).await,
        Command::RotateSecret { id, overlap, json } => rotate(work, &id, overlap, json).await,
        Command::Disable(one) => disable(work, &one).await,
        Command::Enable(one) => enable(work, &one).await,
        Command::Revoke { one, reason } => revoke(work, &one, &reason).await,
        Command::Hosts(list) => hosts::list(work, &list).await,
        Command::ApproveHost(one) => hosts::approve(work, &one).await,
        Command::RemoveHost(one) => hosts::remove(work, &one).await,
    })
}

async fn rotate(work: &Work, id: &str, overlap: Option<Span>, json: bool) -> Result<(), Trouble> {
    let client = ClientId::new(id);
    let overlap = overlap.unwrap_or(work.desk.config.policy.lifetimes.secret_overlap);
    let rotated = flow::rotate_secret(&work.desk, &work.call, &ACTOR, &client, overlap).await;
    let rotated = work.heard(rotated, &words(id))?;
    // In force already: the server reads a client's secrets when they are shown to it.
    let in_force = work.in_force().await;
    if json {
        say_json(&json!({
            "client_id": client,
            "client_secret": rotated.secret.expose(),
            "old_secret_until": rotated.old_until.map(table::stamp),
            "in_force": in_force.as_str(),
        }));
        return Ok(());
    }
    say(format!("The new secret of {}, shown this once:\n\n    {}\n", table::plain(id), rotated.secret.expose()));
    say(match rotated.old_until {
        Some(until) => format!("The old one works until {}.", table::moment(until)),
        None => "The old one has ended.".to_owned(),
    });
    say(in_force.words());
    Ok(())
}

async fn disable(work: &Work, one: &One) -> Result<(), Trouble> {
    work.heard(flow::disable(&work.desk, &work.call, &ACTOR, &one.client()).await, &one.words())?;
    let what = format!("{} is disabled: it is refused everywhere until it is enabled again.", table::plain(&one.id));
    done(one.json, &what, json!({ "client_id": one.id, "state": "disabled" }), work.in_force().await);
    Ok(())
}

async fn enable(work: &Work, one: &One) -> Result<(), Trouble> {
    work.heard(flow::enable(&work.desk, &work.call, &ACTOR, &one.client()).await, &one.words())?;
    let what = format!("{} is enabled.", table::plain(&one.id));
    done(one.json, &what, json!({ "client_id": one.id, "state": "enabled" }), work.in_force().await);
    Ok(())
}

async fn revoke(work: &Work, one: &One, reason: &str) -> Result<(), Trouble> {
    let ended = flow::revoke(&work.desk, &work.call, &ACTOR, &one.client(), reason).await;
    let ended = work.heard(ended, &one.words())?;
    let what = format!("{} is revoked. With it ended: {}.", table::plain(&one.id), table::ended(&ended));
    done(one.json, &what, json!({ "client_id": one.id, "state": "revoked", "ended": ended }), work.in_force().await);
    Ok(())
}

fn words(id: &str) -> String {
    format!("client {} in the book; 'doorbook clients list' shows all of them", table::plain(id))
}

fn overlap(text: &str) -> Result<Span, String> {
    parse::span(text, Span::ZERO, LONGEST_OVERLAP)
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| "write dynamic, administrator or document".into())
}

fn state(text: &str) -> Result<StateFilter, String> {
    StateFilter::parse(text).ok_or_else(|| "write live, unused or disabled".into())
}

impl List {
    fn filter(&self) -> Filter {
        Filter { search: self.search.clone(), origin: self.origin, state: self.state, ..Filter::default() }
    }
}
