//! A signing key.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Stamp;
use crate::{
    base::{
        id::KeyId,
        key::{KeyPurpose, KeyRecord, KeyState},
        time::Time,
    },
    store::{Reader, StoreResult, access, keys},
};

/// How many tokens of a key are counted.
pub const MOST_COUNTED: i64 = 10_000;

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
    /// When the last token that it signed ends, or when it went; null while it signs.
    pub retires: Option<Stamp>,
    /// How many live access tokens are signed by it; at most 10,000 are counted.
    pub tokens: i64,
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
    /// Gone from the key set: nothing needs it.
    Retired,
    /// Gone from the key set before its time: what it signed is refused.
    Revoked,
}

/// The signing keys, oldest first.
pub fn all(reader: &mut Reader<'_>, now: Time) -> StoreResult<Vec<Key>> {
    keys::all(reader)?.iter().map(|key| Key::of(reader, key, now)).collect()
}

/// The one of that `kid`.
pub fn find(reader: &mut Reader<'_>, id: &KeyId, now: Time) -> StoreResult<Option<Key>> {
    keys::find(reader, id)?.map(|key| Key::of(reader, &key, now)).transpose()
}

impl State {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => KeyState::Next.as_str(),
            Self::Signing => KeyState::Signing.as_str(),
            Self::Verifying => KeyState::Verifying.as_str(),
            Self::Retired => KeyState::Retired.as_str(),
            Self::Revoked => KeyState::Revoked.as_str(),
        }
    }
}

impl Key {
    fn of(reader: &mut Reader<'_>, key: &KeyRecord, now: Time) -> StoreResult<Self> {
        let signed = key.signed();
        let tokens = signed.map(|signed| access::count_issued(reader, signed, now, MOST_COUNTED)).transpose()?;
        Ok(Self {
            kid: key.id.clone(),
            algorithm: key.algorithm.as_str(),
            signs: key.purpose.into(),
            state: match key.state {
                KeyState::Next => State::Next,
                KeyState::Signing => State::Signing,
                KeyState::Verifying => State::Verifying,
                KeyState::Retired => State::Retired,
                KeyState::Revoked => State::Revoked,
            },
            made: key.created_at.into(),
            signs_from: key.signs_at.into(),
            retires: key.retires_at.map(Stamp::from),
            tokens: tokens.unwrap_or_default(),
        })
    }
}
