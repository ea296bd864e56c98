//! Signatures of others: tokens that a client signed with a key of its own. Whether they are in time and what they claim is
//! judged by the caller.

use jsonwebtoken::{Algorithm, DecodingKey, crypto::verify, jwk::Jwk};
use serde::Deserialize;
use serde_json::Value;

/// What keys of somebody else say of a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signed {
    /// One of them signed it.
    Yes,
    /// The one that it names did not.
    No,
    /// The one that signed it is not among them.
    KeyUnknown,
}

/// The algorithm of that name. Ed25519 goes by two: `EdDSA` (RFC 8037), and since RFC 9864 its own.
pub(super) fn algorithm_named(name: &str) -> Option<Algorithm> {
    if name == "Ed25519" { Some(Algorithm::EdDSA) } else { name.parse().ok() }
}

/// Whether a key of that set (RFC 7517 section 5) signed a token with that algorithm, which is the one that its header names.
/// Keys that cannot be read, are secrets, or are meant for something else are passed over.
pub fn signed_by(keys: &Value, algorithm: &str, kid: Option<&str>, token: &str) -> Signed {
    let (Some(known), Some((message, signature))) = (algorithm_named(algorithm), token.rsplit_once('.')) else {
        return Signed::No;
    };
    let fits = |key: &&Value| {
        text(key, "kty").is_some_and(|kty| kty != "oct")
            && text(key, "use").is_none_or(|usage| usage == "sig")
            && text(key, "alg").is_none_or(|alg| algorithm_named(alg) == Some(known))
            && text(key, "kid").is_none_or(|own| kid.is_none_or(|kid| own == kid))
    };
    let mut named = false;
    for key in keys.get("keys").and_then(Value::as_array).into_iter().flatten().filter(fits) {
        let public = Jwk::deserialize(key).ok().and_then(|jwk| DecodingKey::from_jwk(&jwk).ok());
        let Some(public) = public else { continue };
        if verify(signature, message.as_bytes(), &public, known).unwrap_or_default() {
            return Signed::Yes;
        }
        named |= kid.is_some() && text(key, "kid") == kid;
    }
    if named { Signed::No } else { Signed::KeyUnknown }
}

fn text<'a>(key: &'a Value, name: &str) -> Option<&'a str> {
    key.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::algorithm::SigningAlgorithm,
        crypto::{
            jwt::sign,
            keyring::{Keyring, SigningKey, generate},
        },
    };

    #[test]
    fn a_signature_counts_only_under_a_fitting_key() {
        for algorithm in SigningAlgorithm::ALL {
            let make = || SigningKey::from_pkcs8(algorithm, &generate(algorithm).unwrap()).unwrap();
            let (key, other) = (make(), make());
            let set = |key: &SigningKey| -> Value {
                serde_json::from_str(Keyring::new(key.clone(), Vec::new()).unwrap().jwks()).unwrap()
            };
            let token = sign(&key, "JWT", &json!({"sub": "x", "exp": 1})).unwrap();
            let (kid, name) = (Some(key.id.as_str()), algorithm.as_str());
            let changed = |member: &str, value: Value| {
                let mut keys = set(&key);
                keys["keys"][0][member] = value;
                keys
            };
            assert_eq!(signed_by(&set(&key), name, kid, &token), Signed::Yes);
            assert_eq!(signed_by(&set(&key), name, None, &token), Signed::Yes);
            assert_eq!(signed_by(&changed("kid", Value::Null), name, kid, &token), Signed::Yes);
            assert_eq!(signed_by(&set(&other), name, kid, &token), Signed::KeyUnknown);
            assert_eq!(signed_by(&set(&other), name, None, &token), Signed::KeyUnknown);
            assert_eq!(signed_by(&changed("use", json!("enc")), name, kid, &token), Signed::KeyUnknown);
            assert_eq!(signed_by(&changed("alg", json!("RS512")), name, kid, &token), Signed::KeyUnknown);
            assert_eq!(signed_by(&changed("kty", json!("oct")), name, kid, &token), Signed::KeyUnknown);
            assert_eq!(signed_by(&set(&key), name, kid, &token[..token.len() - 6]), Signed::No);
            if algorithm == SigningAlgorithm::EdDsa {
                assert_eq!(signed_by(&changed("alg", json!("Ed25519")), "Ed25519", kid, &token), Signed::Yes);
            }
            for wrong in ["none", "None", "HS256", "RS384", ""] {
                assert_ne!(signed_by(&set(&key), wrong, kid, &token), Signed::Yes, "{wrong}");
            }
            for no_set in [json!({}), json!([]), json!({"keys": 1}), json!({"keys": [1, null, {}]})] {
                assert_eq!(signed_by(&no_set, name, kid, &token), Signed::KeyUnknown);
            }
        }
    }
}
