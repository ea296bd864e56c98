//! Archives in the folder for backups: taken there by the server itself, looked through at once, and listed. The way from there
//! to another machine, and back, is the administrator's: an archive holds the master key.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use time::macros::format_description;

use crate::{
    base::{
        archive::{Archive, Known},
        call::Call,
        event::{Actor, Event},
        time::Time,
    },
    flows::{Desk, FlowResult, backup, checks},
    oauth::{
        error::{OAuthError, invalid_request, not_found},
        why::Why,
    },
    store::{Stop, StoreError, StoreResult, archives, audit},
};

/// What their names begin and end with.
const BEGIN: &str = "doorbook-";
const END: &str = ".tar";

/// Takes a backup into the folder, and looks whether it can be restored.
pub async fn take(desk: &Arc<Desk>, call: &Call, actor: &Actor) -> FlowResult<Archive> {
    let folder = folder(desk)?;
    make(folder).map_err(|error| failed(&format!("{}: {error}", folder.display())))?;
    let file = name(call.now);
    let taken = backup::take(desk, call, actor.clone(), &folder.join(&file)).await;
    taken.map_err(|error| failed(&error.to_string()))?;
    look(desk, call, file, call.now).await
}

/// Looks again whether an archive can be restored.
pub async fn check(desk: &Arc<Desk>, call: &Call, actor: &Actor, file: &str) -> FlowResult<Archive> {
    let there = list(desk).await?.into_iter().find(|archive| archive.file == file).ok_or_else(not_found)?;
    let looked = look(desk, call, there.file, there.taken_at).await?;
    let sound = matches!(looked.checked, Some((_, None)));
    let event = Event::BackupChecked { file: looked.file.clone(), sound };
    let (call, actor) = (call.clone(), actor.clone());
    desk.store.record(move |tx| audit::record(tx, &call, &actor, &event)).await?;
    Ok(looked)
}

/// What is in the folder, newest first. Nothing when none is configured, or it is not made yet.
pub async fn list(desk: &Desk) -> StoreResult<Vec<Archive>> {
    let Some(folder) = desk.config.backup_folder.clone() else { return Ok(Vec::new()) };
    desk.store
        .read(move |reader| {
            let known = archives::all(reader)?;
            let mut all = there(&folder).map_err(|error| unreadable(&folder, &error))?;
            for archive in &mut all {
                let known = known.iter().find(|known| known.file == archive.file);
                // Another file of that name is not the one that was looked at.
                if let Some(known) = known.filter(|known| known.bytes == archive.bytes) {
                    archive.taken_at = known.taken_at;
                    archive.checked = Some((known.checked_at, known.trouble.clone()));
                }
            }
            all.sort_by(|a, b| b.taken_at.cmp(&a.taken_at).then(b.file.cmp(&a.file)));
            Ok(all)
        })
        .await
}

/// Notices what was taken out of the folder meanwhile, as far as it can be looked into: it is forgotten, and nobody is warned of it
/// any more. For the server alone: the folder of a command may be another one.
pub async fn notice(desk: &Desk, now: Time) {
    if let Err(error) = forget_missing(desk, now).await {
        log::warn!("the folder for backups: {error}");
    }
}

async fn forget_missing(desk: &Desk, now: Time) -> StoreResult<()> {
    if desk.config.backup_folder.is_none() {
        return Ok(());
    }
    let there: Vec<String> = list(desk).await?.into_iter().map(|archive| archive.file).collect();
    let known = desk.store.read(archives::all).await?;
    if known.iter().all(|known| there.contains(&known.file)) {
        return Ok(());
    }
    let forget = desk.store.record(move |tx| {
        archives::keep_only(tx, &there)?;
        checks::look_at_backups(tx, now)
    });
    forget.await
}

async fn look(desk: &Arc<Desk>, call: &Call, file: String, taken_at: Time) -> FlowResult<Archive> {
    let path = folder(desk)?.join(&file);
    let looked = tokio::task::spawn_blocking(move || {
        let bytes = path.metadata().map_or(0, |found| found.len());
        (i64::try_from(bytes).unwrap_or(i64::MAX), backup::check(&path).err().map(|error| error.to_string()))
    });
    let (bytes, trouble) = looked.await.map_err(|_| StoreError::Other("a look at a backup panicked".into()))?;
    let checked_at = call.now;
    let known = Known { file: file.clone(), taken_at, bytes, checked_at, trouble: trouble.clone() };
    desk.store
        .record(move |tx| {
            archives::put(tx, &known)?;
            checks::look_at_backups(tx, checked_at)
        })
        .await?;
    Ok(Archive { file, taken_at, bytes, checked: Some((checked_at, trouble)) })
}

fn folder(desk: &Desk) -> Result<&PathBuf, OAuthError> {
    desk.config.backup_folder.as_ref().ok_or_else(|| invalid_request(Why::BackupFolder).with_status(409))
}

/// Only this user may look into it.
fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn there(folder: &Path) -> io::Result<Vec<Archive>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        let (file, found) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata()?);
        if found.is_file() && file.starts_with(BEGIN) && file.ends_with(END) {
            let changed = found.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            let taken_at = Time::from_unix(number(changed));
            all.push(Archive { file, taken_at, bytes: number(found.len()), checked: None });
        }
    }
    Ok(all)
}

/// `doorbook-20261121-003108.tar`
fn name(now: Time) -> String {
    let stamp = now.utc().format(format_description!("[year][month][day]-[hour][minute][second]")).unwrap_or_default();
    format!("{BEGIN}{stamp}{END}")
}

fn failed(why: &str) -> Stop<OAuthError> {
    invalid_request(Why::BackupFailed).with_status(409).about(why).into()
}

fn unreadable(folder: &Path, error: &io::Error) -> StoreError {
    StoreError::Other(format!("{} cannot be read: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::scratch::{NOW, Scratch, call, refusal};

    #[actix_web::test]
    async fn a_backup_is_taken_looked_through_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("backups");
        let scratch = Scratch::new(&[("DOORBOOK_BACKUP_FOLDER", place.to_str().unwrap())]).await;
        assert_eq!(list(&scratch.desk).await.unwrap(), []);
        let taken = take(&scratch.desk, &call(), &Actor::CommandLine).await.unwrap();
        assert_eq!((taken.file.as_str(), &taken.checked), ("doorbook-20270115-080000.tar", &Some((NOW, None))));
        assert_eq!(list(&scratch.desk).await.unwrap(), std::slice::from_ref(&taken));
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "nothing is left beside it");
        assert_eq!(scratch.last(1).await, ["command_line backup_taken"]);
        let again = take(&scratch.desk, &call(), &Actor::CommandLine).await;
        assert_eq!(refusal(again), (Why::BackupFailed, 409));

        fs::write(place.join("notes.txt"), "no archive").unwrap();
        let mut bytes = fs::read(place.join(&taken.file)).unwrap();
        bytes.iter_mut().skip(4_096).step_by(64).for_each(|byte| *byte ^= 0xff);
        fs::write(place.join(&taken.file), bytes).unwrap();
        let looked = check(&scratch.desk, &call(), &Actor::CommandLine, &taken.file).await.unwrap();
        assert!(matches!(&looked.checked, Some((_, Some(trouble))) if trouble.contains("not a Doorbook backup")));
        assert_eq!(list(&scratch.desk).await.unwrap(), [looked]);
        assert_eq!(scratch.last(1).await, ["command_line backup_checked"]);

        fs::write(place.join(&taken.file), "another one").unwrap();
        let other = list(&scratch.desk).await.unwrap();
        assert_eq!(other.first().map(|archive| &archive.checked), Some(&None), "this very file was not looked at");
        fs::remove_file(place.join(&taken.file)).unwrap();
        assert_eq!(list(&scratch.desk).await.unwrap(), []);
        assert_eq!(scratch.finds(archives::all).await.len(), 1, "who only looks changes nothing");
        notice(&scratch.desk, NOW).await;
        assert!(scratch.finds(archives::all).await.is_empty(), "what is gone is forgotten");
        let none = check(&scratch.desk, &call(), &Actor::CommandLine, "../d.db").await;
        assert_eq!(refusal(none), (Why::NotFound, 404));
    }

    #[actix_web::test]
    async fn without_a_folder_none_is_taken() {
        let scratch = Scratch::new(&[]).await;
        assert_eq!(refusal(take(&scratch.desk, &call(), &Actor::CommandLine).await), (Why::BackupFolder, 409));
        assert_eq!(list(&scratch.desk).await.unwrap(), []);
    }
}
