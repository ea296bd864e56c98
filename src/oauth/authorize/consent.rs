//! What the person is asked: which scopes are new to them, and whether an answer may be remembered.

use super::Checked;
use crate::base::{
    client::Client,
    grant::Consent,
    redirect::Destination,
    register::Resource,
    scope::{self, ScopeSet},
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

/// A scope as a sentence for the person who is asked.
pub fn sentence(name: &str, resource: Option<&Resource>) -> String {
    let own = resource.and_then(|r| r.scopes.iter().find(|(own, sentence)| own == name && !sentence.is_empty()));
    match (own, name) {
        (Some((_, sentence)), _) => sentence.clone(),
        (None, "mcp") => "Use the tools and read the data that you can use there".to_owned(),
        (None, scope::OFFLINE_ACCESS) => "Go on while you are away, without asking again".to_owned(),
        (None, scope::OPENID) => "Know that it is you, by the number of your account".to_owned(),
        (None, scope::PROFILE) => "See your name and your login".to_owned(),
        (None, scope::EMAIL) => "See your primary e-mail address".to_owned(),
        (None, other) => format!("Use the scope {other}"),
    }
}
