//! The `.env` syntax, without touching the process environment: `NAME=value`, `export`, comments on their own line and
//! after a value, single quotes (literal), double quotes (escapes, `${OTHER}`), unquoted values with spaces, `${OTHER}` and
//! `${OTHER:-default}`. Problems name the line and never repeat a value.

use std::collections::BTreeMap;

/// Reads a file. `environment` is what `${OTHER}` finds first, then the lines above.
pub fn parse(text: &str, environment: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    let mut lines = Lines { rest: text.strip_prefix('\u{feff}').unwrap_or(text), number: 0 };
    while let Some(line) = lines.next_line() {
        let number = lines.number;
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            problems.push(format!("line {number} has no `=`; write NAME=value"));
            continue;
        };
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        if !is_name(name) {
            problems.push(format!("line {number} does not begin with a name; use letters, digits and underscores"));
            continue;
        }
        match read_value(value, &mut lines, &|other| environment.get(other).or_else(|| found.get(other)).cloned()) {
            Ok(value) => drop(found.insert(name.to_owned(), value)),
            Err(problem) => problems.push(format!("line {number} ({name}) {problem}")),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// What is left of the file, line by line.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        (self.rest, self.number) = (rest, self.number + 1);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

/// Reads what stands behind the `=`; a quoted value may go on over the following lines.
fn read_value(text: &str, lines: &mut Lines<'_>, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let value = text.trim_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let mut body = value.get(1..).unwrap_or_default().to_owned();
            let end = loop {
                if let Some(end) = closing(&body, quote) {
                    break end;
                }
                let Some(more) = lines.next_line() else { return Err("has no closing quote".into()) };
                body.push('\n');
                body.push_str(more);
            };
            let (inside, after) = body.split_at_checked(end).unwrap_or((&body, ""));
            let after = after.get(1..).unwrap_or_default();
            if !(after.trim().is_empty() || (after.starts_with([' ', '\t']) && after.trim_start().starts_with('#'))) {
                return Err("goes on after its closing quote; put all of the value between the quotes".into());
            }
            if quote == '\'' { Ok(inside.to_owned()) } else { expand(inside, true, lookup) }
        }
        _ => expand(before_comment(text).trim(), false, lookup),
    }
}

/// Where the closing quote is; in double quotes a backslash protects the next character.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => (),
        }
    }
    None
}

/// An unquoted value ends where white space is followed by `#`.
fn before_comment(text: &str) -> &str {
    let comment =
        text.char_indices().zip(text.chars().skip(1)).find(|((_, c), next)| c.is_whitespace() && *next == '#');
    comment.and_then(|((at, _), _)| text.get(..at)).unwrap_or(text)
}

/// Puts in what `${OTHER}` means (nothing, if nobody set it) and, in double quotes, what escapes mean.
fn expand(text: &str, escapes: bool, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if c == '\\' && escapes {
            let next = after.chars().next().unwrap_or('\\');
            match next {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                '"' | '\\' | '$' | '\'' => out.push(next),
                _ => out.extend(['\\', next]),
            }
            rest = after.get(next.len_utf8()..).unwrap_or_default();
        } else if let Some(named) = rest.strip_prefix("${") {
            let (inside, tail) = named.split_once('}').ok_or("has `${` without `}`")?;
            let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
            if !is_name(name) {
                return Err("has `${...}` without a name in it".into());
            }
            let value = lookup(name).filter(|v| !v.is_empty()).unwrap_or_else(|| default.to_owned());
            out.push_str(&value);
            rest = tail;
        } else {
            out.push(c);
            rest = after;
        }
    }
    Ok(out)
}

fn is_name(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> BTreeMap<String, String> {
        let environment = BTreeMap::from([("HOST".to_owned(), "outside.example".to_owned())]);
        parse(text, &environment).unwrap()
    }

    #[test]
    fn reads_what_the_gateways_example_file_uses() {
        for (line, value) in [
            ("A=plain", "plain"),
            ("A=", ""),
            ("A= # only a comment", ""),
            ("A=value   # comment", "value"),
            ("A=value\t# comment", "value"),
            ("A=a#b", "a#b"),
            ("A=#b", "#b"),
            ("A=a, b , c", "a, b , c"),
            ("A = spaced ", "spaced"),
            ("export A=exported", "exported"),
            ("A=x=y==", "x=y=="),
            ("A=\"quoted # not a comment\" # comment", "quoted # not a comment"),
            ("A='single ${HOST} \\n'", "single ${HOST} \\n"),
            ("A=\"a\\n\\\"b\\\" \\$x \\\\ \\q\"", "a\n\"b\" $x \\ \\q"),
            ("A=https://auth.${HOST}/x", "https://auth.outside.example/x"),
            ("A=\"${HOST}\"", "outside.example"),
            ("A=${NOBODY}", ""),
            ("A=${NOBODY:-fallback}", "fallback"),
            ("A=pa$$word$HOST", "pa$$word$HOST"),
            ("A=win\r", "win"),
            ("A=\"two\nlines\"", "two\nlines"),
            ("\u{feff}A=bom", "bom"),
            ("A=caf\u{e9} \u{2603}", "caf\u{e9} \u{2603}"),
        ] {
            assert_eq!(read(line).get("A").map(String::as_str), Some(value), "{line:?}");
        }
    }

    #[test]
    fn a_value_may_name_the_lines_above_and_the_environment_wins() {
        let all =
            read("# first\n\nBASE=d.example\nHOST=inside.example\nURL=https://${BASE}:${PORT:-8000}\nSEEN=${HOST}\n");
        assert_eq!(all.get("URL").map(String::as_str), Some("https://d.example:8000"));
        assert_eq!(all.get("SEEN").map(String::as_str), Some("outside.example"));
    }

    #[test]
    fn every_bad_line_is_named_and_no_value_is_shown() {
        let text = "GOOD=1\nhunter2\n1BAD=hunter2\nA=\"hunter2\" hunter2\nB=${hunter2\nC='hunter2";
        let problems = parse(text, &BTreeMap::new()).unwrap_err();
        let lines: Vec<_> = problems.iter().filter_map(|p| p.split(' ').nth(1)).collect();
        assert_eq!(lines, ["2", "3", "4", "5", "6"]);
        assert!(problems.iter().all(|p| !p.contains("hunter2")), "{problems:?}");
    }
}
