//! Initial access tokens (RFC 7591 section 3).

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, made, ok},
    list::List,
    problem::NotDone,
};
use crate::{
    base::{
        client::GrantType,
        id::InitialTokenId,
        scope::{ScopeSet, is_scope_token},
        time::Span,
    },
    facts::initial_token::{self as facts, InitialToken, UsedToken},
    flows::initial_tokens as flow,
    oauth::{
        error::{invalid_request, not_found},
        why::Why,
    },
};

/// The initial access tokens, newest first.
#[utoipa::path(get, path = "/admin/api/v1/initial-tokens", tag = "initial-tokens",
    responses((status = 200, description = "All of them", body = List<InitialToken>)))]
pub async fn list(caller: Caller) -> Answer {
    let now = caller.call.now;
    ok(&List::whole(caller.read(move |reader| facts::all(reader, now)).await?))
}

/// One token, and the clients in the book that came with it.
#[utoipa::path(get, path = "/admin/api/v1/initial-tokens/{id}", tag = "initial-tokens", params(("id" = String, Path, description = "Its token_id")),
    responses((status = 200, description = "It", body = UsedToken)))]
pub async fn one(caller: Caller, id: Path<String>) -> Answer {
    ok(&find(&caller, InitialTokenId::new(id.into_inner())).await?)
}

async fn find(caller: &Caller, id: InitialTokenId) -> Result<UsedToken, NotDone> {
    let now = caller.call.now;
    let found = caller.read(move |reader| facts::find(reader, &id, now)).await?;
    Ok(found.ok_or_else(not_found)?)
}

/// What a new token is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInitialToken {
    /// Its name for people.
    label: String,
    /// How many seconds it works; for ever, unless it is said.
    #[schema(minimum = 1, maximum = 315_360_000)]
    life: Option<u32>,
    /// How many clients may be registered by it; any number, unless it is said.
    #[schema(minimum = 1, maximum = 1_000_000)]
    most_uses: Option<i64>,
    /// The most that its clients may ever ask for; none: everything on offer.
    #[serde(default)]
    scopes: Vec<String>,
    /// The only sites that its clients may have codes sent to; none: those that the policy allows.
    #[serde(default)]
    redirect_hosts: Vec<String>,
    /// The only grants that its clients may use; none: those of any client that registers itself.
    #[serde(default)]
    grant_types: Vec<String>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub struct MadeInitialToken {
    /// What is known of it.
    #[serde(flatten)]
    facts: InitialToken,
    /// The token itself, this once.
    token: String,
}

/// Makes a token, which clients send as `Authorization: Bearer` when they register.
#[utoipa::path(post, path = "/admin/api/v1/initial-tokens", tag = "initial-tokens", request_body = NewInitialToken,
    responses((status = 201, description = "It works from now on; it is shown this once", body = MadeInitialToken)))]
pub async fn create(caller: Caller) -> Answer {
    let wanted = read(caller.sent()?)?;
    let new = flow::create(&caller.desk, &caller.call, &caller.actor(), wanted).await;
    let flow::Made { token, secret } = caller.take(new)?;
    made(&MadeInitialToken { facts: InitialToken::of(token, caller.call.now), token: secret.expose().to_owned() })
}

fn read(new: NewInitialToken) -> Result<flow::Wanted, NotDone> {
    let wrong = |value: &str| NotDone::from(invalid_request(Why::ApiBody).about(value));
    if let Some(scope) = new.scopes.iter().find(|scope| !is_scope_token(scope)) {
        return Err(wrong(scope));
    }
    let grant = |text: &String| GrantType::parse(text).ok_or_else(|| wrong(text));
    Ok(flow::Wanted {
        label: new.label,
        scopes: new.scopes.iter().map(String::as_str).collect::<ScopeSet>(),
        redirect_hosts: new.redirect_hosts,
        grant_types: new.grant_types.iter().map(grant).collect::<Result<_, _>>()?,
        most_uses: new.most_uses,
        life: new.life.map(|seconds| Span::seconds(seconds.into())),
    })
}

/// Ends a token. The clients that were registered by it stay.
#[utoipa::path(post, path = "/admin/api/v1/initial-tokens/{id}/revoke", tag = "initial-tokens", params(("id" = String, Path, description = "Its token_id")),
    responses((status = 200, description = "The token as it is now", body = UsedToken)))]
pub async fn revoke(caller: Caller, id: Path<String>) -> Answer {
    let id = InitialTokenId::new(id.into_inner());
    caller.take(flow::revoke(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    ok(&find(&caller, id).await?)
}
