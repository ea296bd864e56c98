//! What a client asks of the authorization endpoint, and what it compares when the answer comes back.

use url::{Url, form_urlencoded};

use super::{
    report::{Stopped, Went, in_short},
    server::Server,
    shapes::Shape,
};
use crate::{crypto::digest, crypto::random, outbound::visit::Request};

/// What verifiers and states are made of (RFC 7636 section 4.1).
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

const COME_LATER: &str = "Wait a minute, and try again.";

/// An authorization request, and what belongs to it on the client's side.
pub(super) struct Ask {
    pub(super) url: String,
    pub(super) verifier: String,
    state: String,
}

impl Ask {
    pub(super) fn new(shape: &Shape, server: &Server, client: &str) -> Self {
        let verifier = random::letters::<64>(LETTERS);
        let state = shape.authorize.state.clone().unwrap_or_else(|| random::letters::<32>(LETTERS));
        let challenge = digest::sha256_base64url(verifier.as_bytes());
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", &shape.authorize.redirect_uri),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        fields.extend(shape.authorize.scope.as_deref().map(|scope| ("scope", scope)));
        fields.extend(server.resource().map(|resource| ("resource", resource)));
        fields.extend(shape.authorize.more.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self { url: format!("{}?{query}", server.text("authorization_endpoint")), state, verifier }
    }
}

/// The page must come up for a browser: itself, or the sign-in before it.
pub(super) async fn is_shown(server: &Server, url: &str, redirect_uri: &str) -> Went<()> {
    let headers = vec![("accept", "text/html".to_owned())];
    let answer = server.send("GET", url, Request { headers, body: None }).await?;
    let back = answer.header("location");
    match answer.status {
        200 => Ok((in_short(&answer), ())),
        302 | 303 if back.starts_with(redirect_uri) && back.contains("error=") => {
            let error = back.split("error=").nth(1).unwrap_or_default().split('&').next().unwrap_or_default();
            let fix = "Look at the refusals of the server for the reason, and at the resource that was asked for.";
            Err(Stopped::new(format!("{} back with {error}", answer.status), fix))
        }
        302 | 303 => Ok((in_short(&answer), ())),
        400 => Err(Stopped::at(
            &answer,
            format!("The server does not take {redirect_uri} for this client: look at its refusals."),
        )),
        429 => Err(Stopped::at(&answer, COME_LATER)),
        _ => Err(Stopped::at(&answer, "Answer with a page or a redirect to one.")),
    }
}

/// An id that is not known: exactly 400, a page and no redirect.
pub(super) async fn unknown_is_400(server: &Server, url: &str) -> Result<(), Stopped> {
    let headers = vec![("accept", "text/html".to_owned())];
    let answer = server.send("GET", url, Request { headers, body: None }).await?;
    match answer.status {
        400 => Ok(()),
        429 => Err(Stopped::at(&answer, COME_LATER)),
        _ => {
            let fix = "Answer an unknown client_id with exactly 400 and a page, never with a redirect: clients register anew on it.";
            Err(Stopped::new(format!("{} for an unknown client_id", answer.status), fix))
        }
    }
}

/// The code, as the client would take it: its own state, our issuer, and everything once.
pub(super) fn came_back(server: &Server, ask: &Ask, url: &Url) -> Went<String> {
    let one = |name: &str| {
        let mut found = url.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        found.next().filter(|_| found.next().is_none())
    };
    let fix = |what: &str| format!("A client compares what comes back with what it sent: {what}.");
    if let Some(error) = one("error") {
        let words = one("error_description").unwrap_or_default();
        return Err(Stopped::new(format!("{error}: {words}"), "Look at the refusals of the server for the reason."));
    }
    if one("state").as_deref() != Some(&ask.state) {
        return Err(Stopped::new("another state", fix("state must be the same, byte for byte")));
    }
    if one("iss").as_deref() != Some(&server.target.issuer) {
        return Err(Stopped::new("another iss, or none", fix("iss must be the issuer (RFC 9207)")));
    }
    match one("code") {
        Some(code) => Ok(("a code, with state and iss".into(), code)),
        None => Err(Stopped::new("no code", fix("code must be there once"))),
    }
}
