//! Scopes (RFC 6749 section 3.3).

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The scope that stands for a refresh token.
pub const OFFLINE_ACCESS: &str = "offline_access";
/// The scope that asks who signed in (OpenID Connect Core section 3.1.2.1).
pub const OPENID: &str = "openid";
/// The scope for their names (OpenID Connect Core section 5.4).
pub const PROFILE: &str = "profile";
/// The scope for their e-mail address (OpenID Connect Core section 5.4).
pub const EMAIL: &str = "email";

/// A set of scope tokens in the order in which they were named.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(from = "String")]
pub struct ScopeSet(Vec<String>);

impl ScopeSet {
    /// No scope at all.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// The scopes that are about the person and this server and about no resource: they go with every one.
    pub fn of_server() -> Self {
        [OFFLINE_ACCESS, OPENID, PROFILE, EMAIL].into_iter().collect()
    }

    /// Reads a space-separated list. What is no scope token is left out, as is what policy does not offer later on:
    /// real clients send `""`, invented names and lists in any order, and none of it is worth an error.
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter(|token| is_scope_token(token)).collect()
    }

    /// Whether the set holds that token.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|t| t == token)
    }

    /// Whether every token of this set is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|t| other.contains(t))
    }

    /// What is in both, in this set's order.
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.iter().filter(|t| other.contains(t)).cloned().collect()
    }

    /// What is in this set and not in `other`.
    pub fn difference(&self, other: &Self) -> Self {
        self.0.iter().filter(|t| !other.contains(t)).cloned().collect()
    }

    /// This set followed by what `other` adds.
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its tokens, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl FromIterator<String> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = String>>(tokens: I) -> Self {
        let mut set = Self::empty();
        for token in tokens {
            if !set.contains(&token) {
                set.0.push(token);
            }
        }
        set
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        tokens.into_iter().map(str::to_owned).collect()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<String> for ScopeSet {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for token in &self.0 {
            f.write_str(between)?;
            f.write_str(token)?;
            between = " ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_send() {
        for (sent, kept) in [
            ("", ""),
            ("mcp", "mcp"),
            ("mcp  mcp offline_access", "mcp offline_access"),
            (" read\twrite mcp", "mcp"),
            ("a\"b c\\d \u{7f} ok", "ok"),
        ] {
            assert_eq!(ScopeSet::parse(sent).to_string(), kept, "{sent:?}");
        }
    }

    #[test]
    fn keeps_the_order_of_the_one_that_asks() {
        let (asked, offered) = (ScopeSet::parse("c b x a"), ScopeSet::parse("a b c"));
        assert_eq!(asked.intersection(&offered).to_string(), "c b a");
        assert_eq!(asked.difference(&offered).to_string(), "x");
        assert!(!asked.is_subset_of(&offered));
    }
}
