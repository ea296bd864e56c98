//! What is done to one client. An action that was done already answers as if it were done now.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    clients::find,
};
use crate::{
    base::{id::ClientId, time::Span},
    facts::{Ended, Stamp, client::Client},
    flows::{approvals, clients as flow, departures},
};

/// Keeps a client out until it is enabled again. Nothing ends; all of it is refused meanwhile.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/disable", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn disable(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    caller.take(flow::disable(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, &id).await?)
}

/// Lets a disabled client in again.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/enable", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn enable(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    caller.take(flow::enable(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, &id).await?)
}

/// Vouches for a client, so that consent may be remembered for it.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/trust", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn trust(caller: Caller, id: Path<String>) -> Answer {
    vouch(&caller, id, true).await
}

/// Vouches for a client no longer: people are asked each time.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/untrust", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn untrust(caller: Caller, id: Path<String>) -> Answer {
    vouch(&caller, id, false).await
}

/// What an approval reached.
#[derive(Serialize, ToSchema)]
#[schema(as = ClientApproval)]
pub struct Approved {
    /// The client.
    #[schema(value_type = String)]
    client_id: ClientId,
    /// How many people who waited for it, or for one like it, go on.
    reached: usize,
    /// Whether it needs an approval at all; one that does not is left as it is.
    needed: bool,
}

/// Approves a client for everybody, with all clients like it, whether or not somebody waits for it now.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/approve", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "Who waited for it goes on", body = Approved)))]
pub async fn approve(caller: Caller, id: Path<String>) -> Answer {
    let client_id = ClientId::new(id.into_inner());
    let reached = approvals::approve(&caller.desk, &caller.call, &caller.actor(), &client_id).await;
    let reached = caller.take(reached)?;
    ok(&Approved { reached: reached.unwrap_or_default(), needed: reached.is_some(), client_id })
}

async fn vouch(caller: &Caller, id: Path<String>, trusted: bool) -> Answer {
    let id = ClientId::new(id.into_inner());
    caller.take(flow::trust(&caller.desk, &caller.call, &caller.actor(), &id, trusted).await)?;
    ok(&find(caller, &id).await?)
}

/// How a secret is rotated.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecretRotation)]
pub struct Rotation {
    /// How many seconds the old secret works beside the new one, at most 30 days; 0: it ends at once. As configured, unless
    /// it is said.
    #[schema(maximum = 2_592_000)]
    overlap: Option<u32>,
}

/// A client's new secret.
#[derive(Serialize, ToSchema)]
pub struct RotatedSecret {
    /// The client.
    #[schema(value_type = String)]
    client_id: ClientId,
    /// Its secret, this once.
    client_secret: String,
    /// Until when the old one works; null: it has ended.
    old_secret_until: Option<Stamp>,
}

/// Gives a client a new secret. The old one goes on for the overlap, so that the client can be changed over in peace.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/rotate-secret", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    request_body = Option<Rotation>, responses((status = 200, description = "The new secret, shown this once", body = RotatedSecret)))]
pub async fn rotate_secret(caller: Caller, id: Path<String>) -> Answer {
    let rotation: Rotation = caller.sent_or_none()?;
    let usual = caller.desk.config.policy.lifetimes.secret_overlap;
    let overlap = rotation.overlap.map_or(usual, |seconds| Span::seconds(seconds.into()));
    let id = ClientId::new(id.into_inner());
    let rotated = flow::rotate_secret(&caller.desk, &caller.call, &caller.actor(), &id, overlap).await;
    let flow::Rotated { client, secret, old_until } = caller.take(rotated)?;
    ok(&RotatedSecret {
        client_id: client.id,
        client_secret: secret.expose().to_owned(),
        old_secret_until: old_until.map(Stamp::from),
    })
}

/// Ends the overlap of a rotation at once.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/end-old-secret", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn end_old_secret(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    caller.take(flow::end_old_secret(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, &id).await?)
}

/// A client's new registration access token.
#[derive(Serialize, ToSchema)]
pub struct NewRegistrationToken {
    /// The client.
    #[schema(value_type = String)]
    client_id: ClientId,
    /// Its registration access token, this once.
    registration_access_token: String,
}

/// Gives a client a new registration access token; the old one is good for nothing from now on.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/rotate-registration-token", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The new token, shown this once", body = NewRegistrationToken)))]
pub async fn rotate_registration_token(caller: Caller, id: Path<String>) -> Answer {
    let client_id = ClientId::new(id.into_inner());
    let token = flow::rotate_registration_token(&caller.desk, &caller.call, &caller.actor(), &client_id).await;
    let registration_access_token = caller.take(token)?.expose().to_owned();
    ok(&NewRegistrationToken { client_id, registration_access_token })
}

/// Takes a client's registration access token away: it can no longer change or delete its registration.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/revoke-registration-token", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn revoke_registration_token(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    caller.take(flow::revoke_registration_token(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, &id).await?)
}

/// Ends everything that people allowed a client, and so all its tokens. It stays in the book; people are asked again.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/revoke-tokens", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "What ended", body = Ended)))]
pub async fn revoke_tokens(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    let ended = flow::revoke_tokens(&caller.desk, &caller.call, &caller.actor(), &id).await;
    ok(&Ended::from(caller.take(ended)?))
}

/// Why a registration is revoked.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientRevocation)]
pub struct Revocation {
    /// For the audit log; 300 characters are kept.
    reason: Option<String>,
}

/// Revokes a registration, finally: it leaves the book with everything that people allowed it, and its id does not come back.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/revoke", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    request_body = Option<Revocation>, responses((status = 200, description = "What ended", body = Ended)))]
pub async fn revoke(caller: Caller, id: Path<String>) -> Answer {
    let reason = caller.sent_or_none::<Revocation>()?.reason.unwrap_or_default();
    let id = ClientId::new(id.into_inner());
    let ended = flow::revoke(&caller.desk, &caller.call, &caller.actor(), &id, &reason).await;
    ok(&Ended::from(caller.take(ended)?))
}

/// Puts a registration back that was taken out because nobody used it.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/revive", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client as it is now", body = Client)))]
pub async fn revive(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    caller.take(departures::revive(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, &id).await?)
}
