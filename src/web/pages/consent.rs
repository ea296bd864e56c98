//! Consent: the whole question on one leaf, read in five seconds. Posts to `/consent`.
use askama::Template;

use crate::web::view::{Ago, Face, Line, Phrase, Pick, Site, State};

/// A scope as a sentence.
#[derive(Clone, Debug, Default)]
pub struct ConsentScope {
    /// As sent.
    pub name: String,
    /// As read.
    pub words: String,
    /// May be left out by the person: a tick box. Otherwise it is a line and a hidden field.
    pub optional: bool,
    /// The box is ticked.
    pub checked: bool,
}

/// The known client that this one passes itself off as.
#[derive(Clone, Debug, Default)]
pub struct LookAlike {
    /// Name of the known one.
    pub known: String,
    /// Since when it is known: "June".
    pub since: String,
    /// Where the known one sends people.
    pub known_host: String,
    /// Where this one sends people.
    pub this_host: String,
}

/// `GET /consent`: fields `request`, `csrf`, `scope` (repeated), `life`, `decision` (`approve` or `deny`).
#[derive(Template)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage {
    /// Which server.
    pub site: Site,
    /// Token derived from parked request and session.
    pub csrf: String,
    /// Id of the parked request.
    pub request: String,
    /// Name of the client, as it says.
    pub client: String,
    /// Host or name of what it wants to use.
    pub resource: String,
    /// Login of the person.
    pub who: String,
    /// "through GitHub", "local name".
    pub through: String,
    /// Initials; `Face::unknown().large()` for look-alikes.
    pub face: Face,
    /// `State::proven("claude.ai")`, `State::vouched(..)`, or a state "Nobody vouches for it".
    pub proof: State,
    /// One line why, with who else uses it.
    pub proof_why: Phrase,
    /// "the site **claude.ai**", "a program on this computer".
    pub sends_to: Phrase,
    /// The redirect address itself.
    pub redirect_uri: String,
    /// When this client was first seen here.
    pub first_seen: Ago,
    /// More lines: "First seen", a device code, a loopback warning.
    pub notes: Vec<Line>,
    /// "It may"; "New" when only new scopes are asked.
    pub may_label: String,
    /// What is asked: only what is new, where consent is remembered.
    pub scopes: Vec<ConsentScope>,
    /// "You allowed before: ..."; may be empty.
    pub already: String,
    /// How long: 1 hour, today, 30 days, until taken back. Empty when policy fixes it.
    pub lives: Vec<Pick>,
    /// A word beside it; may be empty.
    pub life_note: String,
    /// Set for a look-alike: the page warns and the filled button refuses.
    pub lookalike: Option<LookAlike>,
    /// Lines under the leaf.
    pub foot: Vec<Phrase>,
}
