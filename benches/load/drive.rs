//! Many keep-alive connections at once, each with its own turn of requests, for a given time.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    http::{Answer, Connection, member, request},
    process::Queued,
};

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
    /// How long it was driven.
    pub(crate) elapsed: Duration,
}

impl Tally {
    fn error(&mut self, what: String) {
        self.errors += 1;
        self.first_error.get_or_insert(what);
    }

    /// The time within which this share of the requests was answered. Wants `took` in its order.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let rank = (self.took.len() as f64 * share) as usize;
        self.took.get(rank.min(self.took.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// A keep-alive connection with what is asked on it.
pub(crate) struct Line {
    turn: Turn,
    connection: Option<Connection>,
}

impl Line {
    /// One for each turn. It connects when it first asks.
    pub(crate) fn all(turns: Vec<Turn>) -> Vec<Self> {
        turns.into_iter().map(|turn| Self { turn, connection: None }).collect()
    }

    /// What it asked, and what it knows now.
    pub(crate) fn into_turn(self) -> Turn {
        self.turn
    }

    /// Whether it can ask once more.
    pub(crate) fn has_more(&self) -> bool {
        !matches!(&self.turn, Turn::Each { requests, .. } if requests.len() == 0)
    }

    /// Whether what it asks can be asked once only.
    pub(crate) fn is_limited(&self) -> bool {
        matches!(self.turn, Turn::Each { .. })
    }

    fn ask(&mut self, to: SocketAddr, until: Instant, tally: &mut Tally) -> anyhow::Result<()> {
        let queued = Queued::own()?;
        let mut before = queued.so_far()?;
        while tally.errors < ENOUGH {
            let connection = match &mut self.connection {
                Some(connection) => connection,
                none => none.insert(Connection::open(to)?),
            };
            let sent = Instant::now();
            if sent >= until {
                break;
            }
            let Some(request) = self.turn.next() else { break };
            let answer = connection.ask(&request);
            // An answer that is there while this thread waits for a core does not take longer for that.
            let (took, now) = (sent.elapsed(), queued.so_far()?);
            let took = took.saturating_sub(now.saturating_sub(before));
            before = now;
            match answer {
                Ok(answer) if self.turn.is_answered_by(&answer) => tally.took.push(took),
                Ok(answer) => tally.error(format!("{} {}", answer.status, answer.text())),
                Err(e) => {
                    tally.error(e.to_string());
                    self.connection = None;
                }
            }
        }
        Ok(())
    }
}

/// With so many errors on one connection there is nothing to measure.
const ENOUGH: usize = 50;

/// Drives the server for that long, one thread a line, and adds to what was seen.
pub(crate) fn drive(to: SocketAddr, lines: &mut [Line], time: Duration, seen: &mut Tally) -> anyhow::Result<()> {
    let start = Instant::now();
    let parts: Vec<anyhow::Result<Tally>> = thread::scope(|scope| {
        let ask = |line: &mut Line| {
            let mut tally = Tally::default();
            line.ask(to, start + time, &mut tally).map(|()| tally)
        };
        let threads: Vec<_> = lines.iter_mut().map(|line| scope.spawn(move || ask(line))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| bail!("a thread died"))).collect()
    });
    seen.elapsed += start.elapsed();
    for part in parts {
        let part = part?;
        seen.took.extend(part.took);
        seen.errors += part.errors;
        seen.first_error = seen.first_error.take().or(part.first_error);
    }
    Ok(())
}
