//! Numbers with their strokes.

use askama::{Template, filters::HtmlSafe};

use super::grouped;

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

/// "1.4 MB"; "620 KB" below one.
pub fn sized(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{} KB", bytes.div_ceil(1 << 10)),
        megabytes => format!("{}.{} MB", grouped(megabytes), ((bytes % (1 << 20)) * 10) >> 20),
    }
}
