//! Sentences in pieces, faces and ids: whatever others chose is escaped and set apart.

use askama::{Template, filters::HtmlSafe};

use super::{moment::Ago, state::State};

/// A piece of a sentence in one of the three voices. Names and values that others chose are isolated by `<bdi>`.
#[derive(Clone, Debug)]
pub enum Piece {
    /// What Doorbook says.
    Text(String),
    /// A client by name (serif), with its page or an empty address.
    Client(String, String),
    /// A word that weighs: a host, a login.
    Strong(String),
    /// What machines read: an address, a code, a scope.
    Code(String),
    /// A link in the text: words, address.
    Link(String, String),
    /// A moment.
    Time(Ago),
    /// A state in the middle of a sentence.
    State(State),
}

/// A sentence made of pieces.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/phrase.html")]
pub struct Phrase {
    /// Its pieces, written one after the other; spaces belong to the text.
    pub pieces: Vec<Piece>,
}
impl HtmlSafe for Phrase {}

impl Phrase {
    /// A sentence of these pieces.
    pub fn of(pieces: impl Into<Vec<Piece>>) -> Phrase {
        Phrase { pieces: pieces.into() }
    }
    /// True when there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
    /// Adds text.
    pub fn text(mut self, words: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Text(words.into()));
        self
    }
    /// Adds the name of a client, linked when the address is not empty.
    pub fn client(mut self, name: impl Into<String>, href: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Client(name.into(), href.into()));
        self
    }
    /// Adds a word that weighs.
    pub fn strong(mut self, words: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Strong(words.into()));
        self
    }
    /// Adds what machines read.
    pub fn code(mut self, words: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Code(words.into()));
        self
    }
    /// Adds a link.
    pub fn link(mut self, words: impl Into<String>, href: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Link(words.into(), href.into()));
        self
    }
    /// Adds a moment.
    pub fn time(mut self, at: Ago) -> Phrase {
        self.pieces.push(Piece::Time(at));
        self
    }
    /// Adds a state.
    pub fn state(mut self, state: State) -> Phrase {
        self.pieces.push(Piece::State(state));
        self
    }
}

impl From<&str> for Phrase {
    fn from(words: &str) -> Phrase {
        Phrase::default().text(words)
    }
}

impl From<String> for Phrase {
    fn from(words: String) -> Phrase {
        Phrase::default().text(words)
    }
}

/// Initials on a stable tint: stands for logos and avatars, which are never fetched.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/face.html")]
pub struct Face {
    /// One or two letters, or "?".
    pub letters: String,
    /// 0 to 5, by a hash of the id.
    pub tint: u8,
    /// The large one of the consent page.
    pub big: bool,
}
impl HtmlSafe for Face {}

impl Face {
    /// Initials of `name` on the tint of `id`.
    pub fn of(id: &str, name: &str) -> Face {
        let mut letters = name.chars().filter(|c| c.is_alphanumeric());
        let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_else(|| "?".to_owned());
        let second: String = letters.next().map(|c| c.to_lowercase().collect()).unwrap_or_default();
        let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Face { letters: first + &second, tint: u8::try_from(hash % 6).unwrap_or(0), big: false }
    }
    /// For a look-alike: it may not borrow a familiar face.
    pub fn unknown() -> Face {
        Face { letters: "?".to_owned(), tint: 3, big: false }
    }
    /// The large one.
    pub fn large(self) -> Face {
        Face { big: true, ..self }
    }
}

/// An id or address that machines read, with a copy button (where there is script).
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/ident.html")]
pub struct Ident {
    /// The whole value; it is what gets copied.
    pub value: String,
    /// What is shown; in lists it may be cut.
    pub shown: String,
    /// What it is, for the button's name: "client id".
    pub what: String,
}
impl HtmlSafe for Ident {}

impl Ident {
    /// An id shown whole.
    pub fn new(what: &str, value: impl Into<String>) -> Ident {
        let value = value.into();
        Ident { shown: value.clone(), value, what: what.to_owned() }
    }
    /// An id cut after twelve characters, for lists.
    pub fn short(what: &str, value: impl Into<String>) -> Ident {
        let value = value.into();
        Ident { shown: cut(&value), value, what: what.to_owned() }
    }
}

/// The first twelve characters of an id and "…", for buttons and lists.
pub fn cut(id: &str) -> String {
    if id.chars().count() <= 14 { id.to_owned() } else { id.chars().take(12).chain(['…']).collect() }
}
