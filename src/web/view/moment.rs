//! Moments as they are read.

use askama::{Template, filters::HtmlSafe};
use time::{OffsetDateTime, macros::format_description};

/// A moment. Always a `<time>`: relative in lists, absolute on hover; local time is added by the script.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/ago.html")]
pub struct Ago {
    /// `2026-11-21T00:31:08Z`; empty when it never happened.
    pub iso: String,
    /// What is read: `4 min ago`, `in 3 days`, `12 Jun`, `never`.
    pub relative: String,
    /// What the hover says: `21 Nov 2026, 00:31:08 UTC`.
    pub absolute: String,
}
impl HtmlSafe for Ago {}

impl Ago {
    /// A moment as seen from `now`, both in seconds since the epoch.
    pub fn of(at: i64, now: i64) -> Ago {
        let relative = relative(at, now);
        Ago { relative, ..Ago::exact(at) }
    }

    /// A moment that matters: `21 Nov 2026, 00:31 UTC`.
    pub fn exact(at: i64) -> Ago {
        let date = moment(at);
        let absolute = written(date, 3);
        Ago { iso: written(date, 0), relative: written(date, 2), absolute }
    }

    /// A line of a day: only the time, `00:31:08`.
    pub fn clock(at: i64) -> Ago {
        Ago { relative: written(moment(at), 1), ..Ago::exact(at) }
    }

    /// It has not happened; `words` are mostly "never".
    pub fn never(words: &str) -> Ago {
        Ago { relative: words.to_owned(), ..Ago::default() }
    }
}

fn moment(at: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn written(at: OffsetDateTime, form: u8) -> String {
    let text = match form {
        0 => at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")),
        1 => at.format(format_description!("[hour]:[minute]:[second]")),
        2 => at.format(format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC")),
        3 => {
            at.format(format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC"))
        }
        4 => at.format(format_description!("[day padding:none] [month repr:short]")),
        _ => at.format(format_description!("[day padding:none] [month repr:short] [year]")),
    };
    text.unwrap_or_default()
}

fn relative(at: i64, now: i64) -> String {
    let gap = now.saturating_sub(at);
    let (size, past) = (gap.unsigned_abs(), gap >= 0);
    let words = match size {
        0..60 => return if past { "now".to_owned() } else { "in a moment".to_owned() },
        60..3_600 => format!("{} min", size / 60),
        3_600..86_400 => format!("{} h", size / 3_600),
        86_400..172_800 if past => return "yesterday".to_owned(),
        86_400..172_800 => return "tomorrow".to_owned(),
        172_800..1_209_600 => format!("{} days", size / 86_400),
        _ if moment(at).year() == moment(now).year() => return written(moment(at), 4),
        _ => return written(moment(at), 5),
    };
    if past { format!("{words} ago") } else { format!("in {words}") }
}
