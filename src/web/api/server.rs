//! The server itself: who it is, how much is in the book.

use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Answer, Caller, ok};
use crate::{
    base::time::Span,
    facts::{Stamp, api_token::ApiToken},
    store::stats,
};

/// The server, and who asks it.
#[derive(Serialize, ToSchema)]
pub struct Server {
    /// Its public URL.
    issuer: String,
    /// The version of the program.
    version: &'static str,
    /// Its clock.
    now: Stamp,
    /// Whether any name signs in, on this computer only.
    local_mode: bool,
    /// How much is in the book.
    counts: Counts,
    /// The token that asks.
    token: ApiToken,
}

/// How much is in the book.
#[derive(Serialize, ToSchema)]
pub struct Counts {
    /// Registrations.
    clients: i64,
    /// Of these, used over the last 30 days.
    clients_used: i64,
    /// People who ever signed in.
    people: i64,
    /// Of these, seen over the last 30 days.
    people_seen: i64,
    /// Live grants.
    grants: i64,
}

/// Who the server is, how much is in the book, and what the token is that asks.
#[utoipa::path(get, path = "/admin/api/v1/server", tag = "server",
    responses((status = 200, description = "The server", body = Server)))]
pub async fn get(caller: Caller) -> Answer {
    let now = caller.call.now;
    let counts = caller.read(move |reader| stats::counts(reader, now - Span::days(30), now)).await?;
    let config = &caller.desk.config;
    ok(&Server {
        issuer: config.issuer.as_str().to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        now: now.into(),
        local_mode: config.sign_in.is_local(),
        counts: Counts {
            clients: counts.clients,
            clients_used: counts.clients_used,
            people: counts.people,
            people_seen: counts.people_seen,
            grants: counts.grants,
        },
        token: ApiToken::of(caller.token.clone(), now),
    })
}
