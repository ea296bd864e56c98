//! DPoP proofs that were shown (RFC 9449 section 11.1): each counts once. Kept in memory and for as long as it could be shown
//! again; one database has one server. Where proofs must hold a nonce of ours, it is derived from the clock, so that none is kept.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, PoisonError},
};

use crate::{
    base::time::{Span, Time},
    crypto::{digest, master::MasterKey},
    oauth::{
        dpop::{self, Proof, Request},
        error::{OAuthError, invalid_dpop_proof, temporarily_unavailable},
        why::Why,
    },
};

/// From the first moment at which a proof may be shown to the last.
const LIFE: Span = Span::seconds(2 * dpop::LEEWAY.as_seconds() + 1);
/// How many are remembered from one such time. When there are more, nobody can say of a proof that it is new.
const MOST: usize = 500_000;

/// For how long a nonce is the newest one. It counts for as long again.
const NONCE: Span = Span::minutes(5);

/// The proofs of late.
#[derive(Default)]
pub struct Proofs {
    seen: Mutex<Seen>,
    nonces: Option<MasterKey>,
}

#[derive(Default)]
struct Seen {
    now: HashSet<[u8; 16]>,
    before: HashSet<[u8; 16]>,
    since: Option<Time>,
}

impl Proofs {
    /// With a key, proofs must hold a nonce that is derived from it.
    pub fn new(nonces: Option<MasterKey>) -> Self {
        Self { nonces, ..Self::default() }
    }

    /// What the next proof must hold, where proofs must hold something (RFC 9449 section 8.2).
    pub fn nonce(&self, now: Time) -> Option<String> {
        self.nonces_at(now).into_iter().next()
    }

    /// The nonces that count now, the newest first.
    fn nonces_at(&self, now: Time) -> Vec<String> {
        let window = now.unix().div_euclid(NONCE.as_seconds());
        let nonce = |key: &MasterKey, window: i64| {
            digest::half_sha256_base64url(key.derive(&format!("dpop nonce {window}")).as_slice())
        };
        self.nonces.iter().flat_map(|key| [window, window - 1].map(|window| nonce(key, window))).collect()
    }

    /// Checks what came in the `DPoP` header, and takes it once.
    pub fn take(&self, headers: &[&str], request: &Request<'_>) -> Result<Proof, OAuthError> {
        let proof = dpop::check(headers, request, &self.nonces_at(request.now))?;
        self.spend(proof.id(), request.now)?;
        Ok(proof)
    }

    fn spend(&self, id: [u8; 32], now: Time) -> Result<(), OAuthError> {
        let mut short = [0; 16];
        short.iter_mut().zip(id).for_each(|(to, from)| *to = from);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(*seen.since.get_or_insert(now)) >= LIFE {
            seen.before = mem::take(&mut seen.now);
            seen.since = Some(now);
        }
        if seen.now.len() >= MOST {
            return Err(temporarily_unavailable(Why::Busy).with_retry_after(LIFE));
        }
        if seen.before.contains(&short) || !seen.now.insert(short) {
            return Err(invalid_dpop_proof(Why::ProofReplayed));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_counts_once_for_as_long_as_it_could_be_shown() {
        let proofs = Proofs::default();
        let at = |seconds: i64| Time::from_unix(1_000 + seconds);
        assert!(proofs.spend([1; 32], at(0)).is_ok());
        assert!(proofs.spend([2; 32], at(120)).is_ok());
        for seconds in [0, 120, 121, 240] {
            assert_eq!(proofs.spend([2; 32], at(seconds)).unwrap_err().why(), Why::ProofReplayed, "{seconds}");
        }
        assert!(proofs.spend([3; 32], at(242)).is_ok());
        assert!(proofs.spend([2; 32], at(363)).is_ok(), "it is forgotten when it is too old to be shown");
    }

    #[test]
    fn rfc9449_8_a_nonce_counts_for_five_to_ten_minutes_and_nobody_can_make_one() {
        let key = MasterKey::generate();
        let proofs = Proofs::new(Some(key.clone()));
        let at = |seconds: i64| Time::from_unix(300_000 + seconds);
        let nonce = proofs.nonce(at(0)).unwrap();
        for (seconds, newest, counts) in
            [(-1, false, false), (299, true, true), (300, false, true), (599, false, true), (600, false, false)]
        {
            let now = at(seconds);
            assert_eq!((proofs.nonce(now).unwrap() == nonce, proofs.nonces_at(now).contains(&nonce)), (newest, counts));
        }
        assert_eq!(Proofs::new(Some(key)).nonce(at(0)), Some(nonce.clone()), "a restart forgets none");
        assert_ne!(Proofs::new(Some(MasterKey::generate())).nonce(at(0)), Some(nonce));
        assert_eq!(Proofs::default().nonce(at(0)), None);
    }
}
