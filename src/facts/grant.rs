//! What a person allowed a client.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::{
        id::{ClientId, GrantId, UserId},
        time::Time,
    },
    store::{
        Reader, StoreResult,
        grants::{self, Filter, Line},
        page::{Page, Seek},
    },
};

/// What one person allowed one client.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Grant {
    /// Its id.
    #[schema(value_type = String)]
    pub grant_id: GrantId,
    /// Whether it is alive.
    pub state: State,
    /// The client that may.
    #[schema(value_type = String)]
    pub client_id: ClientId,
    /// The client's name; null when it has left the book.
    pub client_name: Option<String>,
    /// In whose name: a person's, or the client's own.
    #[schema(value_type = String)]
    pub user: UserId,
    /// The person's login; null for a client in its own name.
    pub login: Option<String>,
    /// For which protected server.
    pub resource: String,
    /// What it may there: scopes with spaces between them.
    pub scope: String,
    /// When it was given.
    pub given: Stamp,
    /// When it last gave or showed a token.
    pub last_used: Option<Stamp>,
    /// Until when it lives; null: until it is taken back.
    pub until: Option<Stamp>,
    /// When it ended.
    pub ended: Option<Stamp>,
    /// How many live access tokens it has.
    pub tokens: i64,
}

/// Whether a grant is alive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GrantState)]
pub enum State {
    /// It gives tokens.
    Live,
    /// It was taken back, or ran out.
    Ended,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ended => "ended",
        }
    }
}

impl Grant {
    /// What is told of a grant.
    pub fn of(Line { grant, client_name, login, tokens }: Line, now: Time) -> Self {
        Self {
            state: if grant.is_live(now) { State::Live } else { State::Ended },
            resource: grant.audience.to_string(),
            scope: grant.scope.to_string(),
            given: grant.created_at.into(),
            last_used: grant.last_used_at.map(Stamp::from),
            until: grant.expires_at.map(Stamp::from),
            ended: grant.ended_at.map(Stamp::from),
            grant_id: grant.id,
            client_id: grant.client,
            user: grant.user,
            client_name,
            login,
            tokens,
        }
    }
}

/// The grant of that id, ended or not.
pub fn find(reader: &mut Reader<'_>, id: &GrantId, now: Time) -> StoreResult<Option<Grant>> {
    Ok(grants::line(reader, id, now)?.map(|line| Grant::of(line, now)))
}

/// One page of grants.
pub fn page(
    reader: &mut Reader<'_>,
    filter: &Filter,
    seek: Option<&Seek>,
    size: usize,
    now: Time,
) -> StoreResult<Page<Grant>> {
    Ok(grants::page(reader, filter, seek, size, now)?.map(|line| Grant::of(line, now)))
}
