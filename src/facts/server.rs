//! The server: who it is, and how much is in its book.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Stamp,
    health::{self, Check},
};
use crate::{
    base::time::{Span, Time},
    flows::Desk,
    store::{Reader, StoreResult, kind, stats},
};

/// Over which time things count as used.
const USED: Span = Span::days(30);

/// Who the server is, and how much is in its book.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Server {
    /// Its public URL.
    pub issuer: String,
    /// The version of the program.
    pub version: &'static str,
    /// Its clock.
    pub now: Stamp,
    /// Whether any name signs in, on this computer only.
    pub local_mode: bool,
    /// How much is in the book.
    pub counts: Counts,
    /// How many bytes the database has.
    pub database_bytes: u64,
    /// What it found when it last looked at itself that is not as it should be, the worst first.
    pub attention: Vec<Check>,
}

/// How much is in the book.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Registrations.
    pub clients: i64,
    /// Of these, used over the last 30 days.
    pub clients_used: i64,
    /// People who ever signed in.
    pub people: i64,
    /// Of these, seen over the last 30 days.
    pub people_seen: i64,
    /// Live grants.
    pub grants: i64,
}

impl Server {
    /// The server of that desk.
    pub fn of(reader: &mut Reader<'_>, desk: &Desk, now: Time) -> StoreResult<Self> {
        let stats::Counts { clients, clients_used, people, people_seen, grants, .. } =
            stats::counts(reader, now - USED, now)?;
        Ok(Self {
            issuer: desk.config.issuer.as_str().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            now: now.into(),
            local_mode: desk.config.sign_in.is_local(),
            counts: Counts { clients, clients_used, people, people_seen, grants },
            database_bytes: kind::of(reader)?.bytes,
            attention: health::wrong(reader)?,
        })
    }
}
