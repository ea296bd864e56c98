//! A scope that the server offers, as consent says it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::resources::Worded;

/// A scope that the server offers, in the sentence that consent shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ServerScope)]
pub struct Scope {
    /// The scope.
    pub scope: String,
    /// What consent says of it; a protected server may say it in its own words.
    pub sentence: String,
    /// Who says that.
    pub from: Source,
}

/// Whose sentence it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SentenceSource)]
pub enum Source {
    /// The configuration's.
    Configuration,
    /// An administrator's.
    Dashboard,
    /// Doorbook's own.
    Doorbook,
}

impl Source {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Dashboard => "dashboard",
            Self::Doorbook => "doorbook",
        }
    }
}

impl From<Worded> for Scope {
    fn from(Worded { scope, words, said }: Worded) -> Self {
        let from = match said {
            Some(said) if said.configured => Source::Configuration,
            Some(_) => Source::Dashboard,
            None => Source::Doorbook,
        };
        Self { scope, sentence: words, from }
    }
}
