//! Tables for proofs. The signer here is a client of its own making.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use super::*;
use crate::{
    base::algorithm::SigningAlgorithm,
    crypto::keyring::{SigningKey, generate},
};

const NOW: Time = Time::from_unix(1_800_000_000);
const TOKEN: &str = "https://door.example/token";

struct Signer {
    private: EncodingKey,
    algorithm: Algorithm,
    thumbprint: String,
}

fn signer(algorithm: SigningAlgorithm) -> Signer {
    let der = generate(algorithm).unwrap();
    let thumbprint = SigningKey::from_pkcs8(algorithm, &der).unwrap().id.to_string();
    let (private, algorithm) = match algorithm {
        SigningAlgorithm::EdDsa => (EncodingKey::from_ed_der(&der), Algorithm::EdDSA),
        _ => (EncodingKey::from_ec_der(&der), Algorithm::ES256),
    };
    Signer { private, algorithm, thumbprint }
}

fn claims() -> Value {
    json!({"jti": "j1", "htm": "POST", "htu": TOKEN, "iat": NOW.unix()})
}

fn header(by: &Signer) -> Header {
    let jwk = Jwk::from_encoding_key(&by.private, by.algorithm).unwrap();
    Header { typ: Some("dpop+jwt".into()), jwk: Some(jwk), ..Header::new(by.algorithm) }
}

fn sign(by: &Signer, header: &Header, claims: &Value) -> String {
    encode(header, claims, &by.private).unwrap()
}

fn judge(proof: &str, token: Option<&str>) -> Result<Proof, OAuthError> {
    check(&[proof], &Request { method: "POST", addresses: &[TOKEN.into()], token, now: NOW }, &[])
}

#[test]
fn rfc9449_4_3_a_proof_of_each_algorithm_tells_its_key() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let by = signer(algorithm);
        let proof = judge(&sign(&by, &header(&by), &claims()), None).unwrap();
        assert_eq!(proof.key(), by.thumbprint);
        let mut other = claims();
        other["jti"] = "j2".into();
        assert_ne!(judge(&sign(&by, &header(&by), &other), None).unwrap().id(), proof.id());
        assert_eq!(judge(&sign(&by, &header(&by), &claims()), None).unwrap().id(), proof.id());
    }
}

#[test]
fn rfc9449_4_3_each_mistake_is_refused() {
    let by = signer(SigningAlgorithm::Es256);
    let ath = digest::sha256_base64url(b"a.b.c");
    for (member, value, token, why) in [
        ("jti", json!("j1"), None, None),
        ("jti", json!(""), None, Some(Why::ProofMalformed)),
        ("jti", json!("x".repeat(257)), None, Some(Why::ProofMalformed)),
        ("jti", Value::Null, None, Some(Why::ProofMalformed)),
        ("htm", json!("GET"), None, Some(Why::ProofOtherRequest)),
        ("htm", json!("post"), None, Some(Why::ProofOtherRequest)),
        ("htu", json!("HTTPS://DOOR.example:443/token?x=1#y"), None, None),
        ("htu", json!("https://door.example/"), None, Some(Why::ProofOtherRequest)),
        ("htu", json!("http://door.example/token"), None, Some(Why::ProofOtherRequest)),
        ("htu", json!("/token"), None, Some(Why::ProofOtherRequest)),
        ("iat", json!(NOW.unix() - 60), None, None),
        ("iat", json!(NOW.unix() + 60), None, None),
        ("iat", json!(NOW.unix() - 61), None, Some(Why::ProofTime)),
        ("iat", json!(NOW.unix() + 61), None, Some(Why::ProofTime)),
        ("iat", json!(i64::MIN), None, Some(Why::ProofTime)),
        ("iat", json!("now"), None, Some(Why::ProofMalformed)),
        ("ath", json!(ath), Some("a.b.c"), None),
        ("ath", json!(ath), Some("a.b.d"), Some(Why::ProofOtherRequest)),
        ("nonce", json!("ignored"), Some("a.b.c"), Some(Why::ProofOtherRequest)),
    ] {
        let mut claims = claims();
        claims[member] = value;
        let refused = judge(&sign(&by, &header(&by), &claims), token).err();
        assert_eq!(refused.as_ref().map(OAuthError::why), why, "{claims}");
        assert!(refused.is_none_or(|e| (e.code(), e.status()) == ("invalid_dpop_proof", 400)));
    }
}

#[test]
fn rfc9449_9_a_proof_brings_a_nonce_of_ours_where_one_is_asked_for() {
    let by = signer(SigningAlgorithm::Es256);
    let judge = |nonce: Option<&str>, nonces: &[String]| {
        let mut claims = claims();
        claims["nonce"] = nonce.into();
        let request = Request { method: "POST", addresses: &[TOKEN.into()], token: None, now: NOW };
        check(&[&sign(&by, &header(&by), &claims)], &request, nonces)
    };
    let ours = ["new".to_owned(), "old".to_owned()];
    for (nonce, good) in
        [(Some("new"), true), (Some("old"), true), (Some("older"), false), (Some(""), false), (None, false)]
    {
        assert!(judge(nonce, &[]).is_ok(), "{nonce:?}");
        let refused = judge(nonce, &ours).err();
        assert_eq!(refused.is_none(), good, "{nonce:?}");
        if let Some(error) = refused {
            assert_eq!((error.code(), error.status(), error.dpop_nonce()), ("use_dpop_nonce", 400, Some("new")));
        }
    }
}

#[test]
fn rfc9449_4_3_the_header_names_type_algorithm_and_a_public_key_that_signed() {
    let (by, other) = (signer(SigningAlgorithm::Es256), signer(SigningAlgorithm::Es256));
    let good = header(&by);
    let stranger = Header { jwk: header(&other).jwk, ..good.clone() };
    for wrong in [
        Header { typ: Some("JWT".into()), ..good.clone() },
        Header { typ: None, ..good.clone() },
        Header { jwk: None, ..good.clone() },
        Header { jwk: header(&signer(SigningAlgorithm::EdDsa)).jwk, ..good.clone() },
        stranger,
    ] {
        assert_eq!(judge(&sign(&by, &wrong, &claims()), None).unwrap_err().why(), Why::ProofMalformed);
    }
    let proof = sign(&by, &good, &claims());
    let (head, rest) = proof.split_once('.').unwrap();
    let head: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
    for (member, value) in [("alg", json!("none")), ("alg", json!("HS256"))] {
        let mut head = head.clone();
        head[member] = value;
        let forged = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(head.to_string()));
        assert_eq!(judge(&forged, None).unwrap_err().why(), Why::ProofMalformed);
    }
    for nonsense in ["", "x", "a.b.c", &format!("{proof}."), &"x".repeat(5_000)] {
        assert_eq!(judge(nonsense, None).unwrap_err().why(), Why::ProofMalformed);
    }
    let request = Request { method: "POST", addresses: &[TOKEN.into()], token: None, now: NOW };
    assert_eq!(check(&[&proof, &proof], &request, &[]).unwrap_err().why(), Why::ProofMalformed);
    assert_eq!(check(&[], &request, &[]).unwrap_err().why(), Why::ProofMissing);
}

#[test]
fn rfc9449_10_what_is_bound_is_spent_by_its_key_only() {
    let key = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    for (bound, proven, error) in [
        (None, None, None),
        (None, Some(key), None),
        (Some(key), Some(key), None),
        (Some(key), None, Some("invalid_dpop_proof")),
        (Some(key), Some("other"), Some("invalid_grant")),
    ] {
        assert_eq!(may_spend(bound, proven).err().map(|e| e.code()), error);
    }
    assert_eq!(thumbprint(Some(key)).unwrap().as_deref(), Some(key));
    assert_eq!(thumbprint(None).unwrap(), None);
    for bad in ["short", &format!("{key}x"), &key.replace('-', "+")] {
        assert_eq!(thumbprint(Some(bad)).unwrap_err().why(), Why::ProofKeyMalformed);
    }
}
