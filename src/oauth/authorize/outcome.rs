//! Where an authorization request ends: the address that the browser is sent to (RFC 6749 sections 4.1.2 and 4.1.2.1), or the
//! form that it posts there (OAuth 2.0 Form Post Response Mode), with `iss` in every answer (RFC 9207 section 2).

use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

use super::{Checked, CheckedRedirect};
use crate::{
    base::{issuer::Issuer, secret::Plain},
    oauth::error::OAuthError,
};

/// How an answer goes to the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of its address.
    #[default]
    Query,
    /// In a form that the browser posts to its address.
    FormPost,
}

impl ResponseMode {
    /// All of them, as metadata lists them.
    pub const ALL: [&'static str; 2] = ["query", "form_post"];
}

/// An answer on its way to the client. It may hold a code and so has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    to: String,
    members: Vec<(String, String)>,
    mode: ResponseMode,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("to", &self.to).finish_non_exhaustive()
    }
}

impl Answer {
    fn new(issuer: &Issuer, to: &CheckedRedirect, mode: ResponseMode, members: &[(&str, &str)]) -> Self {
        let to = if to.is_out_of_band() { issuer.url("/success") } else { to.uri().as_str().to_owned() };
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { to, members: members.iter().map(own).collect(), mode }
    }

    /// Address and fields of the form that is posted, when a form was asked for.
    pub fn form(&self) -> Option<(&str, &[(String, String)])> {
        (self.mode == ResponseMode::FormPost).then_some((self.to.as_str(), self.members.as_slice()))
    }

    /// The address with the answer appended; its own query stays.
    pub fn url(&self) -> String {
        let query = Serializer::new(String::new()).extend_pairs(&self.members).finish();
        let separator = match self.to.find('?') {
            None => "?",
            Some(_) if self.to.ends_with(['?', '&']) => "",
            Some(_) => "&",
        };
        format!("{}{separator}{query}", self.to)
    }
}

/// The answer with a code.
pub fn code(issuer: &Issuer, request: &Checked, code: &Plain) -> Answer {
    let members = [Some(("code", code.expose())), state(request.state()), Some(("iss", issuer.as_str()))];
    Answer::new(issuer, request.to(), request.mode(), &members.into_iter().flatten().collect::<Vec<_>>())
}

/// The answer with an error, to a request that did not pass the checks.
pub fn error(
    issuer: &Issuer,
    to: &CheckedRedirect,
    mode: ResponseMode,
    given: Option<&str>,
    error: &OAuthError,
) -> Answer {
    let said = [("error", error.code()), ("error_description", error.description())];
    let members: Vec<_> = said.into_iter().chain(state(given)).chain([("iss", issuer.as_str())]).collect();
    Answer::new(issuer, to, mode, &members)
}

/// The answer with an error, to a sound request.
pub fn refusal(issuer: &Issuer, request: &Checked, why: &OAuthError) -> Answer {
    error(issuer, request.to(), request.mode(), request.state(), why)
}

fn state(given: Option<&str>) -> Option<(&'static str, &str)> {
    given.map(|state| ("state", state))
}
