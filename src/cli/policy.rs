//! `doorbook policy`: who may come into the book. What the configuration says is the base; what was changed here or in the
//! dashboard stands over it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    output::{say, say_json},
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    config::{Overrides, registration},
    facts::policy::{self as facts, PolicyVersion},
    flows::policy::{self as flow, Draft, Effect, Rehearsal},
    store::policies,
};

/// What can be done with the policy.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Show what is in force, and where it comes from
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change members of it, as in 'registration=closed look_alikes=refuse'
    Set(Set),
    /// Have members of it as the configuration has them
    Reset(Set),
    /// List the changes that were made, last first
    History {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Go back to what was in force with a version; 0: to the configuration
    Restore {
        /// Its number
        version: i64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take the last change back
    Undo {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What is changed.
#[derive(Args)]
pub(super) struct Set {
    /// To set members NAME=VALUE each, to reset them NAME each
    #[arg(required = true, value_name = "MEMBER")]
    members: Vec<String>,
    /// Only say what it would have made of the last attempts to register
    #[arg(long)]
    rehearse: bool,
    /// Why, for the history
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::Show { json } => show(work, json).await,
        Command::Set(arguments) => {
            let set = set(&arguments.members).map_err(Trouble::Unusable)?;
            change(work, &arguments, Draft { set, ..Draft::default() }).await
        }
        Command::Reset(arguments) => {
            let reset = arguments.members.clone();
            change(work, &arguments, Draft { reset, ..Draft::default() }).await
        }
        Command::History { json } => history(work, json).await,
        Command::Restore { version, json } => {
            let version = flow::restore(&work.desk, &work.call, &ACTOR, version).await;
            in_force(work, work.heard(version, WORDS)?, json).await
        }
        Command::Undo { json } => {
            let version = flow::undo(&work.desk, &work.call, &ACTOR).await;
            let nothing = "change of the policy to take back: everything is as the configuration has it";
            in_force(work, work.heard(version, nothing)?, json).await
        }
    })
}

const WORDS: &str = "such version of the policy; 'doorbook policy history' shows all of them";

fn set(members: &[String]) -> Result<Map<String, Value>, String> {
    let one = |member: &String| {
        let (name, text) = member.split_once('=').ok_or("write members as NAME=VALUE")?;
        let value = registration::value(name, text).map_err(|advice| format!("{name}: {advice}"))?;
        Ok((name.to_owned(), value))
    };
    members.iter().map(one).collect()
}

async fn show(work: &Work, json: bool) -> Result<(), Trouble> {
    let rules = work.desk.store.standing().registration();
    let at = rules.clone();
    let policy = work.desk.store.read(move |reader| facts::policy(reader, &at)).await?;
    if json {
        say_json(&policy);
        return Ok(());
    }
    let members = rules.members();
    let rows = registration::MEMBERS.iter().filter_map(|facts| {
        let text = registration::text(facts.key, members.get(facts.key)?, ",");
        let text = if text.is_empty() { table::NOTHING.to_owned() } else { text };
        let from = if policy.changed.contains_key(facts.key) { "changed here" } else { "configuration" };
        Some([facts.key.to_owned(), text, from.to_owned()])
    });
    table::print(["member", "value", "from"], rows, "");
    Ok(())
}

async fn change(work: &Work, arguments: &Set, draft: Draft) -> Result<(), Trouble> {
    let draft = Draft { note: arguments.note.clone(), ..draft };
    if arguments.rehearse {
        let plan = work.heard(flow::plan(&work.desk, &draft).await, WORDS)?;
        let rehearsal = work.heard(flow::rehearse(&work.desk, &plan.after).await, WORDS)?;
        rehearsed(rehearsal, arguments.json);
        return Ok(());
    }
    let version = flow::change(&work.desk, &work.call, &ACTOR, draft).await;
    in_force(work, work.heard(version, WORDS)?, arguments.json).await
}

async fn in_force(work: &Work, version: i64, json: bool) -> Result<(), Trouble> {
    let what = format!("Version {version} of the registration policy.");
    done(json, &what, json!({ "version": version }), work.in_force().await);
    Ok(())
}

fn rehearsed(rehearsal: Rehearsal, json: bool) {
    if json {
        say_json(&facts::Rehearsal::from(rehearsal));
        return;
    }
    let sum = |effects: &[Effect]| effects.iter().map(|effect| effect.times).sum::<usize>();
    say(format!("Of the last {} attempts it", rehearsal.tried));
    for (words, effects) in [
        ("would now refuse", &rehearsal.refuses),
        ("would now let in", &rehearsal.admits),
        ("would now have wait", &rehearsal.waits),
    ] {
        say(format!("  {words}: {}", sum(effects)));
        for effect in effects {
            let (name, to) = (effect.last.attempt.name(), effect.last.attempt.destinations().join(", "));
            say(format!("    {} x {}: {}", effect.times, table::plain(name), table::plain(&to)));
        }
    }
}

async fn history(work: &Work, json: bool) -> Result<(), Trouble> {
    let all = work.desk.store.read(|reader| policies::latest(reader, None, i64::MAX)).await?;
    if json {
        say_json(&all.into_iter().map(PolicyVersion::from).collect::<Vec<_>>());
        return Ok(());
    }
    let rows = all.iter().map(|version| {
        let changes = version.before.changes_to(&version.after);
        let changes: Vec<_> =
            changes.iter().map(|(name, value)| format!("{name}={}", registration::text(name, value, ","))).collect();
        let note = version.note.clone().unwrap_or_else(|| table::NOTHING.to_owned());
        [version.version.to_string(), table::moment(version.at), version.actor.clone(), changes.join(" "), note]
    });
    table::print(["version", "when", "by", "changed", "note"], rows, "Everything is as the configuration has it.");
    Ok(())
}
