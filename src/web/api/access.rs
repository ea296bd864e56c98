//! The access list: who may come in.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
    problem::NotDone,
};
use crate::{
    base::user::{self as base, Who},
    facts::{
        Ended,
        access::{self as facts, Addition, Entry, Role, read_entry},
    },
    flows::access as flow,
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
};

/// The access list: what the configuration names, then what was added, oldest first.
#[utoipa::path(get, path = "/admin/api/v1/access", tag = "access",
    responses((status = 200, description = "All of it", body = List<Entry>)))]
pub async fn list(caller: Caller) -> Answer {
    let configured = caller.desk.store.standing().configured_entries().to_vec();
    ok(&List::whole(caller.read(move |reader| facts::all(reader, &configured)).await?))
}

/// Who is put on the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccess)]
pub struct NewEntries {
    /// Logins, `id:` and numbers, or `*` for everybody.
    #[schema(min_items = 1, max_items = 200)]
    who: Vec<String>,
    /// What they may.
    role: Role,
}

/// How the list changed.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessAdded)]
pub struct Added {
    /// How many entries were new.
    added: usize,
}

/// Puts people on the list.
#[utoipa::path(post, path = "/admin/api/v1/access", tag = "access", request_body = NewEntries,
    responses((status = 200, description = "They are on the list", body = Added)))]
pub async fn add(caller: Caller) -> Answer {
    let (who, role) = named(&caller)?;
    let added = flow::add(&caller.desk, &caller.call, &caller.actor(), who, role).await;
    ok(&Added { added: caller.take(added)? })
}

/// Whom an addition would let in, or let do more, and what of theirs would work again. Changes nothing.
#[utoipa::path(post, path = "/admin/api/v1/access/rehearse", tag = "access", request_body = NewEntries,
    responses((status = 200, description = "What it would do", body = Addition)))]
pub async fn rehearse(caller: Caller) -> Answer {
    let (who, role) = named(&caller)?;
    let effect = flow::effect_of_addition(&caller.desk, &caller.call, &who, role).await;
    ok(&Addition::from(caller.take(effect)?))
}

fn named(caller: &Caller) -> Result<(Vec<Who>, base::Role), NotDone> {
    let NewEntries { who, role } = caller.sent()?;
    let role = base::Role::from(role);
    let who = flow::read(&caller.desk, who.iter().map(String::as_str), role);
    Ok((who.map_err(|problem| invalid_request(Why::AccessEntry).about(&problem))?, role))
}

/// Takes an entry off the list. Whom that cuts off is signed out at once; what they allowed is refused until they are on it
/// again.
#[utoipa::path(delete, path = "/admin/api/v1/access/{id}", tag = "access", params(("id" = String, Path, description = "Its entry_id, as in member.octavia-k")),
    responses((status = 200, description = "What is refused from now on", body = Ended)))]
pub async fn remove(caller: Caller, id: Path<String>) -> Answer {
    let (who, role) = meant(&id)?;
    let ended = flow::remove(&caller.desk, &caller.call, &caller.actor(), who, role).await;
    ok(&Ended::from(caller.take(ended)?))
}

/// Whom the removal of an entry would cut off, and what would be refused then.
#[utoipa::path(get, path = "/admin/api/v1/access/{id}/effect", tag = "access", params(("id" = String, Path, description = "Its entry_id, as in member.octavia-k")),
    responses((status = 200, description = "What would be refused", body = Ended)))]
pub async fn effect(caller: Caller, id: Path<String>) -> Answer {
    let (who, role) = meant(&id)?;
    let effect = flow::effect_of_removal(&caller.desk, &caller.call, &who, role).await;
    ok(&Ended::from(caller.take(effect)?))
}

fn meant(id: &str) -> Result<(Who, base::Role), NotDone> {
    Ok(read_entry(id).ok_or_else(not_found)?)
}
