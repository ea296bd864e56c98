//! The fences of the house: who may import whom, which crate lives in which room, and how a file must look. Reads `src/**`
//! as text, so that a breach is named with its file, line and rule.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A room, the rooms it may import, and, behind a colon, the only parts of them.
const FLOORS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("clock", &["base"]),
    ("config", &["base"]),
    ("crypto", &["base"]),
    ("observe", &["base"]),
    ("oauth", &["base", "crypto:digest", "crypto:jwt"]),
    ("store", &["base"]),
    ("outbound", &["base"]),
    ("identity", &["base", "config", "oauth", "outbound"]),
    ("lab", &["base", "outbound", "crypto:digest", "crypto:random"]),
    ("flows", &["base", "config", "crypto", "observe", "oauth", "store", "outbound", "identity"]),
    ("facts", &["base", "store", "flows"]),
    ("jobs", &["flows", "store", "base", "config", "observe", "clock"]),
    ("web", &["flows", "facts", "store", "oauth", "base", "config", "observe", "clock"]),
    ("cli", &["flows", "facts", "jobs", "store", "config", "base", "observe", "clock", "lab", "web:serve"]),
];

/// A crate, or a part of one, and the only places that may name it.
const CRATES: &[(&str, &[&str])] = &[
    ("diesel::", &["store"]),
    ("diesel_migrations::", &["store"]),
    ("actix_web::", &["web", "main", "cli/serve"]),
    ("actix_session::", &["web", "main", "cli/serve"]),
    ("askama::", &["web"]),
    ("utoipa::", &["facts", "web"]),
    ("rust_embed::", &["web"]),
    ("reqwest::", &["outbound"]),
    ("jsonwebtoken::", &["crypto"]),
    ("argon2::", &["crypto"]),
    ("aws_lc_rs::", &["crypto"]),
    ("rand::", &["crypto"]),
    ("prometheus::", &["observe"]),
    ("env_logger::", &["observe"]),
    ("comfy_table::", &["cli"]),
    ("std::env", &["config/load", "main"]),
    ("SystemTime", &["clock"]),
    ("OffsetDateTime::now_utc", &["clock"]),
];

/// What neither nouns nor rules may touch: they are pure.
const IMPURE: &[&str] = &["tokio::", "std::fs", "std::net::Tcp", "std::thread", "log::", "async fn"];

/// Names that say nothing about what is in a file.
const NAMELESS: &[&str] = &["utils.rs", "helpers.rs", "common.rs", "misc.rs"];

/// Long files that are one table each.
const TABLES: &[&str] =
    &["src/store/schema.rs", "src/oauth/why/mod.rs", "src/oauth/why/table.rs", "src/config/options.rs"];
const LONGEST: usize = 600;

struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The path below `src`, without the ending: `store/codes`.
    fn place(&self) -> &str {
        self.path.trim_start_matches("src/").trim_end_matches(".rs")
    }

    fn room(&self) -> &str {
        self.place().split('/').next().unwrap_or_default()
    }

    fn is_test(&self) -> bool {
        self.place().split('/').any(|part| part == "tests")
    }

    /// Lines of the product, numbered, without comments: what stands behind the first test module is no product.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tested = self.text.lines().position(|line| line.trim_start().starts_with("#[cfg(test)]"));
        let end = if self.is_test() { 0 } else { tested.unwrap_or(usize::MAX) };
        self.text.lines().take(end).enumerate().map(|(n, line)| (n + 1, uncommented(line)))
    }
}

#[test]
fn rooms_import_only_what_lies_below_them() {
    let mut breaches = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = FLOORS.iter().find(|(room, _)| *room == source.room()) else { continue };
        for (line, room, part) in imports(&source) {
            let known = FLOORS.iter().any(|(name, _)| *name == room);
            let whole = allowed.contains(&room.as_str()) || room == source.room();
            if known && !whole && !allowed.contains(&format!("{room}:{part}").as_str()) {
                breaches.push(format!(
                    "{}:{line}: `{}` may not import `{room}` (it may import: {})",
                    source.path,
                    source.room(),
                    allowed.join(", ")
                ));
            }
        }
    }
    none(breaches, "HOUSE, \"Floors and who may import whom\"");
}

#[test]
fn every_room_has_its_floor() {
    let rooms: BTreeSet<String> = sources().iter().map(|s| s.room().to_owned()).collect();
    let unknown = rooms.into_iter().filter(|room| !["lib", "main"].contains(&room.as_str()));
    let unknown = unknown.filter(|room| !FLOORS.iter().any(|(name, _)| name == room));
    none(unknown.map(|room| format!("src/{room}: not in the table of floors")).collect(), "a new room needs a floor");
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut breaches = Vec::new();
    for source in sources() {
        for (line, code) in source.code() {
            for (name, places) in CRATES.iter().filter(|(name, _)| mentions(code, name)) {
                if !places.iter().any(|place| source.place() == *place || source.room() == *place) {
                    breaches.push(format!("{}:{line}: `{name}` belongs to {}", source.path, places.join(", ")));
                }
            }
        }
    }
    none(breaches, "each outside world has one room that knows it");
}

#[test]
fn nouns_and_rules_are_pure() {
    let mut breaches = Vec::new();
    for source in sources().into_iter().filter(|s| ["base", "oauth"].contains(&s.room())) {
        for (line, code) in source.code() {
            let impure = IMPURE.iter().filter(|name| mentions(code, name));
            breaches.extend(impure.map(|name| format!("{}:{line}: `{name}`", source.path)));
        }
    }
    none(breaches, "rules are values in, decision out: no input, no output, no waiting");
}

#[test]
fn doors_only_read_the_store() {
    let mut breaches = Vec::new();
    for source in sources().into_iter().filter(|s| ["web", "cli"].contains(&s.room())) {
        for (line, code) in source.code() {
            let writes = ["store.write(", "store.record(", "store().write(", "store().record("];
            if writes.iter().any(|call| code.contains(call)) {
                breaches.push(format!("{}:{line}: a door writes to the store: make it a flow", source.path));
            }
        }
    }
    none(breaches, "only flows and jobs write");
}

#[test]
fn files_say_what_they_are_for_and_keep_their_size() {
    let mut breaches = Vec::new();
    for source in sources() {
        let path = &source.path;
        if !source.text.starts_with("//!") {
            breaches.push(format!("{path}:1: does not open with `//!` and what it is for"));
        }
        if NAMELESS.iter().any(|name| path.ends_with(&format!("/{name}"))) {
            breaches.push(format!("{path}:1: a name that tells nothing: name it after the idea in it"));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST && !TABLES.contains(&path.as_str()) {
            breaches.push(format!("{path}:{lines}: more than {LONGEST} lines: one idea a file"));
        }
        for (n, line) in source.text.lines().enumerate() {
            for banned in ["#[allow(", "#![allow(", "macro_rules!"] {
                if uncommented(line).contains(banned) {
                    breaches.push(format!("{path}:{}: `{banned}`: none of our own; exceptions are #[expect]", n + 1));
                }
            }
        }
    }
    none(breaches, "HOUSE, habits 10, 11 and 14");
}

#[test]
fn the_fences_see_what_they_must() {
    let text = "//! X\nuse crate::{\n    base::time::Time,\n    store::{Tx, codes},\n};\n// crate::web\n\
                fn f() { crate::crypto::jwt::sign() }\nuse crate::{config, flows};\nuse doorbook::cli;\n\
                #[cfg(test)]\nmod tests { use crate::sdk; }";
    let source = Source { path: "src/oauth/x.rs".into(), text: text.into() };
    let seen: Vec<_> = imports(&source).into_iter().map(|(n, room, part)| format!("{n} {room} {part}")).collect();
    assert_eq!(seen, ["2 base time", "2 store ", "7 crypto jwt", "8 config ", "8 flows ", "9 cli "]);
    let nested = Source { path: "src/base/x.rs".into(), text: "use super::super::store::Tx;".into() };
    assert_eq!(imports(&nested), [(1, "store".into(), "Tx".into())]);
    assert!(mentions("let x = rand::rng();", "rand::") && !mentions("operand::x", "rand::"));
}

/// What a file takes from which room: (line, room, the part of it).
fn imports(source: &Source) -> Vec<(usize, String, String)> {
    let code: Vec<(usize, &str)> = source.code().collect();
    let climb = "super::".repeat(source.place().split('/').filter(|part| *part != "mod").count());
    let mut found = Vec::new();
    for (i, (line, text)) in code.iter().enumerate() {
        for root in ["crate::", "doorbook::", climb.as_str()] {
            for (at, _) in text.match_indices(root).filter(|(at, _)| stands_alone(text, *at)) {
                let rest: String = std::iter::once(text.get(at + root.len()..).unwrap_or_default())
                    .chain(code.iter().skip(i + 1).map(|(_, t)| *t))
                    .take(60)
                    .collect::<Vec<_>>()
                    .join(" ");
                found.extend(branches(&rest).into_iter().map(|(room, part)| (*line, room, part)));
            }
        }
    }
    found
}

/// The first two names of each path that a `use` tree begins with.
fn branches(rest: &str) -> Vec<(String, String)> {
    let Some(tree) = rest.strip_prefix('{') else { return vec![head(rest)] };
    let (mut depth, mut branch, mut all) = (0, String::new(), Vec::new());
    for c in tree.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => all.push(std::mem::take(&mut branch)),
            _ => (),
        }
        if c != ',' || depth > 0 {
            branch.push(c);
        }
    }
    all.push(branch);
    all.iter().map(|b| b.trim()).filter(|b| !b.is_empty()).map(head).collect()
}

fn head(path: &str) -> (String, String) {
    let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
    let room: String = path.chars().take_while(is_name).collect();
    let part = path.get(room.len()..).and_then(|rest| rest.strip_prefix("::")).unwrap_or_default();
    (room, part.chars().take_while(is_name).collect())
}

fn mentions(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| stands_alone(code, at))
}

/// Whether what begins there is not the end of a longer path or name.
fn stands_alone(code: &str, at: usize) -> bool {
    let before = code.get(..at).unwrap_or_default();
    !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
}

/// The line without what stands behind `//`; an URL in a text is no comment.
fn uncommented(line: &str) -> &str {
    let cut = line.match_indices("//").find(|(at, _)| !line.get(..*at).unwrap_or_default().ends_with(':'));
    cut.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push(Source { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 40, "src/** was not found");
    found
}

fn none(breaches: Vec<String>, rule: &str) {
    assert!(breaches.is_empty(), "\n{}\n\nThe rule: {rule}\n", breaches.join("\n"));
}
