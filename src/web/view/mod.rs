//! What the pages are made of: values already formatted, each with its own small template.
//! Nothing here asks the database, the clock or the configuration; `now` is an argument.

mod agent;
mod figure;
mod list;
mod moment;
mod once;
mod phrase;
mod shell;
mod state;

pub use self::{agent::*, figure::*, list::*, moment::*, once::*, phrase::*, shell::*, state::*};
pub use crate::base::count::grouped;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_from_now() {
        let now = 1_795_221_068; // 21 Nov 2026, 00:31:08 UTC
        for (gap, words) in [
            (0, "now"),
            (61, "1 min ago"),
            (7_300, "2 h ago"),
            (90_000, "yesterday"),
            (400_000, "4 days ago"),
            (13_900_000, "13 Jun"),
            (40_000_000, "15 Aug 2025"),
            (-260_000, "in 3 days"),
            (-30, "in a moment"),
        ] {
            assert_eq!(Ago::of(now - gap, now).relative, words);
        }
        assert_eq!(Ago::exact(now).absolute, "21 Nov 2026, 00:31:08 UTC");
    }

    #[test]
    fn names_cannot_leave_their_place() {
        let sentence = Phrase::default().client("<script>alert(1)</script>", "\"><b>").code("a&b").to_string();
        assert!(!sentence.contains("<script>") && !sentence.contains("\"><b>"));
    }

    #[test]
    fn faces_and_numbers() {
        assert_eq!(Face::of("1", "claude code").letters, "Cl");
        assert_eq!(Face::of("1", "  ").letters, "?");
        assert_eq!((sized(1), sized(1_500_000)), ("1 KB".to_owned(), "1.4 MB".to_owned()));
        assert_eq!(cut("client_9fQ2vX7LtR0a"), "client_9fQ2v…");
    }
}
