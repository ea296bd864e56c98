//! `doorbook approvals`: who waits for an administrator, and what is decided for them.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{
        approval::Reach,
        id::{ApprovalId, WaitId},
        time::Span,
    },
    config::{Overrides, parse},
    facts::approval::{Approval, Decided, Wait},
    flows::approvals::{self as flow, Decision, LONGEST_LIFE},
    store::approvals,
};

/// What can be done about approvals.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List who waits, the longest first
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a client in: who waits goes on by themselves
    Approve(One),
    /// Turn a client away: it hears that
    Deny(One),
    /// List what was decided for clients that are alike
    Decided {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take such a decision back: clients like that wait again
    TakeBack {
        /// Its id, as 'doorbook approvals decided' shows it
        id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Who is meant, and how far it reaches.
#[derive(Args)]
pub(super) struct One {
    /// The id of who waits, as 'doorbook approvals list' shows it
    id: String,
    /// For this request, for this person with all clients like it, or for everybody with all clients like it
    #[arg(long = "for", value_name = "once|person|group", value_parser = reach, default_value = "once")]
    reach: Reach,
    /// For how long, as in 30d [default: for good]
    #[arg(long, value_name = "TIME", value_parser = life)]
    until: Option<Span>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Approve(one) => decide(work, &one, true).await,
        Command::Deny(one) => decide(work, &one, false).await,
        Command::Decided { json } => decided(work, json).await,
        Command::TakeBack { id, json } => take_back(work, &id, json).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    let waiting = work.desk.store.read(move |reader| flow::waiting(reader, now)).await?;
    let waiting: Vec<Wait> = waiting.into_iter().map(Wait::from).collect();
    if json {
        say_json(&waiting);
        return Ok(());
    }
    let rows = waiting.into_iter().map(|wait| {
        [
            wait.wait_id.to_string(),
            wait.client_name,
            wait.login,
            table::moment(wait.since.at()),
            table::moment(wait.until.at()),
        ]
    });
    table::print(["wait_id", "client", "person", "since", "until"], rows, "Nobody waits for an administrator.");
    Ok(())
}

async fn decide(work: &Work, one: &One, allow: bool) -> Result<(), Trouble> {
    let decision = Decision { allow, reach: one.reach, life: one.until };
    let wait_id = WaitId::new(&*one.id);
    let decided = flow::decide(&work.desk, &work.call, &ACTOR, &wait_id, decision).await;
    let reached = work.heard(decided, "such wait; 'doorbook approvals list' shows all of them")?;
    let decided = Decided { wait_id, state: allow.into(), reached };
    let state = decided.state.as_str();
    let what = format!("{} is {state}; it reaches {reached} who waited.", table::plain(&one.id));
    done(one.json, &what, json!(decided), work.in_force().await);
    Ok(())
}

async fn decided(work: &Work, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    let all = work.desk.store.read(move |reader| approvals::all(reader, now)).await?;
    let all: Vec<Approval> = all.into_iter().map(Approval::from).collect();
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|one| {
        [
            one.approval_id.to_string(),
            one.client_name,
            one.user.map_or_else(|| "everybody".to_owned(), |user| user.to_string()),
            one.state.as_str().to_owned(),
            one.until.map_or_else(|| "for good".to_owned(), |until| table::moment(until.at())),
        ]
    });
    let header = ["approval_id", "clients like", "for", "state", "until"];
    table::print(header, rows, "Nothing was decided for clients that are alike.");
    Ok(())
}

async fn take_back(work: &Work, id: &str, json: bool) -> Result<(), Trouble> {
    let taken = flow::take_back(&work.desk, &work.call, &ACTOR, &ApprovalId::new(id)).await;
    work.heard(taken, "such decision; 'doorbook approvals decided' shows all of them")?;
    let what = format!("{} is taken back: clients like that wait again.", table::plain(id));
    done(json, &what, json!({ "approval_id": id, "state": "taken_back" }), work.in_force().await);
    Ok(())
}

fn reach(text: &str) -> Result<Reach, String> {
    Reach::parse(text).ok_or_else(|| "write once, person or group".into())
}

fn life(text: &str) -> Result<Span, String> {
    parse::span(text, Span::minutes(1), LONGEST_LIFE)
}
