//! Clients that an administrator has to let in before a person may: who waits for it, and what was decided for others that are
//! alike.

use serde::{Deserialize, Serialize};

use super::{
    id::{ApprovalId, ClientId, UserId, WaitId},
    resource::ResourceUri,
    scope::ScopeSet,
    secret::Digest,
    time::Time,
};

/// How far a decision reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// This request, and no other.
    #[default]
    Once,
    /// This person, with all clients that are alike.
    Person,
    /// Everybody, with all clients that are alike.
    Group,
}

impl Reach {
    /// All of them, the nearest first.
    pub const ALL: [Self; 3] = [Self::Once, Self::Person, Self::Group];

    /// Its name in forms and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Person => "person",
            Self::Group => "group",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.as_str() == text)
    }
}

/// A person who let a client in and waits for an administrator to do so too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Its name.
    pub id: WaitId,
    /// The request or the device that goes on then.
    pub request: Digest,
    /// Which client.
    pub client: ClientId,
    /// What it has in common with others that are alike.
    pub group: String,
    /// Who waits.
    pub user: UserId,
    /// When they signed in.
    pub auth_time: Time,
    /// What they allowed.
    pub scope: ScopeSet,
    /// For which resource.
    pub audience: ResourceUri,
    /// Until when; `None`: until taken back.
    pub ends_at: Option<Time>,
    /// Since when they wait.
    pub created_at: Time,
    /// Until when.
    pub expires_at: Time,
    /// What was decided, if it was.
    pub decided: Option<Decided>,
}

/// What an administrator decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decided {
    /// Whether the client may come in.
    pub allowed: bool,
    /// Until when; `None`: for good.
    pub until: Option<Time>,
}

/// A decision about clients that are alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// Its name.
    pub id: ApprovalId,
    /// What the clients have in common.
    pub group: String,
    /// How the client called itself that it was made for.
    pub name: String,
    /// Only for that person; `None`: for everybody.
    pub user: Option<UserId>,
    /// What was decided.
    pub decided: Decided,
    /// When.
    pub created_at: Time,
    /// By whom, when it was somebody at the dashboard.
    pub created_by: Option<UserId>,
}
