//! The audit log.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Answer, Caller, ok},
    list::{List, Window},
    problem::NotDone,
};
use crate::{
    base::id::{ClientId, UserId},
    facts::audit::{AuditCheck, Line},
    flows::audit as flow,
    oauth::{error::invalid_request, why::Why},
    store::audit::{self, Filter},
};

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only about the client of this id.
    client: Option<String>,
    /// Only about the person of this id.
    user: Option<String>,
    /// Only of this event, as in `client_revoked`.
    event: Option<String>,
    /// Only refusals for this reason, as in `DB-501` or `scope_insufficient`.
    reason: Option<String>,
    /// Only of this request.
    request: Option<String>,
    /// The oldest comes first.
    #[param(default = false)]
    reverse: Option<bool>,
    /// How many rows: 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Which lines of a timeline.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Only of this event; `refused` for refusals.
    event: Option<String>,
    /// How many rows: 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Who did what to what, and what was refused and why, newest first unless it is said otherwise.
#[utoipa::path(get, path = "/admin/api/v1/audit", tag = "audit", params(Wanted),
    responses((status = 200, description = "A page of it", body = List<Line>)))]
pub async fn list(caller: Caller) -> Answer {
    let wanted: Wanted = caller.asked()?;
    let filter = Filter {
        client: wanted.client.map(ClientId::new),
        user: wanted.user.map(UserId::new),
        event: event(wanted.event)?,
        reason: wanted.reason.map(|text| known("reason", flow::reason(&text))).transpose()?,
        request: wanted.request,
        oldest_first: wanted.reverse.unwrap_or(false),
        ..Filter::default()
    };
    page(&caller, filter, Window::of(wanted.limit, wanted.cursor)).await
}

/// From where the log is checked.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditFrom {
    /// A seal that an earlier check gave: it must still be in the chain.
    since: Option<String>,
}

/// Checks that no line was changed, added or removed behind Doorbook's back.
#[utoipa::path(post, path = "/admin/api/v1/audit/verify", tag = "audit", request_body = Option<AuditFrom>,
    responses((status = 200, description = "What the check found, sound or not", body = AuditCheck)))]
pub async fn verify(caller: Caller) -> Answer {
    let AuditFrom { since } = caller.sent_or_none()?;
    let found = flow::check(&caller.desk, &caller.call, &caller.actor(), since).await?;
    ok(&AuditCheck::from(found))
}

/// The lines about one thing.
pub(super) async fn timeline(caller: &Caller, of: Filter) -> Answer {
    let part: Part = caller.asked()?;
    page(caller, Filter { event: event(part.event)?, ..of }, Window::of(part.limit, part.cursor)).await
}

fn event(wanted: Option<String>) -> Result<Option<String>, NotDone> {
    wanted.map(|text| known("event", flow::happening(&text))).transpose()
}

/// A value that no line can have is refused as a parameter that the list does not know.
fn known(name: &str, found: Result<String, String>) -> Result<String, NotDone> {
    found.map_err(|problem| invalid_request(Why::ApiParameter).about(&format!("{name}: {problem}")).into())
}

async fn page(caller: &Caller, filter: Filter, window: Window) -> Answer {
    let (size, seek) = (window.size()?, window.seek()?);
    let page = caller.read(move |reader| audit::page(reader, &filter, seek.as_ref(), size)).await?;
    ok(&List::from(page.map(Line::from)))
}
