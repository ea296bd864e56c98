//! Grants: what people allowed clients.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    caller::{Answer, Caller, ok},
    list::{List, Window},
    problem::Problem,
};
use crate::{
    base::id::{ClientId, GrantId, UserId},
    facts::{
        Ended,
        grant::{self as facts, Grant},
    },
    flows::grants as flow,
    oauth::error::not_found,
    store::{
        grants::{By, Filter},
        page,
    },
};

/// What a list of grants is sorted by.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GrantSort)]
pub enum Sort {
    /// Last used first; those never used by when they were given.
    Used,
    /// Last given first.
    Given,
}

/// Which grants.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those of the client of this id.
    client: Option<String>,
    /// Only those of the person of this id.
    user: Option<String>,
    /// Ended ones too.
    #[param(default = false)]
    ended: Option<bool>,
    /// What comes first.
    #[param(inline)]
    sort: Option<Sort>,
    /// What comes last comes first.
    #[param(default = false)]
    reverse: Option<bool>,
    /// How many rows: 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What people allowed clients, last used first unless it is said otherwise.
#[utoipa::path(get, path = "/admin/api/v1/grants", tag = "grants", params(Wanted),
    responses((status = 200, description = "A page of it", body = List<Grant>)))]
pub async fn list(caller: Caller) -> Answer {
    let wanted: Wanted = caller.asked()?;
    let window = Window::of(wanted.limit, wanted.cursor);
    let (size, seek, now) = (window.size()?, window.seek()?, caller.call.now);
    let by = match wanted.sort {
        Some(Sort::Given) => By::Given,
        Some(Sort::Used) | None => By::Used,
    };
    let filter = Filter {
        client: wanted.client.map(ClientId::new),
        user: wanted.user.map(UserId::new),
        ended_too: wanted.ended.unwrap_or(false),
        sort: page::Sort { by, turned: wanted.reverse.unwrap_or(false) },
    };
    let page = caller.read(move |reader| facts::page(reader, &filter, seek.as_ref(), size, now));
    ok(&List::from(page.await?))
}

/// One grant.
#[utoipa::path(get, path = "/admin/api/v1/grants/{id}", tag = "grants", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The grant", body = Grant)))]
pub async fn one(caller: Caller, id: Path<String>) -> Answer {
    let (id, now) = (GrantId::new(id.into_inner()), caller.call.now);
    let found = caller.read(move |reader| facts::find(reader, &id, now)).await?;
    ok(&found.ok_or_else(not_found)?)
}

/// Which grants end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GrantRevocation)]
pub struct Revocation {
    /// Their ids; of those that have ended already nothing more ends.
    grant_ids: Vec<String>,
}

/// Ends grants, and so their tokens: all of them, or none when one is not there.
#[utoipa::path(post, path = "/admin/api/v1/grants/revoke", tag = "grants", request_body = Revocation,
    responses((status = 200, description = "What ended", body = Ended), (status = 404, description = "One of them is not there", body = Problem<'static>)))]
pub async fn revoke(caller: Caller) -> Answer {
    let Revocation { grant_ids } = caller.sent()?;
    let ids = grant_ids.into_iter().map(GrantId::new).collect();
    let ended = flow::revoke(&caller.desk, &caller.call, &caller.actor(), ids).await;
    ok(&Ended::from(caller.take(ended)?))
}
