//! Overview: what needs the reader first, then figures, refusals, the last lines.
use askama::Template;

use crate::web::view::{Ago, Figure, Phrase, Pick, Shape, Shell, State};

/// A way to deal with an attention line.
#[derive(Clone, Debug, Default)]
pub struct Act {
    /// Words of the button; "…" when another page follows.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Leads to something final.
    pub red: bool,
}

/// One attention line.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Since when, or until when.
    pub when: Ago,
    /// Its shape.
    pub shape: Shape,
    /// `red` or `amber`.
    pub ink: &'static str,
    /// One sentence, with the client's name and the offending value.
    pub sentence: Phrase,
    /// One line of circumstances.
    pub more: Phrase,
    /// One or two buttons.
    pub actions: Vec<Act>,
}

/// One row of the table behind the figures.
#[derive(Clone, Debug, Default)]
pub struct FigureRow {
    /// Begin of the hour or day.
    pub from: String,
    /// The counts, in the order of the figures.
    pub counts: Vec<u64>,
}

/// Refusals with one reason.
#[derive(Clone, Debug, Default)]
pub struct RefusalRow {
    /// The last one.
    pub last: Ago,
    /// The reason in words.
    pub reason: String,
    /// The filtered log; may be empty.
    pub href: String,
    /// Its stable code.
    pub code: String,
    /// How often.
    pub times: u64,
    /// 0 to 100, of the most frequent one.
    pub share: u64,
    /// Clients that met it.
    pub who: Phrase,
}

/// One of the last lines of the log.
#[derive(Clone, Debug, Default)]
pub struct RecentRow {
    /// When: `Ago::clock`.
    pub when: Ago,
    /// What happened.
    pub sentence: Phrase,
    /// By whom.
    pub who: String,
    /// Resource or address.
    pub place: String,
    /// Reason code of a refusal.
    pub code: Option<State>,
}

/// `GET /admin`, with `period` = `24h`, `7d`, `30d`.
#[derive(Template)]
#[template(path = "admin/overview.html")]
pub struct OverviewPage {
    /// The frame.
    pub shell: Shell,
    /// "Four things need you. Everything else is as it should be."
    pub lede: Phrase,
    /// Worst first.
    pub needs: Vec<Need>,
    /// "Fri 20 Nov, 01:00 to now. One stroke is one hour."
    pub span: String,
    /// The periods as links.
    pub periods: Vec<Pick>,
    /// Five figures.
    pub figures: Vec<Figure>,
    /// The same as a table.
    pub columns: Vec<FigureRow>,
    /// "37 refusals for five reasons." or "Nothing was refused."
    pub refusals_lede: String,
    /// Most frequent first.
    pub refusals: Vec<RefusalRow>,
    /// Newest first, eight or so.
    pub recent: Vec<RecentRow>,
}
