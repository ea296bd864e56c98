//! A token of the API.

use serde::Serialize;
use utoipa::ToSchema;

use super::Stamp;
use crate::base::{
    api_token::{self as base, ApiRole},
    id::{ApiTokenId, UserId},
    time::Time,
};

/// A token of the API: what is known of it, not the token itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiToken {
    /// What it is called.
    #[schema(value_type = String)]
    pub token_id: ApiTokenId,
    /// What it is for, in its maker's words.
    pub label: String,
    /// What it lets a program do: `read` or `write`.
    #[schema(value_type = String)]
    pub role: ApiRole,
    /// Whether it works, as long as its person is an administrator.
    pub state: State,
    /// The administrator whose work it does.
    #[schema(value_type = String)]
    pub user: UserId,
    /// When it was made.
    pub made: Stamp,
    /// When it ends.
    pub until: Stamp,
    /// When it was last used, to the minute.
    pub last_used: Option<Stamp>,
    /// From which address.
    pub last_used_from: Option<String>,
    /// When it was revoked.
    pub revoked: Option<Stamp>,
}

/// Whether a token of the API works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApiTokenState)]
pub enum State {
    /// It is neither revoked nor over.
    Live,
    /// An administrator ended it.
    Revoked,
    /// Its time is over.
    Over,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Revoked => "revoked",
            Self::Over => "over",
        }
    }
}

impl ApiToken {
    /// What is told of a token.
    pub fn of(token: base::ApiToken, now: Time) -> Self {
        Self {
            state: match (token.revoked_at, token.is_live(now)) {
                (Some(_), _) => State::Revoked,
                (None, true) => State::Live,
                (None, false) => State::Over,
            },
            role: token.role,
            made: token.created_at.into(),
            until: token.expires_at.into(),
            last_used: token.last_used_at.map(Stamp::from),
            revoked: token.revoked_at.map(Stamp::from),
            token_id: token.id,
            label: token.label,
            user: token.user,
            last_used_from: token.last_used_ip,
        }
    }
}
