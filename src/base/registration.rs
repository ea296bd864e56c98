//! Who may come into the book and what may be said there: the part of the policy that an administrator changes while the server
//! runs. What the configuration says is its base; a change names the members that are otherwise from then on. Members have the
//! names that the options of the configuration have.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{redirect::RedirectRules, time::Span};

/// Who may register a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Anybody (RFC 7591 section 3, open registration).
    #[default]
    Open,
    /// Anybody, but an administrator has to approve a client before it gets anything.
    Approval,
    /// Whoever has an initial access token.
    Token,
    /// Nobody: the endpoint answers 404 and is not advertised.
    Closed,
}

impl RegistrationMode {
    /// All of them, the most open one first.
    pub const ALL: [Self; 4] = [Self::Open, Self::Approval, Self::Token, Self::Closed];

    /// Its name in the configuration and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approval => "approval",
            Self::Token => "token",
            Self::Closed => "closed",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// Which hosts may describe clients by documents (client id metadata documents).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Any.
    Open,
    /// Those that are listed; clients of others wait for an administrator.
    Ask,
    /// Those that are listed.
    #[default]
    Closed,
}

impl Trust {
    /// All of them, the most open one first.
    pub const ALL: [Self; 3] = [Self::Open, Self::Ask, Self::Closed];

    /// Its name in the configuration and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ask => "ask",
            Self::Closed => "closed",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.as_str() == text)
    }
}

/// What becomes of a client whose name is like that of a known product while its answers go elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookAlikes {
    /// It comes in, and the person who is asked is warned.
    #[default]
    Warn,
    /// It is refused.
    Refuse,
}

impl LookAlikes {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Warn, Self::Refuse];

    /// Its name in the configuration and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.as_str() == text)
    }
}

/// The policy of registration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistrationPolicy {
    /// Who may register.
    #[serde(rename = "registration")]
    pub mode: RegistrationMode,
    /// How many clients may have come in by themselves before unused ones make room for new ones.
    pub most_clients: i64,
    /// The only sites that codes may be sent to; empty: any.
    pub allowed_redirect_hosts: Vec<String>,
    /// Sites that codes are never sent to.
    pub denied_redirect_hosts: Vec<String>,
    /// Which redirect URIs beyond `https` and loopback there may be.
    #[serde(flatten)]
    pub redirects: RedirectRules,
    /// Names that no client may have, nor one that looks the same.
    pub refused_names: Vec<String>,
    /// What becomes of names that are like those of known products.
    pub look_alikes: LookAlikes,
    /// Which hosts may describe clients by documents; `None`: as `mode` has it.
    pub client_documents: Option<Trust>,
    /// Hosts that always may.
    pub client_document_hosts: Vec<String>,
    /// Whether a public client that registers exactly what another one did is given the id of that one.
    #[serde(rename = "reuse_registrations")]
    pub reuse: bool,
    /// A client that came in by itself and that nobody ever let in is taken out after this.
    #[serde(rename = "unused_client_lifetime")]
    pub unused: Span,
    /// One without a live grant is taken out after this time without use.
    #[serde(rename = "idle_client_lifetime")]
    pub idle: Span,
}

impl Default for RegistrationPolicy {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Open,
            most_clients: 10_000,
            allowed_redirect_hosts: Vec::new(),
            denied_redirect_hosts: Vec::new(),
            redirects: RedirectRules::default(),
            refused_names: Vec::new(),
            look_alikes: LookAlikes::Warn,
            client_documents: None,
            client_document_hosts: Vec::new(),
            reuse: false,
            unused: Span::hours(24),
            idle: Span::days(90),
        }
    }
}

impl RegistrationPolicy {
    /// Which hosts may describe clients. Who closed registration did not mean to let strangers in by another door.
    pub fn trust(&self) -> Trust {
        self.client_documents.unwrap_or(match self.mode {
            RegistrationMode::Open => Trust::Open,
            RegistrationMode::Approval => Trust::Ask,
            RegistrationMode::Token | RegistrationMode::Closed => Trust::Closed,
        })
    }

    /// Whether some clients wait until an administrator approves them.
    pub fn asks(&self) -> bool {
        self.mode == RegistrationMode::Approval || self.trust() == Trust::Ask
    }

    /// Whether clients may come in by a document at all.
    pub fn takes_documents(&self) -> bool {
        self.trust() != Trust::Closed || !self.client_document_hosts.is_empty()
    }

    /// Whether clients may come in by registering at all.
    pub fn takes_registrations(&self) -> bool {
        self.mode != RegistrationMode::Closed
    }

    /// All of it by the names of its members.
    pub fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }

    /// What `other` has otherwise.
    pub fn changes_to(&self, other: &Self) -> Map<String, Value> {
        let own = self.members();
        other.members().into_iter().filter(|(name, value)| own.get(name) != Some(value)).collect()
    }

    /// The same with these members otherwise; `None` when one of them cannot be read.
    pub fn with(&self, changes: &Map<String, Value>) -> Option<Self> {
        let mut members = self.members();
        members.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
        serde_json::from_value(Value::Object(members)).ok()
    }
}

/// Whether a list has that host: `host` means itself, `*.host` everything below it.
pub fn lists(hosts: &[String], host: &str) -> bool {
    hosts.iter().any(|listed| match listed.strip_prefix('*') {
        Some(below) => host.len() > below.len() && host.ends_with(below),
        None => listed == host,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hosts_are_listed_whole_or_by_what_they_stand_below() {
        let hosts = ["claude.ai".to_owned(), "*.vscode.dev".to_owned()];
        for (host, listed) in [
            ("claude.ai", true),
            ("www.claude.ai", false),
            ("notclaude.ai", false),
            ("insiders.vscode.dev", true),
            ("vscode.dev", false),
            ("evilvscode.dev", false),
        ] {
            assert_eq!(lists(&hosts, host), listed, "{host}");
        }
    }

    #[test]
    fn documents_go_with_registration_unless_said_otherwise() {
        let closed = RegistrationPolicy { mode: RegistrationMode::Closed, ..RegistrationPolicy::default() };
        assert!(RegistrationPolicy::default().takes_documents() && !closed.takes_documents());
        let listed = RegistrationPolicy { client_document_hosts: vec!["claude.ai".into()], ..closed.clone() };
        assert!(listed.takes_documents() && listed.trust() == Trust::Closed);
        let asked = RegistrationPolicy { client_documents: Some(Trust::Ask), ..closed };
        assert_eq!(asked.trust(), Trust::Ask);
    }

    #[test]
    fn changes_are_what_is_otherwise_and_lead_to_it() {
        let base = RegistrationPolicy::default();
        let mut wanted = RegistrationPolicy { mode: RegistrationMode::Closed, ..base.clone() };
        wanted.redirects.schemes.push("windsurf".into());
        let changes = base.changes_to(&wanted);
        assert_eq!(json!(changes), json!({ "registration": "closed", "redirect_schemes": ["windsurf"] }));
        assert_eq!(base.with(&changes), Some(wanted));
        assert_eq!(base.with(&Map::new()), Some(base.clone()));
        let other_version = json!({ "registration": "closed", "unheard_of": 1 });
        assert_eq!(base.with(other_version.as_object().unwrap()).map(|p| p.mode), Some(RegistrationMode::Closed));
        assert_eq!(base.with(json!({ "registration": "ajar" }).as_object().unwrap()), None);
    }
}
