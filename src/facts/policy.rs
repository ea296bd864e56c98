//! The registration policy, its history, and what a change of it would do.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::registration::RegistrationPolicy,
    flows::policy::{self as flow, Effect},
    store::{
        Reader, StoreResult,
        policies::{self, Version},
    },
};

/// The registration policy in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Policy {
    /// The number of the last change; 0 while everything is as the configuration has it.
    pub version: i64,
    /// Its members, by the names that the options of the configuration have.
    #[schema(value_type = Object, additional_properties)]
    pub policy: RegistrationPolicy,
    /// The members that are not as the configuration has them.
    #[schema(value_type = Object, additional_properties)]
    pub changed: Map<String, Value>,
}

/// The policy that `rules` are.
pub fn policy(reader: &mut Reader<'_>, rules: &RegistrationPolicy) -> StoreResult<Policy> {
    let (version, changed) = policies::last(reader)?.map(|last| (last.version, last.changes)).unwrap_or_default();
    Ok(Policy { version, policy: rules.clone(), changed })
}

/// A change of the registration policy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyVersion {
    /// Its number: 1 is the first change.
    pub version: i64,
    /// When it was made.
    pub at: Stamp,
    /// By whom.
    pub by: String,
    /// What they said about it.
    pub note: Option<String>,
    /// What it changed, as it was before.
    #[schema(value_type = Object, additional_properties)]
    pub before: Map<String, Value>,
    /// What it changed, as it was after.
    #[schema(value_type = Object, additional_properties)]
    pub after: Map<String, Value>,
}

impl From<Version> for PolicyVersion {
    fn from(version: Version) -> Self {
        Self {
            version: version.version,
            at: version.at.into(),
            by: version.actor,
            note: version.note,
            before: version.after.changes_to(&version.before),
            after: version.before.changes_to(&version.after),
        }
    }
}

/// What a change would have made of the last attempts to register.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rehearsal {
    /// How many attempts it was tried on.
    pub tried: usize,
    /// Those that came in and would be refused.
    pub refuses: Vec<Attempts>,
    /// Those that were refused and would come in.
    pub admits: Vec<Attempts>,
    /// Those that would wait for an administrator, and did not.
    pub waits: Vec<Attempts>,
}

/// Attempts to register that are alike.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attempts {
    /// How many there were.
    pub times: usize,
    /// When the last one was.
    pub last: Stamp,
    /// The names that the client gave itself.
    pub names: Vec<String>,
    /// Where it wanted codes to be sent.
    pub redirect_uris: Vec<String>,
    /// Why the one policy refuses it, as in `redirect_host`; null where neither does.
    pub reason: Option<&'static str>,
}

impl From<Effect> for Attempts {
    fn from(effect: Effect) -> Self {
        let reason = effect.reason();
        let Effect { last, times, .. } = effect;
        Self {
            times,
            last: last.at.into(),
            names: last.attempt.names,
            redirect_uris: last.attempt.redirect_uris,
            reason,
        }
    }
}

impl From<flow::Rehearsal> for Rehearsal {
    fn from(flow::Rehearsal { tried, refuses, admits, waits }: flow::Rehearsal) -> Self {
        let told = |effects: Vec<Effect>| effects.into_iter().map(Attempts::from).collect();
        Self { tried, refuses: told(refuses), admits: told(admits), waits: told(waits) }
    }
}
