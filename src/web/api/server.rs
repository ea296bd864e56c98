//! The server itself, and who asks it.

use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Answer, Caller, ok};
use crate::facts::{api_token::ApiToken, server::Server};

/// The server, and who asks it.
#[derive(Serialize, ToSchema)]
pub struct Asked {
    /// The server.
    #[serde(flatten)]
    server: Server,
    /// The token that asks.
    token: ApiToken,
}

/// Who the server is, how much is in the book, and what the token is that asks.
#[utoipa::path(get, path = "/admin/api/v1/server", tag = "server",
    responses((status = 200, description = "The server", body = Asked)))]
pub async fn get(caller: Caller) -> Answer {
    let now = caller.call.now;
    let desk = caller.desk.clone();
    let server = caller.read(move |reader| Server::of(reader, &desk, now)).await?;
    ok(&Asked { server, token: ApiToken::of(caller.token.clone(), now) })
}
