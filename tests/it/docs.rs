//! The documents are true: what they name exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = entries.flat_map(|path| if path.is_dir() { files(&path, ending) } else { vec![path] });
    below.filter(|path| path.extension().is_some_and(|known| known == ending)).collect()
}

/// The names of all test functions under a folder.
fn tests_under(folder: &str) -> BTreeSet<String> {
    let name = |line: &str| Some(line.split_once("fn ")?.1.split('(').next()?.to_owned());
    let texts = files(&Path::new(ROOT).join(folder), "rs").into_iter().map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| text.lines().filter_map(name).collect::<Vec<_>>()).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("```")).flat_map(|line| line.split('`').skip(1).step_by(2))
}

#[test]
fn paths_in_the_documents_exist() {
    let mut documents = files(&Path::new(ROOT).join("docs"), "md");
    documents.extend(["README.md", "CHANGELOG.md"].map(|name| Path::new(ROOT).join(name)));
    let rooms = ["src/", "tests/", "docs/", "scripts/", "benches/", "templates/", "static/", "migrations/"];
    let mut seen = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for path in quoted(&text).filter(|quoted| rooms.iter().any(|room| quoted.starts_with(room))) {
            let path = path.split([' ', '*', '{']).next().unwrap_or_default();
            assert!(Path::new(ROOT).join(path).exists(), "{} names {path}", document.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} paths were found");
}

#[test]
fn the_page_of_standards_names_tests_that_exist_and_misses_no_rfc() {
    let page = read("docs/STANDARDS.md");
    let mut all = tests_under("tests/it");
    all.extend(tests_under("src"));
    let rows: Vec<_> = page
        .lines()
        .filter(|line| ["| RFC", "| OAuth", "| OpenID"].iter().any(|first| line.starts_with(first)))
        .collect();
    for row in &rows {
        let shown = row.rsplit('|').nth(1).unwrap();
        assert!(quoted(shown).next().is_some(), "nothing shows {row}");
        for test in quoted(shown) {
            assert!(all.contains(test), "{test} is no test");
        }
    }
    let number = |test: &String| test.strip_prefix("rfc")?.split('_').next().map(str::to_owned);
    for rfc in tests_under("tests/it/wire").iter().filter_map(number) {
        let line = format!("RFC {rfc}");
        assert!(rows.iter().any(|row| row.contains(&line)), "{line} has tests and no line");
    }
}
