//! A server looks at what it needs: now and then by itself, and when somebody asks it. What it found is kept, so that whoever
//! comes to the dashboard, to the API or to the command line reads the same. A command beside it looks, too, and keeps nothing.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        client::Origin,
        count::grouped,
        event::{Actor, Event},
        key::{KeyPurpose, KeyState},
        registration::RegistrationPolicy,
        time::{Span, Time},
        upkeep::{Finding, Health, Need},
    },
    flows::{Desk, archives as folder, setup},
    oauth::registration::policy,
    outbound::http::{self, Http},
    store::{Reader, StoreResult, Tx, archives, audit, clients, findings, job_runs, keys},
};

/// How far clocks may be apart.
const CLOCKS: Span = Span::seconds(60);
/// The least room that a disk must have.
const LEAST_ROOM: u64 = 64 << 20;
/// Beside twice the database, this is room enough.
const ROOM: u64 = 256 << 20;
/// How old the last backup may be.
const BACKUP: Span = Span::days(7);
/// How old a key that signs may be.
const KEY: Span = Span::days(400);
/// How long a key may be late that is to take over.
const LATE: Span = Span::minutes(15);

/// How something is, and what was found, in a sentence or two.
type Found = (Health, String);

/// Looks at everything, and keeps what was found. For the server alone: what stands in the book is about its configuration and
/// its place in the network.
pub async fn look(desk: &Arc<Desk>, call: &Call) -> StoreResult<Vec<Finding>> {
    folder::notice(desk, call.now).await;
    let all = find(desk, call).await?;
    let kept = all.clone();
    desk.store.record(move |tx| findings::replace(tx, &kept)).await?;
    Ok(all)
}

/// Looks at everything from here, and keeps nothing.
pub async fn find(desk: &Desk, call: &Call) -> StoreResult<Vec<Finding>> {
    let now = call.now;
    let github = github(desk).await;
    let theirs = github.as_ref().and_then(|(_, date)| *date);
    let mut all = vec![(Need::PublicUrl, public_url(desk).await)];
    all.extend(github.map(|(found, _)| (Need::GitHub, found)));
    all.push((Need::Disk, disk(desk)));
    let rules = desk.store.standing().registration();
    let read = desk.store.read(move |reader| {
        Ok([
            (Need::Clock, clock(reader, now, theirs)?),
            (Need::Audit, audited(reader)?),
            (Need::Backup, backup(reader, now)?),
            (Need::Keys, signing(reader, now)?),
            (Need::Jobs, jobs(reader)?),
            (Need::Registrations, registrations(reader, &rules, now)?),
        ])
    });
    all.extend(read.await?);
    all.sort_by_key(|(need, _)| *need);
    Ok(all.into_iter().map(|(need, (health, found))| Finding { need, at: now, health, found }).collect())
}

/// The server looks because somebody asks it.
pub async fn ask(desk: &Arc<Desk>, call: &Call, actor: &Actor) -> StoreResult<Vec<Finding>> {
    let all = look(desk, call).await?;
    let wrong = all.iter().filter(|finding| finding.health != Health::Good);
    let event = Event::SelfChecked { wrong: wrong.map(|finding| finding.need.as_str()).collect() };
    let (call, actor) = (call.clone(), actor.clone());
    desk.store.record(move |tx| audit::record(tx, &call, &actor, &event)).await?;
    Ok(all)
}

/// Looks at the backups again, because something was done to them.
pub(super) fn look_at_backups(tx: &mut Tx<'_>, now: Time) -> StoreResult<()> {
    let (health, found) = backup(tx, now)?;
    findings::renew(tx, &Finding { need: Need::Backup, at: now, health, found })
}

async fn public_url(desk: &Desk) -> Found {
    let reached = setup::reach(desk).await;
    let health = if reached == setup::Reached::Us { Health::Good } else { Health::Bad };
    (health, reached.words(desk.config.issuer.as_str()))
}

/// Whether GitHub answers, and what time it is there. In local mode nobody asks it.
async fn github(desk: &Desk) -> Option<(Found, Option<Time>)> {
    if desk.config.sign_in.is_local() {
        return None;
    }
    let api = &desk.config.github.api;
    let asked = async { Http::new(http::TOTAL)?.date(api).await };
    Some(match asked.await {
        Ok(date) => ((Health::Good, format!("{api} answers.")), date),
        Err(why) => {
            let words =
                "People who are not signed in cannot sign in until it does. Look at the network of this machine.";
            ((Health::Bad, format!("{api} cannot be asked: {why}. {words}")), None)
        }
    })
}

fn clock(reader: &mut Reader<'_>, now: Time, theirs: Option<Time>) -> StoreResult<Found> {
    let newest = audit::page(reader, &audit::Filter::default(), None, 1)?.rows.into_iter().next();
    let ahead = newest.map(|line| line.at).filter(|at| *at > now + CLOCKS);
    let apart = theirs.map(|theirs| now.since(theirs).max(theirs.since(now)));
    Ok(match (ahead, apart) {
        (Some(_), _) => {
            let words = "The newest entry of the log is later than now: the clock was set back. Tokens may live too long. Set it right.";
            (Health::Bad, words.into())
        }
        (None, Some(apart)) if apart > CLOCKS => {
            let words = "Tokens begin and end at the wrong time. Have the machine keep its time with NTP.";
            (Health::Bad, format!("It is {} seconds off GitHub's. {words}", apart.as_seconds()))
        }
        (None, Some(_)) => (Health::Good, "It agrees with GitHub's.".into()),
        (None, None) => (Health::Good, "It goes on from the newest entry of the log.".into()),
    })
}

fn disk(desk: &Desk) -> Found {
    let used = desk.store.path().metadata().map_or(0, |file| file.len());
    match desk.store.room() {
        Ok(free) => room(used, free),
        Err(error) => (Health::Warning, format!("It cannot be asked how full it is: {error}.")),
    }
}

fn room(used: u64, free: u64) -> Found {
    let words = format!("{} are free where the database is, which has {}.", size(free), size(used));
    match free {
        free if free < LEAST_ROOM => (Health::Bad, format!("{words} Nothing can be written soon: make room.")),
        free if free < used * 2 + ROOM => (Health::Warning, format!("{words} A backup may not fit any more.")),
        _ => (Health::Good, words),
    }
}

fn last(reader: &mut Reader<'_>, event: &str) -> StoreResult<Option<audit::Line>> {
    let filter = audit::Filter { event: Some(event.into()), ..audit::Filter::default() };
    Ok(audit::page(reader, &filter, None, 1)?.rows.into_iter().next())
}

fn audited(reader: &mut Reader<'_>) -> StoreResult<Found> {
    let Some(line) = last(reader, "audit_checked")? else {
        return Ok((Health::Good, "It is sealed as it grows. Nobody has checked the seals yet.".into()));
    };
    let sound = line.detail.get("sound").and_then(serde_json::Value::as_bool) == Some(true);
    Ok(match sound {
        true => (Health::Good, format!("It was as it was written when it was last checked, {}.", day(line.at))),
        false => (Health::Bad, format!("It is not as it was written, found {}.", day(line.at))),
    })
}

fn backup(reader: &mut Reader<'_>, now: Time) -> StoreResult<Found> {
    let newest = archives::all(reader)?.into_iter().next();
    if let Some(trouble) = newest.and_then(|known| known.trouble) {
        return Ok((Health::Bad, format!("The newest archive cannot be restored: {trouble}.")));
    }
    let age = |at: Time| now.since(at).as_seconds() / Span::days(1).as_seconds();
    Ok(match (last(reader, "backup_taken")?, audit::oldest(reader)?) {
        (Some(line), _) if now.since(line.at) <= BACKUP => {
            (Health::Good, format!("The last one was taken {}.", day(line.at)))
        }
        (Some(line), _) => (Health::Warning, format!("The last one is {} days old.", age(line.at))),
        (None, Some(first)) if now.since(first.at) > BACKUP => {
            (Health::Warning, format!("None was ever taken, and the book is {} days old.", age(first.at)))
        }
        (None, _) => (Health::Good, "None was taken yet. The book is new.".into()),
    })
}

fn signing(reader: &mut Reader<'_>, now: Time) -> StoreResult<Found> {
    let all = keys::all(reader)?;
    let late = all.iter().find(|key| key.state == KeyState::Next && key.signs_at + LATE < now);
    if let Some(key) = late {
        return Ok((Health::Bad, format!("The key {} was to take over {}, and has not.", key.id, day(key.signs_at))));
    }
    let oldest = all.iter().filter(|key| key.state == KeyState::Signing).min_by_key(|key| key.signs_at);
    Ok(match oldest {
        Some(key) if now.since(key.signs_at) > KEY => {
            let what = match key.purpose {
                KeyPurpose::AccessTokens => "access tokens",
                KeyPurpose::IdTokens => "id_tokens",
            };
            (Health::Warning, format!("The key for {what} signs since {}. Make a new one.", key.signs_at.utc().date()))
        }
        Some(key) => (Health::Good, format!("The oldest that signs does so since {}.", key.signs_at.utc().date())),
        None => (Health::Bad, "No key signs.".into()),
    })
}

fn jobs(reader: &mut Reader<'_>) -> StoreResult<Found> {
    let all = job_runs::all(reader)?;
    let failed = all.iter().find_map(|run| run.failure.as_ref().map(|why| format!("To {} failed: {why}", run.name)));
    Ok(match failed {
        Some(words) => (Health::Warning, words),
        None if all.is_empty() => (Health::Good, "None has run yet.".into()),
        None => (Health::Good, format!("{} run, and none failed the last time.", all.len())),
    })
}

/// How many more clients may come in by themselves. Where they are full, one that nobody used makes room, as long as there is one.
fn registrations(reader: &mut Reader<'_>, rules: &RegistrationPolicy, now: Time) -> StoreResult<Found> {
    let (dynamic, documents) = (Origin::Dynamic, Origin::Document);
    let counts = (clients::kept_count(reader, dynamic)?, clients::kept_count(reader, documents)?);
    let (origin, count) = if counts.0 >= counts.1 { (dynamic, counts.0) } else { (documents, counts.1) };
    let number = |n: i64| grouped(n.unsigned_abs());
    let words = format!("{} of {} that there may be.", number(count), number(rules.most_clients));
    if !policy::is_nearly_full(count, rules) {
        return Ok((Health::Good, words));
    }
    let makes_room = clients::never_used(reader, origin, now - policy::MAKES_ROOM_AFTER, 1)?;
    Ok(match (policy::is_full(count, rules), makes_room.is_empty()) {
        (true, true) => (Health::Bad, format!("{words} All are in use: new clients are refused. Raise most_clients.")),
        (_, false) => (Health::Warning, format!("{words} When they are full, those that nobody used make room.")),
        (false, true) => (Health::Warning, format!("{words} All are in use: raise most_clients before they are full.")),
    })
}

/// `54 GB`
fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => "less than 1 MB".into(),
        mb if mb < 10 << 10 => format!("{mb} MB"),
        mb => format!("{} GB", mb >> 10),
    }
}

/// `on 2026-11-21`
fn day(at: Time) -> String {
    format!("on {}", at.utc().date())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::{event::Actor, upkeep::JobRun},
        flows::{
            keys as flow,
            scratch::{NOW, Scratch, call},
        },
    };

    fn at(now: Time) -> Call {
        Call { now, ..call() }
    }

    async fn found(scratch: &Scratch, need: Need, now: Time) -> Found {
        look(&scratch.desk, &at(now)).await.unwrap();
        let kept = scratch.finds(findings::all).await;
        let finding = kept.into_iter().find(|finding| finding.need == need).unwrap();
        assert_eq!(finding.at, now);
        (finding.health, finding.found)
    }

    #[test]
    fn room_is_measured_by_what_a_backup_needs() {
        let mb = |n: u64| n << 20;
        for (used, free, health) in [
            (mb(10), mb(10_000), Health::Good),
            (mb(10), mb(276), Health::Good),
            (mb(10), mb(275), Health::Warning),
            (mb(1_000), mb(2_000), Health::Warning),
            (mb(1), mb(63), Health::Bad),
        ] {
            assert_eq!(room(used, free).0, health, "{used} {free}");
        }
    }

    #[actix_web::test]
    async fn a_clock_that_was_set_back_is_seen_in_the_log() {
        let scratch = Scratch::new(&[]).await;
        assert_eq!(found(&scratch, Need::Clock, NOW).await.0, Health::Good);
        assert_eq!(found(&scratch, Need::Clock, NOW - Span::hours(1)).await.0, Health::Bad);
    }

    #[actix_web::test]
    async fn what_grows_old_is_said() {
        let scratch = Scratch::new(&[]).await;
        assert_eq!(found(&scratch, Need::Backup, NOW + Span::days(6)).await.0, Health::Good);
        assert_eq!(found(&scratch, Need::Backup, NOW + Span::days(8)).await.0, Health::Warning);
        assert_eq!(found(&scratch, Need::Keys, NOW + Span::days(400)).await.0, Health::Good);
        assert_eq!(found(&scratch, Need::Keys, NOW + Span::days(401)).await.0, Health::Warning);
        let rotated = flow::rotate(&scratch.desk, &call(), Actor::CommandLine, KeyPurpose::AccessTokens, false).await;
        let due = rotated.unwrap().signs_at;
        assert_eq!(found(&scratch, Need::Keys, due + LATE).await.0, Health::Good);
        let (health, words) = found(&scratch, Need::Keys, due + LATE + Span::seconds(1)).await;
        assert!(health == Health::Bad && words.contains("and has not"), "{words}");
    }

    #[actix_web::test]
    async fn registrations_that_are_nearly_full_are_said() {
        let many = Scratch::new(&[]).await;
        let (_, words) = found(&many, Need::Registrations, NOW).await;
        assert_eq!(words, "0 of 10,000 that there may be.");
        let scratch = Scratch::new(&[("DOORBOOK_MOST_CLIENTS", "5")]).await;
        let later = NOW + Span::hours(2);
        for n in 0..4 {
            assert_eq!(
                found(&scratch, Need::Registrations, later).await,
                (Health::Good, format!("{n} of 5 that there may be."))
            );
            scratch.registers(json!({"redirect_uris": ["https://app.example/cb"]})).await;
        }
        let (health, words) = found(&scratch, Need::Registrations, later).await;
        assert!(health == Health::Warning && words.contains("make room"), "{words}");
        let (health, words) = found(&scratch, Need::Registrations, NOW).await;
        assert!(health == Health::Warning && words.contains("before they are full"), "{words}");
        scratch.registers(json!({"redirect_uris": ["https://app.example/cb"]})).await;
        let (health, words) = found(&scratch, Need::Registrations, NOW).await;
        assert!(health == Health::Bad && words.contains("refused"), "{words}");
    }

    #[actix_web::test]
    async fn a_job_that_failed_and_a_log_that_was_changed_are_said() {
        let scratch = Scratch::new(&[]).await;
        let run = JobRun {
            name: "move keys on".into(),
            began_at: NOW,
            took_ms: 3,
            done: 0,
            failure: Some("the disk is full".into()),
        };
        scratch.desk.store.record(move |tx| job_runs::put(tx, &run)).await.unwrap();
        let words = (Health::Warning, "To move keys on failed: the disk is full".to_owned());
        assert_eq!(found(&scratch, Need::Jobs, NOW).await, words);
        for (sound, health) in [(true, Health::Good), (false, Health::Bad)] {
            let event = Event::AuditChecked { lines: 1, sound };
            let at = at(NOW);
            scratch.desk.store.record(move |tx| audit::record(tx, &at, &Actor::System, &event)).await.unwrap();
            assert_eq!(found(&scratch, Need::Audit, NOW).await.0, health);
        }
    }
}
