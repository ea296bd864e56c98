//! A signing key.

use serde::Serialize;
use utoipa::ToSchema;

use super::Stamp;
use crate::base::{
    id::KeyId,
    key::{KeyRecord, KeyState},
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
    /// Where it is in its life.
    pub state: State,
    /// When it was made, and so published.
    pub made: Stamp,
    /// When it began, or is due to begin, to sign.
    pub signs_from: Stamp,
    /// When the last token that it signed ends; null while it signs.
    pub retires: Option<Stamp>,
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
