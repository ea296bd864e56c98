//! What the scopes of the server mean, in the sentences that consent shows.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    caller::{Answer, Caller, ok},
    list::List,
};
use crate::{facts::scope::Scope, flows::resources as flow};

/// The scopes that the server offers, each with its sentence.
#[utoipa::path(get, path = "/admin/api/v1/scopes", tag = "scopes",
    responses((status = 200, description = "All of them", body = List<Scope>)))]
pub async fn list(caller: Caller) -> Answer {
    let scopes = flow::scopes(&caller.desk).await?;
    ok(&List::whole(scopes.into_iter().map(Scope::from).collect()))
}

/// What consent is to say of a scope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSentence {
    /// The scope.
    scope: String,
    /// The sentence; an empty one takes an administrator's out again.
    sentence: String,
}

/// Puts a scope into words for consent; a protected server may say it in its own.
#[utoipa::path(post, path = "/admin/api/v1/scopes", tag = "scopes", request_body = NewSentence,
    responses((status = 200, description = "What consent says from now on", body = Scope)))]
pub async fn say(caller: Caller) -> Answer {
    let NewSentence { scope, sentence } = caller.sent()?;
    caller.take(flow::say(&caller.desk, &caller.call, &caller.actor(), &scope, &sentence).await)?;
    ok(&Scope::from(flow::scope(&caller.desk, &scope).await?))
}
