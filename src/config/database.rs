//! Where the data is. The scheme is looked at here, once, and nowhere else: what is not known is refused, because a typing
//! error must not silently become a new, empty file of that name.

use std::path::PathBuf;

/// A database that Doorbook can use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Backend {
    /// A SQLite file.
    Sqlite(PathBuf),
}

impl Backend {
    /// Reads a plain path or a `sqlite:` URL. The error says what to type instead, without repeating what was typed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let path = match scheme(text) {
            None => text,
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some(("postgres" | "postgresql", _)) => {
                return Err("PostgreSQL cannot be used yet; write the path of a SQLite file, as in doorbook.db".into());
            }
            Some((other, _)) => {
                return Err(format!(
                    "the scheme {other}: is not known; write a path, as in doorbook.db or sqlite:/var/lib/doorbook/doorbook.db"
                ));
            }
        };
        if path.contains(":memory:") || path.contains("mode=memory") {
            return Err("a database in memory forgets everything; write the path of a file, as in doorbook.db".into());
        }
        if path.contains(['?', '#', '\0']) {
            return Err("a database path takes no parameters; write the path alone, as in doorbook.db".into());
        }
        if path.is_empty() || path.ends_with('/') {
            return Err("this is a folder; write the path of a file, as in /var/lib/doorbook/doorbook.db".into());
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    /// Where the master key is unless the configuration says otherwise: beside the database, under the same name.
    pub fn default_key_file(&self) -> PathBuf {
        let Self::Sqlite(path) = self;
        match path.extension().and_then(|e| e.to_str()) {
            Some("key") => path.with_extension("master.key"),
            _ => path.with_extension("key"),
        }
    }
}

/// `scheme` and `rest` of `scheme:rest`, by the shape of RFC 3986 section 3.1.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let letters = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (letters && scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())).then_some((scheme, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_a_sqlite_url_and_nothing_else() {
        for (typed, path) in [
            ("doorbook.db", "doorbook.db"),
            ("/var/lib/doorbook/doorbook.db", "/var/lib/doorbook/doorbook.db"),
            ("./odd:name.db", "./odd:name.db"),
            ("sqlite:doorbook.db", "doorbook.db"),
            ("sqlite://doorbook.db", "doorbook.db"),
            ("sqlite:///srv/doorbook.db", "/srv/doorbook.db"),
        ] {
            assert_eq!(Backend::parse(typed), Ok(Backend::Sqlite(path.into())), "{typed}");
        }
        for (typed, says) in [
            ("postgres:nobody", "PostgreSQL"),
            ("postgres://u:hunter2@h/d", "PostgreSQL"),
            ("mysql://h/d", "mysql:"),
            ("file:x.db", "file:"),
            (":memory:", "memory"),
            ("sqlite::memory:", "memory"),
            ("sqlite://:memory:", "memory"),
            ("sqlite:x.db?mode=memory", "memory"),
            ("sqlite:x.db?mode=rwc", "parameters"),
            ("data/", "folder"),
            ("sqlite:", "folder"),
        ] {
            let told = Backend::parse(typed).unwrap_err();
            assert!(told.contains(says), "{typed}: {told}");
            assert!(!told.contains("hunter2"));
        }
    }

    #[test]
    fn the_key_lies_beside_the_database() {
        for (database, key) in
            [("doorbook.db", "doorbook.key"), ("/srv/book", "/srv/book.key"), ("a.key", "a.master.key")]
        {
            assert_eq!(Backend::parse(database).unwrap().default_key_file(), PathBuf::from(key));
        }
    }
}
