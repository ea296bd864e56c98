//! The register of protected servers.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
    problem::NotDone,
};
use crate::{
    base::{
        register,
        resource::ResourceUri,
        scope::{ScopeSet, is_scope_token},
        time::Span,
        user::Who,
    },
    facts::{
        Ended,
        resource::{Resource, Scope},
    },
    flows::resources as flow,
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
    store::resources,
};

/// The register, by URL.
#[utoipa::path(get, path = "/admin/api/v1/resources", tag = "resources",
    responses((status = 200, description = "All of it", body = List<Resource>)))]
pub async fn list(caller: Caller) -> Answer {
    let all = caller.read(resources::all).await?;
    ok(&List::whole(all.into_iter().map(Resource::from).collect()))
}

/// One protected server.
#[utoipa::path(get, path = "/admin/api/v1/resources/{id}", tag = "resources", params(("id" = String, Path, description = "Its URL, percent-encoded")),
    responses((status = 200, description = "It", body = Resource)))]
pub async fn one(caller: Caller, id: Path<String>) -> Answer {
    ok(&find(&caller, &meant(&id)?).await?)
}

async fn find(caller: &Caller, uri: &ResourceUri) -> Result<Resource, NotDone> {
    let uri = uri.clone();
    let found = caller.read(move |reader| resources::find(reader, &uri)).await?;
    Ok(found.map(Resource::from).ok_or_else(not_found)?)
}

/// A protected server as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResource {
    /// Its URL, as clients name it.
    url: String,
    /// Its name for people; its host, unless it is said.
    name: Option<String>,
    /// Its own scopes; none: what the server offers anyway.
    #[serde(default)]
    scopes: Vec<Scope>,
    /// The scopes that every request needs.
    #[serde(default)]
    required_scopes: Vec<String>,
    /// Who may use it, as on the access list; nobody named: everybody whom the access list lets in.
    #[serde(default)]
    people: Vec<String>,
    /// Whether `OPTIONS` passes the gate without a token.
    #[serde(default)]
    allow_preflight: bool,
    /// Whether only tokens pass that are bound to a key (RFC 9449).
    #[serde(default)]
    require_dpop: bool,
    /// How many seconds its access tokens work; as long as the server's, unless it is said.
    #[schema(minimum = 60, maximum = 2_592_000)]
    token_life: Option<u32>,
}

/// Adds a protected server, or writes over the one of the same URL.
#[utoipa::path(post, path = "/admin/api/v1/resources", tag = "resources", request_body = NewResource,
    responses((status = 200, description = "It as it is now", body = Resource)))]
pub async fn add(caller: Caller) -> Answer {
    let resource = read(caller.sent()?)?;
    let uri = resource.uri.clone();
    caller.take(flow::add(&caller.desk, &caller.call, &caller.actor(), resource).await)?;
    ok(&find(&caller, &uri).await?)
}

fn read(new: NewResource) -> Result<register::Resource, NotDone> {
    let wrong = |value: &str| NotDone::from(invalid_request(Why::ApiBody).about(value));
    let uri = ResourceUri::parse(&new.url).ok_or_else(|| wrong(&new.url))?;
    if let Some(scope) = new.required_scopes.iter().find(|scope| !is_scope_token(scope)) {
        return Err(wrong(scope));
    }
    let person = |text: &String| Who::parse(text).ok_or_else(|| wrong(text));
    Ok(register::Resource {
        name: new.name.unwrap_or_else(|| uri.host()),
        uri,
        scopes: new.scopes.into_iter().map(|own| (own.scope, own.sentence)).collect(),
        required_scopes: new.required_scopes.iter().map(String::as_str).collect::<ScopeSet>(),
        people: new.people.iter().map(person).collect::<Result<_, _>>()?,
        allow_preflight: new.allow_preflight,
        require_dpop: new.require_dpop,
        token_life: new.token_life.map(|seconds| Span::seconds(seconds.into())),
    })
}

/// What would end if a protected server were taken out.
#[utoipa::path(get, path = "/admin/api/v1/resources/{id}/effect", tag = "resources", params(("id" = String, Path, description = "Its URL, percent-encoded")),
    responses((status = 200, description = "What would end", body = Ended)))]
pub async fn effect(caller: Caller, id: Path<String>) -> Answer {
    let uri = meant(&id)?;
    find(&caller, &uri).await?;
    let effect = flow::effect_of_removal(&caller.desk, &caller.call, &uri).await;
    ok(&Ended::from(caller.take(effect)?))
}

/// Takes a protected server out, and ends what people allowed for it.
#[utoipa::path(delete, path = "/admin/api/v1/resources/{id}", tag = "resources", params(("id" = String, Path, description = "Its URL, percent-encoded")),
    responses((status = 200, description = "What ended", body = Ended)))]
pub async fn remove(caller: Caller, id: Path<String>) -> Answer {
    let uri = meant(&id)?;
    let ended = flow::remove(&caller.desk, &caller.call, &caller.actor(), &uri).await;
    ok(&Ended::from(caller.take(ended)?))
}

/// A protected server's new credential.
#[derive(Serialize, ToSchema)]
pub struct NewCredential {
    /// Its URL.
    #[schema(value_type = String)]
    url: ResourceUri,
    /// What its server shows when it asks about tokens (RFC 7662): this once.
    credential: String,
}

/// Gives a protected server a credential of its own, with which it asks about its tokens; the one before it is good for
/// nothing from now on.
#[utoipa::path(post, path = "/admin/api/v1/resources/{id}/credential", tag = "resources", params(("id" = String, Path, description = "Its URL, percent-encoded")),
    responses((status = 200, description = "The credential, shown this once", body = NewCredential)))]
pub async fn credential(caller: Caller, id: Path<String>) -> Answer {
    let url = meant(&id)?;
    let credential = flow::credential(&caller.desk, &caller.call, &caller.actor(), &url).await;
    let credential = caller.take(credential)?.expose().to_owned();
    ok(&NewCredential { url, credential })
}

fn meant(id: &str) -> Result<ResourceUri, NotDone> {
    Ok(ResourceUri::parse(id).ok_or_else(not_found)?)
}
