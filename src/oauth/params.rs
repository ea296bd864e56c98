//! Parameters of a query or a form (RFC 6749 section 3.1): in order, each at most once, and one without a value counts as
//! absent.

use std::fmt;

use memchr::{memchr_iter, memchr2};

use super::{
    error::{OAuthError, invalid_request},
    why::Why,
};

/// More than any honest request has.
const MOST: usize = 100;

/// The parameters of one request.
#[derive(Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text. What does not decode to UTF-8 is refused and not repaired.
    pub fn parse(raw: &[u8]) -> Result<Self, OAuthError> {
        let text = str::from_utf8(raw).map_err(|_| malformed())?;
        let mut pairs = Vec::with_capacity(8);
        let mut begins = 0;
        let pieces = memchr_iter(b'&', raw).chain([raw.len()]).filter_map(|ends| {
            let piece = text.get(begins..ends);
            begins = ends + 1;
            piece.filter(|piece| !piece.is_empty())
        });
        for piece in pieces {
            if pairs.len() == MOST {
                return Err(invalid_request(Why::ParametersTooMany));
            }
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            pairs.push((decoded(name)?, decoded(value)?));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter that may come once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, OAuthError> {
        let mut found = self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(invalid_request(Why::ParameterRepeated)),
            (value, None) => Ok(value.filter(|v| !v.is_empty())),
        }
    }

    /// The same for pages, where a repeated parameter counts as none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.one(name).ok().flatten()
    }

    /// [`Params::get`], empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// All values of a parameter that may come more than once.
    pub fn many(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.as_str()).collect()
    }

    /// Refuses a request in which any parameter but these comes more than once.
    pub fn repeats_only(&self, allowed: &[&str]) -> Result<(), OAuthError> {
        let counted = |name: &str| !allowed.contains(&name);
        let again = |(n, (name, _)): (usize, &(String, String))| {
            counted(name) && self.0.iter().take(n).any(|(earlier, _)| earlier == name)
        };
        if self.0.iter().enumerate().any(again) { Err(invalid_request(Why::ParameterRepeated)) } else { Ok(()) }
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Undoes form encoding, or says that the bytes are no UTF-8. A `%` without two digits stands for itself.
pub(super) fn decoded(encoded: &str) -> Result<String, OAuthError> {
    let mut rest = encoded.as_bytes();
    if memchr2(b'%', b'+', rest).is_none() {
        return Ok(encoded.to_owned());
    }
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = tail;
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

fn malformed() -> OAuthError {
    invalid_request(Why::FormMalformed)
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn rfc6749_3_1_reads_forms() {
        let form = params("a=1&b=x+y%2B%c3%a9&c=&&d&e=a=b&f=100%&g=%zz&resource=x&resource=y");
        for (name, value) in [
            ("a", Some("1")),
            ("b", Some("x y+\u{e9}")),
            ("c", None),
            ("d", None),
            ("e", Some("a=b")),
            ("f", Some("100%")),
            ("g", Some("%zz")),
            ("missing", None),
        ] {
            assert_eq!(form.one(name).unwrap(), value, "{name}");
        }
        assert_eq!(form.many("resource"), ["x", "y"]);
        assert!(form.repeats_only(&["resource"]).is_ok());
    }

    #[test]
    fn rfc6749_3_1_a_parameter_comes_once() {
        for repeated in ["a=1&a=1", "a=1&b=2&a=", "%61=1&a=2"] {
            assert_eq!(params(repeated).one("a").unwrap_err().why(), Why::ParameterRepeated, "{repeated}");
            assert!(params(repeated).repeats_only(&["resource"]).is_err());
        }
    }

    #[test]
    fn refuses_what_is_not_utf8_or_too_much() {
        for bad in [&b"a=%ff"[..], b"a=\xff", b"%c3=1", b"a=%c3%28"] {
            assert_eq!(Params::parse(bad).unwrap_err().why(), Why::FormMalformed);
        }
        assert!(Params::parse("a=1&".repeat(100).as_bytes()).is_ok());
        assert_eq!(Params::parse("a=1&".repeat(101).as_bytes()).unwrap_err().why(), Why::ParametersTooMany);
    }

    #[test]
    fn shows_no_values() {
        assert_eq!(format!("{:?}", params("client_secret=hush")), "{\"client_secret\"}");
    }
}
