//! Clients: all of them, one of them, a new one, and what is left of those that are gone.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    audit,
    caller::{Answer, Caller, made, ok},
    list::{List, Window},
    problem::NotDone,
};
use crate::{
    base::id::ClientId,
    facts::{
        Ended,
        client::{self as facts, Client, Effect, Origin, Proof, Remains, State},
    },
    flows::{client_edit, clients as flow},
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
    store::{
        audit::Filter as AuditFilter,
        clients::{self, By, Filter},
        grants::{self, Of},
        page, tombstones as stones,
    },
};

/// Which clients.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Words of the name, the id or the redirect hosts; each a beginning.
    q: Option<String>,
    /// Only those that came in this way.
    #[param(inline)]
    origin: Option<Origin>,
    /// Only those that this speaks for.
    #[param(inline)]
    proof: Option<Proof>,
    /// Only those in this state.
    #[param(inline)]
    state: Option<State>,
    /// Only those that are like the client of this id.
    alike: Option<String>,
    /// What comes first.
    #[param(inline)]
    sort: Option<Sort>,
    /// What comes last comes first.
    #[param(default = false)]
    reverse: Option<bool>,
    /// How many rows: 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What a list of clients is sorted by.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientSort)]
pub enum Sort {
    /// Last used first; those never used by their registration.
    Used,
    /// Newest first.
    Created,
}

/// The clients in the book.
#[utoipa::path(get, path = "/admin/api/v1/clients", tag = "clients", params(Wanted),
    responses((status = 200, description = "A page of them", body = List<Client>)))]
pub async fn list(caller: Caller) -> Answer {
    let wanted: Wanted = caller.asked()?;
    let window = Window::of(wanted.limit, wanted.cursor);
    let (size, seek, now) = (window.size()?, window.seek()?, caller.call.now);
    let by = match wanted.sort {
        Some(Sort::Created) => By::Created,
        Some(Sort::Used) | None => By::Used,
    };
    let mut filter = Filter {
        search: wanted.q.unwrap_or_default().trim().to_owned(),
        origin: wanted.origin.map(Into::into),
        proof: wanted.proof.map(Into::into),
        state: wanted.state.map(Into::into),
        alike: None,
        used_since: None,
        sort: page::Sort { by, turned: wanted.reverse.unwrap_or(false) },
    };
    let like = wanted.alike.map(ClientId::new);
    let page = caller.read(move |reader| {
        if let Some(like) = like {
            filter.alike = Some(clients::find(reader, &like)?.map(|like| like.metadata.likeness()).unwrap_or_default());
        }
        facts::page(reader, &filter, seek.as_ref(), size, now)
    });
    ok(&List::from(page.await?))
}

/// The metadata of a client to be made, under the names of RFC 7591 section 2. Members that are not listed are kept as far as
/// registration knows them.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct NewClient {
    /// Its name for people.
    client_name: Option<String>,
    /// Where codes may be sent.
    redirect_uris: Option<Vec<String>>,
    /// How it authenticates: `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`.
    token_endpoint_auth_method: Option<String>,
    /// Which grants it may use.
    grant_types: Option<Vec<String>>,
    /// The scopes it may ask for, with spaces between them.
    scope: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// A client that was just made, with what is shown once.
#[derive(Serialize, ToSchema)]
pub struct MadeClient {
    /// The client.
    client: Client,
    /// Its secret, when it has one: this once.
    client_secret: Option<String>,
    /// Its registration access token: this once.
    registration_access_token: Option<String>,
}

/// Makes a client. What registration would refuse is refused here too, but for registration being closed.
#[utoipa::path(post, path = "/admin/api/v1/clients", tag = "clients", request_body = NewClient,
    responses((status = 201, description = "It is in the book; its secrets are shown this once", body = MadeClient)))]
pub async fn create(caller: Caller) -> Answer {
    let new: NewClient = caller.sent()?;
    let body = serde_json::to_vec(&new).map_err(|_| invalid_request(Why::ApiBody))?;
    let created = flow::create_from(&caller.desk, &caller.call, &caller.actor(), &body).await;
    let flow::Created { client, secret, registration_token } = caller.take(created)?;
    made(&MadeClient {
        client: Client::of(client, (0, 0), caller.call.now),
        client_secret: secret.map(|secret| secret.expose().to_owned()),
        registration_access_token: registration_token.map(|token| token.expose().to_owned()),
    })
}

/// One client.
#[utoipa::path(get, path = "/admin/api/v1/clients/{id}", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "The client", body = Client)))]
pub async fn one(caller: Caller, id: Path<String>) -> Answer {
    ok(&find(&caller, &ClientId::new(id.into_inner())).await?)
}

/// What changes of a client: the members of its metadata that are otherwise from then on, under the names of RFC 7591 section 2.
/// `null` takes one out; what is not named stays (RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
pub struct ClientChange {
    /// The members.
    #[serde(flatten)]
    members: Map<String, Value>,
}

/// A client that was just changed.
#[derive(Serialize, ToSchema)]
pub struct ChangedClient {
    /// The client as it is now.
    client: Client,
    /// Its secret, when it needed a new one: this once.
    client_secret: Option<String>,
    /// What the change did beyond what was written.
    effect: Effect,
}

/// Changes a client that registered by itself or that an administrator made. What goes beyond what it may have then ends.
#[utoipa::path(patch, path = "/admin/api/v1/clients/{id}", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    request_body = ClientChange, responses((status = 200, description = "The client as it is now, and what it lost", body = ChangedClient)))]
pub async fn change(caller: Caller, id: Path<String>) -> Answer {
    let (change, id): (ClientChange, _) = (caller.sent()?, ClientId::new(id.into_inner()));
    let edited = client_edit::edit(&caller.desk, &caller.call, &caller.actor(), &id, change.members, None).await;
    let client_edit::Edited { client, secret, effect } = caller.take(edited)?;
    ok(&ChangedClient {
        client: find(&caller, &client.id).await?,
        client_secret: secret.map(|secret| secret.expose().to_owned()),
        effect: effect.into(),
    })
}

/// What a change of a client would do. Changes nothing.
#[utoipa::path(post, path = "/admin/api/v1/clients/{id}/rehearse", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    request_body = ClientChange, responses((status = 200, description = "What it would do", body = Effect)))]
pub async fn rehearse(caller: Caller, id: Path<String>) -> Answer {
    let (change, id): (ClientChange, _) = (caller.sent()?, ClientId::new(id.into_inner()));
    let effect = client_edit::effect(&caller.desk, &caller.call, &id, change.members).await;
    ok(&Effect::from(caller.take(effect)?))
}

/// The client as it is now.
pub(super) async fn find(caller: &Caller, id: &ClientId) -> Result<Client, NotDone> {
    let (id, now) = (id.clone(), caller.call.now);
    let found = caller.read(move |reader| facts::find(reader, &id, now)).await?;
    Ok(found.ok_or_else(not_found)?)
}

/// What would end with a client's tokens, and so with the client; disabling it stops the same for a while.
#[utoipa::path(get, path = "/admin/api/v1/clients/{id}/effect", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "What would end", body = Ended)))]
pub async fn effect(caller: Caller, id: Path<String>) -> Answer {
    let (id, now) = (ClientId::new(id.into_inner()), caller.call.now);
    let ended = caller.read(move |reader| {
        let there = clients::find(reader, &id)?.is_some();
        Ok(if there { Some(grants::weigh(reader, &Of::Client(id), now)?) } else { None })
    });
    ok(&Ended::from(ended.await?.ok_or_else(not_found)?))
}

/// What a client did and tried, newest first; that of a gone one too.
#[utoipa::path(get, path = "/admin/api/v1/clients/{id}/timeline", tag = "clients",
    params(("id" = String, Path, description = "Its client_id"), audit::Part),
    responses((status = 200, description = "A page of it", body = List<crate::facts::audit::Line>)))]
pub async fn timeline(caller: Caller, id: Path<String>) -> Answer {
    let of = AuditFilter { client: Some(ClientId::new(id.into_inner())), ..AuditFilter::default() };
    audit::timeline(&caller, of).await
}

/// What registrations left that left the book, latest first.
#[utoipa::path(get, path = "/admin/api/v1/tombstones", tag = "clients", params(Window),
    responses((status = 200, description = "A page of them", body = List<Remains>)))]
pub async fn tombstones(caller: Caller) -> Answer {
    let window: Window = caller.asked()?;
    let (size, seek) = (window.size()?, window.seek()?);
    let page = caller.read(move |reader| stones::page(reader, seek.as_ref(), size)).await?;
    ok(&List::from(page.map(Remains::from)))
}

/// What one registration left.
#[utoipa::path(get, path = "/admin/api/v1/tombstones/{id}", tag = "clients", params(("id" = String, Path, description = "Its client_id")),
    responses((status = 200, description = "What is left of it", body = Remains)))]
pub async fn tombstone(caller: Caller, id: Path<String>) -> Answer {
    let id = ClientId::new(id.into_inner());
    let stone = caller.read(move |reader| stones::find(reader, &id)).await?;
    ok(&Remains::from(stone.ok_or_else(not_found)?))
}
