//! `doorbook approvals`: who waits for an administrator, and what is decided for them.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    output::say_json,
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::{
        approval::{Approval, Reach},
        id::{ApprovalId, WaitId},
        time::Span,
    },
    config::{Overrides, parse},
    flows::approvals::{self as flow, Decision, Waiting},
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
    if json {
        let one = |waiting: &Waiting| {
            json!({
                "id": waiting.wait.id,
                "client_id": waiting.client.id,
                "client_name": waiting.client.name(),
                "redirect_uris": waiting.client.metadata.redirect_uris,
                "user": waiting.wait.user,
                "login": waiting.login,
                "scope": waiting.wait.scope,
                "since": table::stamp(waiting.wait.created_at),
                "until": table::stamp(waiting.wait.expires_at),
            })
        };
        say_json(&waiting.iter().map(one).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = waiting.iter().map(|waiting| {
        [
            waiting.wait.id.to_string(),
            waiting.client.name().to_owned(),
            waiting.login.clone(),
            table::moment(waiting.wait.created_at),
            table::moment(waiting.wait.expires_at),
        ]
    });
    table::print(["id", "client", "person", "since", "until"], rows, "Nobody waits for an administrator.");
    Ok(())
}

async fn decide(work: &Work, one: &One, allow: bool) -> Result<(), Trouble> {
    let decision = Decision { allow, reach: one.reach, life: one.until };
    let decided = flow::decide(&work.desk, &work.call, &ACTOR, &WaitId::new(&*one.id), decision).await;
    let reached = work.heard(decided, "such wait; 'doorbook approvals list' shows all of them")?;
    let state = if allow { "approved" } else { "denied" };
    let what = format!("{} is {state}; it reaches {reached} who waited.", table::plain(&one.id));
    done(one.json, &what, json!({ "id": one.id, "state": state, "reached": reached }), work.in_force().await);
    Ok(())
}

async fn decided(work: &Work, json: bool) -> Result<(), Trouble> {
    let now = work.call.now;
    let all = work.desk.store.read(move |reader| approvals::all(reader, now)).await?;
    if json {
        say_json(&all.iter().map(facts).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|one| {
        [
            one.id.to_string(),
            one.name.clone(),
            one.user.as_ref().map_or_else(|| "everybody".to_owned(), ToString::to_string),
            state(one).to_owned(),
            one.decided.until.map_or_else(|| "for good".to_owned(), table::moment),
        ]
    });
    table::print(
        ["id", "clients like", "for", "state", "until"],
        rows,
        "Nothing was decided for clients that are alike.",
    );
    Ok(())
}

async fn take_back(work: &Work, id: &str, json: bool) -> Result<(), Trouble> {
    let taken = flow::take_back(&work.desk, &work.call, &ACTOR, &ApprovalId::new(id)).await;
    work.heard(taken, "such decision; 'doorbook approvals decided' shows all of them")?;
    let what = format!("{} is taken back: clients like that wait again.", table::plain(id));
    done(json, &what, json!({ "id": id, "state": "taken_back" }), work.in_force().await);
    Ok(())
}

fn facts(one: &Approval) -> Value {
    json!({
        "id": one.id,
        "client_name": one.name,
        "user": one.user,
        "state": state(one),
        "until": one.decided.until.map(table::stamp),
        "made": table::stamp(one.created_at),
    })
}

const fn state(one: &Approval) -> &'static str {
    if one.decided.allowed { "approved" } else { "denied" }
}

fn reach(text: &str) -> Result<Reach, String> {
    Reach::parse(text).ok_or_else(|| "write once, person or group".into())
}

fn life(text: &str) -> Result<Span, String> {
    parse::span(text, Span::minutes(1), Span::days(3_650))
}
