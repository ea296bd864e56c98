//! What this server offers and for how long: decided by configuration, asked by the rules. Who may come into the book is
//! another matter ([`registration`](super::registration)): that changes while the server runs.

use super::{
    client::GrantType,
    scope::{self, ScopeSet},
    time::Span,
};

/// What is offered.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether authorization requests must be pushed (RFC 9126 section 5).
    pub require_pushed: bool,
    /// All scopes on offer.
    pub scopes: ScopeSet,
    /// What a request without a scope means.
    pub default_scope: ScopeSet,
    /// Whether an identity provider is trusted, so that people may come with what it says of them.
    pub identity_assertions: bool,
    /// How long things live.
    pub lifetimes: Lifetimes,
}

impl Policy {
    /// Whether clients may have that grant at all.
    pub const fn serves(&self, grant: GrantType) -> bool {
        !matches!(grant, GrantType::JwtBearer) || self.identity_assertions
    }

    /// Whether clients may ask who signed in (OpenID Connect): once the scope for it is on offer.
    pub fn has_openid(&self) -> bool {
        self.scopes.contains(scope::OPENID)
    }
}

/// How long things live.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// Access tokens.
    pub access_token: Span,
    /// Refresh tokens, from their last use.
    pub refresh_token: Span,
    /// Within it a repeat of the immediately previous refresh token is given the same reply again.
    pub refresh_grace: Span,
    /// Authorization codes.
    pub code: Span,
    /// An authorization request that waits for sign-in and consent.
    pub request: Span,
    /// A pushed authorization request, until the browser comes with it (RFC 9126 section 2.2).
    pub pushed: Span,
    /// A browser session.
    pub session: Span,
    /// Client secrets of dynamic registrations; `None`: they do not expire.
    pub client_secret: Option<Span>,
    /// For how long a rotated secret goes on working, unless the administrator says otherwise.
    pub secret_overlap: Span,
    /// How long a tombstone stands.
    pub tombstone: Span,
    /// How long audit lines are kept.
    pub audit: Span,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access_token: Span::hours(1),
            refresh_token: Span::days(30),
            refresh_grace: Span::seconds(60),
            code: Span::seconds(60),
            request: Span::minutes(10),
            pushed: Span::seconds(60),
            session: Span::hours(12),
            client_secret: None,
            secret_overlap: Span::hours(24),
            tombstone: Span::days(400),
            audit: Span::days(400),
        }
    }
}
