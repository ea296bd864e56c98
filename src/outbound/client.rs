//! What all requests to other servers have in common: no proxy of the environment, no redirects, deadlines, an end to the body.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, Response, redirect};

/// The deadline for a connection.
const CONNECT: Duration = Duration::from_secs(3);

/// A client to be made. `total` is the deadline for one whole request, body included.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
pub(super) fn builder(total: Duration) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("doorbook/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT.min(total))
        .timeout(total)
}

/// Why there is no body.
pub(super) enum BodyError {
    /// The connection broke off, or took too long.
    Broken(reqwest::Error),
    /// It has more bytes than are read.
    TooLong,
}

/// The body of an answer, of at most `longest` bytes.
pub(super) async fn body(mut response: Response, longest: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > longest {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
