//! `doorbook audit`: the audit log, and whether it is as it was written.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{
    clients,
    output::{say, say_json},
    table, users,
    work::{ACTOR, Trouble, Work, at_desk},
};
use crate::{
    base::id::UserId,
    config::Overrides,
    facts::{
        audit::{AuditCheck, Line},
        every,
    },
    flows::audit::{self as flow, Checked},
    store::audit::{self, Filter},
};

/// How many lines are read in one go for a file.
const BATCH: usize = 1_000;

/// What can be done with the audit log.
#[derive(Subcommand)]
pub(super) enum Command {
    /// List its lines, newest first
    List {
        #[command(flatten)]
        wanted: Wanted,
        /// At most so many
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        limit: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print all its lines as JSON, one to a line, newest first
    Export(Wanted),
    /// Check that no line was changed, added or removed behind Doorbook's back; exit code 1 when one was
    Verify {
        /// A seal that an earlier check printed: it must still be in the chain
        #[arg(long, value_name = "SEAL", allow_hyphen_values = true)]
        since: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Which lines.
#[derive(Args)]
pub(super) struct Wanted {
    /// Only about this client: its client_id, or its name if no other client has it
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Only about this person: their login, or their id as in github:583231
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// Only of this event, as in client_revoked; 'refused' for refusals
    #[arg(long, value_name = "EVENT", value_parser = flow::happening)]
    event: Option<String>,
    /// Only refusals for this reason, as in DB-501 or client_gone
    #[arg(long, value_name = "CODE", value_parser = flow::reason)]
    reason: Option<String>,
}

impl Wanted {
    /// The filter. Who left, and who was never let in, has lines by their id all the same.
    async fn filter(self, work: &Work) -> Result<Filter, Trouble> {
        let client = match self.client {
            Some(text) => Some(clients::named(work, &text).await?),
            None => None,
        };
        let user = match self.user {
            Some(id) if id.contains(':') => Some(UserId::new(id)),
            Some(login) => Some(users::meant(work, &login).await?.id),
            None => None,
        };
        Ok(Filter { client, user, event: self.event, reason: self.reason, ..Filter::default() })
    }
}

/// When no line fits: whether what was named is there at all.
async fn is_there(work: &Work, filter: &Filter) -> Result<(), Trouble> {
    if let Some(client) = &filter.client {
        clients::is_known(work, client).await?;
    }
    if let Some(user) = &filter.user {
        users::meant(work, user.as_str()).await?;
    }
    Ok(())
}

pub(super) fn run(overrides: &Overrides, command: Command) -> ExitCode {
    at_desk(overrides, async |work| match command {
        Command::List { wanted, limit, json } => list(work, wanted.filter(work).await?, limit, json).await,
        Command::Export(wanted) => export(work, wanted.filter(work).await?).await,
        Command::Verify { since, json } => verify(work, since, json).await,
    })
}

async fn list(work: &Work, filter: Filter, limit: usize, json: bool) -> Result<(), Trouble> {
    let of = filter.clone();
    let all = work.desk.store.read(move |reader| every(limit, |seek, size| audit::page(reader, &of, seek, size)));
    let all: Vec<Line> = all.await?.into_iter().map(Line::from).collect();
    if all.is_empty() {
        is_there(work, &filter).await?;
    }
    if json {
        say_json(&all);
        return Ok(());
    }
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| table::NOTHING.to_owned());
    let rows = all.into_iter().map(|line| {
        [
            line.line.to_string(),
            table::moment(line.at.at()),
            line.event,
            or_nothing(line.reason),
            if line.actor.is_empty() { line.actor_kind } else { line.actor },
            or_nothing(line.client.map(|id| id.to_string())),
            or_nothing(line.user.map(|id| id.to_string())),
        ]
    });
    table::print(["line", "when", "event", "reason", "by", "client", "person"], rows, "No line fits.");
    Ok(())
}

/// Page by page: the log may be longer than memory has room for.
async fn export(work: &Work, filter: Filter) -> Result<(), Trouble> {
    let mut seek = None;
    loop {
        let (of, from) = (filter.clone(), seek.clone());
        let page = work.desk.store.read(move |reader| audit::page(reader, &of, from.as_ref(), BATCH)).await?;
        if page.rows.is_empty() && seek.is_none() {
            is_there(work, &filter).await?;
        }
        for line in page.rows {
            say(serde_json::to_string(&Line::from(line)).unwrap_or_default());
        }
        seek = page.older;
        if seek.is_none() {
            return Ok(());
        }
    }
}

async fn verify(work: &Work, since: Option<String>, json: bool) -> Result<(), Trouble> {
    let checked = work.heard(flow::check(&work.desk, &work.call, &ACTOR, since).await, "such seal")?;
    if json {
        say_json(&AuditCheck::from(checked.clone()));
    } else if checked.trouble.is_none() {
        say(words(&checked));
    }
    match checked.trouble {
        Some(trouble) => Err(Trouble::Refused(format!("the audit log is not as it was written. {trouble}"))),
        None => Ok(()),
    }
}

fn words(checked: &Checked) -> String {
    let lines = format!("The audit log is as it was written: {} lines are sealed, ", checked.lines);
    let waiting = format!("{} wait for their seal (a running server sets it within 15 seconds).", checked.unsealed);
    match &checked.newest {
        Some(seal) => format!(
            "{lines}{waiting}\nSeal of line {}, for --since: {}\nKeep it elsewhere: it shows later that nothing up to here \
             was cut off.",
            seal.last, seal.seal
        ),
        None => lines + &waiting,
    }
}
