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
    /// Gone from the JWKS: no live token needs it.
    Retired,
    /// Taken out before its time: what it signed is refused.
    Revoked,
}

impl KeyState {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Next, Self::Signing, Self::Verifying, Self::Retired, Self::Revoked];
        all.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether a key in this state is published.
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Next | Self::Signing | Self::Verifying)
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
    /// The private key, sealed under the master key; empty once it is of no use any more.
    pub sealed: String,
    /// When it was made, and so published.
    pub created_at: Time,
    /// When it began, or is due to begin, to sign.
    pub signs_at: Time,
    /// When another took over.
    pub stopped_at: Option<Time>,
    /// When the last token that it signed ends; set when another takes over. Of one that is gone: when it went.
    pub retires_at: Option<Time>,
}

impl KeyRecord {
    /// The same key, which signs from now on.
    pub fn signing(self, now: Time) -> Self {
        Self { state: KeyState::Signing, signs_at: now, ..self }
    }

    /// The same key after another took over: it verifies until then.
    pub fn verifying(self, now: Time, until: Time) -> Self {
        Self { state: KeyState::Verifying, stopped_at: Some(now), retires_at: Some(until), ..self }
    }

    /// The same key, gone for good, and its private part with it.
    pub fn gone(self, state: KeyState, now: Time) -> Self {
        let stopped_at = self.stopped_at.or(Some(now));
        Self { state, sealed: String::new(), stopped_at, retires_at: Some(now), ..self }
    }

    /// From when until when access tokens were issued that it signed, while any of them can live. Which key signed is not
    /// written down with each token, so this is right to the second.
    pub fn signed(&self) -> Option<(Time, Option<Time>)> {
        let has_signed = matches!(self.state, KeyState::Signing | KeyState::Verifying);
        (has_signed && self.purpose == KeyPurpose::AccessTokens).then_some((self.signs_at, self.stopped_at))
    }
}
