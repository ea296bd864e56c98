//! How a running Doorbook is reached, in this process or in one of its own: requests under its own name, and the first verbs
//! of every story.

use doorbook::base::issuer::Issuer;
use reqwest::{Method, RequestBuilder, header, redirect};
use serde_json::Value;

use super::{
    answer::Answer,
    client::{TestClient, public_client},
    github::GitHub,
    person::Person,
};

/// The way to a server.
pub(crate) struct Reach {
    issuer: Issuer,
    /// Where it really listens: `http://127.0.0.1:PORT`.
    pub(crate) at: String,
    pub(crate) http: reqwest::Client,
    github: GitHub,
}

impl Reach {
    pub(crate) fn new(issuer: Issuer, at: String, github: GitHub) -> Self {
        Self { issuer, at, http: http(), github }
    }

    /// Forgets the connections to a server that is gone.
    pub(crate) fn reconnect(&mut self) {
        self.http = http();
    }

    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    pub(crate) fn github(&self) -> &GitHub {
        &self.github
    }

    // People

    /// On the access list.
    pub(crate) fn ada(&self) -> Person<'_> {
        Person::new(self, 1, "ada")
    }

    /// Administrator.
    pub(crate) fn grace(&self) -> Person<'_> {
        Person::new(self, 2, "grace")
    }

    /// On no list.
    pub(crate) fn mallory(&self) -> Person<'_> {
        Person::new(self, 666, "mallory")
    }

    // Requests

    /// A request to a path, or to an address under the issuer, under the server's own name.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let origin = self.issuer.as_str().strip_suffix(self.issuer.path()).unwrap_or(self.issuer.as_str());
        let path = path.strip_prefix(origin).unwrap_or(path);
        assert!(path.starts_with('/'), "{path} is not ours");
        self.http.request(method, format!("{}{path}", self.at)).header(header::HOST, self.issuer.authority())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request(Method::POST, path).form(fields)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    // What stories begin with

    /// A client signs the book.
    pub(crate) async fn registers(&self, body: Value) -> TestClient<'_> {
        TestClient::registered(self, self.post_json("/register", &body).await.is(201).json())
    }

    /// The usual public client.
    pub(crate) async fn client(&self) -> TestClient<'_> {
        self.registers(public_client()).await
    }

    /// The gate's answer to a token, for no server in particular.
    pub(crate) async fn gate(&self, token: &str) -> Answer {
        self.send(self.request(Method::GET, "/verify").bearer_auth(token)).await
    }

    /// The gate's answer for a request to `url`, as Traefik asks.
    pub(crate) async fn gate_at(&self, url: &str, token: Option<&str>) -> Answer {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut request = self
            .request(Method::GET, "/verify")
            .header("x-forwarded-method", "POST")
            .header("x-forwarded-proto", scheme)
            .header("x-forwarded-host", host)
            .header("x-forwarded-uri", if path.is_empty() { "/" } else { path });
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.send(request).await
    }
}

#[expect(clippy::disallowed_methods, reason = "tests stand outside")]
fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap()
}
