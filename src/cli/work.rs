//! How a command works: it opens the desk beside a server that may be running, calls a flow, and says where what it did is in
//! force. It starts no job and makes no claim link.

use std::{io, process::ExitCode, sync::Arc, time::Duration};

use tokio::time::{interval, timeout};

use super::{
    output::{FAILED, UNUSABLE, configuration, fail, say, wait},
    table,
};
use crate::{
    base::{call::Call, event::Actor},
    clock::Clock,
    config::{Config, Overrides},
    flows::{
        Desk, FlowResult,
        first_run::{self, Opening},
    },
    store::{Stop, StoreError, StoreResult, lock, servers, standing},
};

/// How long a running server is given to take up what was done: it looks five times a second.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is asked.
const ASKED: Duration = Duration::from_millis(50);

/// Who does it, for the audit log.
pub(super) const ACTOR: Actor = Actor::CommandLine;

/// What a command works with.
pub(super) struct Work {
    pub(super) desk: Arc<Desk>,
    pub(super) call: Call,
}

/// Why nothing came of a command.
pub(super) enum Trouble {
    /// Refused, not found, or failed.
    Refused(String),
    /// What was typed cannot be used.
    Unusable(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Where a change is in force.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InForce {
    AtServer,
    AtStart,
    Unconfirmed,
}

impl InForce {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::AtServer => "running_server",
            Self::AtStart => "no_server",
            Self::Unconfirmed => "not_confirmed",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::AtServer => "In force at the running server.",
            Self::AtStart => "No server runs; in force when it starts.",
            Self::Unconfirmed => {
                "Done, but not confirmed: the running server has not taken it up within 2 seconds. Look at its log."
            }
        }
    }
}

/// Opens the desk and does the work.
pub(super) fn at_desk<F>(overrides: &Overrides, work: F) -> ExitCode
where
    F: AsyncFnOnce(&Work) -> Result<(), Trouble>,
{
    let config = match configuration(overrides) {
        Ok(loaded) => loaded.config,
        Err(code) => return code,
    };
    ended(wait(async { work(&opened(config).await?).await }))
}

async fn opened(config: Config) -> Result<Work, Trouble> {
    let call = Call::inside(Clock::System.now(), "command line");
    let desk = first_run::open(config, &call, Opening::Command).await;
    let desk = desk.map_err(|error| Trouble::Refused(error.to_string()))?;
    Ok(Work { desk, call })
}

fn ended(done: io::Result<Result<(), Trouble>>) -> ExitCode {
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(Trouble::Refused(why))) => fail(FAILED, why),
        Ok(Err(Trouble::Unusable(why))) => fail(UNUSABLE, why),
        Err(error) => fail(FAILED, error),
    }
}

impl Work {
    /// What a flow answered; `what` names what it was about, should that not be there.
    pub(super) fn heard<T>(&self, answer: FlowResult<T>, what: &str) -> Result<T, Trouble> {
        answer.map_err(|stop| match stop {
            Stop::Refuse(error) if error.status() == 404 => missing(what),
            Stop::Refuse(error) => {
                let (why, said) = (error.why(), error.description());
                let value = error.value().filter(|value| !said.contains(value));
                let value = value.map(|value| format!(": {}", table::plain(value))).unwrap_or_default();
                Trouble::Refused(format!("refused: {said}{value}. {} ({})", why.fix_by_hand(), why.code()))
            }
            Stop::Fail(StoreError::Busy) => Trouble::Refused("somebody else was faster; try again".into()),
            Stop::Fail(error) => error.into(),
        })
    }

    /// Waits until the running server follows what was just written, and says whether it does. What was done is done, and may
    /// be a secret that is shown once: so whatever goes wrong here is only not confirmed.
    pub(super) async fn in_force(&self) -> InForce {
        if !self.server_runs() {
            return InForce::AtStart;
        }
        match timeout(PATIENCE, self.followed()).await {
            Ok(Ok(())) => InForce::AtServer,
            _ if self.server_runs() => InForce::Unconfirmed,
            _ => InForce::AtStart,
        }
    }

    async fn followed(&self) -> StoreResult<()> {
        let wanted = self.desk.store.read(standing::latest).await?;
        let mut turns = interval(ASKED);
        loop {
            turns.tick().await;
            if self.desk.store.read(servers::slowest).await?.is_some_and(|seen| seen >= wanted) {
                return Ok(());
            }
        }
    }

    pub(super) fn server_runs(&self) -> bool {
        lock::is_held(self.desk.store.path())
    }
}

/// Says what was done and where it is in force.
pub(super) fn done(json: bool, what: &str, mut facts: serde_json::Value, in_force: InForce) {
    if json {
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("in_force".into(), in_force.as_str().into());
        }
        super::output::say_json(&facts);
    } else {
        say(what);
        say(in_force.words());
    }
}

/// That something is not there.
pub(super) fn missing(what: &str) -> Trouble {
    Trouble::Refused(format!("there is no {what}"))
}
