//! The page that asks before something ends, and the messages inside the frame.
use actix_web::http::StatusCode;
use askama::Template;

use super::{
    guard::{Admin, Answer, Numbers},
    links::{counted, segment},
};
use crate::{
    base::{event::Ended, register::ResourceBook},
    oauth::why::Why,
    store::grants,
    web::{
        pages::authorize::html,
        view::{Ago, Field, Hidden, Link, Note, Phrase, Section, Shape, Shell, State, Tone, cut, grouped},
    },
};

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

/// Who may do more.
#[derive(Clone, Debug, Default)]
pub struct Gain {
    /// When they last came.
    pub last: Ago,
    /// The entry.
    pub entry: String,
    /// Whom it means.
    pub who: Phrase,
    /// What they may now.
    pub now: Phrase,
    /// What they may then.
    pub then: String,
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
    /// What is otherwise afterwards, a sentence each; may be empty.
    pub changes: Vec<Note>,
    /// "This ends", or "This changes".
    pub ends_label: String,
    /// Three figures.
    pub ends: Vec<End>,
    /// Who loses what, the first twenty.
    pub losers: Vec<Loser>,
    /// Who may do more, the first twenty.
    pub gains: Vec<Gain>,
    /// "and 80 more"; may be empty.
    pub more: String,
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

/// From so many grants on an action is large: it asks for a word.
const LARGE: i64 = 10;
/// The longest name that anybody is asked to type.
const LONGEST_WORD: usize = 40;
/// How many of those who lose something are listed.
pub(super) const LISTED: usize = 20;

impl ConfirmPage {
    /// A page that asks in that section; its form comes back to `path`.
    pub(super) fn ask(admin: &Admin, numbers: &Numbers, section: Section, path: &str, question: String) -> Self {
        let (up_label, up_path) = section.place().unwrap_or_default();
        Self {
            shell: admin.shell(section, numbers),
            stamp: State::new(Tone::Amber, Shape::Bars, "Asks"),
            up_label: up_label.into(),
            up_path: up_path.into(),
            crumb: question.split(' ').next().unwrap_or_default().to_owned(),
            question,
            ends_label: "This ends".into(),
            action: admin.at(path),
            reason: admin.one("reason").to_owned(),
            keep: admin.at(up_path),
            keep_label: "Keep it".into(),
            ..Self::default()
        }
    }

    /// What is done does not come back.
    pub(super) fn for_good(self) -> Self {
        Self { stamp: State::new(Tone::Final, Shape::Cross, "Final"), final_act: true, ..self }
    }

    /// What it ends, as three figures.
    pub(super) fn ending(self, ended: &Ended) -> Self {
        let ends = vec![
            End::of(ended.people, "person", "people"),
            End::of(ended.grants, "grant", "grants"),
            End::of(ended.tokens, "token", "tokens"),
        ];
        Self { ends, ..self }
    }

    /// Who may do more: the first of them, and how many more there are.
    pub(super) fn giving(self, mut gains: Vec<Gain>) -> Self {
        let all = gains.len();
        gains.truncate(LISTED);
        Self { more: and_more(all - gains.len()), gains, ..self }
    }

    /// Who loses what: the first of them, and how many more.
    pub(super) fn taking(self, losers: Vec<Loser>, all: i64) -> Self {
        let more = usize::try_from(all).unwrap_or(0).saturating_sub(losers.len());
        Self { losers, more: and_more(more), ..self }
    }

    /// When it takes effect: here at once, elsewhere when the last token has run out.
    pub(super) fn at_once(self, admin: &Admin) -> Self {
        let end = admin.call.now + admin.desk.config.policy.lifetimes.access_token;
        let when = vec![
            Note { shape: Shape::Dot, words: "Here and at the gate: at once.".into() },
            Note {
                shape: Shape::Clock,
                words: Phrase::from("At servers that check tokens by themselves: when the last one has run out, ")
                    .time(Ago::exact(end.unix()))
                    .text(" at the latest."),
            },
        ];
        Self { when, ..self }
    }

    /// Asks for a word to be typed, and says when the last one was another.
    pub(super) fn typing(self, admin: &Admin, word: &str, label: &str) -> Self {
        let typed = admin.one("typed").to_owned();
        let wrong = admin.is_sure().then(|| format!("This is not what stands above: {word}"));
        Self {
            problem: wrong.as_ref().map(|_| "The word that was typed is another one.".to_owned()),
            typed: word.to_owned(),
            typed_label: label.to_owned(),
            word: Field { value: typed, error: wrong },
            ..self
        }
    }

    /// The page; 400 when the last answer was not good enough.
    pub(super) fn answer(&self) -> Answer {
        let status = if self.problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        Ok(html(status, self, self.problem.as_ref().map(|_| Why::FormToken)))
    }
}

impl End {
    /// So many of them.
    pub(super) fn of(n: i64, one: &str, many: &str) -> Self {
        Self { number: grouped(n.unsigned_abs()), label: if n == 1 { one.into() } else { many.into() } }
    }
}

/// "and 80 more"; nothing when all are listed.
fn and_more(more: usize) -> String {
    if more > 0 { format!("and {} more", grouped(more as u64)) } else { String::new() }
}

/// Whether an action is large enough to ask for a word.
pub(super) const fn is_large(ended: &Ended) -> bool {
    ended.grants >= LARGE
}

/// Whether the word was typed; white space does not count.
pub(super) fn is_typed(admin: &Admin, word: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(admin.one("typed")) == plain(word)
}

/// What of an object is typed: its name, or its id when the name is not made for typing.
pub(super) fn word_of(name: &str, id: &str) -> String {
    let can_be_typed = name.len() <= LONGEST_WORD && name.bytes().all(|b| matches!(b, 0x20..=0x7e));
    if can_be_typed && !name.trim().is_empty() { name.trim().to_owned() } else { id.to_owned() }
}

/// "3 people, 5 grants, 12 tokens"
pub(super) fn words(ended: &Ended) -> String {
    format!(
        "{}, {}, {}",
        counted(ended.people, "person", "people"),
        counted(ended.grants, "grant", "grants"),
        counted(ended.tokens, "token", "tokens")
    )
}

/// A grant as something that somebody loses.
pub(super) fn loser(admin: &Admin, register: &ResourceBook, line: &grants::Line, back: &str) -> Loser {
    let grant = &line.grant;
    let resource = register.find(&grant.audience).map_or_else(|| grant.audience.host(), |r| r.name.clone());
    let person = line.login.clone().unwrap_or_else(|| grant.user.to_string());
    let client = line.client_name.clone().unwrap_or_else(|| cut(grant.client.as_str()));
    let used = grant.last_used_at.map(|at| Ago::of(at.unix(), admin.call.now.unix()));
    Loser {
        used: used.unwrap_or_else(|| Ago::never("never")),
        who: Phrase::default().link(person, admin.at(&format!("/people/{}", segment(grant.user.as_str())))),
        loses: format!("{client} for {resource}: {}", grant.scope),
        tokens: u64::try_from(line.tokens).unwrap_or(0),
        back: back.into(),
    }
}
