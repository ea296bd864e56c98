//! Signing keys through their life: made and published, signing after a day, verifying until the last token has ended, gone.
//! And the way out in an emergency: a key that leaked goes at once, and everything that it signed with it.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Mutex;

use crate::{
    base::{
        algorithm::SigningAlgorithm,
        call::Call,
        event::{Actor, Ended, Event},
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
    oauth::{
        error::{OAuthError, invalid_request, not_found},
        why::Why,
    },
    store::{Reader, StoreError, StoreResult, Tx, access, audit, keys},
};

/// How long a key is published before it signs, so that verifiers with a cached key set know it by then.
pub const PUBLISHED_AHEAD: Span = Span::hours(24);

/// How long after the last token has ended its key stays: clocks differ.
const MARGIN: Span = Span::minutes(5);
/// The longest reason for a revocation, in characters.
const LONGEST_REASON: usize = 200;

/// The keyring in force, exchanged as a whole.
pub struct Cabinet {
    ring: RwLock<Arc<Keyring>>,
    exchanged: AtomicU64,
    /// Held from reading the keys to having exchanged the ring: who read before a revocation must not exchange after it.
    turn: Mutex<()>,
}

impl Cabinet {
    /// Holds a first ring.
    pub fn new(ring: Keyring) -> Self {
        Self { ring: RwLock::new(Arc::new(ring)), exchanged: AtomicU64::new(0), turn: Mutex::new(()) }
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
    begin(tx, call, &Actor::System, &record)
}

/// Keeps a new key that signs from the first moment on.
fn begin(tx: &mut Tx<'_>, call: &Call, actor: &Actor, record: &KeyRecord) -> StoreResult<()> {
    put(tx, call, actor, record)?;
    audit::record(tx, call, actor, &Event::KeySigns { key: record.id.clone() })
}

fn put(tx: &mut Tx<'_>, call: &Call, actor: &Actor, record: &KeyRecord) -> StoreResult<()> {
    keys::insert(tx, record, call.now)?;
    let made = Event::KeyMade { key: record.id.clone(), algorithm: record.algorithm.as_str().to_owned() };
    audit::record(tx, call, actor, &made)
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
            put(tx, &call, &actor, &made)?;
            advance_in(tx, &call, life)
        })
        .await?;
    reload(desk).await?;
    Ok(record)
}

/// Takes a key out of the key set that nothing needs: one that has not signed yet, or one whose last token has ended.
pub async fn retire(desk: &Desk, call: &Call, actor: Actor, id: &KeyId) -> FlowResult<()> {
    let (at, id) = (call.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let Some(key) = leaving(tx, &id, KeyState::Retired)? else { return Ok(()) };
            if key.state == KeyState::Signing {
                return Err(conflict(Why::KeySigns).into());
            }
            if is_needed(tx, &key, at.now)? {
                return Err(conflict(Why::KeyNeeded).into());
            }
            keys::advance(tx, key.state, &key.gone(KeyState::Retired, at.now), at.now)?;
            Ok(audit::record(tx, &at, &actor, &Event::KeyRetired { key: id })?)
        })
        .await?;
    Ok(reload(desk).await?)
}

/// What a revocation did.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Revoked {
    /// The tokens that ended with the key, and of how many grants and people they were. The grants go on.
    pub ended: Ended,
    /// The key that signs in its place, when it was the one that signed.
    pub successor: Option<KeyId>,
}

/// Takes a key out of force at once: what it signed is refused by the gate and in introspection from now on, here and in every
/// process that follows. Where it was the one that signed, the next one takes over, or a new one that is made for it.
pub async fn revoke(desk: &Desk, call: &Call, actor: Actor, id: &KeyId, reason: &str) -> FlowResult<Revoked> {
    let wanted = id.clone();
    let known = desk.store.read(move |reader| keys::find(reader, &wanted)).await?.ok_or_else(not_found)?;
    let algorithm = algorithm_for(&desk.config, known.purpose);
    let spare = make(&desk.key_sealer, known.purpose, algorithm, KeyState::Signing, call.now, call.now)?;
    let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
    let reason = (!reason.is_empty()).then_some(reason);
    let (at, id) = (call.clone(), id.clone());
    let revoked = desk.store.write(move |tx| {
        let Some(key) = leaving(tx, &id, KeyState::Revoked)? else { return Ok(Revoked::default()) };
        let ended = effect(tx, &key, at.now)?;
        if let Some(signed) = key.signed() {
            access::revoke_issued(tx, signed, at.now)?;
        }
        let (signs, purpose) = (key.state == KeyState::Signing, key.purpose);
        keys::advance(tx, key.state, &key.gone(KeyState::Revoked, at.now), at.now)?;
        audit::record(tx, &at, &actor, &Event::KeyRevoked { key: id, reason, ended })?;
        let successor = signs.then(|| succeed(tx, &at, &actor, purpose, spare)).transpose()?;
        Ok(Revoked { ended, successor })
    });
    let revoked = revoked.await?;
    reload(desk).await?;
    Ok(revoked)
}

/// What would end with a key, or what is still signed by it.
pub fn effect(reader: &mut Reader<'_>, key: &KeyRecord, now: Time) -> StoreResult<Ended> {
    Ok(key.signed().map(|signed| access::issued(reader, signed, now)).transpose()?.unwrap_or_default())
}

/// Lets the next key sign at once: it was published ahead, so some know it already. Where there is none, the spare one does.
fn succeed(tx: &mut Tx<'_>, call: &Call, actor: &Actor, purpose: KeyPurpose, spare: KeyRecord) -> StoreResult<KeyId> {
    let next = |key: &KeyRecord| key.purpose == purpose && key.state == KeyState::Next;
    let Some(next) = keys::all(tx)?.into_iter().filter(next).min_by_key(|key| key.signs_at) else {
        begin(tx, call, actor, &spare)?;
        return Ok(spare.id);
    };
    let key = next.signing(call.now);
    keys::advance(tx, KeyState::Next, &key, call.now)?;
    audit::record(tx, call, actor, &Event::KeySigns { key: key.id.clone() })?;
    Ok(key.id)
}

/// The key that is to leave the key set; `None` when it left that way already.
fn leaving(reader: &mut Reader<'_>, id: &KeyId, way: KeyState) -> FlowResult<Option<KeyRecord>> {
    let key = keys::find(reader, id)?.ok_or_else(not_found)?;
    if key.state.is_published() {
        return Ok(Some(key));
    }
    if key.state == way { Ok(None) } else { Err(conflict(Why::KeyGone).into()) }
}

/// Whether tokens live that only this key can verify.
fn is_needed(reader: &mut Reader<'_>, key: &KeyRecord, now: Time) -> StoreResult<bool> {
    match key.signed() {
        Some(signed) => Ok(access::count_issued(reader, signed, now, 1)? > 0),
        None => Ok(key.state == KeyState::Verifying && key.retires_at.is_some_and(|end| end > now)),
    }
}

fn conflict(why: Why) -> OAuthError {
    invalid_request(why).with_status(409)
}

/// Moves keys on whose time has come. For the job.
pub async fn advance(desk: &Desk, call: &Call) -> StoreResult<()> {
    let (call, life) = (call.clone(), desk.config.policy.lifetimes.access_token);
    desk.store.record(move |tx| advance_in(tx, &call, life)).await
}

/// Takes up the keys that another process, or a job, has changed.
pub async fn reload(desk: &Desk) -> StoreResult<()> {
    let _turn = desk.keys.turn.lock().await;
    let records = desk.store.read(keys::all).await?;
    desk.keys.exchange(assemble(records, &desk.key_sealer)?);
    Ok(())
}

fn assemble(records: Vec<KeyRecord>, sealer: &Sealer) -> StoreResult<Keyring> {
    let records = records.into_iter().filter(|key| key.state.is_published());
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
        let ends = call.now + token_life + MARGIN;
        for old in all.iter().filter(|key| key.state == KeyState::Signing) {
            keys::advance(tx, KeyState::Signing, &old.clone().verifying(call.now, ends), call.now)?;
        }
        keys::advance(tx, KeyState::Next, &next.clone().signing(call.now), call.now)?;
        audit::record(tx, call, &Actor::System, &Event::KeySigns { key: next.id.clone() })?;
    }
    for old in all {
        if old.state == KeyState::Verifying && old.retires_at.is_some_and(|end| end <= call.now) {
            keys::advance(tx, KeyState::Verifying, &old.clone().gone(KeyState::Retired, call.now), call.now)?;
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
    Ok(KeyRecord {
        id,
        purpose,
        algorithm,
        state,
        sealed,
        created_at: now,
        signs_at,
        stopped_at: None,
        retires_at: None,
    })
}

fn place(id: &KeyId) -> String {
    format!("keys/{id}/sealed")
}

fn broken(error: CryptoError) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
