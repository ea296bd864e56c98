//! Registered clients that a person has let in: what they ask with at the gate, at the token endpoint and of their own record.

use anyhow::{Context, bail};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use url::Url;

use crate::{
    browser::{Browser, form},
    drive::{FORM, JSON},
    http::{Connection, member},
    server::{Server, Which},
};

/// Where the code is sent. Nobody listens there: the redirect is read, not followed.
pub(crate) const REDIRECT: &str = "http://127.0.0.1/callback";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-is-what-it-takes";

/// A registered client, with what a person allowed it.
pub(crate) struct Guest {
    pub(crate) client_id: String,
    pub(crate) secret: Option<String>,
    pub(crate) management_token: String,
    pub(crate) management_path: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Who may prove what: public clients have no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Confidential,
}

/// The body of a registration, much as MCP clients send it.
pub(crate) fn registration(kind: Kind) -> String {
    registration_of("Load", REDIRECT, kind)
}

/// The same for a client of that name, that is sent there.
pub(crate) fn registration_of(name: &str, redirect: &str, kind: Kind) -> String {
    let method = match kind {
        Kind::Public => "none",
        Kind::Confidential => "client_secret_basic",
    };
    format!(
        r#"{{"client_name":"{name}","redirect_uris":["{redirect}"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"{method}","scope":"mcp offline_access"}}"#
    )
}

impl Guest {
    /// Registers, is let in by a person, and exchanges the code.
    pub(crate) fn arrives_at(server: &Server, kind: Kind) -> anyhow::Result<Self> {
        let mut connection = Connection::open(server.address)?;
        let register = server.request("POST", "/register", &[JSON], &registration(kind));
        let answer = connection.ask(&register)?;
        if answer.status != 201 {
            bail!("registration: {} {}", answer.status, answer.text());
        }
        let say = |name| member(answer.body, name).with_context(|| format!("no {name} in the registration"));
        let mut guest = Self {
            client_id: say("client_id")?,
            secret: member(answer.body, "client_secret"),
            management_token: say("registration_access_token")?,
            management_path: Url::parse(&say("registration_client_uri")?)?.path().to_owned(),
            access: String::new(),
            refresh: String::new(),
        };
        let code = match server.which {
            Which::Doorbook => guest.code(server)?,
            Which::Mini | Which::Bare => "any".to_owned(),
        };
        let body = form(&[
            ("grant_type", "authorization_code"),
            ("client_id", &guest.client_id),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("code", &code),
        ]);
        let basic = guest.basic();
        let headers: Vec<&str> = [FORM].into_iter().chain(basic.as_deref()).collect();
        let answer = connection.ask(&server.request("POST", "/token", &headers, &body))?;
        if answer.status != 200 {
            bail!("exchange of the code: {} {}", answer.status, answer.text());
        }
        guest.access = member(answer.body, "access_token").context("no access token")?;
        guest.refresh = member(answer.body, "refresh_token").context("no refresh token")?;
        Ok(guest)
    }

    /// The header with the client's secret, if it has one.
    pub(crate) fn basic(&self) -> Option<String> {
        self.secret.as_ref().map(|secret| basic(&self.client_id, secret))
    }

    /// From `/authorize` to the code, through every page on the way.
    fn code(&self, server: &Server) -> anyhow::Result<String> {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", REDIRECT),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("scope", "mcp offline_access"),
            ("state", "s"),
        ]);
        let mut browser = Browser::open(server)?;
        let back = browser.walk(&format!("/authorize?{query}"), |at| at.as_str().starts_with(REDIRECT))?;
        let code = back.query_pairs().find(|(name, _)| name == "code");
        Ok(code.with_context(|| format!("no code: {back}"))?.1.into_owned())
    }
}

/// Makes a client that acts in its own name; the header with its secret.
pub(crate) fn service(server: &Server) -> anyhow::Result<String> {
    let (kind, method) = ("client_credentials", "client_secret_basic");
    let said =
        server.told(&["clients", "create", "--name", "Job", "--grant", kind, "--auth-method", method, "--json"])?;
    // It is printed for people: with spaces.
    let said: serde_json::Value = serde_json::from_str(&said)?;
    let member = |name: &str| said.get(name).and_then(|value| value.as_str()).with_context(|| format!("no {name}"));
    Ok(basic(member("client_id")?, member("client_secret")?))
}

/// RFC 6749 section 2.3.1.
fn basic(id: &str, secret: &str) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}
