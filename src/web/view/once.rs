//! What is shown once.

use super::{list::Code, phrase::Phrase, state::Shape};

/// A value that is shown once.
#[derive(Clone, Debug, Default)]
pub struct OnceValue {
    /// "Client secret", "Client id", "Registration token".
    pub label: String,
    /// The value.
    pub value: String,
}

/// A line with a shape: under a secret, or about when something takes effect.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Its shape.
    pub shape: Shape,
    /// Its words.
    pub words: Phrase,
}

/// The panel with a new secret; on a page that is `no-store`, and only the first time that it is opened.
#[derive(Clone, Debug, Default)]
pub struct SecretOnce {
    /// "The new secret of Claude".
    pub title: String,
    /// The secret first; then the id and others.
    pub values: Vec<OnceValue>,
    /// Name of the downloaded file.
    pub file: String,
    /// What is downloaded, as a `data:` address (`download_of`).
    pub download: String,
    /// Until when the old one works; who is signed out.
    pub notes: Vec<Note>,
    /// Ready configuration.
    pub ready: Vec<Code>,
    /// Where "I have saved it" leads: the page of the thing itself.
    pub saved: String,
}

impl SecretOnce {
    /// A text as a `data:` address, so that Download works without script and the secret travels nowhere.
    pub fn download_of(text: &str) -> String {
        let mut address = String::from("data:text/plain;charset=utf-8,");
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
        address
    }
}
