//! Initial access tokens (RFC 7591 section 3): an administrator hands one to whoever may register, with what may be registered by
//! it. The token itself is kept nowhere.

use super::{
    client::GrantType,
    id::{InitialTokenId, UserId},
    scope::ScopeSet,
    time::Time,
};

/// An initial access token as it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitialToken {
    /// Its name for machines.
    pub id: InitialTokenId,
    /// Its name for people.
    pub label: String,
    /// The most that its clients may ever ask for; empty: everything on offer.
    pub scopes: ScopeSet,
    /// The only sites that its clients may have codes sent to; empty: those that the policy allows.
    pub redirect_hosts: Vec<String>,
    /// The only grants that its clients may use; empty: those of any client that registers itself.
    pub grant_types: Vec<GrantType>,
    /// How many clients may be registered by it; `None`: any number.
    pub most_uses: Option<i64>,
    /// How many were.
    pub uses: i64,
    /// Until when it works; `None`: for ever.
    pub expires_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// By whom, when it was somebody at the dashboard.
    pub created_by: Option<UserId>,
    /// When it was last used.
    pub last_used_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// Whether an initial access token works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenState {
    /// It does.
    Good,
    /// It was used as often as it may be.
    Spent,
    /// Its time is over.
    Expired,
    /// An administrator ended it.
    Revoked,
}

impl InitialToken {
    /// Whether it works now.
    pub fn state(&self, now: Time) -> TokenState {
        if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else if self.most_uses.is_some_and(|most| self.uses >= most) {
            TokenState::Spent
        } else {
            TokenState::Good
        }
    }
}
