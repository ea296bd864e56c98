//! Plain requests to a server that the administrator names, with whatever comes back told as it is: for whoever looks at a server
//! from outside.

use std::time::Duration;

use reqwest::{Method, header::HeaderMap};

use super::client::{self, BodyError};

/// The deadline for a whole request.
const TOTAL: Duration = Duration::from_secs(10);
/// The longest body that is kept, in bytes.
const LONGEST: usize = 256 * 1024;

/// Makes requests; cheap to share.
#[derive(Clone, Debug)]
pub struct Visitor {
    client: reqwest::Client,
}

/// What is sent.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// Headers, in order.
    pub headers: Vec<(&'a str, String)>,
    /// The body, and its type.
    pub body: Option<(&'a str, String)>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    headers: HeaderMap,
    /// Its body, as far as it is text.
    pub body: String,
}

impl Answer {
    /// The first value of a header; empty without one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// All values of a header.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }
}

impl Visitor {
    /// Fails when this system has no TLS to offer, as without any root certificates.
    pub fn new() -> Result<Self, String> {
        client::builder(TOTAL).build().map(|client| Self { client }).map_err(|error| error.to_string())
    }

    /// Sends a request and reads the answer; what went wrong is said in short.
    pub async fn send(&self, method: &str, url: &str, request: Request<'_>) -> Result<Answer, String> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| "no such method".to_owned())?;
        let mut sent = self.client.request(method, url);
        for (name, value) in request.headers {
            sent = sent.header(name, value);
        }
        if let Some((kind, body)) = request.body {
            sent = sent.header("content-type", kind).body(body);
        }
        let response = sent.send().await.map_err(|error| in_short(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = client::body(response, LONGEST).await.map_err(|error| match error {
            BodyError::Broken(error) => in_short(&error),
            BodyError::TooLong => "the answer is too long".into(),
        })?;
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

fn in_short(error: &reqwest::Error) -> String {
    let short = match error {
        error if error.is_timeout() => "no answer in time",
        error if error.is_connect() => "no connection",
        error if error.is_builder() => "not an address",
        _ => "the connection broke off",
    };
    short.into()
}
