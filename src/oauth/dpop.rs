//! Demonstrating proof of possession (RFC 9449): a request carries a proof that its sender holds a key, and a token that is
//! bound to the key is worth nothing without one. Whether a proof was shown before is for the flow to say.

use serde::Deserialize;
use url::Url;

use super::{
    error::{OAuthError, invalid_dpop_proof, invalid_grant, invalid_request, use_dpop_nonce},
    why::Why,
};
use crate::{
    base::time::{Span, Time},
    crypto::digest,
    crypto::jwt,
};

/// The algorithms of proofs, as metadata lists them.
pub const ALGORITHMS: [&str; 3] = jwt::SELF_SIGNED;
/// How far the clock of a client may be from ours, either way.
pub const LEEWAY: Span = Span::seconds(60);
/// The longest proof that is looked at.
const LONGEST: usize = 4_096;
/// The longest `jti`.
const LONGEST_ID: usize = 256;
/// BASE64URL of a SHA-256 has as many characters.
const THUMBPRINT: usize = 43;

/// What a proof must have been made for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method of the request that it came with.
    pub method: &'a str,
    /// Its address without query; any of these, where one endpoint has several.
    pub addresses: &'a [String],
    /// The access token beside it, at a protected server.
    pub token: Option<&'a str>,
    /// When it came.
    pub now: Time,
}

/// A proof that was made for this request, just now, by whoever holds the key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proof {
    key: String,
    id: [u8; 32],
}

impl Proof {
    /// The thumbprint of the key (RFC 7638).
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What must not be seen twice: key, address and `jti` in one (RFC 9449 section 11.1).
    pub const fn id(&self) -> [u8; 32] {
        self.id
    }
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    #[serde(default)]
    ath: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

/// The checks of RFC 9449 section 4.3, in its order. `nonces`: those of ours that count, the newest first; none: a proof needs
/// none.
pub fn check(headers: &[&str], request: &Request<'_>, nonces: &[String]) -> Result<Proof, OAuthError> {
    let refuse = |why| invalid_dpop_proof(why);
    let proof = match headers {
        [] => return Err(refuse(Why::ProofMissing)),
        [one] if one.len() <= LONGEST => one,
        _ => return Err(refuse(Why::ProofMalformed)),
    };
    let (claims, key) =
        jwt::verify_self_signed::<Claims>(jwt::DPOP_PROOF, proof).ok_or_else(|| refuse(Why::ProofMalformed))?;
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_ID {
        return Err(refuse(Why::ProofMalformed));
    }
    let made_for = address(&claims.htu);
    let here = made_for.is_some() && request.addresses.iter().any(|own| address(own) == made_for);
    if claims.htm != request.method || !here {
        return Err(refuse(Why::ProofOtherRequest).about(&claims.htu));
    }
    if let Some(newest) = nonces.first()
        && !claims.nonce.is_some_and(|nonce| nonces.contains(&nonce))
    {
        return Err(use_dpop_nonce(newest));
    }
    let since = request.now.unix().saturating_sub(claims.iat);
    if since.saturating_abs() > LEEWAY.as_seconds() {
        return Err(refuse(Why::ProofTime));
    }
    let token = request.token.map(|token| digest::sha256_base64url(token.as_bytes()));
    if token.is_some() && token != claims.ath {
        return Err(refuse(Why::ProofOtherRequest));
    }
    let id = digest::sha256(format!("{key}\n{}\n{}", made_for.unwrap_or_default(), claims.jti).as_bytes());
    Ok(Proof { key, id })
}

/// An address as it is compared: without query and fragment, and normalised (RFC 9449 section 4.3, check 9).
fn address(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url.into())
}

/// The `dpop_jkt` of an authorization request (RFC 9449 section 10).
pub fn thumbprint(sent: Option<&str>) -> Result<Option<String>, OAuthError> {
    let good = |text: &str| {
        text.len() == THUMBPRINT && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    match sent {
        Some(text) if !good(text) => Err(invalid_request(Why::ProofKeyMalformed)),
        sent => Ok(sent.map(str::to_owned)),
    }
}

/// Whether what is bound to a key may be spent by who proved to hold that one.
pub fn may_spend(bound: Option<&str>, proven: Option<&str>) -> Result<(), OAuthError> {
    match (bound, proven) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(invalid_dpop_proof(Why::ProofMissing)),
        (Some(bound), Some(proven)) if bound == proven => Ok(()),
        (Some(_), Some(_)) => Err(invalid_grant(Why::ProofOtherKey)),
    }
}

#[cfg(test)]
pub(crate) mod tests;
