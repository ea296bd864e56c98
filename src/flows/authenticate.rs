//! Who is calling: reads what was presented, compares secrets off the async workers or looks at the signature, and lets the
//! rule decide.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::{
    base::{
        call::Call,
        client::{AuthMethod, Client},
        id::ClientId,
        secret::Plain,
    },
    flows::{Desk, FlowResult, client_keys, documents},
    oauth::{
        cimd,
        client_auth::{self, Presented, Proven, SecretVerdict},
    },
    store::{Stop, Store, StoreResult, clients},
};

/// How many clients are remembered.
const REMEMBERED: usize = 2_000;

/// Clients that called lately, as they stand in the book: each with the generation in which it was read, so that it counts only
/// while no registration has changed since. When it was first allowed something and last used may be older than what is written.
pub struct Callers(Cache<ClientId, (u64, Arc<Client>)>);

impl Default for Callers {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl Callers {
    async fn find(&self, store: &Store, id: &ClientId) -> StoreResult<Option<Arc<Client>>> {
        // The generation first: a change meanwhile makes what is read here out of date at once.
        let generation = store.standing().clients_generation();
        let remembered = self.0.get(id).filter(|(read_in, _)| Some(*read_in) == generation);
        if let Some((_, client)) = remembered {
            return Ok(Some(client));
        }
        let wanted = id.clone();
        let found = store.glance(move |reader| clients::find(reader, &wanted)).await?.map(Arc::new);
        if let (Some(generation), Some(client)) = (generation, &found) {
            self.0.insert(id.clone(), (generation, Arc::clone(client)));
        }
        Ok(found)
    }
}

/// The client that presents this, proven.
pub async fn client(desk: &Arc<Desk>, call: &Call, presented: Presented) -> FlowResult<Proven> {
    let id = presented.client_id();
    let client = match cimd::is_url(id) {
        true => match documents::find(desk, call, id).await {
            Ok(found) => found.map(Arc::new),
            Err(Stop::Refuse(error)) => return Err(presented.challenged(error).into()),
            Err(stop) => return Err(stop),
        },
        false => desk.callers.find(&desk.store, id).await?,
    };
    let known = client.as_deref();
    let (presented, verdict) = match presented.assertion() {
        Some(assertion) => {
            let may_sign = |client: &&Client| client.disabled_at.is_none() && client.accepts(AuthMethod::PrivateKeyJwt);
            let verdict = match known.filter(may_sign) {
                Some(client) => {
                    client_keys::prove(desk, call, client, assertion).await?;
                    SecretVerdict::Matches
                }
                None => SecretVerdict::NotAsked,
            };
            (presented, verdict)
        }
        None => compare(desk, call, known, presented).await?,
    };
    Ok(client_auth::judge(client, &presented, verdict, call.now)?)
}

/// Compares a secret with the live ones of a client that has any. A forged one costs one HMAC, a known one a look-up; only a
/// genuine one that this process has not seen yet costs argon2, on the blocking pool.
async fn compare(
    desk: &Arc<Desk>,
    call: &Call,
    client: Option<&Client>,
    presented: Presented,
) -> FlowResult<(Presented, SecretVerdict)> {
    let id = presented.client_id().clone();
    let hashes: Vec<String> = client
        .iter()
        .flat_map(|client| client_auth::live_secrets(client, call.now))
        .map(|secret| secret.hash.clone())
        .collect();
    if presented.secrets().is_empty() {
        return Ok((presented, SecretVerdict::NotAsked));
    }
    if knows(desk, &id, presented.secrets(), &hashes) {
        return Ok((presented, SecretVerdict::Matches));
    }
    if !presented.secrets().iter().any(|secret| desk.secrets.is_genuine(&id, secret)) {
        return Ok((presented, SecretVerdict::Differs));
    }
    let compared = desk.hash(move |known| {
        let matches = presented
            .secrets()
            .iter()
            .filter(|secret| known.is_genuine(&id, secret))
            .any(|secret| hashes.iter().any(|hash| known.matches(&id, secret, hash)));
        (presented, if matches { SecretVerdict::Matches } else { SecretVerdict::Differs })
    });
    Ok(compared.await?)
}

fn knows(desk: &Desk, id: &ClientId, secrets: &[Plain], hashes: &[String]) -> bool {
    secrets.iter().any(|secret| hashes.iter().any(|hash| desk.secrets.is_remembered(id, secret, hash)))
}
