//! Proof Key for Code Exchange (RFC 7636), S256 only and for every client (OAuth 2.1 section 4.1.1, RFC 9700 section 2.1.1).

use serde::{Deserialize, Serialize};

use super::{
    error::{OAuthError, invalid_grant, invalid_request},
    why::Why,
};
use crate::{
    base::secret::Plain,
    crypto::digest::{constant_time_eq, sha256_base64url},
};

/// A well-formed S256 challenge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(String);

impl Challenge {
    /// Reads the two parameters of an authorization request. A missing method would mean `plain` (RFC 7636 section 4.3).
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, OAuthError> {
        let challenge = challenge.ok_or_else(|| invalid_request(Why::ChallengeMissing))?;
        if method != Some("S256") {
            return Err(invalid_request(Why::ChallengeMethod));
        }
        let base64url = challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if challenge.len() != 43 || !base64url {
            return Err(invalid_request(Why::ChallengeMalformed));
        }
        Ok(Self(challenge.to_owned()))
    }

    /// Its 43 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A well-formed verifier (RFC 7636 section 4.1).
pub struct Verifier(Plain);

impl Verifier {
    /// Reads the parameter of a token request.
    pub fn parse(verifier: Option<&str>) -> Result<Self, OAuthError> {
        let text = verifier.ok_or_else(|| invalid_request(Why::VerifierMissing))?;
        let unreserved = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
        if !(43..=128).contains(&text.len()) || !unreserved {
            return Err(invalid_grant(Why::VerifierMalformed));
        }
        Ok(Self(Plain::new(text.to_owned())))
    }
}

/// RFC 7636 section 4.6, in constant time.
pub fn check(challenge: &str, verifier: &Verifier) -> Result<(), OAuthError> {
    let computed = sha256_base64url(verifier.0.expose().as_bytes());
    if constant_time_eq(computed.as_bytes(), challenge.as_bytes()) {
        Ok(())
    } else {
        Err(invalid_grant(Why::VerifierWrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn rfc7636_4_3_only_s256_and_only_well_formed() {
        let long = "A".repeat(44);
        for (challenge, method, why) in [
            (None, Some("S256"), Some(Why::ChallengeMissing)),
            (None, None, Some(Why::ChallengeMissing)),
            (Some(CHALLENGE), None, Some(Why::ChallengeMethod)),
            (Some(CHALLENGE), Some("plain"), Some(Why::ChallengeMethod)),
            (Some(CHALLENGE), Some("s256"), Some(Why::ChallengeMethod)),
            (Some("short"), Some("S256"), Some(Why::ChallengeMalformed)),
            (Some(long.as_str()), Some("S256"), Some(Why::ChallengeMalformed)),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256"), Some(Why::ChallengeMalformed)),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="), Some("S256"), Some(Why::ChallengeMalformed)),
            (Some(CHALLENGE), Some("S256"), None),
        ] {
            assert_eq!(Challenge::parse(challenge, method).err().map(|e| e.why()), why, "{challenge:?} {method:?}");
        }
    }

    #[test]
    fn rfc7636_4_1_the_verifier_is_43_to_128_unreserved_characters() {
        for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(Verifier::parse(Some(&"a".repeat(length))).is_ok(), good, "{length}");
        }
        for bad in [" ", "\0", "+", "/", "=", "%", "\u{e9}"] {
            assert!(Verifier::parse(Some(&format!("{}{bad}", "a".repeat(43)))).is_err(), "{bad:?}");
        }
        assert_eq!(Verifier::parse(None).err().map(|e| e.why()), Some(Why::VerifierMissing));
    }

    #[test]
    fn rfc7636_4_6_the_verifier_must_match() {
        let right = Verifier::parse(Some(VERIFIER)).unwrap();
        assert!(check(CHALLENGE, &right).is_ok());
        for other in [format!("{VERIFIER}x"), VERIFIER.to_lowercase(), CHALLENGE.to_owned()] {
            let wrong = Verifier::parse(Some(&other)).unwrap();
            assert_eq!(check(CHALLENGE, &wrong).unwrap_err().why(), Why::VerifierWrong);
        }
        assert!(check("", &right).is_err());
    }
}
