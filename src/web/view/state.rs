//! States: a shape and a word, never a colour alone.

use askama::{Template, filters::HtmlSafe};

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
