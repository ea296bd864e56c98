//! A chain of seals over lines that are only ever added (HMAC-SHA256): whoever changes, removes or adds one without the key
//! breaks it.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::master::MasterKey;

/// Makes the links.
pub struct Chain(hmac::Key);

impl Chain {
    /// The chain under that master key.
    pub fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, master.derive("audit chain").as_slice()))
    }

    /// Whether a text can be a link: not every one is in the chain.
    pub fn is_link(text: &str) -> bool {
        URL_SAFE_NO_PAD.decode(text).is_ok_and(|mac| mac.len() == 32)
    }

    /// The link behind `previous` (empty: the first one) that was set at that time over these lines. Every part goes in with
    /// its length, so that no two sets of parts read the same.
    pub fn link<'t>(&self, previous: &str, at: i64, lines: impl IntoIterator<Item = &'t str>) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        let mut put = |part: &str| {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        };
        put(previous);
        put(&at.to_string());
        lines.into_iter().for_each(put);
        URL_SAFE_NO_PAD.encode(context.sign())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_for_the_key_the_link_before_the_time_and_every_line() {
        let chain = Chain::new(&MasterKey::new(&[7; 32]));
        let link = chain.link("before", 1, ["one", "two"]);
        assert_eq!(link, chain.link("before", 1, ["one", "two"]));
        for other in [
            Chain::new(&MasterKey::new(&[8; 32])).link("before", 1, ["one", "two"]),
            chain.link("", 1, ["one", "two"]),
            chain.link("before", 2, ["one", "two"]),
            chain.link("before", 1, ["two", "one"]),
            chain.link("before", 1, ["onetwo"]),
            chain.link("before", 1, ["one"]),
        ] {
            assert_ne!(link, other);
        }
    }
}
