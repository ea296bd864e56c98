//! What is kept of a client that tried to come into the book: what policy looks at, so that another policy can be rehearsed on
//! it, and nothing else of what was sent.

use serde::{Deserialize, Serialize};

use super::{redirect::RedirectUri, time::Time};

/// The way by which a client tried to come in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It registered, and nobody vouched for it.
    Stranger,
    /// It registered with an initial access token.
    Invited,
    /// It registered with a software statement that says where it sends people, of an issuer that is trusted.
    Stated,
    /// Its id leads to a document at that host.
    Document(String),
}

/// A client that tried to come in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// By which way.
    pub way: Way,
    /// The names that it gave itself: `client_name` first, then its variants in other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Where it wanted codes sent to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
}

impl Attempt {
    /// Its name for people: its own, or a stand-in.
    pub fn name(&self) -> &str {
        match (self.names.first(), &self.way) {
            (Some(name), _) => name,
            (None, Way::Document(host)) => host,
            (None, Way::Stranger | Way::Invited | Way::Stated) => "Unnamed client",
        }
    }

    /// Where it wanted codes sent to, in words, each once.
    pub fn destinations(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for uri in &self.redirect_uris {
            let to = RedirectUri::stored(uri).destination().to_string();
            if !all.contains(&to) {
                all.push(to);
            }
        }
        all
    }
}

/// An attempt that was made, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// Who tried.
    pub attempt: Attempt,
    /// When.
    pub at: Time,
    /// The reason code when policy refused it.
    pub refused: Option<String>,
}
