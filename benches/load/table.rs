//! The table, in the Markdown of docs/PERFORMANCE.md, so that it can be pasted as it is.

use std::time::Duration;

use crate::sides::Side;

/// One line: what Doorbook did with a workload, and what it is held against.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) doorbook: Figures,
    /// The name of what it is held against, and how it fared.
    pub(crate) other: (String, Figures),
    pub(crate) by: By,
    /// What the ratio must be and should be; `None` where the other one is there to explain.
    pub(crate) goal: Option<(f64, f64)>,
}

/// Which figures are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Requests per second of CPU time.
    CpuTime,
    /// Requests per second of wall clock.
    WallClock,
    /// The time within which 99 of 100 were answered: less is better.
    P99,
}

/// How one side fared.
pub(crate) struct Figures {
    per_cpu_second: f64,
    per_second: f64,
    p50: Duration,
    p99: Duration,
}

impl Figures {
    pub(crate) fn of(side: &Side) -> Self {
        let done = side.tally.took.len() as f64;
        Self {
            per_cpu_second: done / side.cpu.as_secs_f64().max(1e-9),
            per_second: done / side.tally.elapsed.as_secs_f64().max(1e-9),
            p50: side.tally.quantile(0.5),
            p99: side.tally.quantile(0.99),
        }
    }

    fn by(&self, by: By) -> f64 {
        match by {
            By::CpuTime => self.per_cpu_second,
            By::WallClock => self.per_second,
            By::P99 => self.p99.as_secs_f64(),
        }
    }

    /// The figure that is compared, with its unit.
    fn said(&self, by: By) -> String {
        match by {
            By::CpuTime => thousands(self.per_cpu_second),
            By::WallClock => format!("{}/s", thousands(self.per_second)),
            By::P99 => format!("p99 {} ms", milliseconds(self.p99)),
        }
    }
}

impl Row {
    fn cells(&self) -> [String; 8] {
        let ratio = self.doorbook.by(self.by) / self.other.1.by(self.by);
        let misses = |(must, _)| if self.by == By::P99 { ratio > must } else { ratio < must };
        let ratio = if self.goal.is_some_and(misses) { format!("**{ratio:.2}**") } else { format!("{ratio:.2}") };
        let goal = |figure: fn((f64, f64)) -> f64| self.goal.map(|goal| format!("{:.2}", figure(goal)));
        [
            format!("`{}`", self.name),
            thousands(self.doorbook.per_cpu_second),
            thousands(self.doorbook.per_second),
            format!("{}, {}", milliseconds(self.doorbook.p50), milliseconds(self.doorbook.p99)),
            format!("`{}` {}", self.other.0, self.other.1.said(self.by)),
            ratio,
            goal(|(must, _)| must).unwrap_or_default(),
            goal(|(_, aim)| aim).unwrap_or_default(),
        ]
    }

    /// A line for whoever waits.
    pub(crate) fn glimpse(&self) -> String {
        let [name, per_cpu_second, _, _, other, ratio, must, _] = self.cells();
        format!("{name:<24} {per_cpu_second:>9} per CPU second, {ratio} x {other} (must {must})")
    }
}

const HEADINGS: [&str; 8] =
    ["row", "Doorbook, per CPU second", "per second", "p50, p99 in ms", "held against", "ratio", "must", "aim"];

/// The whole table. A ratio that misses its goal is bold.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned), HEADINGS.map(|_| "---".to_owned())];
    lines.extend(rows.iter().map(Row::cells));
    lines.iter().map(|cells| format!("| {} |\n", cells.join(" | "))).collect()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
