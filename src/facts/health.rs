//! How the server is: what it looked at, what its jobs did, what its database is.

use serde::Serialize;
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::upkeep::{self, Finding, JobRun},
    store::{Reader, StoreResult, findings, job_runs, kind},
};

/// How the server is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// The version of the program.
    pub version: &'static str,
    /// Its database.
    pub database: Database,
    /// What it found when it last looked at what it needs; nothing before the first look.
    pub checks: Vec<Check>,
    /// The last run of each job.
    pub jobs: Vec<Job>,
}

/// The database.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Database {
    /// What kind it is, as in `SQLite 3.50.4`.
    pub kind: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The version of its tables.
    pub schema: String,
}

/// What a look at something found that a server needs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Check {
    /// At what: `public_url`, `github`, `clock`, `disk`, `audit`, `backup`, `keys`, `jobs`.
    pub what: &'static str,
    /// How it is: `good`, `warning`, `bad`.
    pub health: &'static str,
    /// In a sentence or two.
    pub found: String,
    /// When.
    pub at: Stamp,
}

/// The last run of a job.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// The job.
    pub name: String,
    /// When it began.
    pub began: Stamp,
    /// How many milliseconds it took.
    pub took_ms: i64,
    /// How much it wrote down or removed.
    pub done: i64,
    /// Why it failed; null: it did not.
    pub failure: Option<String>,
}

impl Health {
    /// That of the server of that database.
    pub fn of(reader: &mut Reader<'_>) -> StoreResult<Self> {
        let kind::Kind { name, schema, bytes } = kind::of(reader)?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            database: Database { kind: name, bytes, schema },
            checks: findings::all(reader)?.into_iter().map(Check::from).collect(),
            jobs: job_runs::all(reader)?.into_iter().map(Job::from).collect(),
        })
    }
}

/// What was found that is not as it should be, the worst first.
pub fn wrong(reader: &mut Reader<'_>) -> StoreResult<Vec<Check>> {
    Ok(findings::wrong(reader)?.into_iter().map(Check::from).collect())
}

impl Check {
    /// Whether something does not work.
    pub fn is_bad(&self) -> bool {
        self.health == upkeep::Health::Bad.as_str()
    }

    /// Whether it is as it should be.
    pub fn is_good(&self) -> bool {
        self.health == upkeep::Health::Good.as_str()
    }
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        Self {
            what: finding.need.as_str(),
            health: finding.health.as_str(),
            found: finding.found,
            at: finding.at.into(),
        }
    }
}

impl From<JobRun> for Job {
    fn from(run: JobRun) -> Self {
        Self { name: run.name, began: run.began_at.into(), took_ms: run.took_ms, done: run.done, failure: run.failure }
    }
}
