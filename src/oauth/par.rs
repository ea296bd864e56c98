//! Pushed authorization requests (RFC 9126): the name of what was pushed, and whether a browser may come with it.

use serde::Serialize;

use super::{
    authorize::{Checked, Waiting},
    error::{OAuthError, invalid_request, invalid_request_uri},
    params::Params,
    why::Why,
};
use crate::base::{
    client::Client,
    grant::Parked,
    id::ClientId,
    secret::Plain,
    time::{Span, Time},
    token::TokenKind,
};

/// What every name of a pushed request begins with (RFC 9126 section 2.2).
const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// The answer to a push (RFC 9126 section 2.2).
#[derive(Serialize)]
pub struct Reply {
    request_uri: String,
    expires_in: i64,
}

impl Reply {
    /// For what was pushed under that id.
    pub fn new(id: &Plain, lives: Span) -> Self {
        Self { request_uri: format!("{URN}{}", id.expose()), expires_in: lives.as_seconds() }
    }
}

/// A browser that comes with the name of a pushed request instead of the request.
pub struct Reference {
    /// Who asks, as the browser says.
    pub client: ClientId,
    /// The id of what was pushed.
    pub id: Plain,
}

impl Reference {
    /// `None` when the `request_uri` is not of our making: then the request is judged as it stands. Every parameter but these
    /// two is ignored (RFC 9126 section 4).
    pub fn parse(params: &Params) -> Option<Result<Self, OAuthError>> {
        let id = params.get("request_uri")?.strip_prefix(URN)?;
        let id = Plain::parse(TokenKind::Pushed, id)?;
        Some(Self::of(id, params))
    }

    fn of(id: Plain, params: &Params) -> Result<Self, OAuthError> {
        let client = params.one("client_id")?.ok_or_else(|| invalid_request(Why::ClientIdMissing))?;
        Ok(Self { client: ClientId::new(client), id })
    }
}

/// The pushed request, for the client that pushed it and nobody else, in time and undecided.
pub fn take_up(found: Option<Parked>, client: &Client, now: Time) -> Result<Checked, OAuthError> {
    let unknown = || invalid_request_uri(Why::PushedUnknown);
    let parked = found.filter(|parked| parked.client.as_ref() == Some(&client.id)).ok_or_else(unknown)?;
    match Waiting::from_json(&parked.request) {
        Some(Waiting::Pushed { .. }) if parked.decided_at.is_some() => Err(spent()),
        Some(Waiting::Pushed { request, until }) if now < until => Ok(request.taken_from(&parked.digest)),
        _ => Err(unknown()),
    }
}

/// The answer to a second decision.
pub const fn spent() -> OAuthError {
    invalid_request_uri(Why::PushedSpent)
}
