//! The checks of the authorization endpoint, one function each. The order is in the score sheet of the parent.

use serde::{Deserialize, Serialize};

use super::{AuthorizeRequest, Checked, Prompt, ResponseMode, Via};
use crate::{
    base::{
        client::{Client, GrantType},
        id::UserId,
        policy::Policy,
        redirect::{Destination, OUT_OF_BAND, RedirectUri},
        register::{Audience, AudienceProblem, Resource, ResourceBook},
        resource::ResourceUri,
        scope::{OPENID, ScopeSet},
        time::Span,
        user::Who,
    },
    oauth::{
        dpop,
        error::{
            OAuthError, invalid_client, invalid_request, invalid_target, login_required, request_not_supported,
            request_uri_not_supported, unauthorized_client, unsupported_response_type,
        },
        pkce::Challenge,
        why::Why,
    },
};

/// The longest `state` that is taken, in bytes.
const LONGEST_STATE: usize = 2_048;

/// The longest `nonce` that is taken, in bytes.
const LONGEST_NONCE: usize = 1_024;

/// A redirect URI that belongs to the client: only the check `redirect` makes one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckedRedirect {
    uri: RedirectUri,
    sent: bool,
}

impl CheckedRedirect {
    /// As the client asked for it, port included.
    pub const fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// Whether the request carried it, or it is the only one registered.
    pub const fn was_sent(&self) -> bool {
        self.sent
    }

    /// Where it sends people.
    pub fn destination(&self) -> Destination {
        self.uri.destination()
    }

    /// Whether the answer is shown on a page of ours instead.
    pub fn is_out_of_band(&self) -> bool {
        self.uri.as_str() == OUT_OF_BAND
    }
}

/// The client must be in the book and enabled. Exactly 400: some clients learn from it that they must register again.
pub fn client(found: Option<Client>) -> Result<Client, OAuthError> {
    let client = found.ok_or_else(|| invalid_client(Why::ClientUnknown).with_status(400))?;
    if client.disabled_at.is_some() {
        return Err(invalid_client(Why::ClientDisabled).with_status(400));
    }
    Ok(client)
}

/// RFC 6749 section 3.1.2.3: the redirect URI must be a registered one, and may be left out when there is only one.
pub(super) fn redirect(request: &AuthorizeRequest, client: &Client) -> Result<CheckedRedirect, OAuthError> {
    let registered = &client.metadata.redirect_uris;
    match (request.redirect_uri(), registered.as_slice()) {
        (Some(asked), _) if registered.iter().any(|uri| uri.matches(asked)) => {
            Ok(CheckedRedirect { uri: RedirectUri::stored(asked), sent: true })
        }
        (Some(other), _) => Err(invalid_request(Why::RedirectNotRegistered).about(other)),
        (None, [only]) => Ok(CheckedRedirect { uri: only.clone(), sent: false }),
        (None, _) => Err(invalid_request(Why::RedirectNeeded)),
    }
}

/// `state` comes back byte for byte, so there is an end to its length.
pub(super) fn state(request: &AuthorizeRequest) -> Result<Option<String>, OAuthError> {
    let state = request.params.one("state")?;
    if state.is_some_and(|s| s.len() > LONGEST_STATE) {
        return Err(invalid_request(Why::StateTooLong));
    }
    Ok(state.map(str::to_owned))
}

/// RFC 6749 section 3.1: no parameter twice, `resource` excepted (RFC 8707 section 2).
pub(super) fn repeats(request: &AuthorizeRequest) -> Result<(), OAuthError> {
    request.params.repeats_only(&["resource"])
}

/// RFC 9101: neither request objects nor references to them. What was pushed here is taken up before the sheet begins; a
/// pushed request names none (RFC 9126 section 2.1).
pub(super) fn request_object(request: &AuthorizeRequest, via: Via) -> Result<(), OAuthError> {
    match (request.params.one("request")?, request.params.one("request_uri")?) {
        (Some(_), _) => Err(request_not_supported()),
        (None, Some(_)) if via == Via::Par => Err(invalid_request(Why::PushedReference)),
        (None, Some(_)) => Err(request_uri_not_supported()),
        (None, None) => Ok(()),
    }
}

/// RFC 9126 sections 5 and 6: where the server or the client says so, only what was pushed is taken.
pub(super) fn pushed(client: &Client, via: Via, policy: &Policy) -> Result<(), OAuthError> {
    let required = policy.require_pushed || client.metadata.require_pushed_authorization_requests;
    if required && via != Via::Par { Err(invalid_request(Why::PushRequired)) } else { Ok(()) }
}

/// RFC 6749 section 4.1.2.1, `unauthorized_client`.
pub(super) fn code_grant(client: &Client) -> Result<(), OAuthError> {
    if client.may_use(GrantType::AuthorizationCode) {
        Ok(())
    } else {
        Err(unauthorized_client(Why::CodeGrantNotRegistered))
    }
}

/// RFC 6749 section 3.1.1.
pub(super) fn response_type(request: &AuthorizeRequest) -> Result<(), OAuthError> {
    match request.params.one("response_type")? {
        Some("code") => Ok(()),
        Some(other) => Err(unsupported_response_type(Why::ResponseTypeUnsupported).about(other)),
        None => Err(invalid_request(Why::ResponseTypeMissing)),
    }
}

/// OAuth 2.0 Multiple Response Type Encoding section 2.1, Form Post Response Mode section 2. A form can be posted to a web
/// address only.
pub(super) fn response_mode(request: &AuthorizeRequest, to: &CheckedRedirect) -> Result<ResponseMode, OAuthError> {
    let takes_forms = matches!(to.destination(), Destination::Site(_) | Destination::ThisComputer);
    match request.params.one("response_mode")? {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("form_post") if takes_forms => Ok(ResponseMode::FormPost),
        Some(_) => Err(invalid_request(Why::ResponseModeUnsupported)),
    }
}

/// RFC 7636 section 4.3; required of every client.
pub(super) fn pkce(request: &AuthorizeRequest) -> Result<Challenge, OAuthError> {
    Challenge::parse(request.params.one("code_challenge")?, request.params.one("code_challenge_method")?)
}

/// RFC 8707 section 2.
pub(super) fn audience(request: &AuthorizeRequest, book: &ResourceBook) -> Result<Audience, OAuthError> {
    meant_audience(&request.params.many("resource"), book)
}

/// The audience that these resources mean, by whatever endpoint they came.
pub(in crate::oauth) fn meant_audience(asked: &[&str], book: &ResourceBook) -> Result<Audience, OAuthError> {
    book.audience_for(asked).map_err(|problem| {
        let why = match problem {
            AudienceProblem::Malformed => Why::ResourceMalformed,
            AudienceProblem::Unknown => Why::ResourceUnknown,
            AudienceProblem::Several => Why::ResourceSeveral,
        };
        invalid_target(why).about(&asked.join(" "))
    })
}

/// The scope as it was asked for, where the person has to say for which resource it is: none was named and there are several.
/// Who only wants to know who signed in means none of them.
pub(in crate::oauth) fn left_open(asked: &str, audience: &Audience, book: &ResourceBook) -> Option<String> {
    let scope = ScopeSet::parse(asked);
    let about_server = !scope.is_empty() && scope.is_subset_of(&ScopeSet::of_server()) && scope.contains(OPENID);
    let several = !audience.named && book.entries().len() > 1;
    (several && !about_server).then(|| asked.to_owned())
}

/// RFC 6749 section 3.3.
pub(super) fn scope(
    request: &AuthorizeRequest,
    client: &Client,
    audience: &ResourceUri,
    book: &ResourceBook,
    policy: &Policy,
) -> Result<ScopeSet, OAuthError> {
    Ok(meant_scope(request.params.one("scope")?.unwrap_or_default(), client, audience, book, policy))
}

/// The scope that is meant, by whatever endpoint it came. What is not on offer is left out and never refused; nothing left
/// means what the resource requires, else the default.
pub(in crate::oauth) fn meant_scope(
    asked: &str,
    client: &Client,
    audience: &ResourceUri,
    book: &ResourceBook,
    policy: &Policy,
) -> ScopeSet {
    let resource = book.find(audience);
    let asked = ScopeSet::parse(asked);
    let offered = offered(resource, policy);
    let within = |scope: ScopeSet| match client.most_scope() {
        Some(most) => scope.intersection(most),
        None => scope,
    };
    let granted = within(asked.intersection(&offered));
    if !granted.is_empty() {
        return granted;
    }
    let required = resource.map(|r| r.required_scopes.clone()).filter(|scopes| !scopes.is_empty());
    within(required.unwrap_or_else(|| policy.default_scope.clone()))
}

/// The scopes that there are for a resource: its own, else all of the server's.
pub(in crate::oauth) fn offered(resource: Option<&Resource>, policy: &Policy) -> ScopeSet {
    match resource.map(|r| r.own_scopes().union(&r.required_scopes)) {
        Some(own) if !own.is_empty() => own.union(&policy.scopes.intersection(&ScopeSet::of_server())),
        _ => policy.scopes.clone(),
    }
}

/// OpenID Connect Core section 3.1.2.1; words that are not known are ignored.
pub(super) fn prompt(request: &AuthorizeRequest) -> Result<Prompt, OAuthError> {
    let words: Vec<_> =
        request.params.one("prompt")?.unwrap_or_default().split(' ').filter(|w| !w.is_empty()).collect();
    let has = |word| words.contains(&word);
    if has("none") && words.iter().any(|word| *word != "none") {
        return Err(invalid_request(Why::PromptContradicts));
    }
    Ok(Prompt { none: has("none"), login: has("login"), consent: has("consent") })
}

/// OpenID Connect Core section 3.1.2.1.
pub(super) fn max_age(request: &AuthorizeRequest) -> Result<Option<Span>, OAuthError> {
    request
        .params
        .one("max_age")?
        .map(|text| text.parse::<u32>().map(|seconds| Span::seconds(seconds.into())))
        .transpose()
        .map_err(|_| invalid_request(Why::MaxAgeMalformed))
}

/// OpenID Connect Core section 3.1.2.1: it comes back in the `id_token`, so there is an end to its length.
pub(super) fn nonce(request: &AuthorizeRequest) -> Result<Option<String>, OAuthError> {
    match request.params.one("nonce")? {
        Some(nonce) if nonce.len() > LONGEST_NONCE => Err(invalid_request(Why::NonceTooLong)),
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

/// OpenID Connect Core section 3.1.2.1: a login is passed on to where people sign in; any other hint helps nobody there.
pub(super) fn login_hint(request: &AuthorizeRequest) -> Result<Option<String>, OAuthError> {
    let hint = request.params.one("login_hint")?.and_then(Who::parse);
    Ok(hint.and_then(|who| if let Who::Login(login) = who { Some(login) } else { None }))
}

/// OpenID Connect Core section 3.1.2.1: whom the client expects, by an `id_token` that it was given here. Any other says nothing,
/// so that nobody can be let through without a page.
pub(super) fn expected(
    request: &AuthorizeRequest,
    client: &Client,
    prompt: Prompt,
    policy: &Policy,
) -> Result<Option<UserId>, OAuthError> {
    if !policy.has_openid() || request.params.one("id_token_hint")?.is_none() {
        return Ok(None);
    }
    let person = request.hint.clone().and_then(|hint| hint.person_for(&client.id));
    if person.is_none() && prompt.none {
        return Err(login_required(Why::HintUnknown));
    }
    Ok(person)
}

/// RFC 9449 section 10.
pub(super) fn key(request: &AuthorizeRequest) -> Result<Option<String>, OAuthError> {
    dpop::thumbprint(request.params.one("dpop_jkt")?)
}

/// Whether a parked request still stands: its client may have been disabled or changed while the person was signing in, so that
/// codes no longer go there, or that it may no longer have so much.
pub fn still_good(checked: &Checked, client: Option<Client>) -> Result<Client, OAuthError> {
    let client = self::client(client)?;
    let registered = client.metadata.redirect_uris.iter().any(|uri| uri.matches(checked.to().uri().as_str()));
    if registered && client.may_use(GrantType::AuthorizationCode) && client.may_have(checked.scope()) {
        Ok(client)
    } else {
        Err(invalid_request(Why::RequestOutdated))
    }
}
