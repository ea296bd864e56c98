//! Many keep-alive connections at once, each with its own turn of requests, for a given time.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;

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

/// The header of JSON posts.
pub(crate) const JSON: &str = "Content-Type: application/json";

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

/// Drives the server for that long: one thread and one connection a turn.
pub(crate) fn drive(to: SocketAddr, turns: &mut [Turn], time: Duration) -> anyhow::Result<Tally> {
    let start = Instant::now();
    let parts: Vec<anyhow::Result<Tally>> = thread::scope(|scope| {
        let threads: Vec<_> =
            turns.iter_mut().map(|turn| scope.spawn(move || take_turns(to, turn, start + time))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| bail!("a thread died"))).collect()
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

/// With so many errors on one connection there is nothing to measure.
const ENOUGH: usize = 50;

fn take_turns(to: SocketAddr, turn: &mut Turn, until: Instant) -> anyhow::Result<Tally> {
    let mut tally = Tally::default();
    let mut connection = Connection::open(to)?;
    while tally.errors < ENOUGH {
        let sent = Instant::now();
        if sent >= until {
            break;
        }
        let Some(request) = turn.next() else { break };
        match connection.ask(&request) {
            Ok(answer) if turn.is_answered_by(&answer) => tally.took.push(sent.elapsed()),
            Ok(answer) => tally.error(format!("{} {}", answer.status, answer.text())),
            Err(e) => {
                tally.error(e.to_string());
                connection = Connection::open(to)?;
            }
        }
    }
    Ok(tally)
}
