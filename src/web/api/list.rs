//! Lists of the API: a page of rows, and the cursor of the next one.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::NotDone;
use crate::{
    oauth::{error::invalid_request, why::Why},
    store::page::{Page, Seek},
};

/// How many rows a page has, unless it is said.
const USUAL: u16 = 50;
/// No page has more.
const MOST: u16 = 500;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// The cursor of the page that follows; null when there is none.
    pub next: Option<String>,
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.rows, next: page.older.map(|seek| seek.to_string()) }
    }
}

impl<T> List<T> {
    /// All there is.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Window {
    /// How many rows: 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u16>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

impl Window {
    /// Of the parameters of a list.
    pub fn of(limit: Option<u16>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// How many rows.
    pub fn size(&self) -> Result<usize, NotDone> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(limit.into()),
            other => Err(invalid_request(Why::ApiParameter).about(&format!("limit: {other}")).into()),
        }
    }

    /// From where.
    pub fn seek(&self) -> Result<Option<Seek>, NotDone> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let wrong = || invalid_request(Why::ApiParameter).about("cursor");
        Ok(Some(Seek::parse(text).ok_or_else(wrong)?))
    }
}
