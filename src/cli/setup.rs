//! `doorbook setup`: what is left to do before the server is in use.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{
    output::say_json,
    table,
    work::{Trouble, Work, at_desk},
};
use crate::{
    config::Overrides,
    flows::setup::{self, Task},
};

/// How it is said.
#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(overrides: &Overrides, arguments: &Arguments) -> ExitCode {
    at_desk(overrides, async |work| steps(work, arguments.json).await)
}

async fn steps(work: &Work, json: bool) -> Result<(), Trouble> {
    let desk = work.desk.clone();
    let steps = work.desk.store.read(move |reader| setup::steps(reader, &desk)).await?;
    if json {
        let steps = steps.all.iter();
        let steps: Vec<_> =
            steps.map(|s| json!({ "step": name(s.task), "done": s.is_done, "found": s.found })).collect();
        say_json(&steps);
        return Ok(());
    }
    let rows = steps.all.iter().map(|step| {
        [if step.is_done { "done" } else { "to do" }.to_owned(), name(step.task).to_owned(), step.found.clone()]
    });
    table::print(["state", "step", "found"], rows, "");
    Ok(())
}

const fn name(task: Task) -> &'static str {
    match task {
        Task::PublicUrl => "public address",
        Task::GitHub => "sign-in through GitHub",
        Task::People => "access list",
        Task::Resource => "first protected server",
        Task::Proxy => "proxy at the gate",
        Task::Client => "first client",
    }
}
