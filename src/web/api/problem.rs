//! How the API says no: one shape for every refusal, whoever refuses.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::{Answer, Caller};
use crate::{
    oauth::{
        challenge::Bearer,
        error::{ErrorKind, OAuthError, not_found},
    },
    store::{Stop, StoreError},
    web::reply::{self, Refused},
};

/// Why something was not done.
#[derive(Serialize, ToSchema)]
pub struct Problem<'a> {
    /// What kind of refusal it is, as in OAuth: `invalid_request`, `invalid_token`, `insufficient_scope` ...
    error: &'static str,
    /// What happened, in plain words.
    error_description: &'a str,
    /// The stable code of the reason, as in `DB-904`; the audit log and the log have it too.
    reason: &'static str,
    /// Who does what about it.
    fix: &'static str,
    /// What was offending, when it may be repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// What is told of a refusal.
    pub fn of(error: &'a OAuthError) -> Self {
        Self {
            error: error.code(),
            error_description: error.description(),
            reason: error.why().code(),
            fix: error.why().fix_by_hand(),
            value: error.value(),
        }
    }
}

/// What a handler of the API returns when something was not done.
#[derive(Debug)]
pub struct NotDone(OAuthError);

impl From<OAuthError> for NotDone {
    fn from(error: OAuthError) -> Self {
        // A 401 says how to authenticate (RFC 9110 section 15.5.2), a 403 of the token what it lacks (RFC 6750 section 3.1).
        let challenge = match error.kind() {
            ErrorKind::InvalidToken | ErrorKind::InsufficientScope => {
                Bearer { error: Some(error.kind()), ..Bearer::default() }
            }
            _ => return Self(error),
        };
        Self(error.with_challenge(challenge.value()))
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Refused::from(error).into()
    }
}

impl From<Refused> for NotDone {
    fn from(refused: Refused) -> Self {
        refused.error().clone().into()
    }
}

impl From<Stop<OAuthError>> for NotDone {
    fn from(stop: Stop<OAuthError>) -> Self {
        match stop {
            Stop::Refuse(error) => error.into(),
            Stop::Fail(error) => error.into(),
        }
    }
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for NotDone {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        reply::explained(&self.0)
    }
}

/// A path of the API that nothing is at: told to those alone who may ask.
pub async fn nowhere(_: Caller) -> Answer {
    Err(not_found().into())
}
