//! The list of clients, and the form for a new one.
use askama::Template;

use crate::web::view::{Ago, Code, Field, Filters, Link, Pager, Pick, Shell, State};

/// One registration, or a group of alike ones.
#[derive(Clone, Debug, Default)]
pub struct ClientRow {
    /// Its id.
    pub id: String,
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
    /// Where it sends people, in words.
    pub about: String,
    /// "42 alike": a plain stamp without a shape.
    pub alike: Option<State>,
    /// Opens or closes the group, with the state in the URL; may be empty.
    pub alike_href: String,
    /// A member of an opened group: `kin`, the last one `kin end`; then only `about` is shown, in mono. Otherwise empty.
    pub kin: &'static str,
    /// `State::proven`, `State::vouched`, `State::nobody`.
    pub proof: State,
    /// Last used.
    pub used: Ago,
    /// People, or an en dash.
    pub people: String,
    /// Grants, or an en dash.
    pub grants_shown: String,
    /// Live grants, for the bulk bar.
    pub grants: u64,
    /// Live tokens, for the bulk bar.
    pub tokens: u64,
    /// Its state.
    pub state: State,
    /// When it signed.
    pub created: Ago,
    /// Revoked or retired: struck out, not selectable.
    pub gone: bool,
}

/// The sorted column, and links that sort by another.
#[derive(Clone, Debug, Default)]
pub struct Sort {
    /// `used`, `name` or `created`.
    pub by: String,
    /// `ascending` or `descending`.
    pub direction: String,
    /// ` ↓` or ` ↑`.
    pub arrow: String,
    /// Sorts by last use.
    pub used: String,
    /// Sorts by name.
    pub name: String,
    /// Sorts by age.
    pub created: String,
}

/// The list before the first client.
#[derive(Clone, Debug, Default)]
pub struct FirstClient {
    /// A command to copy that registers one.
    pub command: Code,
    /// "2 today"; may be empty.
    pub refused: String,
}

/// `GET /admin/clients`. Bulk posts to `/admin/clients/bulk`: `client_id` (repeated), `action` = `enable`, `disable`, `revoke`.
#[derive(Template)]
#[template(path = "admin/clients.html")]
pub struct ClientsPage {
    /// The frame.
    pub shell: Shell,
    /// "53 registrations. 7 are live."
    pub lede: String,
    /// Search and selects (`origin`, `state`, `used`).
    pub filters: Filters,
    /// Sorting.
    pub sort: Sort,
    /// The rows.
    pub rows: Vec<ClientRow>,
    /// Its foot: "Earlier" and "Later".
    pub pager: Pager,
    /// Show the export links.
    pub exports: bool,
    /// `?q=...` of the present view, for the export links; may be empty.
    pub export_query: String,
    /// Set when there is no client at all.
    pub empty: Option<FirstClient>,
}

/// `GET /admin/clients/new`; posts to `/admin/clients` with the names of RFC 7591 (`client_name`, `redirect_uris` one a
/// line, `token_endpoint_auth_method`, `grant_types` repeated, `scope`).
#[derive(Template)]
#[template(path = "admin/new_client.html")]
pub struct NewClientPage {
    /// The frame.
    pub shell: Shell,
    /// Presets as links (`?preset=cli`).
    pub presets: Vec<Pick>,
    /// What the chosen preset is for; may be empty.
    pub preset_words: String,
    /// Links to the wrong fields: `#name`, `#uris`, `#method`, `#grants`, `#scope`.
    pub problems: Vec<Link>,
    /// Its name.
    pub name: Field,
    /// Its redirect addresses, one a line.
    pub redirect_uris: Field,
    /// `none`, `client_secret_basic`, `client_secret_post`.
    pub methods: Vec<Pick>,
    /// What is wrong with the method.
    pub method_error: Option<String>,
    /// `authorization_code`, `refresh_token`, `client_credentials`.
    pub grants: Vec<Pick>,
    /// What is wrong with the grants.
    pub grants_error: Option<String>,
    /// Its scopes.
    pub scope: Field,
}
