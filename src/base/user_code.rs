//! The code that a device shows and a person types (RFC 8628 section 6.1): eight letters of which none is taken for another
//! and that spell no words.

use std::fmt;

use super::secret::Plain;

/// The letters: no vowels, none that looks like a digit.
pub const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a code has.
pub const LENGTH: usize = 8;

/// A code as it is compared: its letters in upper case, nothing between them.
pub struct UserCode(Plain);

impl UserCode {
    /// Reads what somebody typed: case, spaces and hyphens do not matter.
    pub fn parse(typed: &str) -> Option<Self> {
        let between = |c: &char| !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '_') && !c.is_whitespace();
        let letters: String = typed.chars().filter(between).map(|c| c.to_ascii_uppercase()).take(LENGTH + 1).collect();
        let good = letters.len() == LENGTH && letters.bytes().all(|b| ALPHABET.contains(&b));
        good.then(|| Self(Plain::new(letters)))
    }

    /// Its letters: what is digested.
    pub const fn letters(&self) -> &Plain {
        &self.0
    }
}

/// As people read it: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.expose().split_at_checked(LENGTH / 2).unwrap_or_default();
        write!(f, "{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8628_6_1_typed_as_people_type() {
        for (typed, read) in [
            ("WDJB-MJHT", Some("WDJB-MJHT")),
            (" wdjb mjht ", Some("WDJB-MJHT")),
            ("wdjbmjht", Some("WDJB-MJHT")),
            ("w.d.j.b\u{2013}mjht", Some("WDJB-MJHT")),
            ("", None),
            ("WDJB-MJH", None),
            ("WDJB-MJHTT", None),
            ("WDJA-MJHT", None),
            ("WDJB-MJH1", None),
            ("WDJB-MJH\u{0422}", None),
        ] {
            assert_eq!(UserCode::parse(typed).map(|code| code.to_string()), read.map(str::to_owned), "{typed:?}");
        }
    }
}
