//! Use cases, one to a file, each in the order of its steps. The only room where rules, drawers, keys and the world outside
//! meet. A flow that also goes outside (GitHub) has three acts: read, fetch, write; nothing slow runs inside a write.

pub mod access;
pub mod activity;
pub mod api_tokens;
pub mod approvals;
pub mod archives;
pub mod attempts;
pub mod audit;
pub mod authenticate;
pub mod authorize;
pub mod backup;
pub mod calls;
pub mod checks;
mod client_credentials;
pub mod client_edit;
pub mod client_keys;
pub mod clients;
pub mod consent;
pub mod departures;
pub mod desk;
pub mod device;
pub mod documents;
mod exchange;
pub mod first_run;
pub mod forms;
pub mod github_app;
pub mod grants;
pub mod health;
mod id_jag;
pub mod initial_tokens;
pub mod introspect;
pub mod keys;
pub mod login;
pub mod manage;
pub mod master_key;
pub mod notices;
pub mod own;
pub mod par;
mod parking;
pub mod policy;
pub mod premises;
pub mod proofs;
pub mod recipes;
pub mod register;
pub mod resources;
pub mod revoke;
pub mod runs;
#[cfg(test)]
pub(crate) mod scratch;
pub mod sessions;
pub mod setup;
mod statements;
mod static_clients;
mod static_resources;
mod together;
pub mod token;
pub mod traffic;
pub mod userinfo;
pub mod users;
pub mod verify;

pub use self::desk::Desk;
use crate::{
    oauth::error::OAuthError,
    store::{Stop, StoreError},
};

/// Result of a flow: done, refused on purpose, or failed.
pub type FlowResult<T> = Result<T, Stop<OAuthError>>;

impl From<OAuthError> for Stop<OAuthError> {
    fn from(error: OAuthError) -> Self {
        Self::Refuse(error)
    }
}

impl From<crate::crypto::CryptoError> for Stop<OAuthError> {
    fn from(error: crate::crypto::CryptoError) -> Self {
        Self::Fail(StoreError::Other(error.to_string()))
    }
}
