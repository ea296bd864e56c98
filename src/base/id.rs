//! Names of things, one type each, so that a client's id is never taken for a person's.

use std::{fmt, hash::Hash, marker::PhantomData};

use serde::{Deserialize, Serialize};

/// An opaque name of a thing of kind `K`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id<K>(String, #[serde(skip)] PhantomData<fn() -> K>);

/// The kinds of things that have an [`Id`].
pub mod kind {
    /// A registered OAuth client.
    pub enum Client {}
    /// A person.
    pub enum User {}
    /// What one person allowed one client.
    pub enum Grant {}
    /// An access token (its `jti`).
    pub enum Access {}
    /// A signing key (its `kid`).
    pub enum Key {}
    /// A token of the dashboard's API.
    pub enum ApiToken {}
    /// An initial access token.
    pub enum InitialToken {}
    /// A person who waits for an administrator.
    pub enum Wait {}
    /// A decision about clients that are alike.
    pub enum Approval {}
}

/// `client_id`.
pub type ClientId = Id<kind::Client>;
/// `provider:stable id`, as in `github:583231`; the `sub` of tokens.
pub type UserId = Id<kind::User>;
/// The id of a grant, and so of its family of refresh tokens.
pub type GrantId = Id<kind::Grant>;
/// The `jti` of an access token.
pub type AccessId = Id<kind::Access>;
/// The `kid` of a signing key: its RFC 7638 thumbprint.
pub type KeyId = Id<kind::Key>;
/// What a token of the dashboard's API is called; not the token itself.
pub type ApiTokenId = Id<kind::ApiToken>;
/// The name of a wait for approval.
pub type WaitId = Id<kind::Wait>;
/// The name of a decision about clients that are alike.
pub type ApprovalId = Id<kind::Approval>;
/// The name of an initial access token; not the token itself.
pub type InitialTokenId = Id<kind::InitialToken>;

impl<K> Id<K> {
    /// Takes a name as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into(), PhantomData)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ClientId {
    /// What the ids begin with that are drawn here; all others are somebody's words.
    pub const DRAWN: &str = "client_";
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> std::borrow::Borrow<str> for Id<K> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
