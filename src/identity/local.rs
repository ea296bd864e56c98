//! The marked sign-in of local mode: a name is typed and believed. Only this computer can reach it (see `config`).

use crate::base::user::{Email, Identity, Provider};

/// The rule for names, as the page says it.
pub const RULE: &str = "1 to 39 letters and digits, with single hyphens between them";

/// Takes a name as it was typed, in the shape of a GitHub login; capitals and white space around it do not count.
pub fn identity(typed: &str) -> Option<Identity> {
    let name = typed.trim().to_ascii_lowercase();
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let hyphens = name.starts_with('-') || name.ends_with('-') || name.contains("--");
    let good = (1..=39).contains(&name.len()) && letters && !hyphens;
    let (provider, stable_id) = (Provider::Local, name.clone());
    good.then_some(Identity { provider, stable_id, login: name, name: None, email: Email::NotAsked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_shape_of_a_login() {
        for (typed, id) in [
            ("ada", Some("local:ada")),
            ("  Ada-L ", Some("local:ada-l")),
            ("7", Some("local:7")),
            (&"a".repeat(39), Some(&*format!("local:{}", "a".repeat(39)))),
            (&"a".repeat(40), None),
            ("", None),
            ("-a", None),
            ("a-", None),
            ("a--b", None),
            ("a b", None),
            ("a:b", None),
            ("a\u{e9}", None),
            ("<b>", None),
            ("a\0", None),
        ] {
            let identity = identity(typed);
            assert_eq!(identity.as_ref().map(|i| i.user_id().as_str().to_owned()).as_deref(), id, "{typed:?}");
        }
    }
}
