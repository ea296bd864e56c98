//! What this server offers and for how long: decided by configuration, asked by the rules.

use super::{client::GrantType, redirect::RedirectRules, scope::ScopeSet, time::Span};

/// Who may register a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegistrationMode {
    /// Anybody (RFC 7591 section 3, open registration).
    Open,
    /// Nobody: the endpoint answers 404 and is not advertised.
    Closed,
}

/// Which hosts may describe clients by documents (client id metadata documents).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Trust {
    /// Any.
    Open,
    /// Those that are listed or that an administrator approved.
    Ask,
    /// Those that are listed.
    #[default]
    Closed,
}

/// Which clients may come in by a document that their id leads to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Documents {
    /// Which hosts may describe them.
    pub trust: Trust,
    /// Hosts that always may: `host`, or `*.host` for everything below one.
    pub hosts: Vec<String>,
}

impl Documents {
    /// Whether there may be such clients at all.
    pub fn is_on(&self) -> bool {
        self.trust != Trust::Closed || !self.hosts.is_empty()
    }

    /// Whether that host is listed.
    pub fn lists(&self, host: &str) -> bool {
        self.hosts.iter().any(|listed| match listed.strip_prefix('*') {
            Some(below) => host.len() > below.len() && host.ends_with(below),
            None => listed == host,
        })
    }
}

/// The rules that an administrator sets.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who may register.
    pub registration: RegistrationMode,
    /// How many dynamic registrations there may be before unused ones make room for new ones.
    pub most_clients: i64,
    /// Whether authorization requests must be pushed (RFC 9126 section 5).
    pub require_pushed: bool,
    /// Which clients come in by a document.
    pub documents: Documents,
    /// All scopes on offer.
    pub scopes: ScopeSet,
    /// What a request without a scope means.
    pub default_scope: ScopeSet,
    /// Whether an identity provider is trusted, so that people may come with what it says of them.
    pub identity_assertions: bool,
    /// Which redirect URIs beyond `https` and loopback may be registered.
    pub redirects: RedirectRules,
    /// How long things live.
    pub lifetimes: Lifetimes,
}

impl Policy {
    /// Whether clients may have that grant at all.
    pub const fn serves(&self, grant: GrantType) -> bool {
        !matches!(grant, GrantType::JwtBearer) || self.identity_assertions
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
    /// A dynamic registration that was never used is taken out after this.
    pub unused_client: Span,
    /// A dynamic registration without a live grant and without use is taken out after this.
    pub idle_client: Span,
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
            unused_client: Span::hours(24),
            idle_client: Span::days(90),
            tombstone: Span::days(400),
            audit: Span::days(400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_listed_whole_or_by_what_they_stand_below() {
        let documents = Documents { hosts: vec!["claude.ai".into(), "*.vscode.dev".into()], ..Documents::default() };
        for (host, listed) in [
            ("claude.ai", true),
            ("www.claude.ai", false),
            ("notclaude.ai", false),
            ("insiders.vscode.dev", true),
            ("vscode.dev", false),
            ("evilvscode.dev", false),
        ] {
            assert_eq!(documents.lists(host), listed, "{host}");
        }
        assert!(documents.is_on() && !Documents::default().is_on());
    }
}
