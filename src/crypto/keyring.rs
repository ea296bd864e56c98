//! The signing keys in memory: one signs access tokens, one `id_token`s; all are published, and what may verify access tokens
//! verifies nothing else.

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::{
    encoding::AsDer,
    error::{KeyRejected, Unspecified},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use zeroize::Zeroizing;

use super::CryptoError;
use crate::base::{algorithm::SigningAlgorithm, id::KeyId};

/// A signing key, ready to use.
#[derive(Clone)]
pub struct SigningKey {
    /// Its RFC 7638 thumbprint.
    pub id: KeyId,
    pub(super) algorithm: Algorithm,
    /// Both parts are read once: to read one again for each signature costs half as much as the signature.
    private: Arc<Private>,
    pub(super) public: Arc<ParsedPublicKey>,
    jwk: Jwk,
}

/// A private key, read.
enum Private {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// All keys in force: what signs, and what may still verify.
pub struct Keyring {
    signing: SigningKey,
    verifying: HashMap<KeyId, SigningKey>,
    id_tokens: Option<SigningKey>,
    verifying_id_tokens: HashMap<KeyId, SigningKey>,
    published: JwkSet,
    jwks: String,
}

/// Makes a new private key: PKCS#8 in DER. An RSA key takes up to half a second: not for an async worker.
pub fn generate(algorithm: SigningAlgorithm) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    const FAILED: CryptoError = CryptoError("a signing key could not be made");
    let random = SystemRandom::new();
    let der = match algorithm {
        SigningAlgorithm::Es256 => {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
            key.map_err(|_| FAILED)?.as_ref().to_vec()
        }
        // Version 1 of PKCS#8, because the public part is read back from a document of that size only.
        SigningAlgorithm::EdDsa => Ed25519KeyPair::generate_pkcs8v1(&random).map_err(|_| FAILED)?.as_ref().to_vec(),
        SigningAlgorithm::Rs256 => {
            let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| FAILED)?;
            AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).map_err(|_| FAILED)?.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(der))
}

impl SigningKey {
    /// Reads a private key that [`generate`] made.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, CryptoError> {
        const UNFIT: CryptoError = CryptoError("a signing key does not fit its algorithm");
        let private = Private::read(algorithm, der).map_err(|_| UNFIT)?;
        let public = Arc::new(private.public().map_err(|_| UNFIT)?);
        let (algorithm, encoding) = match algorithm {
            SigningAlgorithm::Es256 => (Algorithm::ES256, EncodingKey::from_ec_der(der)),
            SigningAlgorithm::EdDsa => (Algorithm::EdDSA, EncodingKey::from_ed_der(der)),
            SigningAlgorithm::Rs256 => {
                let pem = Zeroizing::new(format!(
                    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
                    STANDARD.encode(der)
                ));
                (Algorithm::RS256, EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| UNFIT)?)
            }
        };
        let mut jwk = Jwk::from_encoding_key(&encoding, algorithm).map_err(|_| UNFIT)?;
        let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| UNFIT)?;
        jwk.common.key_id = Some(thumbprint.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { id: KeyId::new(thumbprint), algorithm, private: Arc::new(private), public, jwk })
    }

    /// The signature over a message, as JWS writes it (RFC 7518 section 3).
    pub(super) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.private.signature(message).map_err(|_| CryptoError("signing failed"))
    }
}

impl Private {
    fn read(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, KeyRejected> {
        Ok(match algorithm {
            SigningAlgorithm::Es256 => Self::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)?),
            SigningAlgorithm::EdDsa => Self::EdDsa(Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)?),
            SigningAlgorithm::Rs256 => Self::Rs256(RsaKeyPair::from_pkcs8(der)?),
        })
    }

    fn public(&self) -> Result<ParsedPublicKey, KeyRejected> {
        match self {
            Self::Es256(key) => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key()),
            Self::EdDsa(key) => ParsedPublicKey::new(&ED25519, key.public_key()),
            Self::Rs256(key) => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key()),
        }
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        Ok(match self {
            Self::Es256(key) => key.sign(&random, message)?.as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                signature
            }
        })
    }
}

impl Keyring {
    /// A ring in which `signing` signs access tokens and `others` still, or already, verify them.
    pub fn new(signing: SigningKey, others: Vec<SigningKey>) -> Result<Self, CryptoError> {
        let published = JwkSet { keys: [&signing].into_iter().chain(&others).map(|key| key.jwk.clone()).collect() };
        let mut verifying: HashMap<_, _> = others.into_iter().map(|key| (key.id.clone(), key)).collect();
        verifying.insert(signing.id.clone(), signing.clone());
        let jwks = as_text(&published)?;
        Ok(Self { signing, verifying, id_tokens: None, verifying_id_tokens: HashMap::new(), published, jwks })
    }

    /// The same ring, in which `signing` signs `id_token`s and `others` are published for those that they signed, or will.
    pub fn with_id_tokens(mut self, signing: SigningKey, others: &[SigningKey]) -> Result<Self, CryptoError> {
        let all = [&signing].into_iter().chain(others);
        self.published.keys.extend(all.clone().map(|key| key.jwk.clone()));
        self.verifying_id_tokens = all.map(|key| (key.id.clone(), key.clone())).collect();
        self.jwks = as_text(&self.published)?;
        Ok(Self { id_tokens: Some(signing), ..self })
    }

    /// The key that signs access tokens.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The key that signs `id_token`s, when there is one.
    pub fn id_tokens(&self) -> Option<&SigningKey> {
        self.id_tokens.as_ref()
    }

    /// A key that may verify access tokens, by its `kid`.
    pub fn verifying(&self, kid: &str) -> Option<&SigningKey> {
        self.verifying.get(kid)
    }

    /// A key that may verify `id_token`s that come back, by its `kid`: those of access tokens do not.
    pub fn verifying_id_tokens(&self, kid: &str) -> Option<&SigningKey> {
        self.verifying_id_tokens.get(kid)
    }

    /// The JWK Set (RFC 7517 section 5): public parts only.
    pub fn jwks(&self) -> &str {
        &self.jwks
    }
}

fn as_text(set: &JwkSet) -> Result<String, CryptoError> {
    serde_json::to_string(set).map_err(|_| CryptoError("the key set does not serialise"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7517_the_set_holds_no_private_part() {
        for algorithm in SigningAlgorithm::ALL {
            let key = SigningKey::from_pkcs8(algorithm, &generate(algorithm).unwrap()).unwrap();
            let ring = Keyring::new(key.clone(), Vec::new()).unwrap();
            let set: serde_json::Value = serde_json::from_str(ring.jwks()).unwrap();
            let members: Vec<_> = set["keys"][0].as_object().unwrap().keys().cloned().collect();
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(!members.iter().any(|m| m == private), "{algorithm:?} {members:?}");
            }
            assert_eq!(set["keys"][0]["kid"], key.id.as_str());
            assert_eq!(set["keys"][0]["use"], "sig");
            assert_eq!(set["keys"][0]["alg"], algorithm.as_str());
        }
    }
}
