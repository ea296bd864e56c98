//! Identity providers of companies whose statements about people count here.

use serde_json::Value;

/// An identity provider that the configuration trusts.
#[derive(Clone, PartialEq, Debug)]
pub struct TrustedIssuer {
    /// Its name here: the ids of its people begin with it, as in `idp:acme:00u1`.
    pub name: String,
    /// What it calls itself (`iss`), byte for byte.
    pub issuer: String,
    /// Its public keys.
    pub keys: IssuerKeys,
}

/// Where the public keys of an identity provider are.
#[derive(Clone, PartialEq, Debug)]
pub enum IssuerKeys {
    /// At this address.
    At(String),
    /// Here: a key set (RFC 7517 section 5).
    Given(Value),
}
