//! A key that somebody holds, the proofs of it (RFC 9449), and what it signs besides.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use doorbook::{
    base::{algorithm::SigningAlgorithm, time::Time},
    crypto::{digest, keyring},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, ThumbprintHash},
};
use serde_json::{Value, json};

/// A key of a client's own.
pub(crate) struct Key {
    private: EncodingKey,
    algorithm: Algorithm,
    /// The name by which its headers call the algorithm.
    name: &'static str,
    jwk: Jwk,
    pub(crate) thumbprint: String,
}

impl Key {
    pub(crate) fn new() -> Self {
        let private = EncodingKey::from_ec_der(&keyring::generate(SigningAlgorithm::Es256).unwrap());
        Self::of(private, Algorithm::ES256, "ES256")
    }

    /// One on the curve Ed25519, under either name of its algorithm.
    pub(crate) fn edwards(name: &'static str) -> Self {
        let private = EncodingKey::from_ed_der(&keyring::generate(SigningAlgorithm::EdDsa).unwrap());
        Self::of(private, Algorithm::EdDSA, name)
    }

    fn of(private: EncodingKey, algorithm: Algorithm, name: &'static str) -> Self {
        let jwk = Jwk::from_encoding_key(&private, algorithm).unwrap();
        let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).unwrap();
        Self { private, algorithm, name, jwk, thumbprint }
    }

    /// A fresh proof for a request, and for a token that goes with it.
    pub(crate) fn proves(&self, method: &str, url: &str, token: Option<&str>, now: Time) -> String {
        self.proves_with(method, url, token, now, None)
    }

    /// The same with a nonce in it.
    pub(crate) fn proves_with(
        &self,
        method: &str,
        url: &str,
        token: Option<&str>,
        now: Time,
        nonce: Option<&str>,
    ) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut claims = json!({"jti": format!("proof-{n}"), "htm": method, "htu": url, "iat": now.unix()});
        if let Some(token) = token {
            claims["ath"] = digest::sha256_base64url(token.as_bytes()).into();
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        self.signs(&claims)
    }

    /// Its public half, under its name.
    pub(crate) fn public(&self) -> Value {
        let mut jwk = serde_json::to_value(&self.jwk).unwrap();
        jwk["kid"] = json!(self.thumbprint);
        jwk
    }

    /// A statement of a type, signed under its name.
    pub(crate) fn states(&self, typ: &str, claims: &Value) -> String {
        let kid = Some(self.thumbprint.clone());
        encode(&Header { typ: Some(typ.into()), kid, ..Header::new(self.algorithm) }, claims, &self.private).unwrap()
    }

    pub(crate) fn signs(&self, claims: &Value) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": self.name, "jwk": self.jwk});
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encoded(&header), encoded(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{signed}.{signature}")
    }
}
