//! What the person is asked, and what they may answer: which scopes are new to them, which they may leave out, for how long, and
//! whether their answer may be remembered.

use super::Checked;
use crate::{
    base::{
        client::Client,
        grant::{Consent, Life},
        policy::Policy,
        redirect::Destination,
        register::{Resource, ResourceBook},
        scope::{self, OPENID, ScopeSet},
    },
    oauth::{
        error::{OAuthError, invalid_request},
        why::Why,
    },
};

/// What must be asked before a code may be given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// Nothing: the person answered it before, for the same client, redirect, resource and scopes.
    None,
    /// The whole request.
    All,
    /// Only these scopes are new; the rest was allowed before.
    New(ScopeSet),
}

/// Whether an answer may be remembered and stand in for the question the next time: only for clients whose identity
/// is proven and whose answers go to a web site. A program on the person's computer, or one that owns a private-use
/// scheme, always asks.
pub fn may_be_remembered(request: &Checked, client: &Client) -> bool {
    let proven = client.is_confidential() || client.trusted;
    proven && matches!(request.to().destination(), Destination::Site(_))
}

/// What to ask this person, given what they allowed before.
pub fn question(request: &Checked, client: &Client, remembered: Option<&Consent>) -> Question {
    let same = |consent: &&Consent| {
        consent.client == *request.client()
            && consent.redirect_uri == *request.to().uri()
            && consent.audience == *request.audience()
    };
    let usable = may_be_remembered(request, client) && !request.prompt().consent;
    let Some(before) = remembered.filter(same).filter(|_| usable) else { return Question::All };
    let new = request.scope().difference(&before.scope);
    if new.is_empty() { Question::None } else { Question::New(new) }
}

/// The scopes without which a client can do nothing with what it asks for: what the resource requires, else the default. They are
/// not ticked one by one: who does not want them says no. So is a scope that is asked for alone, and what was allowed before.
pub fn needed(shown: &ScopeSet, question: &Question, resource: Option<&Resource>, policy: &Policy) -> ScopeSet {
    let required = resource.map(|r| &r.required_scopes).filter(|scopes| !scopes.is_empty());
    let needed = required.unwrap_or(&policy.default_scope);
    let before = |name: &str| matches!(question, Question::New(new) if !new.contains(name));
    let kept = |name: &&str| needed.contains(name) || *name == OPENID || before(name) || shown.iter().count() == 1;
    shown.iter().filter(kept).collect()
}

/// What a person allows who ticked these: what is needed, and of the rest what was shown and ticked, never more.
pub fn allowed(shown: &ScopeSet, needed: &ScopeSet, ticked: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let allowed: ScopeSet = shown.iter().filter(|name| needed.contains(name) || ticked.contains(name)).collect();
    if allowed.is_empty() { Err(invalid_request(Why::NothingTicked)) } else { Ok(allowed) }
}

/// For how long a person may let a client in: not for long one that passes itself off as another.
pub fn lives(disguised: bool) -> &'static [Life] {
    if disguised { &[Life::Hour] } else { &Life::ALL }
}

/// The one that they chose; the longest, should they not have been asked.
pub fn life(chosen: Option<&str>, offered: &[Life]) -> Result<Life, OAuthError> {
    let life = match chosen {
        Some(name) => Life::parse(name),
        None => offered.last().copied(),
    };
    life.filter(|life| offered.contains(life)).ok_or_else(|| invalid_request(Why::ChoiceUnknown))
}

/// A scope as a sentence for the person who is asked: in the words of the resource, of this server's administrator, or ours.
pub fn sentence(name: &str, resource: Option<&Resource>, book: &ResourceBook) -> String {
    match (book.sentence(name, resource), name) {
        (Some(said), _) => said.to_owned(),
        (None, "mcp") => "Use the tools of this server in your name".to_owned(),
        (None, scope::OFFLINE_ACCESS) => "Stay connected while you are away, until you take it back".to_owned(),
        (None, scope::OPENID) => "Know that it is you, by the number of your account".to_owned(),
        (None, scope::PROFILE) => "See your name and your login".to_owned(),
        (None, scope::EMAIL) => "See your primary e-mail address".to_owned(),
        (None, other) => format!("Use the scope {other}"),
    }
}
