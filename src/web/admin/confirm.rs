//! The page that asks before something ends, and the messages inside the frame.
use askama::Template;

use super::client::Note;
use crate::web::view::{Ago, Field, Hidden, Link, Phrase, Shell, State};

/// One of the figures of "This ends".
#[derive(Clone, Debug, Default)]
pub struct End {
    /// How many.
    pub number: String,
    /// Of what: "people".
    pub label: String,
}

/// Who loses what.
#[derive(Clone, Debug, Default)]
pub struct Loser {
    /// Last used.
    pub used: Ago,
    /// Who.
    pub who: Phrase,
    /// What they lose.
    pub loses: String,
    /// Live tokens.
    pub tokens: u64,
    /// How they come back.
    pub back: Phrase,
}

/// Asks before something ends. Its form sends the hidden fields, `confirm=yes`, `typed` and `reason`.
#[derive(Template, Default)]
#[template(path = "admin/confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub shell: Shell,
    /// "Final" (`Tone::Final`) or something calmer.
    pub stamp: State,
    /// Words of the crumb above: "Clients".
    pub up_label: String,
    /// Its path below `/admin`: "/clients".
    pub up_path: String,
    /// Last crumb: "Revoke".
    pub crumb: String,
    /// The title is the question: "Revoke Claude (claude.ai)?"
    pub question: String,
    /// The milder way first, as a link in the sentence.
    pub milder: Phrase,
    /// What was wrong with the last try.
    pub problem: Option<String>,
    /// "This ends", or "This changes".
    pub ends_label: String,
    /// Three figures.
    pub ends: Vec<End>,
    /// Who loses what, the first twenty.
    pub losers: Vec<Loser>,
    /// "and 80 more"; may be empty.
    pub losers_more: String,
    /// When it takes effect, here and elsewhere.
    pub when: Vec<Note>,
    /// Where the form goes.
    pub action: String,
    /// Its fields: `client_id`, `grant_id` (repeated), `user_id`, `entry_id`, `entries` and `role`, `action`.
    pub hidden: Vec<Hidden>,
    /// Name to be typed; empty when nothing need be typed.
    pub typed: String,
    /// "Type the name of the client:".
    pub typed_label: String,
    /// What was typed, and what is wrong with it.
    pub word: Field,
    /// Offer a reason for the audit log.
    pub ask_reason: bool,
    /// The reason that was typed.
    pub reason: String,
    /// The red filled button; otherwise the green one.
    pub final_act: bool,
    /// Repeats verb and id: "Revoke registration client_9fQ2…".
    pub submit: String,
    /// Where "Keep it" leads.
    pub keep: String,
    /// "Keep it".
    pub keep_label: String,
}

/// An error or a dead end inside the frame: not found, not possible, try again.
#[derive(Template, Default)]
#[template(path = "admin/message.html")]
pub struct AdminMessagePage {
    /// The frame.
    pub shell: Shell,
    /// "404", "Not done".
    pub stamp: State,
    /// Last crumb.
    pub crumb: String,
    /// What happened.
    pub title: String,
    /// What to do.
    pub words: Phrase,
    /// Where to go.
    pub links: Vec<Link>,
    /// Reference for the log; may be empty.
    pub reference: String,
}
