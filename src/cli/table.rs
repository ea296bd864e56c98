//! Tables for people: one line a row, two spaces between the columns, so that `grep` and `awk` have an easy time too.

use comfy_table::{Table, presets};
use time::macros::format_description;

use super::output::say;
use crate::{
    base::{event::Ended, time::Time},
    facts::Stamp,
};

/// Stands where there is nothing to say.
pub(super) const NOTHING: &str = "-";

/// Prints a table; `empty` is said in its place when there are no rows.
pub(super) fn print<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>, empty: &str) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.map(str::to_uppercase));
    table.add_rows(rows.into_iter().map(|row| row.map(|cell| plain(&cell))));
    for column in 0..N {
        if let Some(column) = table.column_mut(column) {
            column.set_padding((0, 2));
        }
    }
    if table.is_empty() { say(empty) } else { say(table.trim_fmt()) }
}

/// Prints facts under their names.
pub(super) fn facts<const N: usize>(facts: [(&str, String); N]) {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        say(format!("{name:width$}  {}", plain(fact)));
    }
}

/// Text from elsewhere as a terminal may show it: what would move the cursor, change colours or turn the writing around is
/// replaced.
pub(super) fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// `2026-11-21 00:31 UTC`
pub(super) fn moment(at: Time) -> String {
    at.utc().format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC")).unwrap_or_default()
}

/// The moment, or a dash.
pub(super) fn moment_or_nothing(at: Option<Time>) -> String {
    at.map_or_else(|| NOTHING.to_owned(), moment)
}

/// `2026-11-21T00:31:08Z`: moments for programs.
pub(super) fn stamp(at: Time) -> String {
    Stamp::from(at).to_string()
}

/// `3 people, 5 grants and 12 tokens`
pub(super) fn ended(ended: &Ended) -> String {
    let people = if ended.people == 1 { "1 person".to_owned() } else { format!("{} people", ended.people) };
    let many = |n: i64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    format!("{people}, {} and {}", many(ended.grants, "grant"), many(ended.tokens, "token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_paint_on_the_terminal() {
        assert_eq!(plain("Cl\u{1b}[31mau\u{202e}de\n"), "Cl\u{fffd}[31mau\u{fffd}de\u{fffd}");
        assert_eq!(plain("Zo\u{eb} \u{1f600}"), "Zo\u{eb} \u{1f600}");
    }

    #[test]
    fn moments_are_read_by_people_and_programs() {
        let at = Time::from_unix(1_800_000_000);
        assert_eq!(moment(at), "2027-01-15 08:00 UTC");
        assert_eq!(stamp(at), "2027-01-15T08:00:00Z");
        assert_eq!(moment_or_nothing(None), "-");
    }

    #[test]
    fn counts_are_spelt_as_people_say_them() {
        assert_eq!(ended(&Ended { people: 1, grants: 1, tokens: 0 }), "1 person, 1 grant and 0 tokens");
        assert_eq!(ended(&Ended { people: 3, grants: 5, tokens: 1 }), "3 people, 5 grants and 1 token");
    }
}
