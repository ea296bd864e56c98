//! People who signed in.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    audit,
    caller::{Answer, Caller, ok},
    list::{List, Window},
    problem::NotDone,
};
use crate::{
    base::id::UserId,
    facts::{
        Ended,
        person::{self as facts, Person},
    },
    flows::users as flow,
    oauth::error::not_found,
    store::{
        audit::Filter,
        grants::{self, Of},
        page,
        users::{self, By},
    },
};

/// What a list of people is sorted by.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PersonSort)]
pub enum Sort {
    /// Last seen first.
    Seen,
    /// Their logins, from A on.
    Login,
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Part of a login, a name or an id.
    q: Option<String>,
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

/// The people who signed in, last seen first unless it is said otherwise.
#[utoipa::path(get, path = "/admin/api/v1/people", tag = "people", params(Wanted),
    responses((status = 200, description = "A page of them", body = List<Person>)))]
pub async fn list(caller: Caller) -> Answer {
    let wanted: Wanted = caller.asked()?;
    let window = Window::of(wanted.limit, wanted.cursor);
    let (size, seek, now) = (window.size()?, window.seek()?, caller.call.now);
    let by = match wanted.sort {
        Some(Sort::Login) => By::Login,
        Some(Sort::Seen) | None => By::Seen,
    };
    let filter = users::Filter {
        search: wanted.q.unwrap_or_default().trim().to_owned(),
        sort: page::Sort { by, turned: wanted.reverse.unwrap_or(false) },
    };
    let access = caller.desk.store.standing().access();
    let page = caller.read(move |reader| facts::page(reader, &access, &filter, seek.as_ref(), size, now));
    ok(&List::from(page.await?))
}

/// One person.
#[utoipa::path(get, path = "/admin/api/v1/people/{id}", tag = "people", params(("id" = String, Path, description = "Their id, as in github:583231")),
    responses((status = 200, description = "The person", body = Person)))]
pub async fn one(caller: Caller, id: Path<String>) -> Answer {
    ok(&find(&caller, &UserId::new(id.into_inner())).await?)
}

async fn find(caller: &Caller, id: &UserId) -> Result<Person, NotDone> {
    let (id, now, access) = (id.clone(), caller.call.now, caller.desk.store.standing().access());
    let found = caller.read(move |reader| facts::find(reader, &access, &id, now)).await?;
    Ok(found.ok_or_else(not_found)?)
}

/// What would end if everything were revoked that a person allowed; suspending them stops the same for a while.
#[utoipa::path(get, path = "/admin/api/v1/people/{id}/effect", tag = "people", params(("id" = String, Path, description = "Their id, as in github:583231")),
    responses((status = 200, description = "What would end", body = Ended)))]
pub async fn effect(caller: Caller, id: Path<String>) -> Answer {
    let (id, now) = (UserId::new(id.into_inner()), caller.call.now);
    let ended = caller.read(move |reader| {
        let there = users::find(reader, &id)?.is_some();
        Ok(if there { Some(grants::weigh(reader, &Of::User(id), now)?) } else { None })
    });
    ok(&Ended::from(ended.await?.ok_or_else(not_found)?))
}

/// What a person did and what was done to them, newest first.
#[utoipa::path(get, path = "/admin/api/v1/people/{id}/timeline", tag = "people",
    params(("id" = String, Path, description = "Their id, as in github:583231"), audit::Part),
    responses((status = 200, description = "A page of it", body = List<crate::facts::audit::Line>)))]
pub async fn timeline(caller: Caller, id: Path<String>) -> Answer {
    let of = Filter { user: Some(UserId::new(id.into_inner())), ..Filter::default() };
    audit::timeline(&caller, of).await
}

/// Suspends a person: whatever they allowed is refused until they are restored, and their browsers are signed out.
#[utoipa::path(post, path = "/admin/api/v1/people/{id}/suspend", tag = "people", params(("id" = String, Path, description = "Their id, as in github:583231")),
    responses((status = 200, description = "What stands still", body = Ended)))]
pub async fn suspend(caller: Caller, id: Path<String>) -> Answer {
    let id = UserId::new(id.into_inner());
    let still = flow::suspend(&caller.desk, &caller.call, &caller.actor(), &id).await;
    ok(&Ended::from(caller.take(still)?))
}

/// Lets a suspended person go on where they were.
#[utoipa::path(post, path = "/admin/api/v1/people/{id}/restore", tag = "people", params(("id" = String, Path, description = "Their id, as in github:583231")),
    responses((status = 200, description = "The person as they are now", body = Person)))]
pub async fn restore(caller: Caller, id: Path<String>) -> Answer {
    let id = UserId::new(id.into_inner());
    caller.take(flow::restore(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, &id).await?)
}

/// Ends everything that a person allowed, and signs their browsers out.
#[utoipa::path(post, path = "/admin/api/v1/people/{id}/revoke-all", tag = "people", params(("id" = String, Path, description = "Their id, as in github:583231")),
    responses((status = 200, description = "What ended", body = Ended)))]
pub async fn revoke_all(caller: Caller, id: Path<String>) -> Answer {
    let id = UserId::new(id.into_inner());
    let ended = flow::revoke_all(&caller.desk, &caller.call, &caller.actor(), &id).await;
    ok(&Ended::from(caller.take(ended)?))
}
