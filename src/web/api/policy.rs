//! The registration policy: who may come into the book by itself.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Answer, Caller, ok},
    list::List,
    problem::Problem,
};
use crate::{
    facts::policy::{self as facts, Policy, PolicyVersion, Rehearsal},
    flows::{
        FlowResult,
        policy::{self as flow, Draft},
    },
    oauth::{error::invalid_request, why::Why},
    store::policies,
};

/// How many versions a page has, unless it is said.
const USUAL: i64 = 50;
/// No page has more.
const MOST: i64 = 500;

/// The policy in force.
#[utoipa::path(get, path = "/admin/api/v1/policy", tag = "policy",
    responses((status = 200, description = "The policy", body = Policy)))]
pub async fn get(caller: Caller) -> Answer {
    now(&caller).await
}

async fn now(caller: &Caller) -> Answer {
    let rules = caller.desk.store.standing().registration();
    ok(&caller.read(move |reader| facts::policy(reader, &rules)).await?)
}

/// A change of the policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// The members that are otherwise from then on.
    #[serde(default)]
    #[schema(value_type = Object, additional_properties)]
    set: Map<String, Value>,
    /// The members that are as the configuration has them from then on.
    #[serde(default)]
    reset: Vec<String>,
    /// The version that was looked at when this was written: should another one be in force by now, nothing is changed.
    seen: Option<i64>,
    /// Why, for the history; 300 characters are kept.
    #[serde(default)]
    note: String,
}

impl From<PolicyChange> for Draft {
    fn from(PolicyChange { set, reset, seen, note }: PolicyChange) -> Self {
        Self { set, reset, seen, note }
    }
}

/// Changes the policy. What is so already makes no new version.
#[utoipa::path(post, path = "/admin/api/v1/policy", tag = "policy", request_body = PolicyChange,
    responses((status = 200, description = "The policy as it is now", body = Policy)))]
pub async fn change(caller: Caller) -> Answer {
    let draft = caller.sent::<PolicyChange>()?.into();
    caller.take(flow::change(&caller.desk, &caller.call, &caller.actor(), draft).await)?;
    now(&caller).await
}

/// Tries a change on the last attempts to register, and changes nothing.
#[utoipa::path(post, path = "/admin/api/v1/policy/rehearse", tag = "policy", request_body = PolicyChange,
    responses((status = 200, description = "What it would make of them", body = Rehearsal)))]
pub async fn rehearse(caller: Caller) -> Answer {
    let draft = caller.sent::<PolicyChange>()?.into();
    let plan = caller.take(flow::plan(&caller.desk, &draft).await)?;
    let rehearsal = caller.take(flow::rehearse(&caller.desk, &plan.after).await)?;
    ok(&Rehearsal::from(rehearsal))
}

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// How many: 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// The `next` of the page before.
    cursor: Option<i64>,
}

/// The changes of the policy, last first.
#[utoipa::path(get, path = "/admin/api/v1/policy/history", tag = "policy", params(Wanted),
    responses((status = 200, description = "A page of them", body = List<PolicyVersion>)))]
pub async fn history(caller: Caller) -> Answer {
    let Wanted { limit, cursor } = caller.asked()?;
    let size = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&size) {
        return Err(invalid_request(Why::ApiParameter).about(&format!("limit: {size}")).into());
    }
    let mut rows = caller.read(move |reader| policies::latest(reader, cursor, size + 1)).await?;
    let more = rows.len() as i64 > size;
    rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|last| last.version.to_string());
    ok(&List { items: rows.into_iter().map(PolicyVersion::from).collect(), next })
}

/// Which version is gone back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyReturn {
    /// Its number; 0: what the configuration says.
    version: i64,
}

/// Goes back to what was in force with a version. It is a change as any other, and can be undone.
#[utoipa::path(post, path = "/admin/api/v1/policy/restore", tag = "policy", request_body = PolicyReturn,
    responses(
        (status = 200, description = "The policy as it is now", body = Policy),
        (status = 404, description = "There is no such version", body = Problem<'static>)
    ))]
pub async fn restore(caller: Caller) -> Answer {
    let PolicyReturn { version } = caller.sent()?;
    changed(&caller, flow::restore(&caller.desk, &caller.call, &caller.actor(), version).await).await
}

/// Takes the last change back.
#[utoipa::path(post, path = "/admin/api/v1/policy/undo", tag = "policy",
    responses(
        (status = 200, description = "The policy as it is now", body = Policy),
        (status = 404, description = "There is no change to take back", body = Problem<'static>)
    ))]
pub async fn undo(caller: Caller) -> Answer {
    changed(&caller, flow::undo(&caller.desk, &caller.call, &caller.actor()).await).await
}

async fn changed(caller: &Caller, done: FlowResult<i64>) -> Answer {
    caller.take(done)?;
    now(caller).await
}
