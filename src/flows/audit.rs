//! The audit log is sealed as it grows, and checked when somebody asks: what the database holds is what Doorbook wrote.
//! Who has the database alone can neither change nor remove a line unseen. Who cuts off its end, or puts an older copy in its
//! place, is seen by those who kept a seal: it is no longer there.

use std::fmt;

use crate::{
    base::{
        call::Call,
        event::{Actor, Event, HAPPENINGS},
        time::{Span, Time},
    },
    config::nearest::nearest,
    crypto::chain::Chain,
    flows::{Desk, FlowResult},
    oauth::{error::invalid_request, why::Why},
    store::{
        Reader, StoreResult,
        audit::{self, Written},
        seals::{self, Seal},
    },
};

/// Lines to a seal at most.
const LINES: i64 = 2_000;
/// How many seals are looked at in one go.
const BATCH: i64 = 500;
/// A running server seals within seconds: a line that is older than this and unsealed has lost its seal.
const UNSEALED: Span = Span::days(1);

/// What a check of the log found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// How many lines are sealed and as they were written.
    pub lines: i64,
    /// How many lines wait for their seal.
    pub unsealed: i64,
    /// The newest seal. Kept elsewhere, it shows later that the log still goes on from it.
    pub newest: Option<Seal>,
    /// What is wrong, when something is.
    pub trouble: Option<Trouble>,
}

/// What is wrong with the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// Between these lines something was changed, added or removed.
    Changed(i64, i64),
    /// Lines before this one are gone before their time.
    Beheaded(i64),
    /// From this line on nothing is sealed, though it should be.
    Unsealed(i64),
    /// The seal that the check was to begin from is not in the chain.
    SealGone,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(first, last) => {
                write!(
                    f,
                    "The lines {first} to {last} are not as Doorbook wrote them: one was changed, added or removed."
                )
            }
            Self::Beheaded(first) => write!(f, "The lines before {first} were removed, though it was not time yet."),
            Self::Unsealed(first) => write!(f, "From line {first} on the seals are missing."),
            Self::SealGone => write!(
                f,
                "That seal is not in the chain: the end of the log was cut off, or an older copy took its place."
            ),
        }
    }
}

/// The name of something that happened, as the log has it; else which one may be meant.
pub fn happening(text: &str) -> Result<String, String> {
    if HAPPENINGS.contains(&text) {
        return Ok(text.to_owned());
    }
    let near = near(text, &HAPPENINGS);
    let meant = if near.is_empty() { HAPPENINGS.to_vec() } else { near };
    Err(format!("no event has this name; write {}", meant.join(" or ")))
}

/// The code of a reason, by its code or its name; else which one may be meant.
pub fn reason(text: &str) -> Result<String, String> {
    if let Some(why) = Why::parse(&text.to_ascii_uppercase()).or_else(|| Why::parse(text)) {
        return Ok(why.code().to_owned());
    }
    let near = near(text, &Why::ALL.map(Why::slug));
    let hint = if near.is_empty() { String::new() } else { format!("; write {}", near.join(" or ")) };
    Err(format!("no reason has this code or name{hint}"))
}

/// Those that have the text in their name, else the one that is spelt most like it.
fn near(text: &str, known: &[&'static str]) -> Vec<&'static str> {
    let named: Vec<_> = known.iter().copied().filter(|name| !text.is_empty() && name.contains(text)).collect();
    if named.is_empty() { nearest(text, known.iter().copied()).into_iter().collect() } else { named }
}

/// Seals the lines that were written since the last time.
pub async fn seal(desk: &Desk, call: &Call) -> StoreResult<()> {
    while sealed(desk, call.now).await? == LINES as usize {}
    Ok(())
}

/// Sets one seal, if there is something to seal. Gives over how many lines. They are read and gone through beside the writer.
async fn sealed(desk: &Desk, now: Time) -> StoreResult<usize> {
    let chain = Chain::new(&desk.master);
    let made = desk.store.read(move |reader| {
        let newest = seals::newest(reader)?;
        let first = newest.as_ref().map_or(1, |seal| seal.last + 1);
        let previous = newest.map(|seal| seal.seal).unwrap_or_default();
        let lines = audit::written(reader, first, i64::MAX, LINES)?;
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(None) };
        let seal = link(&chain, &previous, now, &lines);
        Ok(Some((previous, Seal { first: first.seq, last: last.seq, at: now, seal }, lines.len())))
    });
    let Some((previous, seal, lines)) = made.await? else { return Ok(0) };
    desk.store
        .record(move |tx| {
            // Another process may have been faster: then this one hangs on a link that is no longer the last.
            if seals::newest(tx)?.map(|newest| newest.seal).unwrap_or_default() != previous {
                return Ok(0);
            }
            seals::insert(tx, &seal)?;
            Ok(lines)
        })
        .await
}

/// Goes through the whole chain. With `since`, a seal that was kept elsewhere, that one must be in it.
pub async fn check(desk: &Desk, call: &Call, actor: &Actor, since: Option<String>) -> FlowResult<Checked> {
    let since = since.map(|seal| seal.trim().to_owned());
    if since.as_deref().is_some_and(|seal| !Chain::is_link(seal)) {
        return Err(invalid_request(Why::SealMalformed).into());
    }
    let (chain, now, kept) = (Chain::new(&desk.master), call.now, desk.config.policy.lifetimes.audit);
    let checked = desk.store.read(move |reader| go_through(reader, &chain, now, kept, since.as_deref())).await?;
    let event = Event::AuditChecked { lines: checked.lines, sound: checked.trouble.is_none() };
    let (call, actor) = (call.clone(), actor.clone());
    desk.store.record(move |tx| audit::record(tx, &call, &actor, &event)).await?;
    Ok(checked)
}

fn go_through(
    reader: &mut Reader<'_>,
    chain: &Chain,
    now: Time,
    kept: Span,
    since: Option<&str>,
) -> StoreResult<Checked> {
    let mut found = Checked { lines: 0, unsealed: 0, newest: None, trouble: None };
    let Some((oldest, newest)) = audit::ends(reader)? else {
        found.trouble = since.map(|_| Trouble::SealGone);
        return Ok(found);
    };
    let mut is_there = since.is_none();
    loop {
        let through = found.newest.as_ref().map_or(0, |seal| seal.last);
        let next = seals::behind(reader, through, BATCH)?;
        if next.is_empty() {
            break;
        }
        for seal in next {
            match &found.newest {
                // The end that is left of a chain whose older links were removed when their time was over.
                None if seal.last < oldest => {
                    if seal.last + 1 != oldest || seal.at > now - kept {
                        found.trouble = Some(Trouble::Beheaded(oldest));
                        return Ok(found);
                    }
                }
                before => {
                    let previous = before.as_ref().map(|seal| seal.seal.as_str()).unwrap_or_default();
                    let expected = before.as_ref().map_or(1, |seal| seal.last + 1);
                    let lines = audit::written(reader, expected, seal.last, LINES + 1)?;
                    let whole = seal.first == expected && lines.len() as i64 == seal.last - seal.first + 1;
                    if !whole || link(chain, previous, seal.at, &lines) != seal.seal {
                        found.trouble = Some(Trouble::Changed(expected, seal.last));
                        return Ok(found);
                    }
                    found.lines += lines.len() as i64;
                }
            }
            is_there = is_there || since == Some(seal.seal.as_str());
            found.newest = Some(seal);
        }
    }
    let first = found.newest.as_ref().map_or(1, |seal| seal.last + 1);
    let waiting = audit::written(reader, first, first, 1)?.into_iter().next();
    found.unsealed = newest + 1 - first;
    found.trouble = match waiting {
        _ if !is_there => Some(Trouble::SealGone),
        Some(line) if line.at < now - UNSEALED => Some(Trouble::Unsealed(line.seq)),
        None if found.unsealed > 0 => Some(Trouble::Unsealed(first)),
        _ => None,
    };
    Ok(found)
}

fn link(chain: &Chain, previous: &str, at: Time, lines: &[Written]) -> String {
    chain.link(previous, at.unix(), lines.iter().map(|line| line.text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_there_or_the_nearest_is_named() {
        assert_eq!(happening("client_revoked").as_deref(), Ok("client_revoked"));
        assert_eq!(happening("refused").as_deref(), Ok("refused"));
        for (typed, meant) in [
            ("client_revokd", "write client_revoked"),
            ("Client_Revoked", "write client_revoked"),
            ("suspended", "write user_suspended"),
            ("key_", "write key_made or key_signs or key_retired or key_revoked"),
            ("", "write refused or client_registered or "),
            ("DB-501", "write refused or client_registered or "),
        ] {
            let problem = happening(typed).unwrap_err();
            assert!(problem.starts_with(&format!("no event has this name; {meant}")), "{typed}: {problem}");
        }

        for typed in ["DB-303", "db-303", "client_gone"] {
            assert_eq!(reason(typed).as_deref(), Ok("DB-303"), "{typed}");
        }
        for (typed, meant) in
            [("client_gon", "; write client_gone"), ("client_goen", "; write client_gone"), ("DB-999", ""), ("", "")]
        {
            assert_eq!(reason(typed).unwrap_err(), format!("no reason has this code or name{meant}"), "{typed}");
        }
    }
}
