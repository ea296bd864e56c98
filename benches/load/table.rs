//! The table, in Markdown, so that it can be pasted as it is.

use std::time::Duration;

use crate::drive::Tally;

/// One line: what one server did with one workload.
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) server: &'static str,
    pub(crate) tally: Tally,
    pub(crate) cpu_seconds: f64,
    /// The ratio that counts, and its goal.
    pub(crate) verdict: Option<(String, String)>,
}

impl Row {
    pub(crate) fn per_second(&self) -> f64 {
        self.tally.took.len() as f64 / self.tally.elapsed.as_secs_f64().max(1e-9)
    }

    pub(crate) fn per_cpu_second(&self) -> f64 {
        self.tally.took.len() as f64 / self.cpu_seconds.max(0.01)
    }

    pub(crate) fn p99(&self) -> Duration {
        self.tally.quantile(0.99)
    }

    fn cells(&self) -> Vec<String> {
        let (ratio, goal) = self.verdict.clone().unwrap_or_default();
        vec![
            self.workload.clone(),
            self.server.to_owned(),
            self.tally.took.len().to_string(),
            self.tally.errors.to_string(),
            format!("{:.0}", self.per_second()),
            format!("{:.0}", self.per_cpu_second()),
            milliseconds(self.tally.quantile(0.5)),
            milliseconds(self.p99()),
            ratio,
            goal,
        ]
    }
}

const HEADINGS: [&str; 10] =
    ["workload", "server", "requests", "errors", "r/s", "r per CPU s", "p50 ms", "p99 ms", "ratio", "must / aim"];

/// The whole table.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut lines: Vec<Vec<String>> = vec![HEADINGS.map(str::to_owned).into()];
    lines.extend(rows.iter().map(Row::cells));
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(String::len).max().unwrap_or_default())
        .collect();
    let rule = widths.iter().map(|w| "-".repeat(*w)).collect();
    lines.insert(1, rule);
    let mut text = String::new();
    for line in lines {
        for (cell, width) in line.iter().zip(&widths) {
            text.push_str(&format!("| {cell:<width$} "));
        }
        text.push_str("|\n");
    }
    text
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}
