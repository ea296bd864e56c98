//! Signs access tokens (RFC 9068) and `id_token`s, and verifies our own access tokens. Whether they are in time is judged by the caller, with its `now`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Header,
    crypto::verify as verify_signature,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, ThumbprintHash},
};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use super::{
    CryptoError,
    foreign::algorithm_named,
    keyring::{Keyring, SigningKey},
};

/// The `typ` of access tokens (RFC 9068 section 2.1).
pub const ACCESS_TOKEN: &str = "at+jwt";

/// The `typ` of `id_token`s: no access token's.
pub const ID_TOKEN: &str = "JWT";

/// The `typ` of DPoP proofs (RFC 9449 section 4.2).
pub const DPOP_PROOF: &str = "dpop+jwt";

/// The algorithms of JWTs that carry their own key.
pub const SELF_SIGNED: [&str; 3] = ["ES256", "EdDSA", "Ed25519"];

/// Signs claims.
pub fn sign<T: Serialize>(key: &SigningKey, typ: &str, claims: &T) -> Result<String, CryptoError> {
    let mut header = Header::new(key.algorithm);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key.id.to_string());
    let mut token = encoded(&header)?;
    token.push('.');
    token.push_str(&encoded(claims)?);
    let signature = key.signature(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

fn encoded(part: &impl Serialize) -> Result<String, CryptoError> {
    let json = serde_json::to_vec(part).map_err(|_| CryptoError("claims do not serialise"))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// What is looked at in the header of a token.
#[derive(Deserialize)]
struct Shown {
    typ: String,
    alg: Algorithm,
    kid: String,
    /// RFC 7515 section 4.1.11: what must be understood. We understand nothing of the kind and write none.
    crit: Option<IgnoredAny>,
}

/// The claims of a token that one of our keys signed with its own algorithm; `None` for everything else. Nothing that
/// the header names (`jwk`, `jku`, `x5u` ...) is looked at but `typ`, `alg` and `kid`. The key and its algorithm come from the
/// ring: the header may only agree with them.
pub fn verify<T: DeserializeOwned>(ring: &Keyring, typ: &str, token: &str) -> Option<T> {
    verify_by(|kid| ring.verifying(kid), typ, token, |_| false)
}

/// The same where the signature need not be looked at of a token that is known, letter by letter, as one that we signed.
pub fn verify_unless<T: DeserializeOwned>(
    ring: &Keyring,
    typ: &str,
    token: &str,
    is_known: impl FnOnce(&T) -> bool,
) -> Option<T> {
    verify_by(|kid| ring.verifying(kid), typ, token, is_known)
}

/// The same for an `id_token` of ours that comes back.
pub fn verify_id_token<T: DeserializeOwned>(ring: &Keyring, token: &str) -> Option<T> {
    verify_by(|kid| ring.verifying_id_tokens(kid), ID_TOKEN, token, |_| false)
}

fn verify_by<'a, T: DeserializeOwned>(
    key: impl FnOnce(&str) -> Option<&'a SigningKey>,
    typ: &str,
    token: &str,
    is_known: impl FnOnce(&T) -> bool,
) -> Option<T> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Shown = serde_json::from_slice(&decoded(header)?).ok()?;
    let key = key(&header.kid)?;
    if !header.typ.eq_ignore_ascii_case(typ) || header.alg != key.algorithm || header.crit.is_some() {
        return None;
    }
    let said = serde_json::from_slice(&decoded(claims)?).ok()?;
    if !is_known(&said) {
        key.public.verify_sig(signed.as_bytes(), &decoded(signature)?).ok()?;
    }
    Some(said)
}

/// What is looked at in the header of a token that brings its key along.
#[derive(Deserialize)]
struct OwnKey {
    typ: String,
    alg: String,
    jwk: Value,
    crit: Option<IgnoredAny>,
}

/// The claims of a JWT that the key in its own header signed, and the thumbprint of that key (RFC 7638); `None` for
/// everything else. It proves that somebody holds the key and nothing about who that is.
pub fn verify_self_signed<T: DeserializeOwned>(typ: &str, token: &str) -> Option<(T, String)> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: OwnKey = serde_json::from_slice(&decoded(header)?).ok()?;
    let algorithm = algorithm_named(&header.alg)?;
    // RFC 9449 section 4.3, check 7: a client that shows its private key has none any more.
    let right = header.typ.eq_ignore_ascii_case(typ) && header.crit.is_none() && header.jwk.get("d").is_none();
    let jwk = Jwk::deserialize(&header.jwk).ok().filter(|jwk| right && fits(jwk, algorithm))?;
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    let claims = verify_signature(signature, signed.as_bytes(), &key, algorithm).ok()?.then(|| decoded(claims))??;
    Some((serde_json::from_slice(&claims).ok()?, jwk.thumbprint(ThumbprintHash::SHA256).ok()?))
}

/// One key type for each algorithm, and no others.
fn fits(jwk: &Jwk, algorithm: Algorithm) -> bool {
    match (&jwk.algorithm, algorithm) {
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    }
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{base::algorithm::SigningAlgorithm, crypto::keyring::generate};

    fn ring(algorithm: SigningAlgorithm) -> Keyring {
        let key = SigningKey::from_pkcs8(algorithm, &generate(algorithm).unwrap()).unwrap();
        Keyring::new(key, Vec::new()).unwrap()
    }

    #[test]
    fn rfc9068_2_signs_and_verifies_with_each_algorithm() {
        for algorithm in SigningAlgorithm::ALL {
            let ring = ring(algorithm);
            let token = sign(ring.signing(), ACCESS_TOKEN, &json!({"sub": "x", "exp": 1})).unwrap();
            assert_eq!(verify::<Value>(&ring, ACCESS_TOKEN, &token).unwrap()["sub"], "x");
            assert!(verify::<Value>(&ring, "JWT", &token).is_none());
            assert!(verify::<Value>(&self::ring(algorithm), ACCESS_TOKEN, &token).is_none());
        }
    }

    #[test]
    fn a_known_token_needs_no_signature_but_a_key_in_force() {
        let ring = ring(SigningAlgorithm::Es256);
        let token = sign(ring.signing(), ACCESS_TOKEN, &json!({"sub": "x"})).unwrap();
        let (signed, _) = token.rsplit_once('.').unwrap();
        let unsigned = format!("{signed}.AAAA");
        let read = |ring: &Keyring, typ: &str, known: bool| {
            verify_unless(ring, typ, &unsigned, |claims: &Value| known && claims["sub"] == "x").is_some()
        };
        assert!(read(&ring, ACCESS_TOKEN, true) && !read(&ring, ACCESS_TOKEN, false) && !read(&ring, ID_TOKEN, true));
        assert!(!read(&self::ring(SigningAlgorithm::Es256), ACCESS_TOKEN, true));
    }

    #[test]
    fn rfc9864_2_2_a_key_in_the_header_may_be_ed25519_under_either_name() {
        let key = SigningKey::from_pkcs8(SigningAlgorithm::EdDsa, &generate(SigningAlgorithm::EdDsa).unwrap()).unwrap();
        let set: Value = serde_json::from_str(Keyring::new(key.clone(), Vec::new()).unwrap().jwks()).unwrap();
        for (name, good) in [("EdDSA", true), ("Ed25519", true), ("ES256", false), ("Ed448", false)] {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let header = json!({"typ": DPOP_PROOF, "alg": name, "jwk": set["keys"][0]});
            let signed = format!("{}.{}", part(&header), part(&json!({"jti": "1"})));
            let signature = URL_SAFE_NO_PAD.encode(key.signature(signed.as_bytes()).unwrap());
            let read = verify_self_signed::<Value>(DPOP_PROOF, &format!("{signed}.{signature}"));
            assert_eq!(read.map(|(claims, _)| claims["jti"].clone()), good.then(|| json!("1")), "{name}");
        }
    }

    #[test]
    fn rfc8725_3_11_an_id_token_is_no_access_token() {
        let make =
            || SigningKey::from_pkcs8(SigningAlgorithm::Rs256, &generate(SigningAlgorithm::Rs256).unwrap()).unwrap();
        let (access, own) = (make(), make());
        let ring = Keyring::new(access, Vec::new()).unwrap().with_id_tokens(own.clone(), &[]).unwrap();
        for typ in [ID_TOKEN, ACCESS_TOKEN] {
            let token = sign(&own, typ, &json!({"sub": "x"})).unwrap();
            assert!(verify::<Value>(&ring, ACCESS_TOKEN, &token).is_none(), "{typ}");
        }
        let set: Value = serde_json::from_str(ring.jwks()).unwrap();
        assert_eq!((set["keys"].as_array().unwrap().len(), &set["keys"][1]["kid"]), (2, &json!(own.id.as_str())));
    }

    #[test]
    fn rfc8725_3_the_header_decides_nothing() {
        let ring = ring(SigningAlgorithm::Es256);
        let kid = ring.signing().id.clone();
        let token = sign(ring.signing(), ACCESS_TOKEN, &json!({"sub": "x"})).unwrap();
        let mut parts = token.splitn(3, '.');
        let (_, claims, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        for header in [
            json!({"alg": "none", "typ": "at+jwt", "kid": kid.as_str()}),
            json!({"alg": "HS256", "typ": "at+jwt", "kid": kid.as_str()}),
            json!({"alg": "ES384", "typ": "at+jwt", "kid": kid.as_str()}),
            json!({"alg": "ES256", "typ": "at+jwt"}),
            json!({"alg": "ES256", "typ": "at+jwt", "kid": kid.as_str(), "crit": ["exp"]}),
            json!({"alg": "ES256", "typ": "at+jwt", "kid": "other", "jku": "https://evil.example/jwks"}),
        ] {
            let header = URL_SAFE_NO_PAD.encode(header.to_string());
            for signature in ["", signature] {
                assert!(verify::<Value>(&ring, ACCESS_TOKEN, &format!("{header}.{claims}.{signature}")).is_none());
            }
        }
        for garbage in ["", ".", "..", "a.b.c", &token[..token.len() - 3], &format!("{token}A")] {
            assert!(verify::<Value>(&ring, ACCESS_TOKEN, garbage).is_none(), "{garbage}");
        }
    }
}
