//! One client: everything known of it, and everything that can be done to it; and what is left of a gone one.
use askama::Template;

use crate::web::view::{Ago, Code, Ident, Line, Pager, Phrase, Pick, Shape, Shell, State};

/// A redirect address, in words and as it is.
#[derive(Clone, Debug, Default)]
pub struct Redirect {
    /// "the site **claude.ai**".
    pub words: Phrase,
    /// The address.
    pub uri: Ident,
}

/// The secret: age, use, end; and what can be done.
#[derive(Clone, Debug, Default)]
pub struct SecretState {
    /// "Made 162 days ago, used 4 minutes ago. Does not expire."
    pub now: Phrase,
    /// "Old one: works until ..., last used ... from ..."; may be empty.
    pub before: Phrase,
    /// The client has a secret, so it can be rotated.
    pub can_rotate: bool,
    /// An old one still works, so it can be ended.
    pub can_end: bool,
    /// How long the old one goes on: seconds as value.
    pub overlaps: Vec<Pick>,
}

impl SecretState {
    /// The four overlaps: none, 1 hour, 24 hours (chosen), 7 days; the values are seconds.
    pub fn overlaps() -> Vec<Pick> {
        [("0", "0"), ("3600", "1 h"), ("86400", "24 h"), ("604800", "7 days")]
            .iter()
            .map(|(value, label)| Pick::new(value, label, "86400"))
            .collect()
    }
}

/// The registration access token.
#[derive(Clone, Debug, Default)]
pub struct TokenState {
    /// "Made 162 days ago, never used."
    pub now: Phrase,
    /// There is one to revoke.
    pub alive: bool,
}

/// A grant, as it stands on the pages of clients, people and grants.
#[derive(Clone, Debug, Default)]
pub struct GrantRow {
    /// Its id.
    pub id: String,
    /// Last used.
    pub used: Ago,
    /// Login; "itself" for a service account.
    pub person: String,
    /// Page of the person; may be empty.
    pub person_href: String,
    /// Name of the client.
    pub client: String,
    /// Page of the client.
    pub client_href: String,
    /// Host or name of the resource.
    pub resource: String,
    /// Scopes, as sent.
    pub scopes: String,
    /// When it was given.
    pub given: Ago,
    /// "until taken back" (`Ago::never`) or a moment.
    pub until: Ago,
    /// Live tokens.
    pub tokens: u64,
    /// Address of the page that asks before revoking: `/admin/grants/revoke?grant_id=...`.
    pub revoke: String,
    /// It has ended.
    pub ended: bool,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Went {
    /// Filled dot.
    Well,
    /// Ring: a step on the way.
    #[default]
    Step,
    /// Red diamond.
    Refused,
}

impl Went {
    /// Its class in the stylesheet.
    pub fn class(&self) -> &'static str {
        match self {
            Went::Well => "ok",
            Went::Step => "step",
            Went::Refused => "no",
        }
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug, Default)]
pub struct EventRow {
    /// When.
    pub when: Ago,
    /// How it went.
    pub kind: Went,
    /// One sentence.
    pub sentence: Phrase,
    /// Address it came from; may be empty.
    pub place: String,
    /// Reason code of a refusal.
    pub code: Option<State>,
    /// What was compared with what; may be empty.
    pub why: Phrase,
    /// Who does what; may be empty.
    pub fix: Phrase,
}

/// A value that is shown once.
#[derive(Clone, Debug, Default)]
pub struct OnceValue {
    /// "Client secret", "Client id", "Registration token".
    pub label: String,
    /// The value.
    pub value: String,
}

/// A line with a shape: under a secret, or about when something takes effect.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Its shape.
    pub shape: Shape,
    /// Its words.
    pub words: Phrase,
}

/// The panel with a new secret. Only in the answer to the POST that made it; `no-store`.
#[derive(Clone, Debug, Default)]
pub struct SecretOnce {
    /// "The new secret of Claude".
    pub title: String,
    /// The secret first; then the id and others.
    pub values: Vec<OnceValue>,
    /// Name of the downloaded file.
    pub file: String,
    /// What is downloaded, as a `data:` address (`download_of`).
    pub download: String,
    /// Until when the old one works; who is signed out.
    pub notes: Vec<Note>,
    /// Ready configuration.
    pub ready: Vec<Code>,
    /// Where "I have saved it" leads: the page of the client.
    pub saved: String,
}

impl SecretOnce {
    /// A text as a `data:` address, so that Download works without script and the secret travels nowhere.
    pub fn download_of(text: &str) -> String {
        let mut address = String::from("data:text/plain;charset=utf-8,");
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
        address
    }
}

/// The page of one client.
#[derive(Template)]
#[template(path = "admin/client.html")]
pub struct ClientPage {
    /// The frame.
    pub shell: Shell,
    /// Its id, for the forms (`client_id`).
    pub id: String,
    /// Its id cut, for the buttons (`view::cut`).
    pub short_id: String,
    /// Its name as shown here.
    pub name: String,
    /// Its state, in the margin of the title.
    pub state: State,
    /// "Vouched for by octavia-k", `State::proven`, ...
    pub proof: State,
    /// "Used by 3 people, last 4 minutes ago for files.example.net".
    pub lede: Phrase,
    /// It is disabled: the page offers Enable.
    pub disabled: bool,
    /// Set in the answer that shows a secret.
    pub secret_once: Option<SecretOnce>,
    /// "As it registered itself, and what Doorbook made of it."
    pub entry_lede: String,
    /// Its id to copy.
    pub ident: Ident,
    /// Its name as registered.
    pub registered_name: String,
    /// Where it sends people.
    pub redirects: Vec<Redirect>,
    /// May use, Signs with, Came in, Contact, ...
    pub lines: Vec<Line>,
    /// The registration as JSON, without secrets; may be empty.
    pub json: String,
    /// Its secret.
    pub secret: SecretState,
    /// Its registration access token; `None` for documents and static clients.
    pub registration_token: Option<TokenState>,
    /// "5 grants of 3 people, 12 tokens alive."
    pub grants_lede: String,
    /// Its grants.
    pub grants: Vec<GrantRow>,
    /// "Everything" and "Refusals only", as links; may be empty.
    pub views: Vec<Pick>,
    /// What it tried, newest first.
    pub events: Vec<EventRow>,
    /// Foot of the timeline.
    pub pager: Pager,
}

/// What is left of a revoked or retired client, at its old address. Status 404 or 410 by the handler.
#[derive(Template)]
#[template(path = "admin/tombstone.html")]
pub struct TombstonePage {
    /// The frame.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "Revoked" (final) or "Retired" (past).
    pub state: State,
    /// "Revoked by octavia-k on 21 Nov 2026, 00:31 UTC. It does not come back."
    pub lede: Phrase,
    /// Only a retired one may be put back.
    pub can_revive: bool,
    /// Its id to copy.
    pub ident: Ident,
    /// Why, when, what it sent people to.
    pub lines: Vec<Line>,
    /// What it tried, newest first.
    pub events: Vec<EventRow>,
}
