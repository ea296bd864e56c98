//! Many keep-alive connections at once, each with its own turn of requests, for a given time.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

use crate::http::{Answer, Connection, member, request};

/// What one connection asks, again and again.
pub(crate) enum Turn {
    /// The same each time.
    Same { request: Vec<u8>, expect: u16 },
    /// Each once, then nothing more.
    Each { requests: std::vec::IntoIter<Vec<u8>>, expect: u16 },
    /// A refresh token for the next one, which the answer holds. Keeps the access tokens.
    Refresh { host: String, client: String, token: String, access: Vec<String> },
}

impl Turn {
    fn next(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Same { request, .. } => Some(request.clone()),
            Self::Each { requests, .. } => requests.next(),
            Self::Refresh { host, client, token, .. } => {
                let body = format!("grant_type=refresh_token&client_id={client}&refresh_token={token}");
                Some(request("POST", "/token", host, &[FORM], &body))
            }
        }
    }

    fn is_answered_by(&mut self, answer: &Answer<'_>) -> bool {
        match self {
            Self::Same { expect, .. } | Self::Each { expect, .. } => answer.status == *expect,
            Self::Refresh { token, access, .. } => {
                match (member(answer.body, "refresh_token"), member(answer.body, "access_token")) {
                    (Some(next), Some(new)) if answer.status == 200 => {
                        *token = next;
                        access.push(new);
                        true
                    }
                    _ => false,
                }
            }
        }
    }
}

/// The header of form posts.
pub(crate) const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// What happened.
#[derive(Default)]
pub(crate) struct Tally {
    /// Answered as expected: how long each took.
    pub(crate) took: Vec<Duration>,
    /// Answered otherwise or not at all.
    pub(crate) errors: usize,
    /// The first of them.
    pub(crate) first_error: Option<String>,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
}

impl Tally {
    fn error(&mut self, what: String) {
        self.errors += 1;
        self.first_error.get_or_insert(what);
    }

    /// The time within which this share of the requests was answered.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let rank = (self.took.len() as f64 * share) as usize;
        self.took.get(rank.min(self.took.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Drives the server: one connection a turn, spread over a few threads. A thread sends on all of its connections, then
/// collects all answers: what it costs is waiting, not switching between as many threads as there are connections.
pub(crate) fn drive(to: SocketAddr, turns: &mut [Turn], time: Duration) -> anyhow::Result<Tally> {
    let start = Instant::now();
    let share = turns.len().div_ceil(THREADS).max(1);
    let parts: Vec<anyhow::Result<Tally>> = thread::scope(|scope| {
        let threads: Vec<_> =
            turns.chunks_mut(share).map(|turns| scope.spawn(move || drive_some(to, turns, start + time))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| anyhow::bail!("a thread died"))).collect()
    });
    let mut all = Tally { elapsed: start.elapsed(), ..Tally::default() };
    for part in parts {
        let part = part?;
        all.took.extend(part.took);
        all.errors += part.errors;
        all.first_error = all.first_error.or(part.first_error);
    }
    all.took.sort_unstable();
    Ok(all)
}

const THREADS: usize = 4;
/// With so many errors in one thread there is nothing to measure.
const ENOUGH: usize = 100;

fn drive_some(to: SocketAddr, turns: &mut [Turn], until: Instant) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut connections = Vec::new();
    for turn in turns {
        connections.push((Connection::open(to).context("cannot connect")?, turn, None));
    }
    while Instant::now() < until && tally.errors < ENOUGH {
        for (connection, turn, sent) in &mut connections {
            *sent = None;
            let Some(request) = turn.next() else { continue };
            *sent = Some(Instant::now());
            if let Err(e) = connection.send(&request) {
                tally.error(e.to_string());
                *sent = None;
                *connection = Connection::open(to)?;
            }
        }
        let mut asked = false;
        for (connection, turn, sent) in &mut connections {
            let Some(sent) = sent else { continue };
            asked = true;
            match connection.receive() {
                Ok(answer) if turn.is_answered_by(&answer) => tally.took.push(sent.elapsed()),
                Ok(answer) => {
                    let what = format!("{} {}", answer.status, answer.text());
                    tally.error(what);
                }
                Err(e) => {
                    tally.error(e.to_string());
                    *connection = Connection::open(to)?;
                }
            }
        }
        if !asked {
            break;
        }
    }
    Ok(tally)
}
