//! Where an authorization request ends: the address that the browser is sent to (RFC 6749 sections 4.1.2 and 4.1.2.1), with
//! `iss` in every answer (RFC 9207 section 2).

use url::form_urlencoded::Serializer;

use super::{Checked, CheckedRedirect};
use crate::{
    base::{issuer::Issuer, secret::Plain},
    oauth::error::OAuthError,
};

/// The answer with a code.
pub fn code(issuer: &Issuer, request: &Checked, code: &Plain) -> String {
    answer(issuer, request.to(), &[("code", code.expose())], request.state())
}

/// The answer with an error.
pub fn error(issuer: &Issuer, to: &CheckedRedirect, state: Option<&str>, error: &OAuthError) -> String {
    let members = [("error", error.code()), ("error_description", error.description())];
    answer(issuer, to, &members, state)
}

/// Appends to the registered address, whose own query stays. Out of band the answer is shown on a page of ours.
fn answer(issuer: &Issuer, to: &CheckedRedirect, members: &[(&str, &str)], state: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(members);
    query.extend_pairs(state.map(|s| ("state", s)));
    query.append_pair("iss", issuer.as_str());
    let base = if to.is_out_of_band() { issuer.url("/success") } else { to.uri().as_str().to_owned() };
    let separator = match base.find('?') {
        None => "?",
        Some(_) if base.ends_with(['?', '&']) => "",
        Some(_) => "&",
    };
    format!("{base}{separator}{}", query.finish())
}
