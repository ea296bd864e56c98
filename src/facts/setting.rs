//! An option of the configuration as it is in force.

use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::Desk;

/// An option of the configuration as it is in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Setting {
    /// Under which heading it stands in the documentation.
    pub heading: &'static str,
    /// Its key in the file.
    pub option: &'static str,
    /// Its name in the environment.
    pub environment: &'static str,
    /// Its value as text; of a secret only that it is set. Null: it is not set.
    pub value: Option<String>,
    /// Where the value came from.
    pub source: String,
}

/// All of them, in the order of the list.
pub fn all(desk: &Desk) -> Vec<Setting> {
    let shown = desk.config.report.understood.iter();
    shown
        .map(|one| Setting {
            heading: one.facts.section.title(),
            option: one.facts.key,
            environment: one.facts.env,
            value: (!one.shown.is_empty()).then(|| one.shown.clone()),
            source: one.source.to_string(),
        })
        .collect()
}
