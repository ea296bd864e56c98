//! What `doorbook config check` prints: a report as text or JSON.

use serde_json::{Value, json};

use super::{
    load::ConfigError,
    report::{Remark, Report},
};

/// For people: what was understood, ignored, is dangerous and wrong.
pub fn text(report: &Report, errors: &[ConfigError]) -> String {
    let mut out = String::new();
    let rows: Vec<[String; 3]> = report
        .understood
        .iter()
        .map(|u| {
            let value = if u.shown.is_empty() { "-".to_owned() } else { u.shown.clone() };
            [u.facts.key.to_owned(), value, u.source.to_string()]
        })
        .collect();
    let width =
        |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0).min(48);
    let (first, second) = (width(0), width(1));
    out.push_str("Understood\n");
    for [key, value, source] in &rows {
        out.push_str(&format!("  {key:first$}  {value:second$}  {source}\n"));
    }
    for (title, remarks) in sections(report) {
        if !remarks.is_empty() {
            out.push_str(&format!("\n{title}\n"));
        }
        for remark in remarks {
            out.push_str(&format!("  {}: {}\n", remark.name, remark.text));
        }
    }
    if !errors.is_empty() {
        out.push_str("\nWrong\n");
    }
    for error in errors {
        out.push_str(&format!("  {error}\n"));
    }
    out
}

/// For programs: the same.
pub fn json(report: &Report, errors: &[ConfigError]) -> Value {
    let understood = report.understood.iter().map(|u| {
        let value = (!u.shown.is_empty()).then_some(&u.shown);
        json!({ "option": u.facts.key, "environment": u.facts.env, "value": value, "source": u.source.to_string() })
    });
    let remarks =
        |all: &[Remark]| -> Vec<Value> { all.iter().map(|r| json!({ "name": r.name, "text": r.text })).collect() };
    let errors = errors.iter().map(|e| json!({ "name": e.name, "source": e.source, "problem": e.problem }));
    json!({
        "understood": understood.collect::<Vec<_>>(),
        "ignored": remarks(&report.ignored),
        "dangerous": remarks(&report.dangers),
        "notes": remarks(&report.notes),
        "errors": errors.collect::<Vec<_>>(),
    })
}

fn sections(report: &Report) -> [(&'static str, &[Remark]); 3] {
    [("Ignored", &report.ignored), ("Dangerous", &report.dangers), ("Good to know", &report.notes)]
}
