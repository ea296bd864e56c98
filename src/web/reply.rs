//! The one mapping from refusals and failures to answers of the protocol: JSON with a status, never HTML, never a detail of
//! what broke (RFC 6749 section 5.2, RFC 7591 section 3.2.2).

use std::fmt;

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{ConnectionType, StatusCode, header},
};
use serde::Serialize;

use super::api::problem::Problem;
use crate::{
    base::time::Span,
    oauth::{
        error::{self, OAuthError},
        why::Why,
    },
    store::{Stop, StoreError},
};

/// What the next proof of possession must hold.
const DPOP_NONCE: header::HeaderName = header::HeaderName::from_static("dpop-nonce");

/// A refusal on its way out: what handlers and extractors of protocol endpoints return as their error.
#[derive(Debug)]
pub struct Refused(OAuthError);

impl Refused {
    /// 503: the store is busy or stands still. Nothing is wrong with the request, and it may be sent again.
    pub fn busy() -> Self {
        Self(error::temporarily_unavailable(Why::Busy).with_retry_after(Span::seconds(1)))
    }

    /// 500: something of ours broke. What it was is in the log.
    pub fn broken() -> Self {
        Self(error::server_error())
    }

    /// The refusal itself.
    pub fn error(&self) -> &OAuthError {
        &self.0
    }

    /// The refusal itself, taken out.
    pub fn into_error(self) -> OAuthError {
        self.0
    }
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

/// A failure of ours, with its cause in the log.
impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        log::error!("a request failed: {error}");
        if error.is_passing() { Self::busy() } else { Self::broken() }
    }
}

impl From<Stop<OAuthError>> for Refused {
    fn from(stop: Stop<OAuthError>) -> Self {
        match stop {
            Stop::Refuse(error) => error.into(),
            Stop::Fail(error) => error.into(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        refusal(&self.0)
    }
}

/// A refusal as the protocol answers it.
pub fn refusal(error: &OAuthError) -> HttpResponse {
    refusal_with(error, error)
}

/// A refusal as the dashboard's API answers it: with its reason, because whoever asks does an administrator's work.
pub fn explained(error: &OAuthError) -> HttpResponse {
    refusal_with(error, &Problem::of(error))
}

fn refusal_with(error: &OAuthError, body: &impl Serialize) -> HttpResponse {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponseBuilder::new(status);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(challenge) = error.challenge() {
        answer.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    if let Some(nonce) = error.dpop_nonce() {
        answer.insert_header((DPOP_NONCE, nonce));
    }
    if let Some(wait) = error.retry_after() {
        answer.insert_header((header::RETRY_AFTER, wait.as_seconds()));
    }
    let mut answer = answer.json(body);
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        // The rest of the body is not waited for.
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    because(&mut answer, error.why());
    answer
}

/// Notes on an answer why it refuses, for the access line and the figures. It does not go over the wire.
pub fn because(answer: &mut HttpResponse, why: Why) {
    answer.extensions_mut().insert(why);
}

/// A JSON answer. That no cache keeps it is said around it.
pub fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    // Room for most answers at once: to grow step by step costs more than to write them.
    let mut text = Vec::with_capacity(1_024);
    if let Err(error) = serde_json::to_writer(&mut text, body) {
        log::error!("an answer does not serialise: {error}");
        return refusal(&error::server_error());
    }
    written(status, text)
}

/// An answer that is JSON already.
pub fn written(status: StatusCode, text: Vec<u8>) -> HttpResponse {
    HttpResponseBuilder::new(status)
        .insert_header((header::CONTENT_TYPE, header::HeaderValue::from_static("application/json")))
        .body(text)
}

/// The same answer with what the next proof must hold, where it must hold something (RFC 9449 section 8.2).
pub fn with_nonce(mut answer: HttpResponse, nonce: Option<String>) -> HttpResponse {
    if let Some(nonce) = nonce.and_then(|nonce| header::HeaderValue::try_from(nonce).ok()) {
        answer.headers_mut().insert(DPOP_NONCE, nonce);
    }
    answer
}

/// An answer without a body, which no cache keeps.
pub fn empty(status: StatusCode) -> HttpResponse {
    HttpResponseBuilder::new(status).insert_header((header::CACHE_CONTROL, "no-store")).finish()
}

/// 404 on a protocol path.
pub fn not_found() -> HttpResponse {
    refusal(&error::not_found())
}

/// 405 in somebody's manner; `allowed` lists what works there (RFC 9110 section 15.5.6).
pub fn method_not_allowed(answers: impl Fn(&OAuthError) -> HttpResponse, allowed: &str) -> HttpResponse {
    let mut answer = answers(&error::method_not_allowed());
    if let Ok(allowed) = header::HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    async fn body(answer: HttpResponse) -> serde_json::Value {
        serde_json::from_slice(&to_bytes(answer.into_body()).await.unwrap()).unwrap()
    }

    #[actix_web::test]
    async fn rfc6749_5_2_an_unauthenticated_client_is_told_how_to_authenticate() {
        let answer = refusal(&error::invalid_client(Why::SecretWrong).with_challenge(error::BASIC_CHALLENGE));
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers().get("www-authenticate").unwrap(), "Basic realm=\"doorbook\"");
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
        assert_eq!(answer.headers().get("content-type").unwrap(), "application/json");
        assert_eq!(answer.extensions().get::<Why>(), Some(&Why::SecretWrong));
        let body = body(answer).await;
        assert_eq!(body["error"], "invalid_client");
        assert_eq!(body.as_object().unwrap().len(), 2);
    }

    #[actix_web::test]
    async fn failures_say_nothing_about_what_broke() {
        let answer = Refused::busy().error_response();
        assert_eq!(
            (answer.status().as_u16(), answer.headers().get("retry-after").unwrap().as_bytes()),
            (503, &b"1"[..])
        );
        assert_eq!(body(answer).await["error"], "temporarily_unavailable");
        let answer = Refused::broken().error_response();
        assert_eq!(answer.status(), 500);
        assert_eq!(body(answer).await["error"], "server_error");
    }

    #[actix_web::test]
    async fn wrong_paths_and_methods_are_answered_in_the_protocols_form() {
        let answer = not_found();
        assert_eq!(answer.status(), 404);
        assert_eq!(body(answer).await["error"], "invalid_request");
        let answer = method_not_allowed(refusal, "POST");
        assert_eq!((answer.status().as_u16(), answer.headers().get("allow").unwrap().as_bytes()), (405, &b"POST"[..]));
    }
}
