//! An initial access token, which lets its holders register clients.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::{
        client::GrantType,
        id::{ClientId, InitialTokenId, UserId},
        initial_token::{self as base, TokenState},
        time::Time,
    },
    store::{Reader, StoreResult, clients, initial_tokens},
};

/// An initial access token: what is known of it, not the token itself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InitialToken {
    /// What it is called, as in `dbit_...`.
    #[schema(value_type = String)]
    pub token_id: InitialTokenId,
    /// Its name for people.
    pub label: String,
    /// Whether it works.
    pub state: State,
    /// How many clients were registered by it.
    pub uses: i64,
    /// How many may be; null: any number.
    pub most_uses: Option<i64>,
    /// Until when it works; null: for ever.
    pub until: Option<Stamp>,
    /// The most that its clients may ever ask for; empty: everything on offer.
    pub scopes: Vec<String>,
    /// The only sites that its clients may have codes sent to; empty: those that the policy allows.
    pub redirect_hosts: Vec<String>,
    /// The only grants that its clients may use; empty: those of any client that registers itself.
    pub grant_types: Vec<&'static str>,
    /// When it was made.
    pub made: Stamp,
    /// By whom; null: at the command line.
    #[schema(value_type = Option<String>)]
    pub made_by: Option<UserId>,
    /// When it was last used.
    pub last_used: Option<Stamp>,
    /// When it was revoked.
    pub revoked: Option<Stamp>,
}

/// Whether an initial access token works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InitialTokenState)]
pub enum State {
    /// It does.
    Good,
    /// It was used as often as it may be.
    Spent,
    /// Its time is over.
    Expired,
    /// An administrator ended it.
    Revoked,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Spent => "spent",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl From<TokenState> for State {
    fn from(state: TokenState) -> Self {
        match state {
            TokenState::Good => Self::Good,
            TokenState::Spent => Self::Spent,
            TokenState::Expired => Self::Expired,
            TokenState::Revoked => Self::Revoked,
        }
    }
}

impl InitialToken {
    /// What is told of a token.
    pub fn of(token: base::InitialToken, now: Time) -> Self {
        Self {
            state: token.state(now).into(),
            scopes: token.scopes.iter().map(str::to_owned).collect(),
            grant_types: token.grant_types.iter().map(|grant: &GrantType| grant.as_str()).collect(),
            until: token.expires_at.map(Stamp::from),
            made: token.created_at.into(),
            last_used: token.last_used_at.map(Stamp::from),
            revoked: token.revoked_at.map(Stamp::from),
            token_id: token.id,
            label: token.label,
            uses: token.uses,
            most_uses: token.most_uses,
            redirect_hosts: token.redirect_hosts,
            made_by: token.created_by,
        }
    }
}

/// An initial access token, with the clients in the book that came with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UsedToken {
    /// The token.
    #[serde(flatten)]
    pub token: InitialToken,
    /// Its clients, newest first.
    pub clients: Vec<Invited>,
}

/// A client that came with an initial access token.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = InvitedClient)]
pub struct Invited {
    /// Its id.
    #[schema(value_type = String)]
    pub client_id: ClientId,
    /// Its name, as it says.
    pub name: String,
    /// When it registered.
    pub registered: Stamp,
}

/// How many of its clients are told of a token.
const MOST_CLIENTS: i64 = 1_000;

/// The token of that id, with its clients.
pub fn find(reader: &mut Reader<'_>, id: &InitialTokenId, now: Time) -> StoreResult<Option<UsedToken>> {
    let Some(token) = initial_tokens::find(reader, id)? else { return Ok(None) };
    let clients = clients::made_by(reader, id, MOST_CLIENTS)?.into_iter().map(|client| Invited {
        name: client.name().to_owned(),
        registered: client.created_at.into(),
        client_id: client.id,
    });
    Ok(Some(UsedToken { clients: clients.collect(), token: InitialToken::of(token, now) }))
}

/// All of them, newest first.
pub fn all(reader: &mut Reader<'_>, now: Time) -> StoreResult<Vec<InitialToken>> {
    Ok(initial_tokens::all(reader)?.into_iter().map(|token| InitialToken::of(token, now)).collect())
}
