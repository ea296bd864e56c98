//! The public keys of others: of clients that prove themselves with a signature, and of identity providers. They stand in
//! metadata or configuration, or are fetched through the guard from where it says, kept in memory, and fetched again when a
//! signature names a key that is not among them.

use std::{convert::Infallible, sync::Arc};

use quick_cache::sync::Cache;
use serde_json::Value;

use crate::{
    base::{
        call::Call,
        client::Client,
        time::{Span, Time},
        trusted::{IssuerKeys, TrustedIssuer},
    },
    crypto::{
        digest,
        foreign::{self, Signed},
    },
    flows::{Desk, FlowResult, together::Together},
    oauth::{
        client_auth::assertion::Assertion,
        error::{OAuthError, invalid_client, temporarily_unavailable},
        sent_jwt::Signature,
        why::Why,
    },
    outbound::guard::{FetchError, Lane},
    store::assertions,
};

/// How many key sets are kept.
const MOST: usize = 1_000;
/// How long one is kept at least and at most without being fetched again.
const SHORTEST: Span = Span::minutes(5);
const LONGEST: Span = Span::days(1);
/// How soon one is fetched again because a key is not in it.
pub(super) const AGAIN_AFTER: Span = Span::seconds(60);
/// How long one stands in while its host is in trouble.
const STALE: Span = Span::days(1);

/// Key sets that were fetched, by their address, and those that are being fetched.
pub struct Shelf {
    kept: Cache<String, Arc<Set>>,
    /// Also by the budget that they are fetched from, and by whether one is kept that will not do.
    under_way: Together<(String, Lane, bool), Result<Arc<Set>, FetchError>>,
}

/// A key set that was fetched.
struct Set {
    keys: Value,
    /// When a fetch was last tried, whatever came of it.
    tried_at: Time,
    fresh_until: Time,
    /// Until when it stands in while its host is in trouble.
    stale_until: Time,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { kept: Cache::new(MOST), under_way: Together::default() }
    }
}

impl Shelf {
    /// The key set that is kept of an address and still fresh, if it is another one than this.
    fn fresh(&self, uri: &str, but: Option<&Arc<Set>>, now: Time) -> Option<Arc<Set>> {
        let is_another = |set: &Arc<Set>| !but.is_some_and(|but| Arc::ptr_eq(but, set));
        self.kept.get(uri).filter(|set| now < set.fresh_until && is_another(set))
    }
}

/// Where somebody's keys are.
#[derive(Clone, Copy)]
enum Keys<'a> {
    /// Here.
    Given(&'a Value),
    /// At this address.
    At(&'a str, Lane),
}

/// Checks everything about an assertion of a client that may use one: its claims, its signature, and that it was never shown
/// before.
pub(super) async fn prove(desk: &Desk, call: &Call, client: &Client, assertion: &Assertion) -> FlowResult<()> {
    let once = assertion.check(client, &desk.config.issuer, call.now)?;
    let metadata = &client.metadata;
    let lane = if client.authorized_at.is_some() { Lane::Known } else { Lane::Stranger };
    let keys = match (&metadata.jwks_uri, &metadata.jwks) {
        (Some(uri), _) => Some(Keys::At(uri, lane)),
        (None, given) => given.as_ref().map(Keys::Given),
    };
    let signed = match keys {
        Some(keys) => signed_by(desk, call, keys, assertion.signature()).await.map_err(refusal)?,
        None => false,
    };
    if !signed {
        return Err(invalid_client(Why::AssertionSignature).into());
    }
    let key = digest::of_text(&once.key);
    desk.store
        .write(move |tx| match assertions::spend(tx, &key, once.until)? {
            true => Ok(()),
            false => Err(invalid_client(Why::AssertionReplayed).into()),
        })
        .await
}

/// Whether one of these keys made that signature.
async fn signed_by(desk: &Desk, call: &Call, keys: Keys<'_>, signature: Signature<'_>) -> Result<bool, FetchError> {
    let by = |keys: &Value| foreign::signed_by(keys, signature.algorithm, signature.key, signature.text.expose());
    let (uri, lane) = match keys {
        Keys::Given(keys) => return Ok(by(keys) == Signed::Yes),
        Keys::At(uri, lane) => (uri, lane),
    };
    let set = set(desk, call, uri, lane, None).await?;
    match by(&set.keys) {
        Signed::Yes => Ok(true),
        // A key that was there and did not sign it is not worth another look.
        Signed::No => Ok(false),
        // Perhaps they were changed since.
        Signed::KeyUnknown if call.now.since(set.tried_at) >= AGAIN_AFTER => {
            let set = self::set(desk, call, uri, lane, Some(&set)).await?;
            Ok(by(&set.keys) == Signed::Yes)
        }
        Signed::KeyUnknown => Ok(false),
    }
}

/// Whether somebody whom the configuration trusts made that signature.
pub(super) async fn signed_by_issuer(
    desk: &Desk,
    call: &Call,
    from: &TrustedIssuer,
    signature: Signature<'_>,
) -> Result<bool, FetchError> {
    let keys = match &from.keys {
        IssuerKeys::Given(keys) => Keys::Given(keys),
        IssuerKeys::At(uri) => Keys::At(uri, Lane::Known),
    };
    signed_by(desk, call, keys, signature).await
}

/// The key set at that address, another one than this. Many who ask at once wait for one fetch, and hear the same of it.
async fn set(desk: &Desk, call: &Call, uri: &str, lane: Lane, but: Option<&Arc<Set>>) -> Result<Arc<Set>, FetchError> {
    let shelf = &desk.client_keys;
    if let Some(set) = shelf.fresh(uri, but, call.now) {
        return Ok(set);
    }
    let work = async {
        // Whoever was here before may have fetched it since.
        Ok(match shelf.fresh(uri, but, call.now) {
            Some(set) => Ok(set),
            None => fetch(desk, call, uri, lane).await,
        })
    };
    let key = (uri.to_owned(), lane, but.is_some());
    let Ok::<_, Infallible>(set) = shelf.under_way.once(key, work).await;
    set
}

async fn fetch(desk: &Desk, call: &Call, uri: &str, lane: Lane) -> Result<Arc<Set>, FetchError> {
    let shelf = &desk.client_keys.kept;
    let before = shelf.get(uri);
    let set = match desk.guard.get(uri, lane, call.now).await {
        Ok(fetched) => {
            let fresh_until = call.now + fetched.fresh_for.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST);
            Set { keys: fetched.body, tried_at: call.now, fresh_until, stale_until: fresh_until + STALE }
        }
        Err(trouble) => match before.filter(|set| trouble.is_passing() && call.now < set.stale_until) {
            Some(set) => {
                let fresh_until = set.fresh_until.max(call.now + AGAIN_AFTER);
                Set { keys: set.keys.clone(), tried_at: call.now, fresh_until, stale_until: set.stale_until }
            }
            None => {
                shelf.remove(uri);
                return Err(trouble);
            }
        },
    };
    let set = Arc::new(set);
    shelf.insert(uri.to_owned(), set.clone());
    Ok(set)
}

fn refusal(trouble: FetchError) -> OAuthError {
    let error = match trouble.is_passing() {
        true => temporarily_unavailable(Why::KeysUnreachable).with_retry_after(AGAIN_AFTER),
        false => invalid_client(Why::KeysUnreachable),
    };
    error.about(&trouble.to_string())
}
