//! `WWW-Authenticate` values (RFC 6750 section 3, RFC 9728 section 5.1).

use super::{dpop, error::ErrorKind};
use crate::base::scope::ScopeSet;

/// What a management request without the right token is told (RFC 7592 section 2): the same whatever was wrong.
pub const REGISTRATION_TOKEN: &str = "Bearer realm=\"doorbook\", error=\"invalid_token\"";

/// The parts of a Bearer challenge; what is not known is left out.
#[derive(Clone, Debug, Default)]
pub struct Bearer {
    /// Where the RFC 9728 document of the resource is.
    pub resource_metadata: Option<String>,
    /// All scopes that are needed.
    pub scope: ScopeSet,
    /// What was wrong with the token, when there was one.
    pub error: Option<ErrorKind>,
}

impl Bearer {
    /// The header's value.
    pub fn value(&self) -> String {
        let known = self.known();
        if known.is_empty() { "Bearer realm=\"doorbook\"".to_owned() } else { format!("Bearer {}", known.join(", ")) }
    }

    /// The same for tokens that are bound to a key (RFC 9449 section 7.1).
    pub fn dpop_value(&self) -> String {
        let algorithms = format!("algs={}", quoted(&dpop::ALGORITHMS.join(" ")));
        format!("DPoP {}", [vec![algorithms], self.known()].concat().join(", "))
    }

    fn known(&self) -> Vec<String> {
        let scope = (!self.scope.is_empty()).then(|| self.scope.to_string());
        let error = self.error.map(|e| e.code().to_owned());
        [("resource_metadata", &self.resource_metadata), ("scope", &scope), ("error", &error)]
            .into_iter()
            .filter_map(|(name, value)| value.as_ref().map(|v| format!("{name}={}", quoted(v))))
            .collect()
    }
}

/// A `quoted-string` that needs no escapes: the characters that would end it are left out.
fn quoted(text: &str) -> String {
    let safe: String = text.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect();
    format!("\"{safe}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9728_5_1_the_challenge_says_where_to_learn_more() {
        let url = "https://a.example/.well-known/oauth-protected-resource/mcp";
        let full = Bearer {
            resource_metadata: Some(url.into()),
            scope: ScopeSet::parse("mcp files:read"),
            error: Some(ErrorKind::InvalidToken),
        };
        assert_eq!(
            full.value(),
            format!("Bearer resource_metadata=\"{url}\", scope=\"mcp files:read\", error=\"invalid_token\"")
        );
        assert_eq!(Bearer::default().value(), "Bearer realm=\"doorbook\"");
    }

    #[test]
    fn rfc9110_11_2_nothing_breaks_out_of_the_quotes() {
        let sly = Bearer { resource_metadata: Some("a\", error=\"x\\\r\nSet-Cookie: y".into()), ..Bearer::default() };
        assert_eq!(sly.value(), "Bearer resource_metadata=\"a, error=xSet-Cookie: y\"");
    }
}
