//! Lines of the audit log as sentences: who did what to what, and for a refusal why and what now.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    audit::{AuditRow, Change},
    client::{EventRow, Went},
    links::{counted, segment},
    policy::remedy,
};
use crate::{
    base::{
        id::{ApiTokenId, ClientId, UserId},
        time::Time,
    },
    oauth::why::Why,
    store::{Reader, StoreResult, api_tokens, audit::Line, clients, tombstones, users},
    web::view::{Ago, Phrase, State, cut},
};

/// The longest value of a change that is shown.
const LONGEST: usize = 300;

/// The names of those whom some lines speak of.
pub struct Names {
    base: String,
    clients: HashMap<ClientId, String>,
    people: HashMap<UserId, String>,
    tokens: HashMap<ApiTokenId, String>,
}

impl Names {
    /// Reads the names for these lines: three queries, and one by its key for each client that left.
    pub fn load(reader: &mut Reader<'_>, base: &str, lines: &[Line]) -> StoreResult<Self> {
        let mut ids: Vec<ClientId> = lines.iter().filter_map(|line| line.client.clone()).collect();
        let mut tokens: Vec<ApiTokenId> = Vec::new();
        let mut people: Vec<UserId> = lines.iter().filter_map(|line| line.user.clone()).collect();
        for line in lines {
            match line.actor_kind.as_str() {
                "client" => ids.push(ClientId::new(&*line.actor)),
                "user" => people.push(UserId::new(&*line.actor)),
                "api_token" => tokens.push(ApiTokenId::new(&*line.actor)),
                _ => (),
            }
        }
        ids.sort();
        ids.dedup();
        let mut clients = clients::names(reader, &ids)?;
        for id in ids {
            if !clients.contains_key(&id)
                && let Some(stone) = tombstones::find(reader, &id)?
            {
                clients.insert(id, stone.metadata.client_name.unwrap_or_else(|| "Unnamed client".into()));
            }
        }
        let tokens = if tokens.is_empty() { HashMap::new() } else { api_tokens::labels(reader, &tokens)? };
        Ok(Self { base: base.to_owned(), clients, people: users::logins(reader, &people)?, tokens })
    }

    /// Adds a client by its name, linked to its page.
    pub fn client(&self, to: Phrase, id: &ClientId) -> Phrase {
        let name = self.clients.get(id).cloned().unwrap_or_else(|| cut(id.as_str()));
        to.client(name, format!("{}/admin/clients/{}", self.base, segment(id.as_str())))
    }

    /// Adds a person by their login.
    pub fn person(&self, to: Phrase, id: &UserId) -> Phrase {
        to.strong(self.login(id))
    }

    /// The login of a person, or their id; a client in its own name acts for itself.
    pub fn login(&self, id: &UserId) -> String {
        match self.people.get(id) {
            Some(login) => login.clone(),
            None if self.clients.contains_key(id.as_str()) => "itself".into(),
            None => id.to_string(),
        }
    }

    /// Who did it, in a word or two.
    pub fn by(&self, line: &Line) -> String {
        match line.actor_kind.as_str() {
            "user" => self.login(&UserId::new(&*line.actor)),
            "client" if line.client.as_ref().is_some_and(|id| id.as_str() == line.actor) => "itself".into(),
            "client" => self.clients.get(line.actor.as_str()).cloned().unwrap_or_else(|| cut(&line.actor)),
            "api_token" => match self.tokens.get(line.actor.as_str()) {
                Some(label) => format!("API token {label}"),
                None => "an API token".into(),
            },
            "command_line" => "command line".into(),
            "system" => "Doorbook".into(),
            _ => "somebody".into(),
        }
    }

    /// What happened, as a sentence.
    pub fn sentence(&self, line: &Line) -> Phrase {
        let text = |name: &str| line.detail.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let client = |to: Phrase| match &line.client {
            Some(id) => self.client(to, id),
            None => to.text("A client"),
        };
        let person = |to: Phrase| match &line.user {
            Some(id) => self.person(to, id),
            None => to.text("somebody"),
        };
        let begin = Phrase::default;
        let ended = ended(&line.detail);
        match line.event.as_str() {
            "refused" => self.refusal(line),
            "client_registered" => client(begin()).text(" signed the book"),
            "client_created" => client(begin()).text(" was written into the book by hand"),
            "client_updated" if line.actor_kind == "client" => client(begin()).text(" changed its entry"),
            "client_updated" => client(begin().text("The entry of ")).text(" was changed").text(ended),
            "client_deleted" => client(begin()).text(" took itself out of the book").text(ended),
            "client_revoked" => client(begin().text("The registration of ")).text(" was revoked").text(ended),
            "client_retired" => client(begin()).text(" was taken out of the book because nobody used it").text(ended),
            "client_revived" => client(begin()).text(" was put back into the book"),
            "client_disabled" => client(begin()).text(" was disabled"),
            "client_enabled" => client(begin()).text(" was enabled"),
            "client_trusted" if line.detail.get("trusted") == Some(&Value::Bool(true)) => {
                client(begin()).text(" is vouched for")
            }
            "client_trusted" => client(begin()).text(" is no longer vouched for"),
            "secret_rotated" => {
                let until = line.detail.get("old_works_until").and_then(Value::as_i64);
                let new = client(begin()).text(" got a new secret; ");
                match until {
                    Some(until) => new.text("the old one works until ").time(Ago::exact(until)),
                    None => new.text("the old one ended at once"),
                }
            }
            "old_secret_ended" => client(begin().text("The old secret of ")).text(" was ended"),
            "registration_token_rotated" => client(begin()).text(" got a new registration token"),
            "registration_token_revoked" => client(begin().text("The registration token of ")).text(" was revoked"),
            "tokens_revoked" => match (&line.client, &line.user) {
                (Some(id), _) => self.client(begin().text("All tokens of "), id).text(" were revoked").text(ended),
                (None, _) => person(begin().text("All grants of ")).text(" were revoked").text(ended),
            },
            "signed_in" => person(begin()).text(" signed in"),
            "signed_out" => person(begin()).text(" signed out"),
            "sessions_ended" => {
                let n = line.detail.get("sessions").and_then(Value::as_i64).unwrap_or(0);
                person(begin().text(counted(n, "browser session of ", "browser sessions of "))).text(" ended")
            }
            "administrator_claimed" => person(begin()).text(" became administrator by the claim link"),
            "access_added" | "access_removed" => {
                let way = if line.event == "access_added" { " was put on" } else { " was taken off" };
                let role = if text("role") == "administrator" { " as administrator" } else { "" };
                begin().strong(text("who")).text(way).text(" the access list").text(role)
            }
            "login_bound" => person(begin().text("The login ").strong(text("login")).text(" was bound to ")),
            "user_suspended" => person(begin()).text(" was suspended").text(ended),
            "user_restored" => person(begin()).text(" may come in again"),
            "consent_given" => client(person(begin()).text(" let ")).text(" in for ").code(text("audience")),
            "person_vouched_for" => {
                let vouched = person(begin().strong(text("issuer")).text(" vouched for "));
                client(vouched.text(" with ")).text(" for ").code(text("audience"))
            }
            "consent_denied" => client(person(begin()).text(" did not let ")).text(" in"),
            "code_replayed" => client(begin().text("A code of ")).text(" was spent twice; what it gave has ended"),
            "refresh_reused" => {
                client(begin().text("A spent refresh token of ")).text(" was used again; its grant has ended")
            }
            "token_issued" => person(client(begin()).text(" got a token for ")),
            "token_refreshed" => person(client(begin()).text(" refreshed its token for ")),
            "token_exchanged" => {
                let got = begin().code(text("caller")).text(" got a token for ").code(text("target"));
                person(client(got.text(" in place of one of ")).text(" for "))
            }
            "token_revoked" => person(client(begin()).text(" gave back a token of ")),
            "grant_revoked" => {
                person(client(begin().text("The grant of ")).text(" for ")).text(" was revoked").text(ended)
            }
            "document_host_approved" => {
                begin().text("The host ").strong(text("host")).text(" was approved to describe clients")
            }
            "document_host_removed" => {
                begin().text("The host ").strong(text("host")).text(" may no longer describe clients")
            }
            "approval_asked" => client(person(begin()).text(" waits for an administrator to approve ")),
            "approval_decided" => {
                let allowed = line.detail.get("allowed") == Some(&Value::Bool(true));
                let way = if allowed { " was approved for " } else { " was not approved for " };
                let begin = client(begin()).text(way);
                match text("reach").as_str() {
                    "group" => begin.text("everybody, with all clients like it"),
                    "person" => person(begin).text(", with all clients like it"),
                    _ => person(begin).text(", this once"),
                }
            }
            "approval_taken_back" => {
                begin().text("The decision about clients like ").client(text("name"), "").text(" was taken back")
            }
            "initial_token_made" => begin().text("The initial access token ").strong(text("label")).text(" was made"),
            "initial_token_revoked" => {
                begin().text("The initial access token ").strong(text("label")).text(" was revoked")
            }
            "policy_changed" => begin().text("The registration policy was changed"),
            "resource_added" => begin().code(text("resource")).text(" was put into the register"),
            "resource_changed" => begin().code(text("resource")).text(" was changed in the register"),
            "resource_removed" => begin().code(text("resource")).text(" was taken out of the register"),
            "resource_secret_issued" => begin().text("A secret was made for ").code(text("resource")),
            "call_allowed" => begin().code(text("caller")).text(" may call ").code(text("target")),
            "call_forbidden" => begin().code(text("caller")).text(" may no longer call ").code(text("target")),
            "token_tried" => begin().text("A token was tried on ").code(text("resource")),
            "scope_worded" => begin().text("The scope ").code(text("scope")).text(" was put into words"),
            "key_made" => begin().text("A signing key was made: ").code(text("key")),
            "key_signs" => begin().text("A signing key took over: ").code(text("key")),
            "key_retired" => begin().text("A signing key was retired: ").code(text("key")),
            "key_revoked" => begin().text("A signing key was revoked: ").code(text("key")).text(ended),
            "api_token_made" => person(begin().text("The API token ").strong(text("label")).text(" was made for ")),
            "api_token_revoked" => {
                person(begin().text("The API token ").strong(text("label")).text(" of ")).text(" was revoked")
            }
            "github_application_kept" => {
                begin().text("The GitHub application that signs people in: ").code(text("application"))
            }
            "audit_checked" => match line.detail.get("sound").and_then(Value::as_bool) {
                Some(true) => begin().text("The audit log was checked: it is as it was written"),
                _ => begin().text("The audit log was checked: ").strong("it is not as it was written"),
            },
            "backup_taken" => begin().text("A backup was taken"),
            "backup_checked" => match line.detail.get("sound").and_then(Value::as_bool) {
                Some(true) => begin().text("A backup was looked through and is whole: ").code(text("file")),
                _ => begin().text("A backup cannot be restored: ").code(text("file")),
            },
            "self_checked" => match line.detail.get("wrong").and_then(Value::as_array).map_or(0, Vec::len) {
                0 => begin().text("The server was looked at: everything is as it should be"),
                n => begin().text(format!("The server was looked at: {n} of what it needs want to be seen to")),
            },
            other => begin().text(other.replace('_', " ")),
        }
    }

    fn refusal(&self, line: &Line) -> Phrase {
        let words = why(line).map_or("Refused", Why::words);
        let who = match (&line.client, &line.user) {
            (Some(id), _) => self.client(Phrase::default(), id).text(": "),
            (None, Some(id)) => self.person(Phrase::default(), id).text(": "),
            (None, None) => match line.detail.get("name").and_then(Value::as_str) {
                Some(name) => Phrase::default().client(name, "").text(": "),
                None => Phrase::default(),
            },
        };
        who.text(words)
    }

    /// What to do about a refusal; where one step ends it, that step.
    fn fix(&self, why: Why, value: Option<&str>) -> Phrase {
        match value.and_then(|value| remedy(why, value)) {
            Some((words, path)) => Phrase::from(why.fix()).text(" ").link(words, format!("{}/admin{path}", self.base)),
            None => why.fix().into(),
        }
    }

    /// A line of the log.
    pub fn row(&self, line: &Line) -> AuditRow {
        AuditRow {
            line: line.seq.to_string(),
            when: Ago::clock(line.at.unix()),
            sentence: self.sentence(line),
            changes: changes(line),
            by: self.by(line),
            from: if line.ip.is_empty() { "–".into() } else { line.ip.clone() },
            code: stamp(line),
        }
    }

    /// An entry of a timeline.
    pub fn event(&self, line: &Line, now: Time) -> EventRow {
        let reason = why(line);
        let value = line.detail.get("value").and_then(Value::as_str);
        let went = match line.event.as_str() {
            "refused" | "code_replayed" | "refresh_reused" => Went::Refused,
            "client_registered" | "consent_given" | "person_vouched_for" | "token_issued" | "token_refreshed"
            | "signed_in" => Went::Well,
            _ => Went::Step,
        };
        let sent = value.map_or_else(Phrase::default, |value| Phrase::from("It was sent: ").code(value));
        EventRow {
            when: Ago::of(line.at.unix(), now.unix()),
            kind: went,
            sentence: match (reason, line.event.as_str()) {
                (Some(reason), "refused") => reason.words().into(),
                _ => self.sentence(line),
            },
            place: line.ip.clone(),
            code: stamp(line),
            why: sent,
            fix: reason.map_or_else(Phrase::default, |reason| self.fix(reason, value)),
        }
    }
}

/// Why it was refused, if it was and the reason is still known.
pub fn why(line: &Line) -> Option<Why> {
    line.reason.as_deref().and_then(Why::parse)
}

/// The reason code, stamped.
pub fn stamp(line: &Line) -> Option<State> {
    line.reason.as_deref().map(State::refused)
}

/// ", and with it 3 people, 5 grants, 12 tokens"; empty when nothing ended.
fn ended(detail: &Map<String, Value>) -> String {
    let Some(Value::Object(ended)) = detail.get("ended") else { return String::new() };
    let n = |name: &str| ended.get(name).and_then(Value::as_i64).unwrap_or(0);
    if n("grants") == 0 && n("tokens") == 0 {
        return String::new();
    }
    format!(
        ": {}, {}, {}",
        counted(n("people"), "person", "people"),
        counted(n("grants"), "grant", "grants"),
        counted(n("tokens"), "token", "tokens")
    )
}

/// What was there before and after.
fn changes(line: &Line) -> Vec<Change> {
    let mut found = Vec::new();
    if let (Some(Value::Object(before)), Some(Value::Object(after))) =
        (line.detail.get("before"), line.detail.get("after"))
    {
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
            let label = name.clone();
            found.push(Change { label, before: shown(before.get(name)), after: shown(after.get(name)) });
        }
    }
    for (name, label) in [("reason", "Reason"), ("value", "Sent")] {
        if let Some(value) = line.detail.get(name).filter(|value| value.is_string()) {
            found.push(Change { label: label.into(), before: String::new(), after: shown(Some(value)) });
        }
    }
    found
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    text.chars().take(LONGEST).collect()
}
