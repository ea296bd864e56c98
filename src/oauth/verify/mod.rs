//! The gate: whether a request that a proxy asks about may pass. Identity comes from the token alone; what the proxy
//! forwards only chooses the resource. Everything is in memory and nothing is looked up here.

pub mod target;

use http::HeaderValue;

pub use self::target::Target;
use super::{
    challenge::Bearer,
    dpop::Proof,
    error::{
        ErrorKind, OAuthError, access_denied, insufficient_scope, invalid_request, invalid_token,
        temporarily_unavailable,
    },
    resource_metadata,
    token::issue::Claims,
    why::Why,
};
use crate::base::{
    register::{Resource, ResourceBook},
    time::Time,
};

/// What is known of everything that a token hangs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nothing speaks against it.
    Good,
    /// The token was revoked, or its grant has ended.
    Revoked,
    /// Its client is disabled or gone.
    ClientOut,
    /// Its person is suspended or no longer allowed.
    PersonOut,
    /// Nobody can say: what is in memory is too old.
    Unknown,
}

/// What came with the request by way of a token.
#[derive(Clone, Copy, Debug)]
pub enum Token<'a> {
    /// None.
    Missing,
    /// An `Authorization` header, but not one bearer token.
    Malformed,
    /// One that none of our keys signed.
    Unreadable,
    /// One of ours, with what is known of it.
    Signed(&'a Claims, Standing),
}

/// Everything the gate decides by.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The register of resources.
    pub book: &'a ResourceBook,
    /// What the proxy guards; `None` when nothing was forwarded.
    pub target: Option<&'a Target>,
    /// The method of the guarded request, as forwarded.
    pub method: Option<&'a str>,
    /// The token.
    pub token: Token<'a>,
    /// What came with it, when it was presented as one that is bound to a key (RFC 9449 section 7.1).
    pub proof: Option<&'a Result<Proof, OAuthError>>,
    /// A bound token is judged as if it came with a good one: for those who try a token.
    pub assumes_proof: bool,
    /// When.
    pub now: Time,
}

/// The names of the headers that go on with a request that passes: all of them on every 200, so that none can be smuggled in.
/// `X-Auth-Token` holds the token's id, not the token.
pub const HEADERS: [&str; 6] =
    ["x-user-id", "x-user-name", "x-auth-token", "x-auth-client-id", "x-auth-scope", "x-auth-email"];

/// The values of these headers. Made and looked through once for a token; answers share them.
pub struct Identity([HeaderValue; HEADERS.len()]);

const EMPTY: HeaderValue = HeaderValue::from_static("");

impl Identity {
    /// Of a preflight, which brings no token.
    pub const NOBODY: Self = Self([EMPTY; HEADERS.len()]);

    /// Of a token. A client in its own name has no person: `X-User-Id` and `X-User-Name` stay empty, or it would be taken for
    /// one. `X-Auth-Email` is empty unless the person allowed it.
    pub fn of(claims: &Claims) -> Self {
        Self([
            if claims.has_person() { safe(claims.sub.as_str()) } else { EMPTY },
            safe(&claims.username),
            safe(claims.jti.as_str()),
            safe(claims.client_id.as_str()),
            safe(&claims.scope.to_string()),
            claims.email.as_deref().map_or(EMPTY, safe),
        ])
    }

    /// The values, in the order of [`HEADERS`].
    pub const fn values(&self) -> &[HeaderValue; HEADERS.len()] {
        &self.0
    }
}

/// Decides: with whose claims the request passes; `None` for a preflight, which passes as nobody's. A refusal carries its status
/// and its challenge.
pub fn check<'a>(question: &Question<'a>) -> Result<Option<&'a Claims>, OAuthError> {
    let resource = question.target.and_then(|t| question.book.covering(t.origin(), t.path()));
    decide(question, resource).map_err(|error| challenged(question, resource, error))
}

/// The same at a door of our own, which asks for a scope and not for an audience: the claims of the token that opens it.
pub fn check_own<'a>(question: &Question<'a>, door: &Resource) -> Result<&'a Claims, OAuthError> {
    let door = Some(door);
    let opens = || {
        let (claims, standing) = signed(question, door)?;
        in_time(claims, question, door)?;
        binding(claims, question, door)?;
        scope(claims, door)?;
        in_force(standing, door)?;
        Ok(claims)
    };
    opens().map_err(|error| challenged(question, door, error))
}

fn decide<'a>(question: &Question<'a>, resource: Option<&Resource>) -> Result<Option<&'a Claims>, OAuthError> {
    let no_token = matches!(question.token, Token::Missing | Token::Malformed);
    if no_token && question.method == Some("OPTIONS") && resource.is_some_and(|r| r.allow_preflight) {
        return Ok(None);
    }
    let (claims, standing) = signed(question, resource)?;
    in_time(claims, question, resource)?;
    binding(claims, question, resource)?;
    audience(claims, question, resource)?;
    scope(claims, resource)?;
    in_force(standing, resource)?;
    person(claims, question.book, resource)?;
    Ok(Some(claims))
}

/// There is a token, and one of our keys signed it for us.
fn signed<'a>(question: &Question<'a>, resource: Option<&Resource>) -> Result<(&'a Claims, Standing), OAuthError> {
    match question.token {
        Token::Missing => {
            let error = invalid_request(Why::BearerMissing).describe("Missing Authorization header");
            Err(error.with_status(401).with_challenge(challenge(resource, None)))
        }
        Token::Malformed => {
            let error =
                invalid_request(Why::BearerMalformed).describe("Authorization header must use Bearer scheme, once");
            Err(error.with_status(401).with_challenge(challenge(resource, Some(ErrorKind::InvalidToken))))
        }
        Token::Unreadable => Err(bad_token(Why::BearerUnreadable, resource)),
        Token::Signed(claims, _) if claims.iss != question.book.issuer().as_str() => {
            Err(bad_token(Why::BearerUnreadable, resource))
        }
        Token::Signed(claims, standing) => Ok((claims, standing)),
    }
}

fn in_time(claims: &Claims, question: &Question<'_>, resource: Option<&Resource>) -> Result<(), OAuthError> {
    if question.now < claims.exp { Ok(()) } else { Err(bad_token(Why::BearerExpired, resource)) }
}

/// A token that is bound to a key passes with a proof by that key, and no other way (RFC 9449 section 7.1).
fn binding(claims: &Claims, question: &Question<'_>, resource: Option<&Resource>) -> Result<(), OAuthError> {
    match (&claims.cnf, question.proof) {
        (None, None) if resource.is_some_and(|r| r.require_dpop) => Err(bad_token(Why::BearerUnbound, resource)),
        (None, None) => Ok(()),
        (None, Some(_)) => Err(bad_token(Why::ProofUnbound, resource)),
        (Some(_), None) if question.assumes_proof => Ok(()),
        (Some(_), None) => Err(bad_token(Why::BearerBound, resource)),
        (Some(bound), Some(Ok(proof))) if bound.jkt == proof.key() => Ok(()),
        (Some(_), Some(Ok(_))) => Err(bad_token(Why::ProofOtherKey, resource)),
        (Some(_), Some(Err(error))) if error.kind() == ErrorKind::TemporarilyUnavailable => Err(error.clone()),
        (Some(_), Some(Err(error))) => {
            let challenge = challenge(resource, Some(error.kind()));
            Err(error.clone().with_status(401).with_challenge(challenge))
        }
    }
}

/// `aud` must be the resource. While the register has never held one, a token for a URL passes where the forwarded request
/// lies under that URL, and one for the issuer passes everywhere.
fn audience(claims: &Claims, question: &Question<'_>, resource: Option<&Resource>) -> Result<(), OAuthError> {
    let book = question.book;
    match (resource, question.target) {
        (Some(resource), _) if claims.aud == resource.uri => Ok(()),
        (Some(_), _) => Err(bad_token(Why::AudienceDiffers, resource).about(claims.aud.as_str())),
        (None, None) if book.ever_held() => Err(access_denied(Why::TargetMissing).describe(NOT_GUARDED)),
        (None, Some(_)) if book.ever_held() => Err(access_denied(Why::ResourceUnmatched).describe(NOT_GUARDED)),
        (None, _) if claims.aud.as_str() == book.issuer().as_str() => Ok(()),
        (None, Some(target)) if claims.aud.covers(target.origin(), target.path()) => Ok(()),
        (None, _) => Err(bad_token(Why::AudienceDiffers, resource).about(claims.aud.as_str())),
    }
}

const NOT_GUARDED: &str = "No resource is registered for this host and path";

fn scope(claims: &Claims, resource: Option<&Resource>) -> Result<(), OAuthError> {
    if resource.is_none_or(|r| r.required_scopes.is_subset_of(&claims.scope)) {
        return Ok(());
    }
    let challenge = challenge(resource, Some(ErrorKind::InsufficientScope));
    Err(insufficient_scope(Why::ScopeInsufficient).with_challenge(challenge))
}

fn in_force(standing: Standing, resource: Option<&Resource>) -> Result<(), OAuthError> {
    match standing {
        Standing::Good => Ok(()),
        Standing::Revoked => Err(bad_token(Why::BearerRevoked, resource)),
        Standing::ClientOut => Err(bad_token(Why::BearerClientOut, resource)),
        Standing::PersonOut => Err(access_denied(Why::BearerPersonOut)),
        Standing::Unknown => Err(temporarily_unavailable(Why::StandingStale)),
    }
}

/// Some resources are for some people only. No step-up helps them, so there is no challenge.
fn person(claims: &Claims, book: &ResourceBook, resource: Option<&Resource>) -> Result<(), OAuthError> {
    if resource.is_none_or(|resource| book.lets_use(resource, &claims.sub, &claims.username)) {
        Ok(())
    } else {
        Err(access_denied(Why::ResourcePerson))
    }
}

fn bad_token(why: Why, resource: Option<&Resource>) -> OAuthError {
    invalid_token(why).with_challenge(challenge(resource, Some(ErrorKind::InvalidToken)))
}

/// The refusal with the challenge that helps: another one for somebody who presented, or must present, a bound token.
fn challenged(question: &Question<'_>, resource: Option<&Resource>, error: OAuthError) -> OAuthError {
    let required = resource.is_some_and(|r| r.require_dpop);
    let bound = required || question.proof.is_some() || error.why() == Why::BearerBound;
    if !bound || error.challenge().is_none() {
        return error;
    }
    let kind = Some(error.kind()).filter(|kind| *kind != ErrorKind::InvalidRequest);
    let value = parts(resource, kind).dpop_value();
    error.with_challenge(value)
}

fn challenge(resource: Option<&Resource>, error: Option<ErrorKind>) -> String {
    parts(resource, error).value()
}

fn parts(resource: Option<&Resource>, error: Option<ErrorKind>) -> Bearer {
    Bearer {
        resource_metadata: resource.map(|r| resource_metadata::url_of(&r.uri)),
        scope: resource.map(|r| r.required_scopes.clone()).unwrap_or_default(),
        error,
    }
}

/// A token as it was presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presented<'a> {
    /// The token.
    pub token: &'a str,
    /// Whether it was presented as one that is bound to a key.
    pub bound: bool,
}

/// Reads an `Authorization` header of a guarded request: `Ok(None)` without one, `Err` when it is not one token.
pub fn presented<'a>(headers: &[&'a str]) -> Result<Option<Presented<'a>>, Token<'static>> {
    let header = match headers {
        [] => return Ok(None),
        [only] => only.trim(),
        _ => return Err(Token::Malformed),
    };
    let (scheme, token) = header.split_once(' ').ok_or(Token::Malformed)?;
    let bound = scheme.eq_ignore_ascii_case("dpop");
    let token = (bound || scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim_start());
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
    // To its end whatever was seen: so the compiler looks at many letters at once.
    let all_good = |text: &str| text.bytes().fold(true, |all, b| all & good(b));
    let token = token.filter(|t| !t.is_empty() && all_good(t)).ok_or(Token::Malformed)?;
    Ok(Some(Presented { token, bound }))
}

/// A value that no proxy can misread: what is not printable ASCII is percent-encoded.
fn safe(text: &str) -> HeaderValue {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | 0..=0x1f | 0x7f.. => out.push_str(&format!("%{byte:02X}")),
            printable => out.push(char::from(printable)),
        }
    }
    HeaderValue::try_from(out).unwrap_or(EMPTY)
}

#[cfg(test)]
mod tests;
