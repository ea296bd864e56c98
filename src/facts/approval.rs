//! People who wait until an administrator approves a client, and what was decided for clients that are alike.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::{
        approval as base,
        id::{ApprovalId, ClientId, UserId, WaitId},
    },
    flows::approvals as flow,
};

/// A person who let a client in and waits until an administrator does so too.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApprovalWait)]
pub struct Wait {
    /// Its id, as in `dbw_...`.
    #[schema(value_type = String)]
    pub wait_id: WaitId,
    /// The client.
    #[schema(value_type = String)]
    pub client_id: ClientId,
    /// Its name, as it says.
    pub client_name: String,
    /// Where it wants codes to be sent.
    pub redirect_uris: Vec<String>,
    /// How many registrations are like this one, with itself.
    pub alike: i64,
    /// Who waits.
    #[schema(value_type = String)]
    pub user: UserId,
    /// Their login.
    pub login: String,
    /// For which protected server.
    pub resource: String,
    /// What they allowed there: scopes with spaces between them.
    pub scope: String,
    /// Since when they wait.
    pub since: Stamp,
    /// Until when; their client hears then that nobody decided.
    pub until: Stamp,
}

impl From<flow::Waiting> for Wait {
    fn from(flow::Waiting { wait, client, login, alike }: flow::Waiting) -> Self {
        Self {
            client_name: client.name().to_owned(),
            redirect_uris: client.metadata.redirect_uris.iter().map(ToString::to_string).collect(),
            resource: wait.audience.to_string(),
            scope: wait.scope.to_string(),
            since: wait.created_at.into(),
            until: wait.expires_at.into(),
            wait_id: wait.id,
            client_id: wait.client,
            user: wait.user,
            login,
            alike,
        }
    }
}

/// What an administrator decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApprovalState)]
pub enum State {
    /// The client may come in.
    Approved,
    /// It may not, and hears that.
    Denied,
}

impl State {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

impl From<bool> for State {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Approved } else { Self::Denied }
    }
}

/// How far a decision reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApprovalReach)]
pub enum Reach {
    /// This request, and no other.
    #[default]
    Once,
    /// This person, with all clients that are alike.
    Person,
    /// Everybody, with all clients that are alike.
    Group,
}

impl From<Reach> for base::Reach {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Once => Self::Once,
            Reach::Person => Self::Person,
            Reach::Group => Self::Group,
        }
    }
}

/// What was decided for clients that are alike: they come in, or are turned away, without anybody being asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Approval {
    /// Its id, as in `dbap_...`.
    #[schema(value_type = String)]
    pub approval_id: ApprovalId,
    /// How the client called itself that it was made for.
    pub client_name: String,
    /// The person for whom it holds; null: everybody.
    #[schema(value_type = Option<String>)]
    pub user: Option<UserId>,
    /// What was decided.
    pub state: State,
    /// When.
    pub made: Stamp,
    /// By whom; null: at the command line.
    #[schema(value_type = Option<String>)]
    pub made_by: Option<UserId>,
    /// Until when it holds; null: until it is taken back.
    pub until: Option<Stamp>,
}

impl From<base::Approval> for Approval {
    fn from(one: base::Approval) -> Self {
        Self {
            approval_id: one.id,
            client_name: one.name,
            user: one.user,
            state: one.decided.allowed.into(),
            made: one.created_at.into(),
            made_by: one.created_by,
            until: one.decided.until.map(Stamp::from),
        }
    }
}

/// What came of a decision.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApprovalDecided)]
pub struct Decided {
    /// The wait that it was made for.
    #[schema(value_type = String)]
    pub wait_id: WaitId,
    /// What was decided.
    pub state: State,
    /// How many who waited go on, or are turned away.
    pub reached: usize,
}
