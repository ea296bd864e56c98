//! The hosts whose documents may describe clients: those that the policy lists, and those that an administrator approved.

use clap::Args;
use serde_json::json;

use crate::{
    cli::{
        output::{say, say_json},
        table,
        work::{ACTOR, Trouble, Work, done},
    },
    config::parse,
    facts::host as facts,
    flows::documents as flow,
};

/// How the list is printed.
#[derive(Args)]
pub(in crate::cli) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The host that is meant.
#[derive(Args)]
pub(in crate::cli) struct One {
    /// Its name, as in claude.ai
    #[arg(value_parser = parse::host)]
    host: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(work: &Work, list: &List) -> Result<(), Trouble> {
    let rules = work.desk.store.standing().registration();
    let all = work.desk.store.read(move |reader| facts::all(reader, &rules)).await?;
    if list.json {
        say_json(&all);
        return Ok(());
    }
    if all.is_empty() {
        say("No host is listed or approved.");
    }
    for host in all {
        let name = table::plain(&host.host);
        match host.approved_at {
            Some(at) => say(format!("{name}  approved {}", table::moment(at.at()))),
            None => say(format!("{name}  by the policy of registration")),
        }
    }
    Ok(())
}

pub(super) async fn approve(work: &Work, one: &One) -> Result<(), Trouble> {
    work.heard(flow::approve_host(&work.desk, &work.call, &ACTOR, &one.host).await, &words(&one.host))?;
    let what = format!("Documents of {} may describe clients.", table::plain(&one.host));
    done(one.json, &what, json!({ "host": one.host, "state": "approved" }), work.in_force().await);
    Ok(())
}

pub(super) async fn remove(work: &Work, one: &One) -> Result<(), Trouble> {
    work.heard(flow::remove_host(&work.desk, &work.call, &ACTOR, &one.host).await, &words(&one.host))?;
    let what = format!(
        "Documents of {} are approved no longer; where the policy asks, what people allowed its clients has ended.",
        table::plain(&one.host)
    );
    done(one.json, &what, json!({ "host": one.host, "state": "removed" }), work.in_force().await);
    Ok(())
}

fn words(host: &str) -> String {
    format!("approval of {}; 'doorbook clients hosts' shows all of them", table::plain(host))
}
