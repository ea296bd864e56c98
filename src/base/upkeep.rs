//! What a server does and looks at by itself: runs of its jobs, and what it found when it looked at what it needs.

use super::time::Time;

/// The last run of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobRun {
    /// The job, as in "remove what has ended".
    pub name: String,
    /// When it began.
    pub began_at: Time,
    /// How many milliseconds it took.
    pub took_ms: i64,
    /// How much it wrote down or removed.
    pub done: i64,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// Something that a server needs, and that can be looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// That its public URL leads to it.
    PublicUrl,
    /// That GitHub answers.
    GitHub,
    /// That its clock is right.
    Clock,
    /// Room on the disk.
    Disk,
    /// An audit log that is as it was written.
    Audit,
    /// A backup that is not old.
    Backup,
    /// Signing keys that take over in time.
    Keys,
    /// Jobs that run.
    Jobs,
    /// Room for new registrations.
    Registrations,
}

impl Need {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::PublicUrl,
        Self::GitHub,
        Self::Clock,
        Self::Disk,
        Self::Audit,
        Self::Backup,
        Self::Keys,
        Self::Jobs,
        Self::Registrations,
    ];

    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublicUrl => "public_url",
            Self::GitHub => "github",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Audit => "audit",
            Self::Backup => "backup",
            Self::Keys => "keys",
            Self::Jobs => "jobs",
            Self::Registrations => "registrations",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.as_str() == text)
    }
}

/// How something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Health {
    /// As it should be.
    Good,
    /// It wants to be seen to.
    Warning,
    /// It is wrong.
    Bad,
}

impl Health {
    /// Its name in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Good, Self::Warning, Self::Bad].into_iter().find(|health| health.as_str() == text)
    }
}

/// What a look at something found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// At what.
    pub need: Need,
    /// When.
    pub at: Time,
    /// How it is.
    pub health: Health,
    /// In a sentence or two.
    pub found: String,
}
