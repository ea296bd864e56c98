//! Secrets, seals and signatures. Handed keys and costs; knows no configuration, no storage and no clock.

pub mod chain;
pub mod digest;
pub mod foreign;
pub mod jwt;
pub mod keyring;
pub mod master;
pub mod password;
pub mod random;
pub mod seal;
pub mod webhook;

/// Something that cannot happen with sound keys did: a key does not fit, or the machine's randomness failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CryptoError(pub &'static str);
