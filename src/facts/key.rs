//! A signing key.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Stamp;
use crate::base::{
    id::KeyId,
    key::{KeyPurpose, KeyRecord, KeyState},
};

/// A signing key.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SigningKey)]
pub struct Key {
    /// Its `kid`.
    #[schema(value_type = String)]
    pub kid: KeyId,
    /// What it signs with.
    pub algorithm: &'static str,
    /// What it signs.
    pub signs: Purpose,
    /// Where it is in its life.
    pub state: State,
    /// When it was made, and so published.
    pub made: Stamp,
    /// When it began, or is due to begin, to sign.
    pub signs_from: Stamp,
    /// When the last token that it signed ends; null while it signs.
    pub retires: Option<Stamp>,
}

/// What a signing key signs: a token of the one kind never passes for the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KeyPurpose)]
pub enum Purpose {
    /// Access tokens (RFC 9068).
    #[default]
    AccessTokens,
    /// `id_token`s (OpenID Connect Core section 2).
    IdTokens,
}

impl From<KeyPurpose> for Purpose {
    fn from(purpose: KeyPurpose) -> Self {
        match purpose {
            KeyPurpose::AccessTokens => Self::AccessTokens,
            KeyPurpose::IdTokens => Self::IdTokens,
        }
    }
}

impl From<Purpose> for KeyPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::AccessTokens => Self::AccessTokens,
            Purpose::IdTokens => Self::IdTokens,
        }
    }
}

/// Where a signing key is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KeyState)]
pub enum State {
    /// Published, not signing yet.
    Next,
    /// The one that signs.
    Signing,
    /// Published until the last token that it signed has ended.
    Verifying,
    /// Gone from the key set.
    Retired,
}

impl From<&KeyRecord> for Key {
    fn from(key: &KeyRecord) -> Self {
        Self {
            kid: key.id.clone(),
            algorithm: key.algorithm.as_str(),
            signs: key.purpose.into(),
            state: match key.state {
                KeyState::Next => State::Next,
                KeyState::Signing => State::Signing,
                KeyState::Verifying => State::Verifying,
                KeyState::Retired => State::Retired,
            },
            made: key.created_at.into(),
            signs_from: key.signs_at.into(),
            retires: key.retires_at.map(Stamp::from),
        }
    }
}
