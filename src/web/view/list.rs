//! What lists and forms are made of.

use super::phrase::Phrase;

/// A link with its words.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// Words.
    pub label: String,
    /// Address.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Link {
        Link { label: label.into(), href: href.into() }
    }
}

/// One of a few: of a row of joined buttons, or of a select.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    /// What is sent, or the address when it only changes the view.
    pub value: String,
    /// Words.
    pub label: String,
    /// The one that holds now.
    pub chosen: bool,
}

impl Pick {
    /// One choice; chosen when its value is the `current` one.
    pub fn new(value: &str, label: &str, current: &str) -> Pick {
        Pick { value: value.to_owned(), label: label.to_owned(), chosen: value == current }
    }
}

/// A select above a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Its name in the URL.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Its options, the first "Any".
    pub options: Vec<Pick>,
}

/// Search, selects and what is applied; everything is in the URL.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// Where the form leads: the list itself.
    pub action: String,
    /// What was searched for.
    pub q: String,
    /// What the list is sorted by; empty for its usual order.
    pub sort: String,
    /// What the search field finds: "Name, id or address".
    pub finds: String,
    /// The selects.
    pub selects: Vec<Filter>,
    /// What is applied, each as a link that takes it away.
    pub applied: Vec<Link>,
}

/// The foot of a list: what is shown in words, and the way to the neighbours.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// "12 of 53 entries".
    pub words: String,
    /// Words of the way back: "Earlier" or "Newer".
    pub back_label: String,
    /// Its address, if there is something.
    pub back: Option<String>,
    /// Words of the way on: "Later" or "Older".
    pub on_label: String,
    /// Its address, if there is something.
    pub on: Option<String>,
}

/// The head of a column that the list can be sorted by.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Its name in the URL.
    pub name: &'static str,
    /// Sorts by it; the other way round, when the list is sorted by it.
    pub href: String,
    /// How the list is sorted by it, as `aria-sort` has it; empty when it is not.
    pub sorted: &'static str,
}

impl Head {
    /// What stands behind its words.
    pub fn arrow(&self) -> &'static str {
        match self.sorted {
            "descending" => "\u{a0}↓",
            "ascending" => "\u{a0}↑",
            _ => "",
        }
    }
}

/// The heads of all columns that a list can be sorted by.
#[derive(Clone, Debug, Default)]
pub struct Heads(pub Vec<Head>);

impl Heads {
    /// The one of that name.
    pub fn of(&self, name: &str) -> Head {
        self.0.iter().find(|head| head.name == name).cloned().unwrap_or_default()
    }
}

/// A notice after an action, at the top of the leaf.
#[derive(Clone, Debug, Default)]
pub struct Flash {
    /// False: it was not done.
    pub done: bool,
    /// What happened, and the way back where there is one.
    pub words: Phrase,
}

/// A hidden field of a form.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Field name.
    pub name: String,
    /// Value.
    pub value: String,
}

impl Hidden {
    /// A hidden field.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Hidden {
        Hidden { name: name.into(), value: value.into() }
    }
}

/// A way to deal with something: a link, or a form of one button.
#[derive(Clone, Debug, Default)]
pub struct Deed {
    /// Words of the button; "…" when another page follows.
    pub label: String,
    /// Where it leads, or where the form goes.
    pub href: String,
    /// What the form sends; empty for a link.
    pub fields: Vec<Hidden>,
    /// Leads to something final.
    pub red: bool,
}

impl Deed {
    /// A link.
    pub fn go(label: impl Into<String>, href: impl Into<String>) -> Deed {
        Deed { label: label.into(), href: href.into(), ..Deed::default() }
    }

    /// A form of one button.
    pub fn press(label: &str, action: String, name: &str, value: &str) -> Deed {
        Deed { label: label.to_owned(), href: action, fields: vec![Hidden::new(name, value)], red: false }
    }
}

/// A text field with what was typed and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// What was typed.
    pub value: String,
    /// What is wrong, as a sentence.
    pub error: Option<String>,
}

/// A label in the margin and its value.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Two or three words.
    pub label: String,
    /// The value.
    pub value: Phrase,
}

impl Line {
    /// A line.
    pub fn new(label: &str, value: impl Into<Phrase>) -> Line {
        Line { label: label.to_owned(), value: value.into() }
    }
}

/// Part of a code block; `own` marks the reader's own values.
#[derive(Clone, Debug, Default)]
pub struct Bit {
    /// The text.
    pub text: String,
    /// True: accent and bold.
    pub own: bool,
}

/// A code block with what it is.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// What it is: "In a terminal".
    pub title: String,
    /// Its id on the page, for the copy button.
    pub id: String,
    /// Its text.
    pub bits: Vec<Bit>,
}

impl Code {
    /// A code block; every second part (the 2nd, 4th …) is the reader's own value.
    pub fn new(title: &str, id: &str, parts: &[&str]) -> Code {
        let bits =
            parts.iter().enumerate().map(|(n, part)| Bit { text: (*part).to_owned(), own: n % 2 == 1 }).collect();
        Code { title: title.to_owned(), id: id.to_owned(), bits }
    }
}
