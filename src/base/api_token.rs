//! Tokens of the dashboard's API: what a program shows that does an administrator's work.

use serde::{Serialize, Serializer};

use super::{
    id::{ApiTokenId, UserId},
    secret::Digest,
    time::Time,
};

/// What a token lets a program do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ApiRole {
    /// Look at everything, change nothing.
    Read,
    /// Everything that its administrator may.
    Write,
}

impl ApiRole {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Read, Self::Write].into_iter().find(|role| role.as_str() == text)
    }
}

impl Serialize for ApiRole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A token of the dashboard's API, as it is kept: the token itself only as a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiToken {
    /// What it is called in lists and in the audit log.
    pub id: ApiTokenId,
    /// Its digest.
    pub digest: Digest,
    /// What it is for, in its maker's words.
    pub label: String,
    /// What it lets a program do.
    pub role: ApiRole,
    /// The administrator whose work it does: while they are not one, it is refused.
    pub user: UserId,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Time>,
    /// From where.
    pub last_used_ip: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

impl ApiToken {
    /// Whether it is neither revoked nor over.
    pub fn is_live(&self, now: Time) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
