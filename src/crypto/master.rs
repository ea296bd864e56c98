//! The master key: 256 bits outside the database, from which one key is derived for each purpose.

use aws_lc_rs::hkdf;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{random, seal::Sealer};

/// The key that everything at rest depends on.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// The length of derived keys, for HKDF.
struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

impl MasterKey {
    /// The one of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// A new one.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Reads the text form: 43 characters of base64url.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim()).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The text form, for the key file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// The key for one purpose.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        expand(self.0.as_slice(), purpose)
    }

    /// Seals things for one purpose.
    pub fn sealer(&self, purpose: &str) -> Sealer {
        Sealer::new(&self.derive(purpose))
    }
}

/// HKDF-SHA256 of a secret for one purpose.
pub(super) fn expand(secret: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    let info = [purpose.as_bytes()];
    let filled = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorbook")
        .extract(secret)
        .expand(&info, KeyLength)
        .and_then(|okm| okm.fill(out.as_mut_slice()));
    debug_assert!(filled.is_ok(), "HKDF gives 32 bytes whatever goes in");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_its_own_key() {
        let master = MasterKey::parse(&MasterKey::generate().to_text()).unwrap();
        assert_ne!(master.derive("a").as_slice(), master.derive("b").as_slice());
        assert_eq!(master.derive("a").as_slice(), master.derive("a").as_slice());
        assert!(MasterKey::parse("too short").is_none());
    }
}
