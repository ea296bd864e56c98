//! Secrets in their two types. The arrow between them goes one way and is in `crypto::digest`.

use std::fmt;

use zeroize::Zeroizing;

use super::token::TokenKind;

/// A secret in the clear: just drawn and about to be shown once, or just presented. No `Debug`, no `Clone`; wiped when dropped.
pub struct Plain(Zeroizing<String>);

impl Plain {
    /// Takes over a secret.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// A presented string, if it has the shape of that kind.
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        kind.is_shape_of(text).then(|| Self::new(text.to_owned()))
    }

    /// The text itself: for the one answer that shows it, and for digests.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The SHA-256 of a random token, in lower-case hexadecimal, behind the token's time where it has one: what is stored and looked up
/// in its place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digest(String);

impl Digest {
    /// Takes the 64 hexadecimal characters that `crypto::digest` or the database gives.
    pub fn from_hex(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// The 64 hexadecimal characters.
    pub fn hex(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}
