//! The authorization endpoint (RFC 6749 section 4.1.1, OAuth 2.1 section 4.1.1). [`check`] is the score sheet: every check
//! in its order on one screen. Until the redirect is proven a refusal can only become a page.

pub mod checks;
pub mod choice;
pub mod consent;
pub mod look_alike;
pub mod outcome;
pub mod request;

use serde::{Deserialize, Serialize};

pub use self::{
    checks::CheckedRedirect,
    outcome::{Answer, ResponseMode},
    request::AuthorizeRequest,
};
use super::{
    dpop::Proof,
    error::{OAuthError, invalid_dpop_proof},
    pkce::Challenge,
    why::Why,
};
use crate::base::{
    client::Client,
    id::{ClientId, UserId},
    policy::Policy,
    redirect::Destination,
    register::{Resource, ResourceBook},
    resource::ResourceUri,
    scope::{self, ScopeSet},
    secret::Digest,
    time::{Span, Time},
};

/// By which way an authorization request comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Via {
    /// With the browser.
    Authorize,
    /// Pushed by the client itself (RFC 9126).
    Par,
}

/// How an authorization request is refused.
#[derive(Debug)]
pub enum Refusal {
    /// On a page: it is not proven that the redirect belongs to the client.
    Page(OAuthError),
    /// By redirect to the client.
    Back {
        /// Where to.
        to: CheckedRedirect,
        /// How.
        mode: ResponseMode,
        /// The client's `state`, when it can be given back.
        state: Option<String>,
        /// What to say.
        error: Box<OAuthError>,
    },
}

impl Refusal {
    /// What to say when the client itself hears it and no browser is in between.
    pub fn into_error(self) -> OAuthError {
        match self {
            Self::Page(error) => error,
            Self::Back { error, .. } => *error,
        }
    }
}

/// Which pages the client wants shown or not shown (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Prompt {
    /// No page at all.
    pub none: bool,
    /// Sign in again.
    pub login: bool,
    /// Ask again, whatever is remembered.
    pub consent: bool,
}

/// An authorization request that passed every check. Parked as JSON until the person decides.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Checked {
    client: ClientId,
    to: CheckedRedirect,
    #[serde(default)]
    mode: ResponseMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    scope: ScopeSet,
    audience: ResourceUri,
    resource_named: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<String>,
    challenge: Challenge,
    prompt: Prompt,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    login_hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pushed: Option<String>,
}

/// Checks a request of a known and enabled client, in PROTOCOL's order. The only maker of [`Checked`].
pub fn check(
    request: &AuthorizeRequest,
    client: &Client,
    via: Via,
    book: &ResourceBook,
    policy: &Policy,
) -> Result<Checked, Refusal> {
    let to = checks::redirect(request, client).map_err(Refusal::Page)?; // until here a page; from here it may go back
    let mode = checks::response_mode(request, &to).unwrap_or_default();
    let state = checks::state(request).map_err(|e| back(&to, mode, None, e))?;
    let refuse = |error| back(&to, mode, state.clone(), error);
    checks::repeats(request).map_err(refuse)?;
    checks::request_object(request, via).map_err(refuse)?;
    checks::pushed(client, via, policy).map_err(refuse)?;
    checks::code_grant(client).map_err(refuse)?;
    checks::response_type(request).map_err(refuse)?;
    checks::response_mode(request, &to).map_err(refuse)?;
    let challenge = checks::pkce(request).map_err(refuse)?;
    let audience = checks::audience(request, book).map_err(refuse)?;
    let scope = checks::scope(request, client, &audience.uri, book, policy).map_err(refuse)?;
    let asked = request.params.one("scope").map_err(refuse)?.unwrap_or_default();
    let open = checks::left_open(asked, &audience, book);
    let prompt = checks::prompt(request).map_err(refuse)?;
    let max_age = checks::max_age(request).map_err(refuse)?;
    let nonce = checks::nonce(request).map_err(refuse)?;
    let login_hint = checks::login_hint(request).map_err(refuse)?;
    let expected = checks::expected(request, client, prompt, policy).map_err(refuse)?;
    let key = checks::key(request).map_err(refuse)?;
    Ok(Checked {
        client: client.id.clone(),
        to,
        mode,
        state,
        scope,
        audience: audience.uri,
        resource_named: audience.named,
        open,
        challenge,
        prompt,
        max_age,
        nonce,
        login_hint,
        expected,
        key,
        pushed: None,
    })
}

fn back(to: &CheckedRedirect, mode: ResponseMode, state: Option<String>, error: OAuthError) -> Refusal {
    Refusal::Back { to: to.clone(), mode, state, error: Box::new(error) }
}

/// Whether an error goes back by redirect at once. For clients that nobody vouches for it waits until after sign-in: an open
/// registration must not make this server an open redirector (RFC 9700 section 4.11.2).
pub fn goes_back_at_once(client: &Client, to: &CheckedRedirect, prompt_none: bool) -> bool {
    let here = matches!(to.destination(), Destination::ThisComputer | Destination::Shown);
    here || prompt_none || client.trusted || client.origin.is_vouched()
}

impl Checked {
    /// Who asks.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// Where the answer goes.
    pub const fn to(&self) -> &CheckedRedirect {
        &self.to
    }

    /// How the answer goes there.
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// What the client wants back, byte for byte.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// What may be granted: never more than consent shows.
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// For which resource.
    pub const fn audience(&self) -> &ResourceUri {
        &self.audience
    }

    /// Whether the request named the resource itself.
    pub const fn resource_named(&self) -> bool {
        self.resource_named
    }

    /// Whether the person has yet to say for which resource it is.
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The same for the resource that its person chose; its scope is judged against that one.
    pub fn meant_for(self, chosen: &Resource, client: &Client, book: &ResourceBook, policy: &Policy) -> Self {
        let Some(asked) = &self.open else { return self };
        let scope = checks::meant_scope(asked, client, &chosen.uri, book, policy);
        Self { scope, audience: chosen.uri.clone(), open: None, ..self }
    }

    /// The PKCE challenge.
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// Which pages the client wants.
    pub const fn prompt(&self) -> Prompt {
        self.prompt
    }

    /// What the client wants to find in the `id_token`.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// The login with which the client expects the person to sign in.
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// Whether that may be the person whom the client expects; most clients take anybody.
    pub fn expects(&self, user: &UserId) -> bool {
        self.expected.as_ref().is_none_or(|expected| expected == user)
    }

    /// Whether it asks for the person's e-mail address.
    pub fn wants_email(&self) -> bool {
        self.scope.contains(scope::EMAIL)
    }

    /// The thumbprint of the only key that may spend its code (RFC 9449 section 10).
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The same, bound to the key of the proof that it was pushed with (RFC 9449 section 10.1).
    pub fn bound_to(self, proof: Option<&Proof>) -> Result<Self, OAuthError> {
        match (proof.map(Proof::key), self.key.as_deref()) {
            (Some(proven), Some(named)) if proven != named => Err(invalid_dpop_proof(Why::ProofOtherKey)),
            (Some(proven), _) => Ok(Self { key: Some(proven.to_owned()), ..self }),
            (None, _) => Ok(self),
        }
    }

    /// The same, as it was pushed: its decision spends what was pushed.
    pub(in crate::oauth) fn taken_from(self, pushed: &Digest) -> Self {
        Self { pushed: Some(pushed.hex().to_owned()), ..self }
    }

    /// The pushed request that its decision spends.
    pub fn pushed(&self) -> Option<Digest> {
        self.pushed.clone().map(Digest::from_hex)
    }

    /// Whether somebody who signed in before this request need not do it again. A sign-in for the request itself always
    /// counts, so that `prompt=login` and `max_age=0` end.
    pub fn accepts_earlier_sign_in(&self, auth_time: Time, now: Time) -> bool {
        !self.prompt.login && self.max_age.is_none_or(|most| now.since(auth_time) <= most)
    }
}

/// What waits for a sign-in: a request, or an error that may only go back once somebody has signed in.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// A request for consent.
    Asks(Box<Checked>),
    /// A finished error answer.
    GoesBack(Answer),
    /// A request that its client pushed and that no browser has come with yet (RFC 9126).
    Pushed {
        /// The request.
        request: Box<Checked>,
        /// Until when a browser may come with it.
        until: Time,
    },
}

impl Waiting {
    /// The form in which it is parked.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what was parked; `None` when it was parked in the words of another version.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
pub(crate) mod tests;
