//! Signing keys.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
    problem::NotDone,
};
use crate::{
    base::id::KeyId,
    facts::{
        Ended,
        key::{self, Key, Purpose},
    },
    flows::keys as flow,
    oauth::error::not_found,
};

/// The signing keys, oldest first.
#[utoipa::path(get, path = "/admin/api/v1/keys", tag = "keys",
    responses((status = 200, description = "All of them", body = List<Key>)))]
pub async fn list(caller: Caller) -> Answer {
    let now = caller.call.now;
    ok(&List::whole(caller.read(move |reader| key::all(reader, now)).await?))
}

async fn find(caller: &Caller, id: KeyId) -> Result<Key, NotDone> {
    let now = caller.call.now;
    let found = caller.read(move |reader| key::find(reader, &id, now)).await?;
    Ok(found.ok_or_else(not_found)?)
}

/// When a new key takes over.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyRotation)]
pub struct Rotation {
    /// Which key: that of access tokens, unless it is said.
    #[serde(default)]
    signs: Purpose,
    /// At once; whoever keeps the old key set for a while refuses its tokens until they look again. Otherwise after 24 hours.
    #[serde(default)]
    now: bool,
}

/// Makes a new key: published at once, it signs after 24 hours, when everybody knows it.
#[utoipa::path(post, path = "/admin/api/v1/keys/rotate", tag = "keys", request_body = Option<Rotation>,
    responses((status = 200, description = "The new key", body = Key)))]
pub async fn rotate(caller: Caller) -> Answer {
    let Rotation { signs, now } = caller.sent_or_none()?;
    let made = flow::rotate(&caller.desk, &caller.call, caller.actor(), signs.into(), now).await;
    let made = caller.take(made)?;
    ok(&find(&caller, made.id).await?)
}

/// Takes a key out of the key set that nothing needs: one that has not signed yet, or one whose last token has ended.
#[utoipa::path(post, path = "/admin/api/v1/keys/{id}/retire", tag = "keys", params(("id" = String, Path, description = "Its kid")),
    responses((status = 200, description = "The key as it is now", body = Key)))]
pub async fn retire(caller: Caller, id: Path<String>) -> Answer {
    let id = KeyId::new(id.into_inner());
    caller.take(flow::retire(&caller.desk, &caller.call, caller.actor(), &id).await)?;
    ok(&find(&caller, id).await?)
}

/// Why a key is revoked.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyRevocation)]
pub struct Revocation {
    /// For the audit log.
    #[serde(default)]
    reason: String,
}

/// What a revocation did.
#[derive(Serialize, ToSchema)]
pub struct RevokedKey {
    /// The key as it is now.
    key: Key,
    /// The tokens that ended with it, and of how many grants and people they were. The grants go on.
    ended: Ended,
    /// The `kid` of the key that signs in its place; null when it did not sign.
    #[schema(value_type = Option<String>)]
    successor: Option<KeyId>,
}

/// Takes a key out of force at once, in an emergency: what it signed is refused from now on. Where it was the one that
/// signed, another takes over in the same step.
#[utoipa::path(post, path = "/admin/api/v1/keys/{id}/revoke", tag = "keys", request_body = Option<Revocation>,
    params(("id" = String, Path, description = "Its kid")),
    responses((status = 200, description = "What it did", body = RevokedKey)))]
pub async fn revoke(caller: Caller, id: Path<String>) -> Answer {
    let Revocation { reason } = caller.sent_or_none()?;
    let id = KeyId::new(id.into_inner());
    let revoked = flow::revoke(&caller.desk, &caller.call, caller.actor(), &id, &reason).await;
    let revoked = caller.take(revoked)?;
    let key = find(&caller, id).await?;
    ok(&RevokedKey { key, ended: revoked.ended.into(), successor: revoked.successor })
}
