//! Signing keys as they are kept and talked about.

use super::{algorithm::SigningAlgorithm, id::KeyId, time::Time};

/// What a key signs. A token of the one kind must never pass for the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyPurpose {
    /// Access tokens (RFC 9068).
    AccessTokens,
    /// `id_token`s (OpenID Connect Core section 2).
    IdTokens,
}

impl KeyPurpose {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::AccessTokens, Self::IdTokens];

    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessTokens => "access_tokens",
            Self::IdTokens => "id_tokens",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

/// Where a signing key is in its life: published first, then signing, then only verifying.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyState {
    /// Published, not signing yet.
    Next,
    /// The one that signs.
    Signing,
    /// Published until the last token that it signed has ended.
    Verifying,
    /// Gone from the JWKS.
    Retired,
}

impl KeyState {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Next, Self::Signing, Self::Verifying, Self::Retired].into_iter().find(|s| s.as_str() == text)
    }
}

/// A signing key as the database holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyRecord {
    /// Its RFC 7638 thumbprint.
    pub id: KeyId,
    /// What it signs.
    pub purpose: KeyPurpose,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// The private key, sealed under the master key.
    pub sealed: String,
    /// When it was made, and so published.
    pub created_at: Time,
    /// When it began, or is due to begin, to sign.
    pub signs_at: Time,
    /// When the last token that it signed ends; set when another takes over.
    pub retires_at: Option<Time>,
}
