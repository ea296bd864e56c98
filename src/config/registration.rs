//! The members of the registration policy as people write them: in a form or behind a command as in the configuration.

use serde_json::{Value, json};

use super::{
    options::{self as o, Facts},
    parse::{self, Parsed},
};
use crate::base::time::Span;

/// The members, each with the option that it begins as.
pub const MEMBERS: [&Facts; 13] = [
    &o::REGISTRATION.facts,
    &o::MOST_CLIENTS.facts,
    &o::ALLOWED_REDIRECT_HOSTS.facts,
    &o::DENIED_REDIRECT_HOSTS.facts,
    &o::REDIRECT_SCHEMES.facts,
    &o::OUT_OF_BAND.facts,
    &o::REFUSED_NAMES.facts,
    &o::LOOK_ALIKES.facts,
    &o::CLIENT_DOCUMENTS.facts,
    &o::CLIENT_DOCUMENT_HOSTS.facts,
    &o::REUSE_REGISTRATIONS.facts,
    &o::UNUSED_CLIENT.facts,
    &o::IDLE_CLIENT.facts,
];

/// Which hosts may describe clients goes with who may register.
pub const AS_REGISTRATION: &str = "as_registration";

/// The option of a member.
pub fn facts(member: &str) -> Option<&'static Facts> {
    MEMBERS.into_iter().find(|facts| facts.key == member)
}

/// Reads a member as it is written.
pub fn value(member: &str, text: &str) -> Parsed<Value> {
    let text = text.trim();
    match member {
        "registration" => parse::registration(text).map(|mode| json!(mode)),
        "most_clients" => parse::clients(text).map(|most| json!(most)),
        "allowed_redirect_hosts" | "denied_redirect_hosts" | "client_document_hosts" => {
            parse::hosts(text).map(|hosts| json!(hosts))
        }
        "redirect_schemes" => parse::schemes(text).map(|schemes| json!(schemes)),
        "out_of_band" | "reuse_registrations" => parse::switch(text).map(|on| json!(on)),
        "refused_names" => parse::names(text).map(|names| json!(names)),
        "look_alikes" => parse::look_alikes(text).map(|what| json!(what)),
        "client_documents" if text.is_empty() || text == AS_REGISTRATION => Ok(Value::Null),
        "client_documents" => parse::trust(text).map(|trust| json!(trust)),
        "unused_client_lifetime" => parse::unused_client(text).map(|span| json!(span)),
        "idle_client_lifetime" => parse::idle_client(text).map(|span| json!(span)),
        _ => Err(format!("no member of the policy has this name; write one of {}", names())),
    }
}

fn names() -> String {
    MEMBERS.map(|facts| facts.key).join(", ")
}

/// A member as people write it; lists with `between` between their entries.
pub fn text(member: &str, value: &Value, between: &str) -> String {
    match value {
        Value::Null if member == "client_documents" => AS_REGISTRATION.into(),
        Value::Bool(on) => if *on { "on" } else { "off" }.into(),
        Value::Number(seconds) if member.ends_with("_lifetime") => {
            parse::in_words(Span::seconds(seconds.as_i64().unwrap_or_default()))
        }
        Value::Array(entries) => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(between),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::registration::RegistrationPolicy;

    #[test]
    fn every_member_is_read_as_it_is_written() {
        let policy = RegistrationPolicy {
            allowed_redirect_hosts: vec!["claude.ai".into(), "*.vscode.dev".into()],
            refused_names: vec!["Bank of Ada".into()],
            ..RegistrationPolicy::default()
        };
        let members = policy.members();
        assert_eq!(members.len(), MEMBERS.len());
        for facts in MEMBERS {
            let kept = members.get(facts.key).unwrap_or_else(|| panic!("{} is no member", facts.key));
            assert_eq!(value(facts.key, &text(facts.key, kept, ",")).as_ref(), Ok(kept), "{}", facts.key);
        }
        assert!(value("most_clients", "0").is_err() && value("unheard_of", "1").is_err());
    }
}
