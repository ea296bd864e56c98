//! The only reader of the system clock. The web, the jobs and the command line hold one and hand `now` to everything else as
//! an argument, so that a test moves time by saying so.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use crate::base::time::{Span, Time};

/// Where `now` comes from. Clones of a manual clock move together.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is told to move: milliseconds since the epoch.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start`.
    pub fn manual(start: Time) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.unix().saturating_mul(1_000))))
    }

    /// The present, in whole seconds.
    pub fn now(&self) -> Time {
        Time::from_unix(self.now_millis().div_euclid(1_000))
    }

    /// The present, in milliseconds since the epoch: for ids that sort by time.
    pub fn now_millis(&self) -> i64 {
        match self {
            Self::System => system_millis(),
            Self::Manual(millis) => millis.load(Ordering::Relaxed),
        }
    }

    /// Moves a manual clock, back too when the span is negative. The machine's clock does not listen.
    pub fn forward(&self, span: Span) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(span.as_seconds().saturating_mul(1_000), Ordering::Relaxed);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the room that reads the clock")]
fn system_millis() -> i64 {
    let past_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(past_epoch.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_when_told_and_its_clones_with_it() {
        let clock = Clock::manual(Time::from_unix(1_000));
        let other = clock.clone();
        clock.forward(Span::minutes(11));
        assert_eq!(other.now(), Time::from_unix(1_660));
        assert_eq!(other.now_millis(), 1_660_000);
        clock.forward(Span::seconds(-60));
        assert_eq!(other.now(), Time::from_unix(1_600));
    }

    #[test]
    fn the_machine_is_in_this_century_and_does_not_listen() {
        let before = Clock::System.now();
        assert!(before > Time::from_unix(1_700_000_000));
        Clock::System.forward(Span::days(400));
        assert!(Clock::System.now().since(before) < Span::days(1));
    }
}
