//! The one source of randomness.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng;

use crate::base::{id::Id, secret::Plain, token::TokenKind};

/// Fills an array with unpredictable bytes.
#[expect(clippy::disallowed_methods, reason = "this is the one source of randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    rand::rng().fill_bytes(&mut out);
    out
}

/// A new opaque token of that kind: its prefix and 256 random bits.
pub fn token(kind: TokenKind) -> Plain {
    Plain::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes::<32>())))
}

/// A new name of 128 random bits behind a prefix.
pub fn id<K>(prefix: &str) -> Id<K> {
    Id::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes::<16>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_shape_and_never_come_twice() {
        for kind in TokenKind::ALL {
            let (a, b) = (token(kind), token(kind));
            assert!(kind.is_shape_of(a.expose()));
            assert_ne!(a.expose(), b.expose());
        }
    }
}
