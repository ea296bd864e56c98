//! Grants and tokens: what people allowed.
use askama::Template;

use super::client::GrantRow;
use crate::web::view::{Filters, Pager, Phrase, Shell};

/// `GET /admin/grants`. Posts to `/admin/grants/revoke` with `grant_id` (repeated).
#[derive(Template)]
#[template(path = "admin/grants.html")]
pub struct GrantsPage {
    /// The frame.
    pub shell: Shell,
    /// "20 grants, 41 tokens alive."
    pub lede: String,
    /// Search and selects (`state`, `used`).
    pub filters: Filters,
    /// The rows, last used first.
    pub rows: Vec<GrantRow>,
    /// What stands there when there is no row.
    pub empty: Phrase,
    /// Its foot.
    pub pager: Pager,
}
