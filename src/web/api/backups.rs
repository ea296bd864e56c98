//! Backups in the folder of the server. None is given out here: an archive holds the master key.

use actix_web::web::Path;

use super::{
    caller::{Answer, Caller, made, ok},
    list::List,
};
use crate::{facts::backup::Backup, flows::archives};

/// What is in the folder for backups, newest first.
#[utoipa::path(get, path = "/admin/api/v1/backups", tag = "backups",
    responses((status = 200, description = "All of them", body = List<Backup>)))]
pub async fn list(caller: Caller) -> Answer {
    archives::notice(&caller.desk, caller.call.now).await;
    let all = archives::list(&caller.desk).await?;
    ok(&List::whole(all.into_iter().map(Backup::from).collect()))
}

/// Takes one into the folder, and looks whether it can be restored.
#[utoipa::path(post, path = "/admin/api/v1/backups", tag = "backups",
    responses((status = 201, description = "The archive", body = Backup)))]
pub async fn take(caller: Caller) -> Answer {
    let taken = caller.take(archives::take(&caller.desk, &caller.call, &caller.actor()).await)?;
    made(&Backup::from(taken))
}

/// Looks again whether one can be restored.
#[utoipa::path(post, path = "/admin/api/v1/backups/{id}/check", tag = "backups", params(("id" = String, Path, description = "Its file")),
    responses((status = 200, description = "What was found", body = Backup)))]
pub async fn check(caller: Caller, id: Path<String>) -> Answer {
    let looked = archives::check(&caller.desk, &caller.call, &caller.actor(), &id).await;
    ok(&Backup::from(caller.take(looked)?))
}
