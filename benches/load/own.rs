//! Limits of the machine that no server gets past, measured by loops of the generator itself: a hash of a secret, a signature,
//! a commit.

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
    },
};

use crate::{drive::Tally, mini::SingleCommits, sides::Loop};

/// argon2id at the cost of a drawn secret (m=1024, t=1, p=1), its memory at hand.
pub(crate) fn argon2id() -> anyhow::Result<Loop> {
    let params = Params::new(1024, 1, 1, None).map_err(|e| anyhow::anyhow!("{e}"))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Ok(again(move || {
        let mut hash = [0; 32];
        let hashed = argon2.hash_password_into_with_memory(b"a secret", b"sixteen of salt.", &mut hash, &mut memory);
        black_box(hash);
        hashed.map_err(|e| anyhow::anyhow!("{e}"))
    }))
}

/// One ES256 verification with a key that was read before.
pub(crate) fn es256() -> anyhow::Result<Loop> {
    let random = SystemRandom::new();
    let message = vec![b'a'; 500];
    let made = || {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let signature = key.sign(&random, &message)?;
        Ok((key, signature))
    };
    let (key, signature) = made().map_err(|_: aws_lc_rs::error::Unspecified| anyhow::anyhow!("no signature"))?;
    let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key())?;
    Ok(again(move || {
        public.verify_sig(black_box(&message), signature.as_ref()).map_err(|_| anyhow::anyhow!("not its signature"))
    }))
}

/// One row of 1 KB a commit: what a disk gives without group commit.
pub(crate) fn single_commits(database: &Path) -> anyhow::Result<Loop> {
    let mut commits = SingleCommits::to(database)?;
    Ok(again(move || commits.write()))
}

fn again(mut once: impl FnMut() -> anyhow::Result<()> + 'static) -> Loop {
    Box::new(move |time: Duration, tally: &mut Tally| {
        let start = Instant::now();
        while start.elapsed() < time {
            let began = Instant::now();
            once()?;
            tally.took.push(began.elapsed());
        }
        tally.elapsed += start.elapsed();
        Ok(())
    })
}
