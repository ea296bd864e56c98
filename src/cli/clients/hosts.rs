//! The hosts whose documents may describe clients: those that the policy lists, and those that an administrator approved.

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        output::{say, say_json},
        table,
        work::{ACTOR, Trouble, Work, done},
    },
    config::parse,
    flows::documents as flow,
    store::documents,
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
    #[arg(value_parser = host)]
    host: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn host(text: &str) -> Result<String, String> {
    match parse::hosts(text)?.as_slice() {
        [one] if !one.starts_with('*') => Ok(one.clone()),
        _ => Err("write one host, as in claude.ai".into()),
    }
}

pub(super) async fn list(work: &Work, list: &List) -> Result<(), Trouble> {
    let approved = work.desk.store.read(documents::hosts).await?;
    let rules = work.desk.store.standing().registration();
    let listed = &rules.client_document_hosts;
    if list.json {
        let rows: Vec<Value> = listed
            .iter()
            .map(|host| json!({ "host": host, "from": "policy" }))
            .chain(approved.iter().map(
                |row| json!({ "host": row.host, "from": "approval", "approved_at": table::stamp(row.approved_at) }),
            ))
            .collect();
        say_json(&json!(rows));
        return Ok(());
    }
    if listed.is_empty() && approved.is_empty() {
        say("No host is listed or approved.");
    }
    for host in listed {
        say(format!("{}  by the policy of registration", table::plain(host)));
    }
    for row in approved {
        say(format!("{}  approved {}", table::plain(&row.host), table::moment(row.approved_at)));
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
