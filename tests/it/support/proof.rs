//! A key that somebody holds, the proofs of it (RFC 9449), and what it signs besides.

use std::sync::atomic::{AtomicUsize, Ordering};

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
    jwk: Jwk,
    pub(crate) thumbprint: String,
}

impl Key {
    pub(crate) fn new() -> Self {
        let private = EncodingKey::from_ec_der(&keyring::generate(SigningAlgorithm::Es256).unwrap());
        let jwk = Jwk::from_encoding_key(&private, Algorithm::ES256).unwrap();
        let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).unwrap();
        Self { private, jwk, thumbprint }
    }

    /// A fresh proof for a request, and for a token that goes with it.
    pub(crate) fn proves(&self, method: &str, url: &str, token: Option<&str>, now: Time) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut claims = json!({"jti": format!("proof-{n}"), "htm": method, "htu": url, "iat": now.unix()});
        if let Some(token) = token {
            claims["ath"] = digest::sha256_base64url(token.as_bytes()).into();
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
        encode(&Header { typ: Some(typ.into()), kid, ..Header::new(Algorithm::ES256) }, claims, &self.private).unwrap()
    }

    pub(crate) fn signs(&self, claims: &Value) -> String {
        let header =
            Header { typ: Some("dpop+jwt".into()), jwk: Some(self.jwk.clone()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &self.private).unwrap()
    }
}
