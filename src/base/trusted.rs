//! Others whose signed word counts here: identity providers of companies, about people; issuers of software statements, about
//! clients.

use serde_json::Value;

/// Somebody whom the configuration trusts.
#[derive(Clone, PartialEq, Debug)]
pub struct TrustedIssuer {
    /// Its name here: the ids of a company's people begin with it, as in `idp:acme:00u1`.
    pub name: String,
    /// What it calls itself (`iss`), byte for byte.
    pub issuer: String,
    /// Its public keys.
    pub keys: IssuerKeys,
}

/// Where their public keys are.
#[derive(Clone, PartialEq, Debug)]
pub enum IssuerKeys {
    /// At this address.
    At(String),
    /// Here: a key set (RFC 7517 section 5).
    Given(Value),
}
