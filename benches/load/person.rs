//! A person with a browser, as far as a token needs one: follows redirects, keeps cookies, fills in whatever form it meets
//! (the local sign-in, then consent) and comes out with the code.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::{Url, form_urlencoded};

use crate::{
    drive::FORM,
    http::{Connection, member},
    server::Server,
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
    let method = match kind {
        Kind::Public => "none",
        Kind::Confidential => "client_secret_basic",
    };
    format!(
        r#"{{"client_name":"Load","redirect_uris":["{REDIRECT}"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"{method}","scope":"mcp offline_access"}}"#
    )
}

impl Guest {
    /// Registers, is let in by a person, and exchanges the code.
    pub(crate) fn arrives_at(server: &Server, kind: Kind) -> anyhow::Result<Self> {
        let mut connection = Connection::open(server.address)?;
        let register = server.request("POST", "/register", &["Content-Type: application/json"], &registration(kind));
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
            crate::server::Which::Doorbook => guest.code(&mut connection, server)?,
            crate::server::Which::Mini | crate::server::Which::Bare => "any".to_owned(),
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

    /// The header with the client's secret, if it has one (RFC 6749 section 2.3.1).
    pub(crate) fn basic(&self) -> Option<String> {
        let secret = self.secret.as_ref()?;
        Some(format!("Authorization: Basic {}", BASE64.encode(format!("{}:{secret}", self.client_id))))
    }

    /// From `/authorize` to the code, through every page on the way.
    fn code(&self, connection: &mut Connection, server: &Server) -> anyhow::Result<String> {
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
        let home = Url::parse(&format!("http://{}/", server.address))?;
        let mut at = home.join(&format!("/authorize?{query}"))?;
        let origin = format!("Origin: http://{}", server.address);
        let mut post: Option<String> = None;
        let mut cookies = BTreeMap::new();
        for _page in 0..12 {
            let jar = cookie_header(&cookies);
            let method = if post.is_some() { "POST" } else { "GET" };
            let with_body = post.as_ref().map(|_| [FORM, origin.as_str()]).into_iter().flatten();
            let headers: Vec<&str> = jar.as_deref().into_iter().chain(with_body).collect();
            let path = at[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
            let answer =
                connection.ask(&server.request(method, &path, &headers, post.as_deref().unwrap_or_default()))?;
            for cookie in answer.header("set-cookie") {
                if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                    cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            post = None;
            match answer.status {
                302 | 303 => {
                    at = at.join(answer.header("location").next().context("a redirect to nowhere")?)?;
                    if at.as_str().starts_with(REDIRECT) {
                        let code = at.query_pairs().find(|(name, _)| name == "code");
                        return Ok(code.with_context(|| format!("no code: {at}"))?.1.into_owned());
                    }
                }
                200 => {
                    let (action, fields) = filled_in(&answer.text()).context("a page without a form")?;
                    at = at.join(&action)?;
                    post = Some(form(&fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>()));
                }
                status => bail!("{method} {path}: {status} {}", answer.text()),
            }
        }
        bail!("twelve pages and no code")
    }
}

const BASE64: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn cookie_header(cookies: &BTreeMap<String, String>) -> Option<String> {
    let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!pairs.is_empty()).then(|| format!("Cookie: {}", pairs.join("; ")))
}

/// Where the form that asks for something goes (the one with a decision, else the first that posts), and its fields: hidden
/// ones as they are, a name where a text is asked for, and "approve" where there is a decision.
fn filled_in(page: &str) -> Option<(String, Vec<(String, String)>)> {
    let forms = || {
        page.split("<form")
            .skip(1)
            .filter_map(|rest| rest.split("</form").next())
            .filter(|form| attribute(form, "method").is_some_and(|m| m.eq_ignore_ascii_case("post")))
    };
    let form = forms().find(|form| form.contains("value=\"approve\"")).or_else(|| forms().next())?;
    let mut fields = Vec::new();
    for tag in form.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("button")) {
        let Some(name) = attribute(tag, "name") else { continue };
        let value = attribute(tag, "value").unwrap_or_default();
        match attribute(tag, "type").as_deref() {
            Some("checkbox" | "radio") if !tag.contains(" checked") => {}
            _ if tag.starts_with("button") && value != "approve" => {}
            None | Some("text") if tag.starts_with("input") && value.is_empty() => {
                fields.push((name, "ada".to_owned()))
            }
            _ => fields.push((name, value)),
        }
    }
    Some((attribute(form, "action").unwrap_or_default(), fields))
}

/// An attribute of the tag that `text` begins with.
fn attribute(text: &str, name: &str) -> Option<String> {
    let tag = text.split('>').next()?;
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(value.replace("&#38;", "&").replace("&amp;", "&").replace("&#61;", "=").replace("&#34;", "\""))
}
