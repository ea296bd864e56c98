//! Encryption at rest: AES-256-GCM-SIV. A sealed text names what it belongs to, and cannot be opened as anything else.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{CryptoError, master};
use crate::base::secret::Plain;

const FORM: &str = "v1.";
const NONCE: usize = 12;

/// Seals and opens under one key.
pub struct Sealer(Zeroizing<[u8; 32]>);

impl Sealer {
    /// A sealer under that key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// A sealer under a key that only the holder of a token can derive: what it seals is lost with the token.
    pub fn under(token: &Plain, purpose: &str) -> Self {
        Self(master::expand(token.expose().as_bytes(), purpose))
    }

    /// Seals `plain` for the place named by `belongs_to` (table, row and column).
    pub fn seal(&self, belongs_to: &str, plain: &[u8]) -> Result<String, CryptoError> {
        let mut body = plain.to_vec();
        let nonce = self
            .key()?
            .seal_in_place_append_tag(Aad::from(belongs_to.as_bytes()), &mut body)
            .map_err(|_| CryptoError("sealing failed"))?;
        let mut whole = nonce.as_ref().to_vec();
        whole.extend_from_slice(&body);
        Ok(format!("{FORM}{}", URL_SAFE_NO_PAD.encode(whole)))
    }

    /// Opens what [`Sealer::seal`] made for the same place under the same key.
    pub fn open(&self, belongs_to: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        const BROKEN: CryptoError =
            CryptoError("a sealed value does not open: wrong master key, or a damaged database");
        let whole = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(FORM).ok_or(BROKEN)?).map_err(|_| BROKEN)?;
        let (nonce, body) = whole.split_at_checked(NONCE).ok_or(BROKEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| BROKEN)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length =
            self.key()?.open_in_place(nonce, Aad::from(belongs_to.as_bytes()), &mut body).map_err(|_| BROKEN)?.len();
        body.truncate(length);
        Ok(body)
    }

    fn key(&self) -> Result<RandomizedNonceKey, CryptoError> {
        RandomizedNonceKey::new(&AES_256_GCM_SIV, self.0.as_slice())
            .map_err(|_| CryptoError("a key has the wrong length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::token::TokenKind;

    #[test]
    fn opens_only_in_its_place_and_under_its_key() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal("keys/a/private", b"the key").unwrap();
        assert_eq!(sealer.open("keys/a/private", &sealed).unwrap().as_slice(), b"the key");
        assert!(sealer.open("keys/b/private", &sealed).is_err());
        assert!(Sealer::new(&[8; 32]).open("keys/a/private", &sealed).is_err());
        for broken in ["", "v1.", "v1.AAAA", "v2.AAAA", &sealed[..sealed.len() - 2]] {
            assert!(sealer.open("keys/a/private", broken).is_err(), "{broken}");
        }
        assert_ne!(sealed, sealer.seal("keys/a/private", b"the key").unwrap());
    }

    #[test]
    fn a_token_is_a_key_of_its_own() {
        let (one, other) =
            (crate::crypto::random::token(TokenKind::Refresh), crate::crypto::random::token(TokenKind::Refresh));
        let sealed = Sealer::under(&one, "reply").seal("row", b"reply").unwrap();
        assert!(Sealer::under(&one, "reply").open("row", &sealed).is_ok());
        assert!(Sealer::under(&other, "reply").open("row", &sealed).is_err());
    }
}
