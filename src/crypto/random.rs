//! The one source of randomness.

use base64::{
    Engine,
    alphabet::{self, Alphabet},
    engine::general_purpose::{self, GeneralPurpose, URL_SAFE_NO_PAD},
};
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

/// A new refresh token: its prefix, the milliseconds since the epoch and 256 random bits. What is stored of it begins with that time
/// too ([`super::digest::of`]), so that those of one time lie side by side.
pub fn refresh_token(millis: i64) -> Plain {
    let (prefix, digits) = (TokenKind::Refresh.prefix(), TokenKind::TIME);
    Plain::new(format!("{prefix}{:0digits$x}{}", millis & 0xffff_ffff_ffff, URL_SAFE_NO_PAD.encode(bytes::<32>())))
}

/// Base64url with its letters in the order of their bytes: text sorts as what it stands for.
const SORTED: GeneralPurpose = GeneralPurpose::new(
    &match Alphabet::new("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz") {
        Ok(sorted) => sorted,
        Err(_) => alphabet::URL_SAFE,
    },
    general_purpose::NO_PAD,
);

/// A new name behind a prefix: the milliseconds since the epoch and 128 random bits. Names of one time lie side by side in every
/// index, so that rows which are written together change few pages.
pub fn id<K>(prefix: &str, millis: i64) -> Id<K> {
    let [_, _, time @ ..] = millis.to_be_bytes();
    let mut text = String::with_capacity(prefix.len() + 30);
    text.push_str(prefix);
    SORTED.encode_string(time, &mut text);
    // Six bytes are eight letters: nothing of the time is left over for what follows.
    SORTED.encode_string(bytes::<16>(), &mut text);
    Id::new(text)
}

/// So many letters of an alphabet of at most 256, each as likely as the others.
pub fn letters<const N: usize>(alphabet: &[u8]) -> String {
    let most = 256 - 256 % alphabet.len().clamp(1, 256);
    let mut text = String::with_capacity(N);
    while text.len() < N && !alphabet.is_empty() {
        // A byte beyond the last whole round would make the first letters likelier.
        let fair = bytes::<32>().into_iter().map(usize::from).filter(|byte| *byte < most);
        let drawn = fair.filter_map(|byte| alphabet.get(byte % alphabet.len()).copied().map(char::from));
        text.extend(drawn.take(N - text.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_of_the_alphabet_and_all_of_them_come() {
        let text = letters::<2_000>(b"BCDFGHJKLMNPQRSTVWXZ");
        assert_eq!(text.len(), 2_000);
        let mut seen: Vec<_> = text.bytes().collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, b"BCDFGHJKLMNPQRSTVWXZ");
    }

    #[test]
    fn names_sort_by_their_time_and_never_come_twice() {
        let name = |millis| id::<crate::base::id::kind::Access>("dba_", millis).to_string();
        let mut names: Vec<_> = (0..500).map(|n| name(1_800_000_000_000 + n * 97)).collect();
        assert!(names.is_sorted() && names.iter().all(|name| name.len() == 34));
        names.extend((0..500).map(|_| name(1_800_000_000_000)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 1_000);
    }

    #[test]
    fn tokens_have_their_shape_and_never_come_twice() {
        for kind in TokenKind::ALL {
            let (a, b) = (token(kind), token(kind));
            assert!(kind.is_shape_of(a.expose()));
            assert_ne!(a.expose(), b.expose());
        }
        let (a, b) = (refresh_token(1_800_000_000_000), refresh_token(1_800_000_000_000));
        assert!(TokenKind::Refresh.is_shape_of(a.expose()) && a.expose() != b.expose());
        assert_eq!(TokenKind::time_in(a.expose()), Some("01a3185c5000"));
    }
}
