//! Looks for what other processes wrote.

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{connection::Db, db, error::StoreResult, standing::Standing};

/// A file's time moves in steps: for so long after a change another one may be hidden behind it.
const SETTLED: Duration = Duration::from_secs(2);
/// How often SQLite is asked in any case. A gate whose standing is older than ten seconds lets nobody in.
const ASKED: Duration = Duration::from_secs(3);

/// What the file system says of the write-ahead log, which every commit changes: when (seconds and nanoseconds), and how long it is.
type Stamp = (i64, i64, u64);

/// The connection that looks, and what it saw last.
pub(super) struct Follower {
    db: Db,
    version: i64,
    log: PathBuf,
    sight: Sight,
}

impl Follower {
    pub(super) fn new(path: &Path) -> StoreResult<Self> {
        let mut log = path.to_owned().into_os_string();
        log.push("-wal");
        Ok(Self { db: db::open_read_only(path)?, version: 0, log: log.into(), sight: Sight::default() })
    }

    /// Whether there is something to take up. To look at a file takes a tenth of what it takes to ask SQLite.
    pub(super) fn has_news(&mut self, standing: &Standing) -> StoreResult<bool> {
        let stamp = self.log.metadata().map(|log| (log.mtime(), log.mtime_nsec(), log.len())).ok();
        if !self.sight.is_worth_asking(stamp, Instant::now()) {
            return Ok(false);
        }
        let has_news = db::data_version(&mut self.db)? != self.version;
        if has_news {
            self.sight.asked = None;
        } else {
            standing.is_fresh();
        }
        Ok(has_news)
    }

    /// Takes it up; `true` when there was something.
    pub(super) fn follow(&mut self, standing: &Standing) -> StoreResult<bool> {
        let version = db::data_version(&mut self.db)?;
        if version == self.version {
            standing.is_fresh();
            return Ok(false);
        }
        standing.follow(&mut self.db)?;
        self.version = version;
        Ok(true)
    }
}

/// What was seen of the log, since when it looks like that, and when SQLite last said that there is nothing to take up.
#[derive(Default)]
struct Sight {
    stamp: Option<Stamp>,
    since: Option<Instant>,
    asked: Option<Instant>,
}

impl Sight {
    fn is_worth_asking(&mut self, stamp: Option<Stamp>, now: Instant) -> bool {
        if stamp.is_none() || stamp != self.stamp {
            (self.stamp, self.since) = (stamp, Some(now));
        }
        let is_over = |moment: Option<Instant>, span| moment.is_some_and(|moment| now.duration_since(moment) > span);
        let is_settled = is_over(self.since, SETTLED);
        let is_asked = self.asked.is_some() && !is_over(self.asked, ASKED);
        if is_settled && is_asked {
            return false;
        }
        self.asked = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_is_asked_after_every_change_and_every_three_seconds() {
        let (mut sight, began) = (Sight::default(), Instant::now());
        let written = |seconds, length| Some((seconds, 0, length));
        let looks = [
            (0, written(1, 40), true),
            // What hides behind the same moment is found all the same.
            (1_000, written(1, 40), true),
            (2_000, written(1, 40), true),
            (2_200, written(1, 40), false),
            (4_800, written(1, 40), false),
            (5_200, written(1, 40), true),
            (5_400, written(1, 40), false),
            (5_600, written(2, 40), true),
            (7_600, written(2, 40), true),
            (7_800, written(2, 40), false),
            (8_000, written(2, 80), true),
            // Without a log to look at there is no telling.
            (12_000, None, true),
            (15_000, None, true),
        ];
        for (millis, stamp, asks) in looks {
            let now = began + Duration::from_millis(millis);
            assert_eq!(sight.is_worth_asking(stamp, now), asks, "after {millis} ms");
        }
    }
}
