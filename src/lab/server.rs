//! The server under test: where it is, what its metadata says, and how it is asked.

use std::time::Duration;

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::report::{Stopped, Went, in_short};
use crate::outbound::visit::{Answer, Request, Visitor};

/// The revision that a client names when it reads documents.
const PROTOCOL: &str = "2025-11-25";
/// How often it comes back when it is told to come back later: it plays many clients one after the other from one address, where
/// each of them alone would meet no limit.
const COMES_BACK: usize = 5;
/// The longest that it waits for that, each time.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What is wanted of a server.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its issuer, and so the address under which it is asked.
    pub issuer: String,
    /// The protected server that clients want to use; without one they name none.
    pub resource: Option<String>,
    /// Whether the server can fetch documents of clients from the web.
    pub documents: bool,
}

/// A server that answers.
#[derive(Debug)]
pub struct Server {
    /// What is wanted of it.
    pub(super) target: Target,
    visitor: Visitor,
    metadata: Value,
}

impl Server {
    /// Nothing is asked yet.
    pub fn new(target: Target) -> Result<Self, String> {
        let issuer = target.issuer.trim_end_matches('/').to_owned();
        let target = Target { issuer, ..target };
        Ok(Self { target, visitor: Visitor::new()?, metadata: Value::Null })
    }

    /// Whether anything answers at all; if not, there is nothing to play.
    pub async fn is_there(&self) -> Result<(), String> {
        let url = self.metadata_url();
        let sent = self.visitor.send("GET", &url, Request::default()).await;
        sent.map(drop).map_err(|why| format!("{url}: {why}"))
    }

    /// Sends a request, later when it is asked to come later; an answer that is none is where the client stops.
    pub(super) async fn send(&self, method: &str, url: &str, request: Request<'_>) -> Result<Answer, Stopped> {
        let mut answer = self.send_once(method, url, request.clone()).await?;
        for _ in 0..COMES_BACK {
            let Some(wait) = wait_before(&answer) else { break };
            tokio::time::sleep(wait).await;
            answer = self.send_once(method, url, request.clone()).await?;
        }
        Ok(answer)
    }

    async fn send_once(&self, method: &str, url: &str, request: Request<'_>) -> Result<Answer, Stopped> {
        let sent = self.visitor.send(method, url, request).await;
        sent.map_err(|why| Stopped::new(why, format!("See that {url} can be reached from here, and that it runs.")))
    }

    /// Sends a form.
    pub(super) async fn form(
        &self,
        url: &str,
        fields: &[(String, String)],
        headers: Vec<(&str, String)>,
    ) -> Result<Answer, Stopped> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [vec![("accept", "application/json".to_owned())], headers].concat();
        self.send("POST", url, Request { headers, body: Some(("application/x-www-form-urlencoded", body)) }).await
    }

    /// Where its metadata is: the path of the issuer goes behind the well-known one (RFC 8414 section 3.1).
    pub(super) fn metadata_url(&self) -> String {
        const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";
        match Url::parse(&self.target.issuer) {
            Ok(url) => {
                let path = url.path().trim_end_matches('/');
                format!("{}{WELL_KNOWN}{path}", url.origin().ascii_serialization())
            }
            Err(_) => format!("{}{WELL_KNOWN}", self.target.issuer),
        }
    }

    /// Reads its metadata as a client does, and keeps it.
    pub(super) async fn discover(&mut self, origin: Option<&str>) -> Result<String, Stopped> {
        let url = self.metadata_url();
        let mut headers =
            vec![("accept", "application/json".to_owned()), ("mcp-protocol-version", PROTOCOL.to_owned())];
        headers.extend(origin.map(|origin| ("origin", origin.to_owned())));
        let answer = self.send("GET", &url, Request { headers, body: None }).await?;
        let metadata: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status != 200 || !metadata.is_object() {
            let fix = "Answer with 200 and JSON, without a redirect and without a sign-in: a proxy in front must pass \
                       /.well-known/ through as it is.";
            return Err(Stopped::at(&answer, fix));
        }
        if origin.is_some() && !matches!(answer.header("access-control-allow-origin"), "*") {
            let fix = "Let the proxy in front pass the header Access-Control-Allow-Origin through.";
            return Err(Stopped::new("no Access-Control-Allow-Origin", fix));
        }
        self.metadata = metadata;
        self.judge()?;
        Ok(in_short(&answer))
    }

    /// A browser asks before it sends what a page wants to send.
    pub(super) async fn preflight(&self, origin: &str) -> Went<()> {
        for endpoint in ["registration_endpoint", "token_endpoint"] {
            let headers = vec![
                ("origin", origin.to_owned()),
                ("access-control-request-method", "POST".to_owned()),
                ("access-control-request-headers", "content-type,mcp-protocol-version".to_owned()),
            ];
            let answer = self.send("OPTIONS", self.text(endpoint), Request { headers, body: None }).await?;
            let allowed = answer.header("access-control-allow-headers").to_ascii_lowercase();
            let good = (200..300).contains(&answer.status)
                && matches!(answer.header("access-control-allow-origin"), "*")
                && allowed.contains("content-type")
                && allowed.contains("mcp-protocol-version");
            if !good {
                let fix = "Let the proxy in front pass OPTIONS and the Access-Control headers through, and add none of its own.";
                return Err(Stopped::new(format!("{} at {endpoint}", answer.status), fix));
            }
        }
        Ok(("allowed".into(), ()))
    }

    /// What every client looks for in the metadata.
    fn judge(&self) -> Result<(), Stopped> {
        let issuer = self.text("issuer");
        if issuer != self.target.issuer {
            let fix = format!(
                "Set the public URL to the address under which clients know the server: {}.",
                self.target.issuer
            );
            return Err(Stopped::new(format!("its issuer is {issuer}"), fix));
        }
        if let Some((name, _)) = self.metadata.as_object().into_iter().flatten().find(|(_, value)| value.is_null()) {
            return Err(Stopped::new(
                format!("{name} is null"),
                "Leave the member out: several clients do not read null.",
            ));
        }
        for (name, value) in [
            ("response_types_supported", "code"),
            ("code_challenge_methods_supported", "S256"),
            ("grant_types_supported", "authorization_code"),
        ] {
            if !self.lists(name, value) {
                return Err(Stopped::new(format!("{name} lacks {value}"), format!("List {value} in {name}.")));
            }
        }
        for name in ["authorization_endpoint", "token_endpoint"] {
            if Url::parse(self.text(name)).is_err() {
                return Err(Stopped::new(format!("no {name}"), format!("Name an absolute URL as {name}.")));
            }
        }
        Ok(())
    }

    /// A member of the metadata that is a text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.metadata.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a member of the metadata lists that value.
    pub(super) fn lists(&self, name: &str, value: &str) -> bool {
        let listed = self.metadata.get(name).and_then(Value::as_array);
        listed.is_some_and(|listed| listed.iter().any(|known| known == value))
    }

    /// Whether it takes documents of clients in place of registrations.
    pub(super) fn takes_documents(&self) -> bool {
        self.metadata.get("client_id_metadata_document_supported") == Some(&Value::Bool(true))
    }

    /// The protected server that the client names, in the spelling of most clients.
    pub(super) fn resource(&self) -> Option<&str> {
        self.target.resource.as_deref()
    }
}

/// How long an answer asks to wait before the request is sent again (RFC 6585 section 4); `None` where that would be too long.
fn wait_before(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header("retry-after").parse().ok().filter(|_| answer.status == 429)?;
    Some(Duration::from_secs(seconds)).filter(|wait| *wait <= LONGEST_WAIT)
}
