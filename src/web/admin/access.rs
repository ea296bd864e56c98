//! The access list: who may come in, and where each entry comes from.
use askama::Template;

use crate::web::view::{Ago, Field, Phrase, Pick, Shell};

/// One entry of the list.
#[derive(Clone, Debug, Default)]
pub struct AccessRow {
    /// Id of the entry, for the page that asks (`entry_id`).
    pub id: String,
    /// Since when; `Ago::never("start")` for the environment.
    pub since: Ago,
    /// Login, `id:` number, `*`.
    pub entry: String,
    /// "person, bound to id:583231"; may be empty.
    pub about: String,
    /// "get tokens", "administer, get tokens".
    pub may: String,
    /// `ADMIN_GITHUB_USERS`, "dashboard, octavia-k".
    pub origin: String,
    /// "1 person", "nobody yet".
    pub lets_in: String,
    /// Comes from the environment: cannot be removed here.
    pub fixed: bool,
}

/// `GET /admin/access`. Add posts to `/admin/access/add` with `entries` and `role` (`user`, `admin`); Remove leads to
/// `/admin/access/remove?entry_id=...`; both answer with a `ConfirmPage` first.
#[derive(Template)]
#[template(path = "admin/access.html")]
pub struct AccessPage {
    /// The frame.
    pub shell: Shell,
    /// Who may get tokens, and when it is asked.
    pub lede: Phrase,
    /// The entries.
    pub rows: Vec<AccessRow>,
    /// What was typed into the form, and what is wrong with it.
    pub entries: Field,
    /// `user` and `admin`.
    pub roles: Vec<Pick>,
}
