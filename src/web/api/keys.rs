//! Signing keys.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
    problem::NotDone,
};
use crate::{
    facts::key::{Key, Purpose},
    flows::keys as flow,
    oauth::error::not_found,
    store::keys,
};

/// The signing keys, oldest first.
#[utoipa::path(get, path = "/admin/api/v1/keys", tag = "keys",
    responses((status = 200, description = "All of them", body = List<Key>)))]
pub async fn list(caller: Caller) -> Answer {
    ok(&List::whole(all(&caller).await?))
}

async fn all(caller: &Caller) -> Result<Vec<Key>, NotDone> {
    Ok(caller.read(keys::all).await?.iter().map(Key::from).collect())
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
    let key = all(&caller).await?.into_iter().find(|key| key.kid == made.id);
    ok(&key.ok_or_else(not_found)?)
}
