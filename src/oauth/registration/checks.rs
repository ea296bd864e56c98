//! The checks of registration and update, one function each. What is merely not on offer is dropped and the answer tells
//! the truth (RFC 7591 section 3.2.1); what is dangerous or contradicts itself is refused.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::Registrant;
use crate::{
    base::{
        client::{AuthMethod, GrantType},
        policy::Policy,
        redirect::{RedirectProblem, RedirectRules, RedirectUri},
        resource::is_loopback,
    },
    oauth::{
        error::{OAuthError, invalid_client_metadata, invalid_redirect_uri},
        sent_jwt::ALGORITHMS,
        why::Why,
    },
};

const MOST_REDIRECTS: usize = 20;
const MOST_CONTACTS: usize = 10;
const MOST_CAPABILITIES: usize = 50;
const MOST_TRANSLATIONS: usize = 100;
const MOST_KEYS: usize = 20;
const LONGEST_TEXT: usize = 200;
const LONGEST_URI: usize = 2_000;
const LONGEST_KEYS: usize = 16_384;

/// Grants that are not on offer are dropped, and so is a stranger's wish to act in its own name: no person would stand behind
/// its tokens. A client that could only refresh could never get a token.
///
/// An initial access token says what its clients may use; one that says nothing does not change this.
pub(super) fn grant_types(
    sent: &[String],
    policy: &Policy,
    registrant: Registrant<'_>,
) -> Result<Vec<GrantType>, OAuthError> {
    let may_have = |grant: &GrantType| match registrant {
        Registrant::Invited(token) if !token.grant_types.is_empty() => token.grant_types.contains(grant),
        Registrant::Stranger | Registrant::Invited(_) => *grant != GrantType::ClientCredentials,
        Registrant::VouchedFor | Registrant::Administrator => true,
    };
    let on_offer = |grant: &GrantType| policy.serves(*grant) && may_have(grant);
    if sent.is_empty() {
        let usual: Vec<_> = GrantType::DEFAULT.into_iter().filter(on_offer).collect();
        return match (usual.contains(&GrantType::AuthorizationCode), registrant) {
            (false, Registrant::Invited(token)) => Ok(token.grant_types.clone()),
            _ => Ok(usual),
        };
    }
    let mut kept = Vec::new();
    for grant in sent.iter().filter_map(|name| GrantType::parse(name)).filter(on_offer) {
        if !kept.contains(&grant) {
            kept.push(grant);
        }
    }
    match kept.as_slice() {
        [] => Err(invalid_client_metadata(Why::GrantTypesUnsupported).about(&sent.join(" "))),
        [GrantType::RefreshToken] => Err(invalid_client_metadata(Why::GrantResponseDiffer)),
        _ => Ok(kept),
    }
}

/// RFC 7591 section 2.1: the code grant goes with the response type `code`, the only one on offer; the others need none.
pub(super) fn response_types(sent: &[String], grants: &[GrantType]) -> Result<Vec<String>, OAuthError> {
    let code = sent.iter().any(|name| name == "code");
    match (grants.contains(&GrantType::AuthorizationCode), sent.is_empty() || code) {
        (true, true) => Ok(vec!["code".to_owned()]),
        (true, false) => Err(invalid_client_metadata(Why::ResponseTypesUnsupported).about(&sent.join(", "))),
        (false, _) if code => Err(invalid_client_metadata(Why::GrantResponseDiffer)),
        (false, _) => Ok(Vec::new()),
    }
}

/// RFC 6749 section 4.4: only a client that proves who it is acts in its own name.
pub(super) fn own_name(method: AuthMethod, grants: &[GrantType]) -> Result<(), OAuthError> {
    if grants.contains(&GrantType::ClientCredentials) && method == AuthMethod::None {
        return Err(invalid_client_metadata(Why::GrantNeedsSecret));
    }
    Ok(())
}

/// RFC 7591 section 2, RFC 8252 section 7: judged one by one; one bad address refuses the registration. Only codes need one.
pub(super) fn redirect_uris(
    sent: &[String],
    grants: &[GrantType],
    rules: &RedirectRules,
) -> Result<Vec<RedirectUri>, OAuthError> {
    if sent.is_empty() && grants.contains(&GrantType::AuthorizationCode) {
        return Err(invalid_client_metadata(Why::RedirectMissing).describe("redirect_uris is required"));
    }
    if sent.len() > MOST_REDIRECTS {
        return Err(invalid_redirect_uri(Why::RedirectTooMany));
    }
    let mut kept = Vec::new();
    for text in sent {
        let uri = RedirectUri::judge(text, rules).map_err(|problem| refused(&problem, text))?;
        if !kept.contains(&uri) {
            kept.push(uri);
        }
    }
    Ok(kept)
}

fn refused(problem: &RedirectProblem, text: &str) -> OAuthError {
    let error = invalid_redirect_uri(why(problem)).describe(problem.explain());
    // What stands before an `@` may be a password.
    if text.contains('@') { error } else { error.about(text) }
}

const fn why(problem: &RedirectProblem) -> Why {
    match problem {
        RedirectProblem::TooLong => Why::RedirectTooLong,
        RedirectProblem::Characters => Why::RedirectCharacters,
        RedirectProblem::NotAbsolute => Why::RedirectNotAbsolute,
        RedirectProblem::Fragment => Why::RedirectFragment,
        RedirectProblem::UserInfo => Why::RedirectUserInfo,
        RedirectProblem::Wildcard => Why::RedirectWildcard,
        RedirectProblem::Host => Why::RedirectHost,
        RedirectProblem::PlainHttp => Why::RedirectPlainHttp,
        RedirectProblem::ExecutingScheme => Why::RedirectExecutingScheme,
        RedirectProblem::UnknownScheme(_) => Why::RedirectUnknownScheme,
        RedirectProblem::OutOfBandOff => Why::RedirectOutOfBandOff,
    }
}

/// RFC 7591 section 2: the default is `client_secret_basic`.
pub(super) fn auth_method(sent: Option<&str>) -> Result<AuthMethod, OAuthError> {
    match sent {
        None => Ok(AuthMethod::default()),
        Some(name) => {
            AuthMethod::parse(name).ok_or_else(|| invalid_client_metadata(Why::AuthMethodUnsupported).about(name))
        }
    }
}

/// What signs assertions; it says nothing for a client that sends none.
pub(super) fn signing_alg(method: AuthMethod, sent: Option<&str>) -> Result<Option<String>, OAuthError> {
    match sent.filter(|_| method == AuthMethod::PrivateKeyJwt) {
        Some(alg) if !ALGORITHMS.contains(&alg) => {
            Err(invalid_client_metadata(Why::AuthAlgorithmUnsupported).about(alg))
        }
        alg => Ok(alg.map(str::to_owned)),
    }
}

/// RFC 7591 section 2: `jwks` or `jwks_uri`, and public keys only (RFC 7517 section 9.2); one of them where a client is to
/// prove itself with a key.
pub(super) fn keys(method: AuthMethod, jwks: Option<&Value>, jwks_uri: Option<&str>) -> Result<(), OAuthError> {
    let is_empty = |jwks: &Value| jwks.get("keys").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if method == AuthMethod::PrivateKeyJwt && jwks.is_none_or(is_empty) && jwks_uri.is_none() {
        return Err(invalid_client_metadata(Why::JwksMissing));
    }
    let Some(jwks) = jwks else { return Ok(()) };
    if jwks_uri.is_some() {
        return Err(invalid_client_metadata(Why::JwksTwice));
    }
    let public = |key: &Value| key.get("kty").is_some_and(Value::is_string) && key.get("d").or(key.get("k")).is_none();
    let good = jwks.get("keys").and_then(Value::as_array).is_some_and(|k| k.len() <= MOST_KEYS && k.iter().all(public));
    if good && jwks.to_string().len() <= LONGEST_KEYS { Ok(()) } else { Err(invalid_client_metadata(Why::JwksShape)) }
}

/// A text for people or programs: short, and without characters that are not seen or turn others around.
pub(super) fn text(sent: Option<String>) -> Result<Option<String>, OAuthError> {
    sent.map(clean).transpose()
}

fn clean(text: String) -> Result<String, OAuthError> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(invalid_client_metadata(Why::MetadataTooLong));
    }
    if text.chars().any(misleads) {
        return Err(invalid_client_metadata(Why::MetadataCharacters));
    }
    Ok(text)
}

/// Control characters, line separators, bidirectional overrides and isolates, tags.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// An address that is shown as a link: `https`, or `http` on loopback.
pub(super) fn uri(sent: Option<String>) -> Result<Option<String>, OAuthError> {
    let Some(text) = sent else { return Ok(None) };
    if text.len() > LONGEST_URI {
        return Err(invalid_client_metadata(Why::MetadataTooLong));
    }
    let ascii = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let good = Url::parse(&text).is_ok_and(|url| {
        let transport = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        transport && url.host().is_some() && url.username().is_empty() && url.password().is_none()
    });
    if ascii && good { Ok(Some(text)) } else { Err(invalid_client_metadata(Why::MetadataUri)) }
}

/// At most ten.
pub(super) fn contacts(sent: Vec<String>) -> Result<Vec<String>, OAuthError> {
    if sent.len() > MOST_CONTACTS {
        return Err(invalid_client_metadata(Why::ContactsTooMany));
    }
    sent.into_iter().filter(|contact| !contact.trim().is_empty()).map(clean).collect()
}

/// The MCP capabilities that a client names; kept for people to see.
pub(super) fn capabilities(sent: Option<Vec<String>>) -> Result<Option<Vec<String>>, OAuthError> {
    let Some(names) = sent.filter(|names| !names.is_empty()) else { return Ok(None) };
    if names.len() > MOST_CAPABILITIES {
        return Err(invalid_client_metadata(Why::MetadataTooMany));
    }
    names.into_iter().map(clean).collect::<Result<_, _>>().map(Some)
}

/// RFC 7591 section 2.2: each variant is judged as its base is.
pub(super) fn localized(sent: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, OAuthError> {
    if sent.len() > MOST_TRANSLATIONS {
        return Err(invalid_client_metadata(Why::MetadataTooMany));
    }
    let judge = |(name, value): (String, String)| {
        let good = if name.starts_with("client_name#") { clean(value)? } else { uri(Some(value))?.unwrap_or_default() };
        Ok((name, good))
    };
    sent.into_iter().map(judge).collect()
}
