//! `doorbook access`: who may come in. What the configuration names is changed there.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    output::{say, say_json},
    table,
    work::{ACTOR, Trouble, Work, at_desk, done},
};
use crate::{
    base::user::{Role, Who},
    config::Overrides,
    facts::{
        Stamp,
        access::{self as facts, Addition, Comer, Entry, Source},
    },
    flows::access as flow,
};

/// What can be done with the access list.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List it: what the configuration names, then what was added
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put people on it
    Add {
        #[command(flatten)]
        named: Named,
        /// Only say whom it would let in
        #[arg(long)]
        preview: bool,
    },
    /// Take an entry off it: whom that cuts off is signed out at once
    Remove {
        #[command(flatten)]
        named: Named,
        /// Only say whom it would cut off
        #[arg(long)]
        preview: bool,
    },
}

/// Who is meant.
#[derive(Args)]
pub(super) struct Named {
    /// Logins, id: and GitHub numbers, idp:NAME:SUBJECT for a person of a trusted identity provider, idp:NAME:* for all of its
    /// people, local:NAME in local mode, or * for everybody
    #[arg(required = true)]
    who: Vec<String>,
    /// As administrators, and not only to get tokens
    #[arg(long)]
    admin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Named {
    const fn role(&self) -> Role {
        if self.admin { Role::Administrator } else { Role::Member }
    }

    fn who(&self, work: &Work) -> Result<Vec<Who>, Trouble> {
        flow::read(&work.desk, self.who.iter().map(String::as_str), self.role()).map_err(Trouble::Unusable)
    }
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { json } => list(work, json).await,
        Command::Add { named, preview: true } => preview(work, &named).await,
        Command::Add { named, .. } => add(work, &named).await,
        Command::Remove { named, preview } => remove(work, &named, preview).await,
    })
}

async fn list(work: &Work, json: bool) -> Result<(), Trouble> {
    let configured = work.desk.store.standing().configured_entries().to_vec();
    let all = work.desk.store.read(move |reader| facts::all(reader, &configured)).await?;
    if json {
        say_json(&all);
        return Ok(());
    }
    let rows = all.into_iter().map(|entry: Entry| {
        [
            entry.who,
            entry.role.as_str().to_owned(),
            match entry.from {
                Source::Configuration => entry.from.as_str().to_owned(),
                // As with the claim link.
                Source::Dashboard if entry.added_by.is_some() && entry.added_by == entry.person => {
                    "themselves".to_owned()
                }
                Source::Dashboard => entry.added_by.map_or_else(|| "command line".to_owned(), |by| by.to_string()),
            },
            table::moment_or_nothing(entry.added.map(Stamp::at)),
            entry.person.map_or_else(|| table::NOTHING.to_owned(), |person| person.to_string()),
        ]
    });
    table::print(["who", "role", "from", "added", "person"], rows, "Nobody is on the access list.");
    Ok(())
}

async fn add(work: &Work, named: &Named) -> Result<(), Trouble> {
    let who = named.who(work)?;
    let added = flow::add(&work.desk, &work.call, &ACTOR, who, named.role()).await;
    let added = work.heard(added, "access list")?;
    let what = match added {
        0 => "They are on the list already.".to_owned(),
        1 => "1 entry is new.".to_owned(),
        n => format!("{n} entries are new."),
    };
    done(named.json, &what, json!({ "added": added }), work.in_force().await);
    Ok(())
}

/// Says what an addition would do: a line for each person who is known and may do more by it, or one that says why there is none.
async fn preview(work: &Work, named: &Named) -> Result<(), Trouble> {
    let (who, role) = (named.who(work)?, facts::Role::from(named.role()));
    let effect = flow::effect_of_addition(&work.desk, &work.call, &who, named.role()).await;
    let effect = work.heard(effect, "access list")?;
    let again = table::ended(&effect.regained);
    let effect = Addition::from(effect);
    if named.json {
        say_json(&effect);
        return Ok(());
    }
    let rows = effect.entries.iter().flat_map(|entry| {
        let nobody = entry.people.is_empty().then(|| {
            let now = match entry.held {
                Some(held) if held >= role => format!("on the list as {} already", held.as_str()),
                _ => "nobody known here".to_owned(),
            };
            [entry.who.clone(), table::NOTHING.to_owned(), now, table::NOTHING.to_owned(), "0".to_owned()]
        });
        nobody.into_iter().chain(entry.people.iter().map(|comer| comes(&entry.who, comer)))
    });
    table::print(["who", "person", "now", "last came", "refused lately"], rows, "");
    say(format!("\nOn the list, these would be {}s. What works again: {again}.", role.as_str()));
    Ok(())
}

fn comes(who: &str, comer: &Comer) -> [String; 5] {
    let now = match comer.may {
        _ if comer.suspended => "suspended",
        Some(may) => may.as_str(),
        None => "not let in",
    };
    let person = if comer.login.is_empty() { comer.id.to_string() } else { format!("{} ({})", comer.login, comer.id) };
    [who.to_owned(), person, now.to_owned(), table::moment(comer.last_seen.at()), comer.refused.to_string()]
}

async fn remove(work: &Work, named: &Named, preview: bool) -> Result<(), Trouble> {
    let role = named.role();
    for who in named.who(work)? {
        let name = who.to_string();
        let words = format!("{} entry {name} that was added; 'doorbook access list' shows all of them", role.as_str());
        if preview {
            let effect = flow::effect_of_removal(&work.desk, &work.call, &who, role).await;
            let effect = work.heard(effect, &words)?;
            match named.json {
                true => say_json(&json!({ "who": name, "cuts_off": effect })),
                false => say(format!("Without {name} there would be cut off: {}.", table::ended(&effect))),
            }
            continue;
        }
        let ended = flow::remove(&work.desk, &work.call, &ACTOR, who, role).await;
        let ended = work.heard(ended, &words)?;
        let what = format!("{name} is off the list. Cut off: {}.", table::ended(&ended));
        done(named.json, &what, json!({ "who": name, "cut_off": ended }), work.in_force().await);
    }
    Ok(())
}
