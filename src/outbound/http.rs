//! Requests for JSON to servers that the administrator named, as GitHub. They go where they are told: addresses that strangers
//! name go through a guard of their own.

use std::time::Duration;

use reqwest::{
    RequestBuilder,
    header::{ACCEPT, DATE},
};
use serde::de::DeserializeOwned;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::client::{self, BodyError};
use crate::base::{secret::Plain, time::Time};

/// The deadline for a whole request, unless the caller says otherwise.
pub const TOTAL: Duration = Duration::from_secs(10);
/// The longest body that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// The client; cheap to share.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
}

/// Why there is no answer to use. It names no URL and repeats nothing of the body: both may hold secrets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection, no TLS, or it broke off.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The deadline passed.
    #[error("the server did not answer in time")]
    TimedOut,
    /// An answer that is no success; redirects count.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// A success without the JSON that was asked for.
    #[error("the server's answer is not the JSON that was expected")]
    NotJson,
    /// A body over the limit.
    #[error("the server's answer is too long")]
    TooLarge,
}

impl Http {
    /// Makes the client. `total` is the deadline for one whole request, body included. Fails when this system has no TLS
    /// to offer, as without any root certificates.
    pub fn new(total: Duration) -> Result<Self, HttpError> {
        let client = client::builder(total).build().map_err(|_| HttpError::Unreachable)?;
        Ok(Self { client })
    }

    /// GET; whether the answer was a success.
    pub async fn get(&self, url: &str) -> Result<(), HttpError> {
        send::<serde::de::IgnoredAny>(self.client.get(url)).await.map(drop)
    }

    /// GET, only to see whether somebody answers who is not broken, and what time it is there if they say so.
    pub async fn date(&self, url: &str) -> Result<Option<Time>, HttpError> {
        let response = self.client.get(url).send().await.map_err(|e| why(&e))?;
        if response.status().is_server_error() {
            return Err(HttpError::Status(response.status().as_u16()));
        }
        let said = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let at = said.and_then(|said| OffsetDateTime::parse(said, &Rfc2822).ok());
        Ok(at.map(|at| Time::from_unix(at.unix_timestamp())))
    }

    /// GET of what everybody may read; the answer as JSON.
    pub async fn get_open_json<T: DeserializeOwned>(&self, url: &str) -> Result<T, HttpError> {
        send(self.client.get(url).header(ACCEPT, "application/json")).await
    }

    /// GET with a bearer token; the answer as JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &str, accept: &str, bearer: &Plain) -> Result<T, HttpError> {
        send(self.client.get(url).header(ACCEPT, accept).bearer_auth(bearer.expose())).await
    }

    /// POST of a form; the answer as JSON.
    pub async fn post_form_json<T: DeserializeOwned>(&self, url: &str, form: &[(&str, &str)]) -> Result<T, HttpError> {
        send(self.client.post(url).header(ACCEPT, "application/json").form(form)).await
    }
}

async fn send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, HttpError> {
    let response = request.send().await.map_err(|e| why(&e))?;
    if !response.status().is_success() {
        return Err(HttpError::Status(response.status().as_u16()));
    }
    let body = client::body(response, LONGEST).await?;
    serde_json::from_slice(&body).map_err(|_| HttpError::NotJson)
}

impl From<BodyError> for HttpError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Broken(error) => why(&error),
            BodyError::TooLong => Self::TooLarge,
        }
    }
}

fn why(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() { HttpError::TimedOut } else { HttpError::Unreachable }
}
