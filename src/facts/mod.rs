//! What programs are told of the things in the book: one shape a kind, the same in the answers of the API and in what commands
//! print with `--json`. Never a secret: there is none to tell.

pub mod access;
pub mod api_token;
pub mod approval;
pub mod audit;
pub mod backup;
pub mod call;
pub mod client;
pub mod grant;
pub mod health;
pub mod host;
pub mod initial_token;
pub mod key;
pub mod person;
pub mod policy;
pub mod resource;
pub mod scope;
pub mod server;
pub mod setting;

use serde::{Serialize, Serializer};
use time::macros::format_description;
use utoipa::ToSchema;

use crate::{
    base::{event, time::Time},
    store::{
        StoreResult,
        page::{Page, Seek},
    },
};

/// How many rows are read in one go.
const BATCH: usize = 500;

/// A moment: `2026-11-21T00:31:08Z`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ToSchema)]
#[schema(value_type = String, format = DateTime, examples("2026-11-21T00:31:08Z"))]
pub struct Stamp(Time);

impl Stamp {
    /// The moment itself.
    pub const fn at(self) -> Time {
        self.0
    }
}

impl From<Time> for Stamp {
    fn from(at: Time) -> Self {
        Self(at)
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.0.utc();
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        f.write_str(&at.format(format).unwrap_or_default())
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What ends, or would end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, ToSchema)]
pub struct Ended {
    /// How many people lose something.
    pub people: i64,
    /// How many live grants.
    pub grants: i64,
    /// How many live access tokens.
    pub tokens: i64,
}

impl From<event::Ended> for Ended {
    fn from(event::Ended { people, grants, tokens }: event::Ended) -> Self {
        Self { people, grants, tokens }
    }
}

/// All rows of a list, or so many.
pub fn every<T>(
    most: usize,
    mut page: impl FnMut(Option<&Seek>, usize) -> StoreResult<Page<T>>,
) -> StoreResult<Vec<T>> {
    let (mut all, mut seek) = (Vec::new(), None);
    while all.len() < most {
        let next = page(seek.as_ref(), BATCH.min(most - all.len()))?;
        all.extend(next.rows);
        seek = next.older;
        if seek.is_none() {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_as_programs_read_them() {
        let at = Stamp::from(Time::from_unix(1_800_000_000));
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2027-01-15T08:00:00Z\"");
    }

    #[test]
    fn every_page_is_read_and_no_row_too_many() {
        let pages = |seek: Option<&Seek>, size: usize| {
            let from = seek.map_or(0, |seek| seek.at + 1);
            let rows = (from..).take(size.min(400) + 1).filter(|n| *n < 1_000).collect();
            Ok(Page::assemble(rows, size.min(400), seek, |n: &i64| (*n, String::new())))
        };
        assert_eq!(every(usize::MAX, pages).unwrap().len(), 1_000);
        assert_eq!(every(450, pages).unwrap().len(), 450);
    }
}
