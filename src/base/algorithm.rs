//! The algorithms that tokens may be signed with (RFC 7518 section 3.1, RFC 8037 section 3.1). All are asymmetric:
//! servers verify with a public key from the JWKS, and nobody but Doorbook can sign.

/// An algorithm that signs tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    #[default]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// Ed25519.
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Es256, Self::Rs256, Self::EdDsa];

    /// Its registered name: the `alg` of headers and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads a registered name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == text)
    }
}
