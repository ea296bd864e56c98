//! The one error of the protocol: its wire code (RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, RFC 7591 section
//! 3.2.2, RFC 8707 section 2), words that anybody may read, and a private reason. A failure of the store or of GitHub is not
//! one of these until a flow says so.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::why::Why;
use crate::base::{time::Span, token::masked};

/// The challenge that goes with a refused Basic authentication (RFC 6749 section 5.2).
pub const BASIC_CHALLENGE: &str = "Basic realm=\"doorbook\"";

/// The wire codes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "each variant is the registered error code in camel case")]
pub enum ErrorKind {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    InvalidRedirectUri,
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
    InvalidToken,
    InvalidDpopProof,
    UseDpopNonce,
    InsufficientScope,
    AccessDenied,
    UnsupportedResponseType,
    LoginRequired,
    ConsentRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    InvalidRequestUri,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    TemporarilyUnavailable,
    ServerError,
}

impl ErrorKind {
    /// The code as it goes over the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::InvalidToken => "invalid_token",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InsufficientScope => "insufficient_scope",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }

    /// The HTTP status that goes with it unless a refusal says otherwise.
    const fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope | Self::AccessDenied => 403,
            Self::TemporarilyUnavailable => 503,
            Self::ServerError => 500,
            _ => 400,
        }
    }
}

/// A refusal as it is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OAuthError {
    kind: ErrorKind,
    status: u16,
    description: Cow<'static, str>,
    why: Why,
    challenge: Option<String>,
    retry_after: Option<Span>,
    dpop_nonce: Option<Box<str>>,
    value: Option<Box<str>>,
    name: Option<Box<str>>,
}

/// How much of an offending value is kept.
const LONGEST_VALUE: usize = 300;
/// How much of a name is kept.
const LONGEST_NAME: usize = 100;

impl OAuthError {
    /// A refusal of that kind for that reason, in the words that go with it.
    pub const fn new(kind: ErrorKind, why: Why) -> Self {
        let description = Cow::Borrowed(public_words(kind, why));
        let status = kind.status();
        Self {
            kind,
            status,
            description,
            why,
            challenge: None,
            retry_after: None,
            dpop_nonce: None,
            value: None,
            name: None,
        }
    }

    /// Other words. They must be ours: never what was sent.
    pub fn describe(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Another HTTP status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// A `WWW-Authenticate` value to go with it.
    pub fn with_challenge(self, challenge: impl Into<String>) -> Self {
        Self { challenge: Some(challenge.into()), ..self }
    }

    /// When to come back (`Retry-After`).
    pub fn with_retry_after(self, wait: Span) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// The nonce that the next proof needs (RFC 9449 section 8).
    fn with_dpop_nonce(self, nonce: &str) -> Self {
        Self { dpop_nonce: Some(nonce.into()), ..self }
    }

    /// What was offending, for the administrator's eyes only. Tokens in it are masked: a secret may stand where it does not belong.
    pub fn about(self, value: &str) -> Self {
        Self { value: Some(masked(value).chars().take(LONGEST_VALUE).collect()), ..self }
    }

    /// What the client calls itself, which has no id yet; for the administrator's eyes only.
    pub fn of_client(self, name: &str) -> Self {
        Self { name: Some(masked(name).chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()), ..self }
    }

    /// What kind of refusal it is.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The wire code.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The HTTP status when it is answered directly.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// What anybody may read.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The reason, for log, audit and pages of the administrator.
    pub const fn why(&self) -> Why {
        self.why
    }

    /// The `WWW-Authenticate` value that goes with it.
    pub fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }

    /// What was offending, when it may be kept.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What the client calls itself, when it has no id yet.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The nonce that the next proof needs.
    pub fn dpop_nonce(&self) -> Option<&str> {
        self.dpop_nonce.as_deref()
    }

    /// Whether it is a step on a client's way and no sign of anything wrong: not worth a line. Every client begins without a token
    /// and without a nonce, and every device waits for its person.
    pub const fn is_a_step(&self) -> bool {
        matches!(self.why, Why::BearerMissing | Why::DevicePending | Why::ProofNonce)
    }

    /// When to come back.
    pub const fn retry_after(&self) -> Option<Span> {
        self.retry_after
    }
}

/// What the client is told. Mostly the sentence of the reason; where that would tell a stranger which of several things
/// was wrong, one sentence for all of them.
const fn public_words(kind: ErrorKind, why: Why) -> &'static str {
    match (kind, why) {
        (
            ErrorKind::InvalidClient,
            Why::BasicMalformed
            | Why::AssertionUnsupported
            | Why::ClientUnknown
            | Why::ClientGone
            | Why::ClientDisabled
            | Why::DocumentUrl
            | Why::DocumentsClosed
            | Why::DocumentHost
            | Why::DocumentAddress
            | Why::DocumentStatus
            | Why::DocumentType
            | Why::DocumentInvalid
            | Why::DocumentGone,
        ) => why.words(),
        (ErrorKind::InvalidClient, _) => "Client authentication failed",
        (ErrorKind::InvalidToken, Why::RegistrationTokenMissing | Why::RegistrationTokenWrong) => {
            "Invalid or expired registration access token"
        }
        (ErrorKind::InvalidToken, Why::InitialTokenMissing) => why.words(),
        (
            ErrorKind::InvalidToken,
            Why::InitialTokenWrong | Why::InitialTokenSpent | Why::InitialTokenExpired | Why::InitialTokenRevoked,
        ) => "Invalid, expired or spent initial access token",
        (ErrorKind::InvalidToken, Why::BearerMissing | Why::BearerMalformed) => why.words(),
        (ErrorKind::InvalidToken, Why::BearerBound | Why::BearerUnbound | Why::ProofUnbound) => why.words(),
        (
            ErrorKind::InvalidToken,
            Why::ApiTokenMissing
            | Why::ApiTokenMalformed
            | Why::ApiTokenUnknown
            | Why::ApiTokenRevoked
            | Why::ApiTokenExpired
            | Why::ApiTokenOwner,
        ) => why.words(),
        (ErrorKind::InvalidToken, _) => "The access token is invalid or expired",
        (_, Why::CodeShape | Why::CodeUnknown | Why::CodeOtherClient | Why::CodeExpired | Why::CodeReplayed) => {
            "Invalid or expired authorization code"
        }
        (
            _,
            Why::RefreshShape
            | Why::RefreshUnknown
            | Why::RefreshOtherClient
            | Why::RefreshExpired
            | Why::RefreshReused
            | Why::GrantOver,
        ) => "Invalid or expired refresh token",
        (ErrorKind::ServerError, _) => "The server could not complete the request; try again later",
        (
            ErrorKind::TemporarilyUnavailable,
            Why::KeysUnreachable
            | Why::IdJagKeys
            | Why::DocumentUnreachable
            | Why::DocumentStatus
            | Why::DocumentBudget,
        ) => why.words(),
        (ErrorKind::TemporarilyUnavailable, Why::TooMany) => "Too many requests; slow down and try again later",
        (ErrorKind::TemporarilyUnavailable, _) => "The server is busy; try again later",
        (_, Why::DeviceUnknown | Why::DeviceOtherClient | Why::DeviceSpent) => "Invalid or spent device code",
        (ErrorKind::AccessDenied, Why::ApprovalDenied | Why::ApprovalOver) => why.words(),
        (ErrorKind::AccessDenied, Why::PersonDenied) => "The request was denied",
        (ErrorKind::AccessDenied, _) => "This person is not allowed in",
        (_, Why::CodeMissing) => "Missing authorization code",
        (_, Why::CodeRedirectDiffers) => "Redirect URI mismatch",
        (_, Why::VerifierMissing) => "PKCE code_verifier required",
        (_, Why::VerifierWrong) => "PKCE verification failed",
        _ => why.words(),
    }
}

/// `invalid_request`, 400.
pub const fn invalid_request(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidRequest, why)
}

/// `invalid_client`, 401; the same words for every reason that would tell a stranger something.
pub const fn invalid_client(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidClient, why)
}

/// `invalid_grant`, 400.
pub const fn invalid_grant(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidGrant, why)
}

/// `unauthorized_client`, 400.
pub const fn unauthorized_client(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::UnauthorizedClient, why)
}

/// `unsupported_grant_type`, 400.
pub const fn unsupported_grant_type(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::UnsupportedGrantType, why)
}

/// `invalid_scope`, 400.
pub const fn invalid_scope(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidScope, why)
}

/// `invalid_target`, 400 (RFC 8707 section 2).
pub const fn invalid_target(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidTarget, why)
}

/// `invalid_redirect_uri`, 400 (RFC 7591 section 3.2.2).
pub const fn invalid_redirect_uri(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidRedirectUri, why)
}

/// `invalid_client_metadata`, 400 (RFC 7591 section 3.2.2).
pub const fn invalid_client_metadata(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidClientMetadata, why)
}

/// `invalid_software_statement`, 400 (RFC 7591 section 3.2.2).
pub const fn invalid_software_statement(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidSoftwareStatement, why)
}

/// `unapproved_software_statement`, 400 (RFC 7591 section 3.2.2).
pub const fn unapproved_software_statement(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::UnapprovedSoftwareStatement, why)
}

/// `invalid_token`, 401 (RFC 6750 section 3.1).
pub const fn invalid_token(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidToken, why)
}

/// `invalid_dpop_proof`, 400 (RFC 9449 section 5).
pub const fn invalid_dpop_proof(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidDpopProof, why)
}

/// `use_dpop_nonce`, 400 (RFC 9449 section 8): nothing is wrong, the next proof must hold this.
pub fn use_dpop_nonce(nonce: &str) -> OAuthError {
    OAuthError::new(ErrorKind::UseDpopNonce, Why::ProofNonce).with_dpop_nonce(nonce)
}

/// `insufficient_scope`, 403 (RFC 6750 section 3.1).
pub const fn insufficient_scope(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InsufficientScope, why)
}

/// `access_denied`, 403 when answered directly.
pub const fn access_denied(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::AccessDenied, why)
}

/// `unsupported_response_type`, 400.
pub const fn unsupported_response_type(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::UnsupportedResponseType, why)
}

/// `login_required` (OpenID Connect Core section 3.1.2.6).
pub const fn login_required(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::LoginRequired, why)
}

/// `consent_required` (OpenID Connect Core section 3.1.2.6).
pub const fn consent_required(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::ConsentRequired, why)
}

/// `request_not_supported` (OpenID Connect Core section 3.1.2.6).
pub const fn request_not_supported() -> OAuthError {
    OAuthError::new(ErrorKind::RequestNotSupported, Why::RequestObject)
}

/// `request_uri_not_supported` (OpenID Connect Core section 3.1.2.6).
pub const fn request_uri_not_supported() -> OAuthError {
    OAuthError::new(ErrorKind::RequestUriNotSupported, Why::RequestUri)
}

/// `invalid_request_uri`, 400 (OpenID Connect Core section 3.1.2.6, RFC 9126 section 4).
pub const fn invalid_request_uri(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::InvalidRequestUri, why)
}

/// `authorization_pending` (RFC 8628 section 3.5): nothing is wrong, the person has not answered yet.
pub const fn authorization_pending() -> OAuthError {
    OAuthError::new(ErrorKind::AuthorizationPending, Why::DevicePending)
}

/// `slow_down` (RFC 8628 section 3.5).
pub const fn slow_down() -> OAuthError {
    OAuthError::new(ErrorKind::SlowDown, Why::DeviceTooFast)
}

/// `expired_token` (RFC 8628 section 3.5).
pub const fn expired_token() -> OAuthError {
    OAuthError::new(ErrorKind::ExpiredToken, Why::DeviceExpired)
}

/// `temporarily_unavailable`, 503: nothing is wrong with the request.
pub const fn temporarily_unavailable(why: Why) -> OAuthError {
    OAuthError::new(ErrorKind::TemporarilyUnavailable, why)
}

/// `temporarily_unavailable`, 429: too many requests, or no room; come back after `wait`.
pub fn too_many(why: Why, wait: Span) -> OAuthError {
    temporarily_unavailable(why).with_status(429).with_retry_after(wait)
}

/// `server_error`, 500: something of ours broke.
pub const fn server_error() -> OAuthError {
    OAuthError::new(ErrorKind::ServerError, Why::Broken)
}

/// 404 in the protocol's form.
pub fn not_found() -> OAuthError {
    invalid_request(Why::NotFound).with_status(404)
}

/// 405 in the protocol's form.
pub fn method_not_allowed() -> OAuthError {
    invalid_request(Why::MethodNotAllowed).with_status(405)
}

/// 413 in the protocol's form.
pub fn body_too_large() -> OAuthError {
    invalid_request(Why::BodyTooLarge).with_status(413)
}

/// `{"error","error_description"}`
impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("OAuthError", 2)?;
        body.serialize_field("error", self.code())?;
        body.serialize_field("error_description", self.description())?;
        body.end()
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.code(), self.why.code(), self.why.slug())
    }
}

impl std::error::Error for OAuthError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6749_5_2_the_body_has_code_and_description_and_nothing_else() {
        let error = invalid_client(Why::SecretWrong).with_challenge(BASIC_CHALLENGE);
        assert_eq!(error.status(), 401);
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#
        );
        assert_eq!(error.to_string(), "invalid_client (DB-409, secret_wrong)");
    }

    #[test]
    fn a_stranger_cannot_tell_an_unknown_client_from_a_wrong_secret() {
        for why in [Why::AuthClientUnknown, Why::AuthClientDisabled, Why::SecretMissing, Why::SecretExpired] {
            assert_eq!(invalid_client(why).description(), invalid_client(Why::SecretWrong).description());
        }
    }

    #[test]
    fn rfc6749_5_2_descriptions_are_printable_ascii_for_every_reason_and_kind() {
        let kinds =
            [ErrorKind::InvalidRequest, ErrorKind::InvalidGrant, ErrorKind::InvalidToken, ErrorKind::ServerError];
        for why in Why::ALL {
            for kind in kinds {
                let text = OAuthError::new(kind, why);
                let good = text.description().bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\');
                assert!(good, "{}", why.code());
            }
        }
    }

    #[test]
    fn statuses_follow_the_kind_unless_told_otherwise() {
        for (error, status) in [
            (invalid_request(Why::ParameterRepeated), 400),
            (invalid_grant(Why::CodeUnknown), 400),
            (invalid_token(Why::BearerExpired), 401),
            (insufficient_scope(Why::ScopeInsufficient), 403),
            (temporarily_unavailable(Why::Busy), 503),
            (too_many(Why::TooMany, Span::seconds(3)), 429),
            (not_found(), 404),
            (method_not_allowed(), 405),
            (body_too_large(), 413),
            (server_error(), 500),
        ] {
            assert_eq!(error.status(), status, "{error}");
        }
    }
}
