//! Client secrets. A secret is 256 random bits followed by a keyed tag over the client's id and those bits: a forged one is
//! refused for the price of one HMAC, and argon2 runs once per true secret and process.

use std::sync::{Mutex, PoisonError};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        PasswordVerifier,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use quick_cache::sync::Cache;

use super::{CryptoError, master::MasterKey, random};
use crate::base::{id::ClientId, secret::Plain, token::TokenKind};

/// Memory in KiB. The 256 random bits do the work; argon2 is there so that no fast digest of a secret exists anywhere.
const MEMORY: u32 = 1024;
const PASSES: u32 = 1;
const LANES: u32 = 1;

/// Characters of the tag: 96 bits.
const TAG: usize = 16;
/// How many verified secrets are remembered.
const REMEMBERED: usize = 10_000;

/// How many runs of argon2 there are at once, each with a megabyte of memory that the next one finds ready: enough for several
/// registrations to share a commit. More would only take turns on the processors, and everything else with them.
pub const AT_ONCE: usize = 4;

/// Makes, hashes and verifies client secrets.
pub struct Secrets {
    tag_key: hmac::Key,
    mark_key: hmac::Key,
    /// Keyed digest of (client, secret) -> the hash row that it matched. A rotated secret has another row, so what is
    /// remembered of the old one means nothing.
    verified: Cache<[u8; 32], String>,
    /// Memory of runs that are over: to have it anew for each costs half as much again as the run.
    memory: Mutex<Vec<Vec<Block>>>,
}

impl Secrets {
    /// Secrets under this master key.
    pub fn new(master: &MasterKey) -> Self {
        Self {
            tag_key: hmac::Key::new(hmac::HMAC_SHA256, master.derive("client secret tag").as_slice()),
            mark_key: hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()),
            verified: Cache::new(REMEMBERED),
            memory: Mutex::default(),
        }
    }

    /// A new secret for that client.
    pub fn draw(&self, client: &ClientId) -> Plain {
        let body = random::token(TokenKind::ClientSecret);
        Plain::new(format!("{}{}", body.expose(), self.tag(client, body.expose())))
    }

    /// The argon2id hash to keep, in PHC form. Takes about a millisecond: not for an async worker.
    pub fn hash(&self, secret: &Plain) -> Result<String, CryptoError> {
        const FAILED: CryptoError = CryptoError("argon2 failed");
        let (argon2, salt) = (argon2()?, random::bytes::<16>());
        let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
        let kept = || self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = kept().pop().unwrap_or_default();
        memory.resize(argon2.params().block_count(), Block::default());
        let secret = secret.expose().as_bytes();
        argon2.hash_password_into_with_memory(secret, &salt, &mut hash, &mut memory).map_err(|_| FAILED)?;
        let mut kept = kept();
        if kept.len() < AT_ONCE {
            kept.push(memory);
        }
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params()).map_err(|_| FAILED)?,
            salt: Some(Salt::new(&salt).map_err(|_| FAILED)?),
            hash: Some(Output::new(&hash).map_err(|_| FAILED)?),
        };
        Ok(hash.to_string())
    }

    /// Whether the tag is ours: everything else is refused without another look.
    pub fn is_genuine(&self, client: &ClientId, presented: &Plain) -> bool {
        let text = presented.expose();
        let Some(at) = text.len().checked_sub(TAG) else { return false };
        let Some((body, tag)) = text.split_at_checked(at) else { return false };
        super::digest::constant_time_eq(self.tag(client, body).as_bytes(), tag.as_bytes())
    }

    /// Whether this secret was already found to belong to that hash.
    pub fn is_remembered(&self, client: &ClientId, presented: &Plain, hash: &str) -> bool {
        self.verified.get(&self.mark(client, presented)).is_some_and(|known| known == hash)
    }

    /// Compares with a stored hash and remembers a match. Takes about a millisecond: not for an async worker.
    pub fn matches(&self, client: &ClientId, presented: &Plain, hash: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(hash) else { return false };
        let Ok(argon2) = argon2() else { return false };
        let matches = argon2.verify_password(presented.expose().as_bytes(), &parsed).is_ok();
        if matches {
            self.verified.insert(self.mark(client, presented), hash.to_owned());
        }
        matches
    }

    /// Forgets which secrets were verified. What is remembered of a rotated one would mean nothing, but need not stay either.
    pub fn forget(&self) {
        self.verified.clear();
    }

    fn tag(&self, client: &ClientId, body: &str) -> String {
        let tag = hmac::sign(&self.tag_key, format!("{client}\0{body}").as_bytes());
        let mut text = URL_SAFE_NO_PAD.encode(tag.as_ref());
        text.truncate(TAG);
        text
    }

    fn mark(&self, client: &ClientId, presented: &Plain) -> [u8; 32] {
        let mut mark = hmac::Context::with_key(&self.mark_key);
        for part in [client.as_str(), "\0", presented.expose()] {
            mark.update(part.as_bytes());
        }
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(mark.sign().as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    }
}

fn argon2() -> Result<Argon2<'static>, CryptoError> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|_| CryptoError("argon2's parameters do not fit"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_secrets_for_that_client_are_genuine() {
        let secrets = Secrets::new(&MasterKey::generate());
        let (ada, bob) = (ClientId::new("client_ada"), ClientId::new("client_bob"));
        let secret = secrets.draw(&ada);
        assert!(TokenKind::ClientSecret.is_shape_of(secret.expose()));
        assert!(secrets.is_genuine(&ada, &secret));
        assert!(!secrets.is_genuine(&bob, &secret));
        for forged in
            ["", "x", &"A".repeat(63), &format!("{}A", secret.expose()), "p\u{e4}ssw\u{f6}rd-of-a-person-1234567"]
        {
            assert!(!secrets.is_genuine(&ada, &Plain::new(forged.to_owned())), "{forged}");
        }
    }

    #[test]
    fn a_secret_is_remembered_for_its_hash_only() {
        let secrets = Secrets::new(&MasterKey::generate());
        let ada = ClientId::new("client_ada");
        let secret = secrets.draw(&ada);
        let (hash, rotated) = (secrets.hash(&secret).unwrap(), secrets.hash(&secrets.draw(&ada)).unwrap());
        assert!(hash.starts_with("$argon2id$v=19$m=1024,t=1,p=1$"), "{hash}");
        assert!(!secrets.is_remembered(&ada, &secret, &hash));
        assert!(secrets.matches(&ada, &secret, &hash));
        assert!(secrets.is_remembered(&ada, &secret, &hash));
        assert!(!secrets.is_remembered(&ada, &secret, &rotated));
        assert!(!secrets.matches(&ada, &secret, &rotated));
        secrets.forget();
        assert!(!secrets.is_remembered(&ada, &secret, &hash));
    }
}
