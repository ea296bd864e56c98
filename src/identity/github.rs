//! Sign-in at GitHub or a GitHub Enterprise server: the web application flow with PKCE. GitHub's token is used for the
//! look-up and dropped. The caller keeps `state` and the verifier, and binds both to the browser.

use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    base::{
        issuer::Issuer,
        secret::Plain,
        user::{Email, Identity, Provider, Who},
    },
    config::{GitHub, Site},
    outbound::http::{Http, HttpError},
};

/// What is asked of GitHub: the public profile.
const SCOPE: &str = "read:user";
/// What is asked beside it when a client wants to know an e-mail address.
const EMAIL_SCOPE: &str = "read:user user:email";
/// The form of its answers that we read.
const ACCEPT: &str = "application/vnd.github+json";
/// The longest address (RFC 5321 section 4.5.3.1.3, without its brackets).
const LONGEST_EMAIL: usize = 254;

/// What a sign-in is for, as far as GitHub must know.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Errand {
    /// The login that is expected: GitHub offers it first.
    pub login: Option<String>,
    /// Whether a client wants to know the person's e-mail address.
    pub email: bool,
}

/// Why GitHub does not say who somebody is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GitHubError {
    /// No answer to use from the sign-in server.
    #[error("GitHub, asked for a token: {0}")]
    Exchange(HttpError),
    /// No answer to use from the REST interface.
    #[error("GitHub, asked for the person: {0}")]
    Lookup(HttpError),
    /// The code is used up, too old or not from there: the person starts anew.
    #[error("GitHub does not know the code that it sent the person back with")]
    Code,
    /// The application's settings are wrong; GitHub's word for it.
    #[error("GitHub refuses the application: {0}; compare GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and the callback URL")]
    Application(String),
    /// An answer that makes no sense.
    #[error("GitHub's answer makes no sense: {0}")]
    Nonsense(&'static str),
}

impl GitHubError {
    /// Whether GitHub was too slow or could not be reached (an answer of 504 rather than 502 fits the former).
    pub const fn timed_out(&self) -> bool {
        matches!(self, Self::Exchange(HttpError::TimedOut) | Self::Lookup(HttpError::TimedOut))
    }
}

/// Where the person is sent to sign in. `challenge` is the S256 challenge of the verifier (RFC 7636 section 4.2).
pub fn authorize_url(github: &GitHub, issuer: &Issuer, state: &str, challenge: &str, errand: &Errand) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", &github.client_id)
        .append_pair("redirect_uri", &callback(issuer))
        .append_pair("scope", if errand.email { EMAIL_SCOPE } else { SCOPE })
        .append_pair("state", state)
        .append_pair("code_challenge", challenge)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(errand.login.iter().map(|login| ("login", login)));
    format!("{}/login/oauth/authorize?{}", github.site.web, query.finish())
}

/// The callback URL that the GitHub application must name.
pub fn callback(issuer: &Issuer) -> String {
    issuer.url("/callback")
}

/// Exchanges the code that the person came back with, and asks who they are.
pub async fn identify(
    http: &Http,
    github: &GitHub,
    issuer: &Issuer,
    code: &str,
    verifier: &Plain,
    errand: &Errand,
) -> Result<Identity, GitHubError> {
    let token = exchange(http, github, issuer, code, verifier).await?;
    let url = format!("{}/user", github.site.api);
    let person = http.get_json(&url, ACCEPT, &token).await;
    let known = known(person.map_err(GitHubError::Lookup)?)?;
    let email = if errand.email { email(http, github, &token).await? } else { Email::NotAsked };
    Ok(Identity { email, ..known })
}

/// One of a person's addresses.
#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// The primary address, if GitHub verified it. Applications that may not see addresses hear 403 or 404: then there is none.
async fn email(http: &Http, github: &GitHub, token: &Plain) -> Result<Email, GitHubError> {
    let url = format!("{}/user/emails", github.site.api);
    let all: Vec<Address> = match http.get_json(&url, ACCEPT, token).await {
        Err(HttpError::Status(403 | 404)) => {
            log::warn!(
                "the GitHub application may not see e-mail addresses; allow it to, or do not offer the scope email"
            );
            return Ok(Email::None);
        }
        all => all.map_err(GitHubError::Lookup)?,
    };
    let primary = all.into_iter().find(|address| address.primary && address.verified && is_email(&address.email));
    Ok(primary.map_or(Email::None, |address| Email::Verified(address.email)))
}

fn is_email(text: &str) -> bool {
    let shape = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    shape && text.len() <= LONGEST_EMAIL && text.chars().all(|c| !c.is_control() && !c.is_whitespace())
}

/// What the token endpoint answers; refusals come with status 200.
#[derive(Deserialize)]
struct TokenReply {
    access_token: Option<String>,
    error: Option<String>,
}

async fn exchange(
    http: &Http,
    github: &GitHub,
    issuer: &Issuer,
    code: &str,
    verifier: &Plain,
) -> Result<Plain, GitHubError> {
    let url = format!("{}/login/oauth/access_token", github.site.web);
    let form = [
        ("client_id", github.client_id.as_str()),
        ("client_secret", github.client_secret.expose()),
        ("code", code),
        ("redirect_uri", &callback(issuer)),
        ("code_verifier", verifier.expose()),
    ];
    let reply: TokenReply = http.post_form_json(&url, &form).await.map_err(GitHubError::Exchange)?;
    match (reply.error.as_deref(), reply.access_token.map(Plain::new)) {
        (Some("bad_verification_code"), _) => Err(GitHubError::Code),
        (Some(word), _) => Err(GitHubError::Application(clean_word(word))),
        (None, Some(token)) if is_token(token.expose()) => Ok(token),
        (None, _) => Err(GitHubError::Nonsense("neither a token nor an error")),
    }
}

/// What the REST interface says of a person.
#[derive(Deserialize)]
struct Person {
    id: u64,
    login: String,
    name: Option<String>,
}

fn known(person: Person) -> Result<Identity, GitHubError> {
    if person.id == 0 || i64::try_from(person.id).is_err() {
        return Err(GitHubError::Nonsense("the id is no positive number"));
    }
    if !matches!(Who::parse(&person.login), Some(Who::Login(login)) if login.len() == person.login.len()) {
        return Err(GitHubError::Nonsense("the login has no shape of one"));
    }
    let name = person.name.map(|name| clean_name(&name)).filter(|name| !name.is_empty());
    let (provider, stable_id) = (Provider::GitHub, person.id.to_string());
    Ok(Identity { provider, stable_id, login: person.login, name, email: Email::NotAsked })
}

fn is_token(text: &str) -> bool {
    (1..=1_000).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Where an administrator is sent, by a form with the [`manifest`] in it, to have an application made;
/// `organization` is empty for their own account.
pub fn manifest_url(site: &Site, organization: &str, state: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    match organization {
        "" => format!("{}/settings/apps/new?{query}", site.web),
        name => {
            let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
            format!("{}/organizations/{name}/settings/apps/new?{query}", site.web)
        }
    }
}

/// What is asked for: an application that signs people in to the server of that public URL, and does nothing else. The
/// administrator comes back to `back` with a code.
pub fn manifest(public: &Issuer, here: &Issuer, back: &str) -> Value {
    let mut callbacks = vec![callback(public), callback(here)];
    callbacks.dedup();
    json!({
        "name": format!("Doorbook at {}", public.authority()).chars().take(34).collect::<String>(),
        "url": public.as_str(),
        "redirect_url": back,
        "callback_urls": callbacks,
        "public": true,
        "default_permissions": { "email_addresses": "read" },
        "default_events": [],
        "hook_attributes": { "url": public.as_str(), "active": false },
    })
}

/// An application that GitHub has made.
pub struct Made {
    /// With its credentials.
    pub application: GitHub,
    /// Its page at GitHub.
    pub page: String,
    /// Whose it is.
    pub owner: Owner,
}

/// How GitHub says so.
#[derive(Deserialize)]
struct Conversion {
    client_id: String,
    client_secret: String,
    html_url: String,
    owner: Owner,
}

/// A person or an organisation at GitHub.
#[derive(Deserialize)]
pub struct Owner {
    /// The stable number.
    pub id: u64,
    /// The name, which may change hands.
    pub login: String,
    /// `User` or `Organization`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Exchanges the code that the administrator came back with. GitHub gives the credentials once.
pub async fn made(http: &Http, site: &Site, code: &str) -> Result<Made, GitHubError> {
    if !is_token(code) || !code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(GitHubError::Code);
    }
    let url = format!("{}/app-manifests/{code}/conversions", site.api);
    let made: Conversion = http.post_form_json(&url, &[]).await.map_err(|error| match error {
        HttpError::Status(404 | 422) => GitHubError::Code,
        other => GitHubError::Exchange(other),
    })?;
    let client_secret = Plain::new(made.client_secret);
    if !is_token(&made.client_id) || !is_token(client_secret.expose()) {
        return Err(GitHubError::Nonsense("the credentials are no credentials"));
    }
    let application = GitHub { client_id: made.client_id, client_secret, site: site.clone() };
    Ok(Made { application, page: made.html_url, owner: made.owner })
}

/// GitHub's word for an error, fit for a log line.
fn clean_word(word: &str) -> String {
    word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect()
}

/// A display name without characters that steer the text around it.
fn clean_name(name: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let kept: String = name.chars().filter(|c| !steers(*c)).take(100).collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests;
