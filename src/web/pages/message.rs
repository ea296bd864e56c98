//! Dead ends and ends: what happened as a sentence, and the easiest way out.
use askama::Template;

use crate::web::view::{Hidden, Line, Phrase, Site, State};

/// Who is signed in, with a sign-out beside it.
#[derive(Clone, Debug, Default)]
pub struct SignedIn {
    /// Login.
    pub name: String,
    /// "through GitHub"; may be empty.
    pub through: String,
    /// Fields of the sign-out form: `request`, where to come back to.
    pub hidden: Vec<Hidden>,
}

/// The filled button of a dead end.
#[derive(Clone, Debug, Default)]
pub struct WayOut {
    /// In the margin: "Easiest".
    pub label: String,
    /// What it does.
    pub words: String,
    /// Where it leads.
    pub action: String,
    /// True: a form with token. False: a link.
    pub post: bool,
    /// Fields of the form.
    pub hidden: Vec<Hidden>,
    /// Words of the button: "Put Claude Code back".
    pub button: String,
}

/// Steps in the reader's own client, as tabs.
#[derive(Clone, Debug, Default)]
pub struct ClientHelp {
    /// In the margin: "In your client" or "Or start over".
    pub label: String,
    /// The one that is open: `claude`, `cursor`, `vscode` or `other`.
    pub tool: String,
    /// Short name of the server, for the commands.
    pub name: String,
    /// Its address.
    pub resource: String,
    /// Host of this authorization server.
    pub host: String,
}

/// Unknown client, retired registration, not allowed, refused request: status 400 or 403 by the handler.
#[derive(Template, Default)]
#[template(path = "pages/message.html")]
pub struct MessagePage {
    /// Which server.
    pub site: Site,
    /// Token of the forms, where there is a session.
    pub csrf: Option<String>,
    /// "Not let in", "Retired".
    pub stamp: State,
    /// What happened, as a sentence without a full stop.
    pub title: String,
    /// What it means; says "your account is fine" when it is.
    pub lede: Phrase,
    /// Who is signed in.
    pub who: Option<SignedIn>,
    /// The client, the id it showed, the address it asked for.
    pub lines: Vec<Line>,
    /// The easiest way out: revive, go on, sign in.
    pub way_out: Option<WayOut>,
    /// What to do, step by step.
    pub steps: Vec<Phrase>,
    /// The same in the reader's client.
    pub client_help: Option<ClientHelp>,
    /// Reason code: `DB-104`.
    pub code: String,
    /// What the administrator searches for.
    pub reference: String,
}

/// The answer to a client that wants it posted (OAuth 2.0 Form Post Response Mode section 2): the script file sends the form
/// at once, the button does without script.
#[derive(Template)]
#[template(path = "pages/form_post.html")]
pub struct FormPostPage {
    /// Which server.
    pub site: Site,
    /// The client's address.
    pub action: String,
    /// What it hears.
    pub hidden: Vec<Hidden>,
}

/// `GET /success`: the code for a program without a redirect address, an error, or nothing yet. `no-store`.
#[derive(Template, Default)]
#[template(path = "pages/success.html")]
pub struct SuccessPage {
    /// Which server.
    pub site: Site,
    /// The code; empty when there is none.
    pub code: String,
    /// For how many seconds it works.
    pub seconds: i64,
    /// OAuth error code; empty when there is none.
    pub error: String,
    /// Its description.
    pub description: String,
}

/// `GET /error`, and every HTML answer of 404, 429 and 500.
#[derive(Template, Default)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// Which server.
    pub site: Site,
    /// "404", or "Not let in".
    pub status: String,
    /// What happened.
    pub title: String,
    /// What to do.
    pub words: Phrase,
    /// OAuth error code; may be empty.
    pub error: String,
    /// Reference for the log; may be empty.
    pub reference: String,
}

/// What the gate says to a person who opened a protected server with a browser. It stands at that server's address, so it is
/// made of words alone.
#[derive(Template)]
#[template(path = "pages/gate.html")]
pub struct GatePage {
    /// The address of our front page.
    pub home: String,
    /// Our host, as shown.
    pub host: String,
    /// Reason code: `DB-601`.
    pub code: &'static str,
}
