//! Tokens of the API itself. Programs make none: a token that leaks must not outlive its own revocation.

use actix_web::web::Path;

use super::{
    caller::{Answer, Caller, ok},
    list::{List, Window},
};
use crate::{
    base::id::ApiTokenId, facts::api_token::ApiToken, flows::api_tokens as flow, oauth::error::not_found,
    store::api_tokens,
};

/// The tokens of the API, newest first.
#[utoipa::path(get, path = "/admin/api/v1/api-tokens", tag = "api-tokens", params(Window),
    responses((status = 200, description = "A page of them", body = List<ApiToken>)))]
pub async fn list(caller: Caller) -> Answer {
    let window: Window = caller.asked()?;
    let (size, seek, now) = (window.size()?, window.seek()?, caller.call.now);
    let page = caller.read(move |reader| api_tokens::page(reader, seek.as_ref(), size)).await?;
    ok(&List::from(page.map(|token| ApiToken::of(token, now))))
}

/// Ends a token for good; the one that asks, too.
#[utoipa::path(post, path = "/admin/api/v1/api-tokens/{id}/revoke", tag = "api-tokens", params(("id" = String, Path, description = "Its token_id, as in api_...")),
    responses((status = 200, description = "The token as it is now", body = ApiToken)))]
pub async fn revoke(caller: Caller, id: Path<String>) -> Answer {
    let id = ApiTokenId::new(id.into_inner());
    caller.take(flow::revoke(&caller.desk, &caller.call, &caller.actor(), &id).await)?;
    let token = caller.read(move |reader| api_tokens::find(reader, &id)).await?;
    ok(&ApiToken::of(token.ok_or_else(not_found)?, caller.call.now))
}
