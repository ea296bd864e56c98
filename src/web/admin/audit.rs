//! The audit log: who did what to what, when, from where, and why it was refused.
use askama::Template;

use crate::web::view::{Ago, Filters, Pager, Phrase, Shell, State};

/// A value before and after.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Of what.
    pub label: String,
    /// Before; may be empty.
    pub before: String,
    /// After.
    pub after: String,
}

/// One line of the log.
#[derive(Clone, Debug, Default)]
pub struct AuditRow {
    /// Its number, as shown.
    pub line: String,
    /// When: `Ago::clock`.
    pub when: Ago,
    /// What happened.
    pub sentence: Phrase,
    /// Before and after.
    pub changes: Vec<Change>,
    /// By whom: a login, "itself", "Doorbook", "command line".
    pub by: String,
    /// Address, or an en dash.
    pub from: String,
    /// Reason code, stamped.
    pub code: Option<State>,
}

/// The lines of one day.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// "Sat 21 Nov".
    pub day: String,
    /// Its lines, newest first.
    pub events: Vec<AuditRow>,
}

/// `GET /admin/audit`.
#[derive(Template)]
#[template(path = "admin/audit.html")]
pub struct AuditPage {
    /// The frame.
    pub shell: Shell,
    /// "18,204 lines since 12 June."
    pub lede: Phrase,
    /// Search and selects (`who`, `did`, `when`).
    pub filters: Filters,
    /// Days, newest first.
    pub days: Vec<Day>,
    /// What stands there when there is no line.
    pub empty: Phrase,
    /// Its foot: "Newer" and "Older".
    pub pager: Pager,
    /// Show the export links.
    pub exports: bool,
    /// `?q=...` of the present view, for the export links; may be empty.
    pub export_query: String,
}
