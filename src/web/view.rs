//! What the pages are made of: values already formatted, each with its own small template.
//! Nothing here asks the database, the clock or the configuration; `now` is an argument.
use askama::Template;
use askama::filters::HtmlSafe;
use time::OffsetDateTime;
use time::macros::format_description;

use super::assets;

/// Which server this is: in the head and the corner of every page.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Path of the public URL, without a slash at the end; empty for most.
    pub base: String,
    /// Host (and port) of the public URL, as shown.
    pub host: String,
    /// Local mode: any name signs in, only on this computer.
    pub local: bool,
}

impl Site {
    /// URL path of an embedded file.
    pub fn asset(&self, name: &str) -> String {
        format!("{}{}", self.base, assets::href(name))
    }

    /// Version of this program.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

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

/// A 12 px shape that stands beside a word; never alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Filled dot: in use.
    #[default]
    Dot,
    /// Ring: not used yet, a step.
    Ring,
    /// Two bars: disabled, suspended.
    Bars,
    /// Tick: done.
    Tick,
    /// Cross: refused.
    Cross,
    /// Triangle: look-alike.
    Warning,
    /// Half circle: waits.
    Half,
    /// Clock: expires.
    Clock,
    /// Seal: a site proves it.
    Seal,
    /// Pen: a person here vouches or made it.
    Pen,
    /// Dashed circle: nobody vouches.
    Nobody,
    /// Looking glass.
    Search,
}

impl Shape {
    /// The name of its symbol in the sprite.
    pub fn id(&self) -> &'static str {
        match self {
            Shape::Dot => "dot",
            Shape::Ring => "ring",
            Shape::Bars => "bars",
            Shape::Tick => "tick",
            Shape::Cross => "cross",
            Shape::Warning => "warning",
            Shape::Half => "half",
            Shape::Clock => "clock",
            Shape::Seal => "seal",
            Shape::Pen => "pen",
            Shape::Nobody => "nobody",
            Shape::Search => "search",
        }
    }
}

/// How loud a state is. Quiet is the normal one; a stamp wants something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// No frame, accent shape.
    #[default]
    Live,
    /// No frame, second ink.
    Calm,
    /// Framed, no colour.
    Plain,
    /// Framed in the accent.
    Accent,
    /// Framed: waits, expires, suspended.
    Amber,
    /// Framed: refused, look-alike.
    Red,
    /// Double frame: final.
    Final,
    /// Dashed frame: gone.
    Past,
}

impl Tone {
    /// Its classes in the stylesheet.
    pub fn class(&self) -> &'static str {
        match self {
            Tone::Live => "live",
            Tone::Calm => "calm",
            Tone::Plain => "stamp",
            Tone::Accent => "stamp accent",
            Tone::Amber => "stamp amber",
            Tone::Red => "stamp red",
            Tone::Final => "stamp final",
            Tone::Past => "stamp past",
        }
    }
}

/// A state: a shape and a word, quiet or stamped.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/state.html")]
pub struct State {
    /// How loud.
    pub tone: Tone,
    /// Its shape; none for a plain stamp such as "42 alike".
    pub shape: Option<Shape>,
    /// Its words, with the number in them.
    pub words: String,
}
impl HtmlSafe for State {}

impl State {
    /// Any state.
    pub fn new(tone: Tone, shape: Shape, words: impl Into<String>) -> State {
        State { tone, shape: Some(shape), words: words.into() }
    }
    /// "Live": in use.
    pub fn live(words: &str) -> State {
        State::new(Tone::Live, Shape::Dot, words)
    }
    /// "Not used yet".
    pub fn unused() -> State {
        State::new(Tone::Calm, Shape::Ring, "Not used yet")
    }
    /// "Disabled": reversible.
    pub fn disabled() -> State {
        State::new(Tone::Calm, Shape::Bars, "Disabled")
    }
    /// "Suspended": a person who may not come in for now.
    pub fn suspended() -> State {
        State::new(Tone::Amber, Shape::Bars, "Suspended")
    }
    /// "Look-alike".
    pub fn lookalike() -> State {
        State::new(Tone::Red, Shape::Warning, "Look-alike")
    }
    /// A reason code of a refusal, stamped red.
    pub fn refused(code: &str) -> State {
        State::new(Tone::Red, Shape::Cross, code)
    }
    /// Provenance: a site proves it.
    pub fn proven(domain: &str) -> State {
        State::new(Tone::Live, Shape::Seal, domain)
    }
    /// Provenance: a person here vouches for it or made it.
    pub fn vouched(login: &str) -> State {
        State::new(Tone::Live, Shape::Pen, login)
    }
    /// Provenance: nobody.
    pub fn nobody() -> State {
        State::new(Tone::Calm, Shape::Nobody, "nobody")
    }
}

/// A piece of a sentence in one of the three voices. Names and values that others chose are isolated by `<bdi>`.
#[derive(Clone, Debug)]
pub enum Piece {
    /// What Doorbook says.
    Text(String),
    /// A client by name (serif), with its page or an empty address.
    Client(String, String),
    /// A word that weighs: a host, a login.
    Strong(String),
    /// What machines read: an address, a code, a scope.
    Code(String),
    /// A link in the text: words, address.
    Link(String, String),
    /// A moment.
    Time(Ago),
    /// A state in the middle of a sentence.
    State(State),
}

/// A sentence made of pieces.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/phrase.html")]
pub struct Phrase {
    /// Its pieces, written one after the other; spaces belong to the text.
    pub pieces: Vec<Piece>,
}
impl HtmlSafe for Phrase {}

impl Phrase {
    /// A sentence of these pieces.
    pub fn of(pieces: impl Into<Vec<Piece>>) -> Phrase {
        Phrase { pieces: pieces.into() }
    }
    /// True when there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
    /// Adds text.
    pub fn text(mut self, words: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Text(words.into()));
        self
    }
    /// Adds the name of a client, linked when the address is not empty.
    pub fn client(mut self, name: impl Into<String>, href: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Client(name.into(), href.into()));
        self
    }
    /// Adds a word that weighs.
    pub fn strong(mut self, words: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Strong(words.into()));
        self
    }
    /// Adds what machines read.
    pub fn code(mut self, words: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Code(words.into()));
        self
    }
    /// Adds a link.
    pub fn link(mut self, words: impl Into<String>, href: impl Into<String>) -> Phrase {
        self.pieces.push(Piece::Link(words.into(), href.into()));
        self
    }
    /// Adds a moment.
    pub fn time(mut self, at: Ago) -> Phrase {
        self.pieces.push(Piece::Time(at));
        self
    }
    /// Adds a state.
    pub fn state(mut self, state: State) -> Phrase {
        self.pieces.push(Piece::State(state));
        self
    }
}

impl From<&str> for Phrase {
    fn from(words: &str) -> Phrase {
        Phrase::default().text(words)
    }
}

impl From<String> for Phrase {
    fn from(words: String) -> Phrase {
        Phrase::default().text(words)
    }
}

/// Initials on a stable tint: stands for logos and avatars, which are never fetched.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/face.html")]
pub struct Face {
    /// One or two letters, or "?".
    pub letters: String,
    /// 0 to 5, by a hash of the id.
    pub tint: u8,
    /// The large one of the consent page.
    pub big: bool,
}
impl HtmlSafe for Face {}

impl Face {
    /// Initials of `name` on the tint of `id`.
    pub fn of(id: &str, name: &str) -> Face {
        let mut letters = name.chars().filter(|c| c.is_alphanumeric());
        let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_else(|| "?".to_owned());
        let second: String = letters.next().map(|c| c.to_lowercase().collect()).unwrap_or_default();
        let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Face { letters: first + &second, tint: u8::try_from(hash % 6).unwrap_or(0), big: false }
    }
    /// For a look-alike: it may not borrow a familiar face.
    pub fn unknown() -> Face {
        Face { letters: "?".to_owned(), tint: 3, big: false }
    }
    /// The large one.
    pub fn large(self) -> Face {
        Face { big: true, ..self }
    }
}

/// An id or address that machines read, with a copy button (where there is script).
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/ident.html")]
pub struct Ident {
    /// The whole value; it is what gets copied.
    pub value: String,
    /// What is shown; in lists it may be cut.
    pub shown: String,
    /// What it is, for the button's name: "client id".
    pub what: String,
}
impl HtmlSafe for Ident {}

impl Ident {
    /// An id shown whole.
    pub fn new(what: &str, value: impl Into<String>) -> Ident {
        let value = value.into();
        Ident { shown: value.clone(), value, what: what.to_owned() }
    }
    /// An id cut after twelve characters, for lists.
    pub fn short(what: &str, value: impl Into<String>) -> Ident {
        let value = value.into();
        Ident { shown: cut(&value), value, what: what.to_owned() }
    }
}

/// The first twelve characters of an id and "…", for buttons and lists.
pub fn cut(id: &str) -> String {
    if id.chars().count() <= 14 { id.to_owned() } else { id.chars().take(12).chain(['…']).collect() }
}

/// One stroke of a sparkline, in SVG units.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Left edge.
    pub x: usize,
    /// Top edge.
    pub y: u64,
    /// Height.
    pub height: u64,
    /// The running hour or day.
    pub now: bool,
}

/// A figure of the overview: label, number, strokes, a comparison in words.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "parts/figure.html")]
pub struct Figure {
    /// What is counted: "Tokens issued".
    pub label: String,
    /// The number as shown: "1,284".
    pub value: String,
    /// The filtered list behind it; may be empty.
    pub href: String,
    /// One stroke for each hour, six hours or day.
    pub strokes: Vec<Stroke>,
    /// A sentence for those who cannot see the strokes; names the highest value.
    pub sentence: String,
    /// The comparison in words: "3 % less than yesterday".
    pub note: String,
    /// The counts themselves, for the table behind.
    pub counts: Vec<u64>,
}
impl HtmlSafe for Figure {}

impl Figure {
    /// A figure with its strokes, from the counts, the oldest first.
    pub fn new(label: &str, value: impl Into<String>, href: &str, counts: Vec<u64>, note: &str) -> Figure {
        let most = counts.iter().copied().max().unwrap_or(0);
        let strokes = counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(place, count)| {
                let height = (count.saturating_mul(28) / most.max(1)).max(2);
                Stroke { x: place * 6, y: 30 - height.min(30), height, now: place + 1 == counts.len() }
            })
            .collect();
        let sentence = format!("{label}: {} strokes, the highest {most}", counts.len());
        Figure {
            label: label.to_owned(),
            value: value.into(),
            href: href.to_owned(),
            strokes,
            sentence,
            note: note.to_owned(),
            counts,
        }
    }

    /// Width of the drawing in SVG units.
    pub fn width(&self) -> usize {
        (self.counts.len() * 6).saturating_sub(3).max(1)
    }
}

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
    /// What the search field finds: "Name, id or redirect address".
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

/// The sections of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// Attention, figures, last lines.
    #[default]
    Overview,
    /// Registrations.
    Clients,
    /// Users.
    People,
    /// What users allowed.
    Grants,
    /// Who may come in.
    Access,
    /// Who did what.
    Audit,
}

/// Numbers in the contents; `None` shows no number.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Things that wait for the reader; red.
    pub needs: u64,
    /// Registrations.
    pub clients: u64,
    /// Users.
    pub people: u64,
    /// Grants.
    pub grants: u64,
    /// Entries of the access list.
    pub access: u64,
}

/// One line of the contents.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Words.
    pub label: &'static str,
    /// Address.
    pub href: String,
    /// Its letter after `g`.
    pub key: &'static str,
    /// The number at the right; empty for none.
    pub count: String,
    /// The number waits for the reader.
    pub waits: bool,
    /// This is where the reader is.
    pub current: bool,
}

/// A group of the contents.
#[derive(Clone, Debug)]
pub struct NavGroup {
    /// Heading; empty for the first group.
    pub title: &'static str,
    /// Lines.
    pub items: Vec<NavItem>,
}

/// The frame of every dashboard page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// Which server.
    pub site: Site,
    /// Where the reader is.
    pub section: Section,
    /// Who is signed in.
    pub who: String,
    /// Token of this session for every form.
    pub csrf: String,
    /// `00:31 UTC`, for the margin of the title.
    pub now: String,
    /// Numbers of the contents.
    pub counts: Counts,
    /// Notice of the last action.
    pub flash: Option<Flash>,
}

impl Shell {
    /// The contents, in groups.
    pub fn nav(&self) -> Vec<NavGroup> {
        let counts = &self.counts;
        let group = |title, items| NavGroup { title, items };
        vec![
            group("", vec![self.item(Section::Overview, "Overview", "", "o", counts.needs)]),
            group(
                "In the book",
                vec![
                    self.item(Section::Clients, "Clients", "/clients", "c", counts.clients),
                    self.item(Section::People, "People", "/people", "p", counts.people),
                    self.item(Section::Grants, "Grants and tokens", "/grants", "t", counts.grants),
                ],
            ),
            group("Who may sign", vec![self.item(Section::Access, "Access list", "/access", "a", counts.access)]),
            group("Behind the desk", vec![self.item(Section::Audit, "Audit", "/audit", "l", 0)]),
        ]
    }

    fn item(&self, section: Section, label: &'static str, path: &str, key: &'static str, count: u64) -> NavItem {
        NavItem {
            label,
            href: format!("{}/admin{path}", self.site.base),
            key,
            count: if count == 0 { String::new() } else { grouped(count) },
            waits: section == Section::Overview,
            current: section == self.section,
        }
    }
}

/// A number with commas: `18,204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

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
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(cut("client_9fQ2vX7LtR0a"), "client_9fQ2v…");
    }
}
