//! Who waits for an administrator, and what is decided for them.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
};
use crate::{
    base::{
        id::{ApprovalId, WaitId},
        time::Span,
    },
    facts::approval::{Approval, Decided, Reach, Wait},
    flows::approvals::{self as flow, Decision},
    store::approvals,
};

/// The people who wait for an administrator to approve a client, the longest first.
#[utoipa::path(get, path = "/admin/api/v1/approvals", tag = "approvals",
    responses((status = 200, description = "All of them", body = List<Wait>)))]
pub async fn list(caller: Caller) -> Answer {
    let now = caller.call.now;
    let waiting = caller.read(move |reader| flow::waiting(reader, now)).await?;
    ok(&List::whole(waiting.into_iter().map(Wait::from).collect()))
}

/// How far a decision reaches.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApprovalDecision)]
pub struct Wanted {
    /// For this request, for this person with all clients like it, or for everybody with all clients like it.
    #[serde(default, rename = "for")]
    reach: Reach,
    /// How many seconds it holds; until it is taken back, unless it is said.
    #[schema(minimum = 60, maximum = 315_360_000)]
    life: Option<u32>,
}

/// Lets a client in: who waits goes on by themselves.
#[utoipa::path(post, path = "/admin/api/v1/approvals/{id}/approve", tag = "approvals", params(("id" = String, Path, description = "Its wait_id")),
    request_body = Option<Wanted>, responses((status = 200, description = "What came of it", body = Decided)))]
pub async fn approve(caller: Caller, id: Path<String>) -> Answer {
    decide(&caller, id, true).await
}

/// Turns a client away: it hears that.
#[utoipa::path(post, path = "/admin/api/v1/approvals/{id}/deny", tag = "approvals", params(("id" = String, Path, description = "Its wait_id")),
    request_body = Option<Wanted>, responses((status = 200, description = "What came of it", body = Decided)))]
pub async fn deny(caller: Caller, id: Path<String>) -> Answer {
    decide(&caller, id, false).await
}

async fn decide(caller: &Caller, id: Path<String>, allow: bool) -> Answer {
    let wanted: Wanted = caller.sent_or_none()?;
    let life = wanted.life.map(|seconds| Span::seconds(seconds.into()));
    let wait_id = WaitId::new(id.into_inner());
    let decision = Decision { allow, reach: wanted.reach.into(), life };
    let reached = flow::decide(&caller.desk, &caller.call, &caller.actor(), &wait_id, decision).await;
    ok(&Decided { reached: caller.take(reached)?, state: allow.into(), wait_id })
}

/// What was decided for clients that are alike and holds now, newest first.
#[utoipa::path(get, path = "/admin/api/v1/approvals/decided", tag = "approvals",
    responses((status = 200, description = "All of it", body = List<Approval>)))]
pub async fn decided(caller: Caller) -> Answer {
    let now = caller.call.now;
    let all = caller.read(move |reader| approvals::all(reader, now)).await?;
    ok(&List::whole(all.into_iter().map(Approval::from).collect()))
}

/// Takes such a decision back: clients like that wait again, and what people allowed goes on.
#[utoipa::path(delete, path = "/admin/api/v1/approvals/decided/{id}", tag = "approvals", params(("id" = String, Path, description = "Its approval_id")),
    responses((status = 200, description = "The decision as it was", body = Approval)))]
pub async fn take_back(caller: Caller, id: Path<String>) -> Answer {
    let id = ApprovalId::new(id.into_inner());
    let gone = flow::take_back(&caller.desk, &caller.call, &caller.actor(), &id).await;
    ok(&Approval::from(caller.take(gone)?))
}
