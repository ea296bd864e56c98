//! How the server is, and its configuration as it is in force.

use super::{
    caller::{Answer, Caller, ok},
    list::List,
};
use crate::{
    facts::{
        health::Health,
        setting::{self, Setting},
    },
    flows::checks,
};

/// How the server is: what it found when it last looked at itself, what its jobs did.
#[utoipa::path(get, path = "/admin/api/v1/health", tag = "server", operation_id = "health",
    responses((status = 200, description = "How it is", body = Health)))]
pub async fn get(caller: Caller) -> Answer {
    ok(&told(&caller).await?)
}

/// Has the server look at everything that it needs: its public URL, GitHub, its clock, its disk ...
#[utoipa::path(post, path = "/admin/api/v1/health/check", tag = "server",
    responses((status = 200, description = "How it is now", body = Health)))]
pub async fn check(caller: Caller) -> Answer {
    checks::ask(&caller.desk, &caller.call, &caller.actor()).await?;
    ok(&told(&caller).await?)
}

async fn told(caller: &Caller) -> Result<Health, super::problem::NotDone> {
    caller.read(Health::of).await
}

/// The configuration as it is in force, with the source of each value. Of secrets it says only that they are set.
#[utoipa::path(get, path = "/admin/api/v1/settings", tag = "server",
    responses((status = 200, description = "All options", body = List<Setting>)))]
pub async fn settings(caller: Caller) -> Answer {
    ok(&List::whole(setting::all(&caller.desk)))
}
