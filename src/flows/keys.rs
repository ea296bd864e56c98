//! Signing keys through their life: made and published, signing after a day, verifying until the last token has ended, gone.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    base::{
        algorithm::SigningAlgorithm,
        call::Call,
        event::{Actor, Event},
        id::KeyId,
        key::{KeyPurpose, KeyRecord, KeyState},
        time::{Span, Time},
    },
    config::Config,
    crypto::{
        CryptoError,
        keyring::{self, Keyring, SigningKey},
        seal::Sealer,
    },
    flows::{Desk, FlowResult},
    store::{Reader, StoreError, StoreResult, Tx, audit, keys},
};

/// How long a key is published before it signs, so that verifiers with a cached key set know it by then.
pub const PUBLISHED_AHEAD: Span = Span::hours(24);

/// The keyring in force, exchanged as a whole.
pub struct Cabinet {
    ring: RwLock<Arc<Keyring>>,
    exchanged: AtomicU64,
}

impl Cabinet {
    /// Holds a first ring.
    pub fn new(ring: Keyring) -> Self {
        Self { ring: RwLock::new(Arc::new(ring)), exchanged: AtomicU64::new(0) }
    }

    /// The ring in force.
    pub fn ring(&self) -> Arc<Keyring> {
        self.ring.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// How often it was exchanged: what was made of an older ring is out of date.
    pub fn exchanged(&self) -> u64 {
        self.exchanged.load(Ordering::Acquire)
    }

    fn exchange(&self, ring: Keyring) {
        *self.ring.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(ring);
        self.exchanged.fetch_add(1, Ordering::Release);
    }
}

/// What signs `id_token`s: the algorithm that every client knows (OpenID Connect Core section 15.1).
const ID_TOKENS: SigningAlgorithm = SigningAlgorithm::Rs256;

/// With what a new key for this signs.
fn algorithm_for(config: &Config, purpose: KeyPurpose) -> SigningAlgorithm {
    match purpose {
        KeyPurpose::AccessTokens => config.algorithm,
        KeyPurpose::IdTokens => ID_TOKENS,
    }
}

/// The keys that this server needs.
pub fn needed(config: &Config) -> Vec<(KeyPurpose, SigningAlgorithm)> {
    let on = |purpose: &KeyPurpose| *purpose == KeyPurpose::AccessTokens || config.policy.has_openid();
    KeyPurpose::ALL.into_iter().filter(on).map(|purpose| (purpose, algorithm_for(config, purpose))).collect()
}

/// Makes the first key for each of these if there is none that signs. For the start of a server.
pub fn first(
    tx: &mut Tx<'_>,
    call: &Call,
    sealer: &Sealer,
    needed: &[(KeyPurpose, SigningAlgorithm)],
) -> StoreResult<()> {
    let known = keys::all(tx)?;
    let lacks = |purpose| !known.iter().any(|key| key.purpose == purpose && key.state == KeyState::Signing);
    needed
        .iter()
        .filter(|(purpose, _)| lacks(*purpose))
        .try_for_each(|(purpose, algorithm)| first_of(tx, call, sealer, *purpose, *algorithm))
}

fn first_of(
    tx: &mut Tx<'_>,
    call: &Call,
    sealer: &Sealer,
    purpose: KeyPurpose,
    algorithm: SigningAlgorithm,
) -> StoreResult<()> {
    let record = make(sealer, purpose, algorithm, KeyState::Signing, call.now, call.now).map_err(broken)?;
    keys::insert(tx, &record, call.now)?;
    let made = Event::KeyMade { key: record.id.clone(), algorithm: algorithm.as_str().to_owned() };
    audit::record(tx, call, &Actor::System, &made)?;
    audit::record(tx, call, &Actor::System, &Event::KeySigns { key: record.id })
}

/// Reads the keys that are in force and opens them.
pub fn ring(reader: &mut Reader<'_>, sealer: &Sealer) -> StoreResult<Keyring> {
    assemble(keys::all(reader)?, sealer)
}

/// Makes a key that will take over: after [`PUBLISHED_AHEAD`], or at once when `now` is asked for.
pub async fn rotate(
    desk: &Desk,
    call: &Call,
    actor: Actor,
    purpose: KeyPurpose,
    at_once: bool,
) -> FlowResult<KeyRecord> {
    let algorithm = algorithm_for(&desk.config, purpose);
    let signs_at = if at_once { call.now } else { call.now + PUBLISHED_AHEAD };
    let record = make(&desk.key_sealer, purpose, algorithm, KeyState::Next, call.now, signs_at)?;
    let (call, made, life) = (call.clone(), record.clone(), desk.config.policy.lifetimes.access_token);
    desk.store
        .record(move |tx| {
            keys::insert(tx, &made, call.now)?;
            let event = Event::KeyMade { key: made.id.clone(), algorithm: algorithm.as_str().to_owned() };
            audit::record(tx, &call, &actor, &event)?;
            advance_in(tx, &call, life)
        })
        .await?;
    reload(desk).await?;
    Ok(record)
}

/// Moves keys on whose time has come. For the job.
pub async fn advance(desk: &Desk, call: &Call) -> StoreResult<()> {
    let (call, life) = (call.clone(), desk.config.policy.lifetimes.access_token);
    desk.store.record(move |tx| advance_in(tx, &call, life)).await
}

/// Takes up the keys that another process, or a job, has changed.
pub async fn reload(desk: &Desk) -> StoreResult<()> {
    let records = desk.store.read(keys::all).await?;
    desk.keys.exchange(assemble(records, &desk.key_sealer)?);
    Ok(())
}

fn assemble(records: Vec<KeyRecord>, sealer: &Sealer) -> StoreResult<Keyring> {
    let records = records.into_iter().filter(|key| key.state != KeyState::Retired);
    let (id_tokens, access): (Vec<_>, Vec<_>) = records.partition(|key| key.purpose == KeyPurpose::IdTokens);
    let (signing, others) = opened(access, sealer)?;
    let signing = signing.ok_or_else(|| StoreError::Corrupt("no signing key is there".into()))?;
    let ring = Keyring::new(signing, others).map_err(broken)?;
    match opened(id_tokens, sealer)? {
        (Some(signing), others) => ring.with_id_tokens(signing, &others).map_err(broken),
        (None, _) => Ok(ring),
    }
}

/// The keys for one purpose: the one that signs, and the others.
fn opened(records: Vec<KeyRecord>, sealer: &Sealer) -> StoreResult<(Option<SigningKey>, Vec<SigningKey>)> {
    let mut signing = None;
    let mut others = Vec::new();
    for record in records {
        let der = sealer.open(&place(&record.id), &record.sealed).map_err(broken)?;
        let key = SigningKey::from_pkcs8(record.algorithm, &der).map_err(broken)?;
        if record.state == KeyState::Signing { signing = Some(key) } else { others.push(key) }
    }
    Ok((signing, others))
}

fn advance_in(tx: &mut Tx<'_>, call: &Call, token_life: Span) -> StoreResult<()> {
    let (id_tokens, access): (Vec<_>, Vec<_>) =
        keys::all(tx)?.into_iter().partition(|key| key.purpose == KeyPurpose::IdTokens);
    advance_of(tx, call, token_life, &access)?;
    advance_of(tx, call, token_life, &id_tokens)
}

fn advance_of(tx: &mut Tx<'_>, call: &Call, token_life: Span, all: &[KeyRecord]) -> StoreResult<()> {
    let due =
        all.iter().filter(|key| key.state == KeyState::Next && key.signs_at <= call.now).max_by_key(|k| k.signs_at);
    if let Some(next) = due {
        let ends = Some(call.now + token_life + Span::minutes(5));
        for old in all.iter().filter(|key| key.state == KeyState::Signing) {
            keys::advance(tx, &old.id, KeyState::Signing, KeyState::Verifying, ends, call.now)?;
        }
        keys::advance(tx, &next.id, KeyState::Next, KeyState::Signing, None, call.now)?;
        audit::record(tx, call, &Actor::System, &Event::KeySigns { key: next.id.clone() })?;
    }
    for old in all {
        if old.state == KeyState::Verifying && old.retires_at.is_some_and(|end| end <= call.now) {
            keys::advance(tx, &old.id, KeyState::Verifying, KeyState::Retired, old.retires_at, call.now)?;
            audit::record(tx, call, &Actor::System, &Event::KeyRetired { key: old.id.clone() })?;
        }
    }
    Ok(())
}

fn make(
    sealer: &Sealer,
    purpose: KeyPurpose,
    algorithm: SigningAlgorithm,
    state: KeyState,
    now: Time,
    signs_at: Time,
) -> Result<KeyRecord, CryptoError> {
    let der = keyring::generate(algorithm)?;
    let id = SigningKey::from_pkcs8(algorithm, &der)?.id;
    let sealed = sealer.seal(&place(&id), &der)?;
    Ok(KeyRecord { id, purpose, algorithm, state, sealed, created_at: now, signs_at, retires_at: None })
}

fn place(id: &KeyId) -> String {
    format!("keys/{id}/sealed")
}

fn broken(error: CryptoError) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
