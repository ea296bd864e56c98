//! Moments and lengths of time, in whole seconds. There is no `now` here: it comes in with the [`Call`](super::call::Call).

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A moment: seconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// A length of time in seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Time {
    /// The date and time of day in UTC, to be written out.
    pub fn utc(self) -> time::OffsetDateTime {
        time::OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
    }

    /// The moment that many seconds after the epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; never negative, so that a clock that was set back makes nothing younger than new.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl Span {
    /// Nothing at all.
    pub const ZERO: Self = Self(0);

    /// That many seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n)
    }

    /// That many minutes.
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60)
    }

    /// That many hours.
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600)
    }

    /// That many days of 24 hours.
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400)
    }

    /// Its length in seconds.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_gives_no_negative_ages() {
        let noon = Time::from_unix(43_200);
        assert_eq!((noon - Span::hours(1)).since(noon), Span::ZERO);
        assert_eq!((noon + Span::minutes(2)).since(noon), Span::seconds(120));
    }
}
