//! What became of it: step by step for one client, and as a matrix for all of them.

use serde::Serialize;

use crate::outbound::visit::Answer;

/// A step on the way of a client, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It reads the metadata.
    Discovery,
    /// It runs in a browser, which asks first (CORS).
    Preflight,
    /// Its document is taken in place of a registration.
    Document,
    /// It registers.
    Register,
    /// It sends its person to the authorization page.
    Authorize,
    /// Its person signs in and lets it in.
    SignIn,
    /// It exchanges the code.
    Token,
    /// It refreshes, twice with the same token.
    Refresh,
    /// Its registration was removed, and it hears so in the way in which it notices.
    Gone,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Discovery,
        Self::Preflight,
        Self::Document,
        Self::Register,
        Self::Authorize,
        Self::SignIn,
        Self::Token,
        Self::Refresh,
        Self::Gone,
    ];

    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Preflight => "preflight",
            Self::Document => "document",
            Self::Register => "register",
            Self::Authorize => "authorize",
            Self::SignIn => "sign-in",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::Gone => "gone",
        }
    }
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As the client needs it.
    Passed,
    /// The client would stop here.
    Failed,
    /// Not tried; what came says why.
    Skipped,
}

/// One step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Step {
    /// Which one.
    pub stage: Stage,
    /// What was sent, in short.
    pub sent: String,
    /// What came, in short.
    pub came: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What to do about it, when it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// What became of one client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// Its short name.
    pub name: &'static str,
    /// Its name for people.
    pub client: String,
    /// What is special about it.
    pub note: String,
    /// The steps that it came to.
    pub steps: Vec<Step>,
}

impl Report {
    /// Whether it got as far as it could.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The steps at which it stopped.
    pub fn failures(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.verdict == Verdict::Failed)
    }

    /// Its row of the matrix: one word a stage.
    pub fn row(&self) -> [&'static str; Stage::ALL.len()] {
        Stage::ALL.map(|stage| match self.steps.iter().find(|step| step.stage == stage).map(|step| step.verdict) {
            Some(Verdict::Passed) => "yes",
            Some(Verdict::Failed) => "NO",
            Some(Verdict::Skipped) | None => "-",
        })
    }
}

/// Why a step did not go on: what came, and what to do about it.
pub(super) struct Stopped {
    pub(super) came: String,
    pub(super) fix: String,
}

impl Stopped {
    pub(super) fn new(came: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { came: came.into(), fix: fix.into() }
    }

    /// An answer that should have been another one.
    pub(super) fn at(answer: &Answer, fix: impl Into<String>) -> Self {
        Self::new(in_short(answer), fix)
    }
}

/// What a stage gave: what came, and something for the stages behind it.
pub(super) type Went<T> = Result<(String, T), Stopped>;

/// An answer in one line: its status, and the error of the protocol when it is one.
pub(super) fn in_short(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    match (text("error"), text("error_description")) {
        (Some(error), Some(words)) => format!("{} {error}: {words}", answer.status),
        (Some(error), None) => format!("{} {error}", answer.status),
        _ if (300..400).contains(&answer.status) => {
            let to = answer.header("location").split(['?', '#']).next().unwrap_or_default();
            format!("{} to {to}", answer.status)
        }
        _ => answer.status.to_string(),
    }
}
