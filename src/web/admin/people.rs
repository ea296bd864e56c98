//! People: everyone who has been here, and one of them.
use askama::Template;

use super::client::{EventRow, GrantRow};
use crate::web::view::{Ago, Face, Filters, Ident, Line, Pager, Phrase, Shell, State};

/// One person in the list.
#[derive(Clone, Debug, Default)]
pub struct PersonRow {
    /// Id of the user, for the forms (`user_id`).
    pub id: String,
    /// Page of the person.
    pub href: String,
    /// Initials.
    pub face: Face,
    /// Login.
    pub login: String,
    /// Display name; may be empty.
    pub name: String,
    /// `id:583231`, to copy.
    pub ident: Ident,
    /// Which entry lets them in.
    pub let_in_by: String,
    /// Clients, or an en dash.
    pub clients: String,
    /// Live grants.
    pub grants: u64,
    /// Last seen.
    pub seen: Ago,
    /// "Administrator", "May come in", "Suspended", "Not on the list".
    pub standing: State,
    /// No longer on the list: the login is struck out.
    pub struck: bool,
    /// Suspended: Restore is offered.
    pub suspended: bool,
    /// May be suspended (not the reader, not the last administrator).
    pub can_suspend: bool,
}

/// `GET /admin/people`.
#[derive(Template)]
#[template(path = "admin/people.html")]
pub struct PeoplePage {
    /// The frame.
    pub shell: Shell,
    /// "7 people have been here. 5 may come in, 1 is suspended."
    pub lede: String,
    /// Search and selects (`role`, `standing`).
    pub filters: Filters,
    /// The rows, last seen first.
    pub rows: Vec<PersonRow>,
    /// What stands there when there is no row.
    pub empty: Phrase,
    /// Its foot.
    pub pager: Pager,
}

/// The page of one person. Posts to `/admin/people/{suspend,restore,revoke-all}` with `user_id`.
#[derive(Template)]
#[template(path = "admin/person.html")]
pub struct PersonPage {
    /// The frame.
    pub shell: Shell,
    /// Id of the user.
    pub id: String,
    /// Login.
    pub login: String,
    /// Initials.
    pub face: Face,
    /// Standing, in the margin of the title.
    pub standing: State,
    /// "Octavia Kern. 4 clients, last seen now."
    pub lede: Phrase,
    /// Suspended: Restore is offered.
    pub suspended: bool,
    /// May be suspended.
    pub can_suspend: bool,
    /// GitHub id, role, let in by, sessions, first seen.
    pub lines: Vec<Line>,
    /// "9 grants to 4 clients, 20 tokens alive."
    pub grants_lede: String,
    /// What they allowed.
    pub grants: Vec<GrantRow>,
    /// What happened, newest first.
    pub events: Vec<EventRow>,
    /// Foot of the timeline.
    pub pager: Pager,
}
