//! Signing in: through GitHub, by name in local mode, by the claim link; and the page for who may not go further.
use askama::Template;

use crate::web::view::{Ago, Field, Hidden, Phrase, Site};

/// `GET /sign-in`: the administrator's entry. Posts to `/login/github` with `next`.
#[derive(Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    /// Which server.
    pub site: Site,
    /// Token of the form, where there is a session.
    pub csrf: Option<String>,
    /// Where to go afterwards: a path of our own.
    pub next: String,
    /// Why the last try failed.
    pub problem: Option<Phrase>,
}

/// `GET /claim/...`: confirm, then sign in. Posts to `/claim` with `claim` (and `name` in local mode).
#[derive(Template)]
#[template(path = "pages/claim.html")]
pub struct ClaimPage {
    /// Which server.
    pub site: Site,
    /// Token of the form, where there is a session.
    pub csrf: Option<String>,
    /// The secret of the link.
    pub claim: String,
    /// When the link ends.
    pub until: Ago,
    /// Local mode: the name that was typed.
    pub name: Field,
}

/// `GET /login/local`: the marked sign-in of local mode. Posts to itself with `name`.
#[derive(Template)]
#[template(path = "pages/local.html")]
pub struct LocalPage {
    /// Which server; `local` must be true.
    pub site: Site,
    /// Token of the form, where there is a session.
    pub csrf: Option<String>,
    /// `request` (a parked authorization) or `next` (a path of our own).
    pub hidden: Vec<Hidden>,
    /// The name that was typed, and what is wrong with it.
    pub name: Field,
    /// Address the server listens on.
    pub bind: String,
    /// "Continuing to MCP Inspector, a program on this computer"; may be empty.
    pub continuing: Phrase,
}

/// Signed in, but not an administrator.
#[derive(Template)]
#[template(path = "pages/not_admin.html")]
pub struct NotAdminPage {
    /// Which server.
    pub site: Site,
    /// Token of the sign-out form.
    pub csrf: String,
    /// Login of who is signed in.
    pub who: String,
    /// "octavia-k (id:583231), through GitHub".
    pub identity: Phrase,
    /// Whom to ask; may be empty.
    pub administrator: String,
    /// Reference for the log; may be empty.
    pub reference: String,
}
