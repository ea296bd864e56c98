//! SHA-256: the one-way arrow from a random token to what is stored of it.

use std::io;

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::base::{
    secret::{Digest, Plain},
    token::TokenKind,
};

/// What is stored of a random token. A fast digest is enough for 256 random bits. That of a token that begins with its time begins
/// with it too, and has 208 bits of the SHA-256 behind it.
pub fn of(plain: &Plain) -> Digest {
    let whole = of_text(plain.expose());
    match (TokenKind::time_in(plain.expose()), whole.hex().get(TokenKind::TIME..)) {
        (Some(time), Some(rest)) => Digest::from_hex(format!("{time}{rest}")),
        _ => whole,
    }
}

/// The digest of any text.
pub fn of_text(text: &str) -> Digest {
    hex(&sha256(text.as_bytes()))
}

/// A SHA-256 as it is stored.
pub fn hex(bytes: &[u8; 32]) -> Digest {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half });
    let mut hex = String::with_capacity(64);
    hex.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    Digest::from_hex(hex)
}

/// The 32 bytes of a SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    bytes_of(&digest::digest(&digest::SHA256, bytes))
}

/// The digest of everything that there is to read, which need not fit into memory.
pub fn of_all(mut from: impl io::Read) -> io::Result<Digest> {
    let mut context = digest::Context::new(&digest::SHA256);
    io::copy(&mut from, &mut Hashing(&mut context))?;
    Ok(hex(&bytes_of(&context.finish())))
}

struct Hashing<'a>(&'a mut digest::Context);

impl io::Write for Hashing<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.0.update(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bytes_of(digest: &digest::Digest) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}

/// `BASE64URL(SHA256(bytes))`, as in PKCE (RFC 7636 section 4.2).
pub fn sha256_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(bytes))
}

/// `BASE64URL` of the left half of the SHA-256, as in `at_hash` (OpenID Connect Core section 3.1.3.6).
pub fn half_sha256_base64url(bytes: &[u8]) -> String {
    let whole = sha256(bytes);
    let (left, _) = whole.split_at(whole.len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// Compares in a time that tells nothing of where the two differ.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7636_appendix_b() {
        let verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(sha256_base64url(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn what_is_stored_of_a_token_with_a_time_begins_with_it() {
        let random = "A".repeat(43);
        let (timed, bare) = (format!("dbr_0192f3a4b5c6{random}"), format!("dbr_{random}"));
        let stored = of(&Plain::new(timed.clone()));
        assert_eq!(stored.hex(), format!("0192f3a4b5c6{}", &of_text(&timed).hex()[12..]));
        assert_eq!(of(&Plain::new(bare.clone())), of_text(&bare));
    }

    #[test]
    fn digests_are_hexadecimal() {
        assert_eq!(of_text("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(constant_time_eq(b"same", b"same") && !constant_time_eq(b"same", b"sane"));
    }
}
