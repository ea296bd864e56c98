//! Who is calling: reads what was presented, compares secrets off the async workers or looks at the signature, and lets the
//! rule decide.

use std::sync::Arc;

use crate::{
    base::{
        call::Call,
        client::{AuthMethod, Client},
        id::ClientId,
        secret::Plain,
    },
    flows::{Desk, FlowResult, client_keys, documents},
    oauth::client_auth::{self, Presented, Proven, SecretVerdict},
    store::StoreError,
};

/// The client that presents this, proven.
pub async fn client(desk: &Arc<Desk>, call: &Call, presented: Presented) -> FlowResult<Proven> {
    let id = presented.client_id().clone();
    let client = documents::find(desk, call, &id).await?;
    let (presented, verdict) = match presented.assertion() {
        Some(assertion) => {
            let may_sign = |client: &&Client| client.disabled_at.is_none() && client.accepts(AuthMethod::PrivateKeyJwt);
            let verdict = match client.as_ref().filter(may_sign) {
                Some(client) => {
                    client_keys::prove(desk, call, client, assertion).await?;
                    SecretVerdict::Matches
                }
                None => SecretVerdict::NotAsked,
            };
            (presented, verdict)
        }
        None => compare(desk, call, client.clone(), presented).await?,
    };
    Ok(client_auth::judge(client, &presented, verdict, call.now)?)
}

/// Compares a secret with the live ones of a client that has any. A forged one costs one HMAC, a known one a look-up; only a
/// genuine one that this process has not seen yet costs argon2, on the blocking pool.
async fn compare(
    desk: &Arc<Desk>,
    call: &Call,
    client: Option<Client>,
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
    let desk = desk.clone();
    let compared = tokio::task::spawn_blocking(move || {
        let matches = presented
            .secrets()
            .iter()
            .filter(|secret| desk.secrets.is_genuine(&id, secret))
            .any(|secret| hashes.iter().any(|hash| desk.secrets.matches(&id, secret, hash)));
        (presented, if matches { SecretVerdict::Matches } else { SecretVerdict::Differs })
    });
    Ok(compared.await.map_err(|_| StoreError::Other("comparing a secret panicked".into()))?)
}

fn knows(desk: &Desk, id: &ClientId, secrets: &[Plain], hashes: &[String]) -> bool {
    secrets.iter().any(|secret| hashes.iter().any(|hash| desk.secrets.is_remembered(id, secret, hash)))
}
