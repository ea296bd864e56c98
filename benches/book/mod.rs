//! A large book in a scratch file: what a company's Doorbook looks like after years, in a minute. The same size gives the same
//! book each time, but that its days end at the moment it is asked for. Pages are measured over it, and the pictures of
//! the dashboard are taken of it. It is no part of the program: no command of a server fills a database with people who do not
//! exist.

mod clients;
mod dice;
mod grants;
mod log;
mod names;
mod people;
mod rest;

use std::path::Path;

use anyhow::ensure;
use doorbook::{
    base::{
        call::Call,
        id::{ClientId, GrantId, UserId},
        time::{Span, Time},
    },
    config::{Config, Overrides, Sources},
    flows::{
        audit,
        first_run::{self, Opening},
    },
    store::{Store, StoreResult, Tx},
};

use self::dice::Dice;

/// How many rows share a transaction: none of them waits for a disk of its own.
const TOGETHER: usize = 5_000;

/// How much goes into a book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) clients: usize,
    pub(crate) people: usize,
    pub(crate) grants: usize,
    /// Lines of the audit log.
    pub(crate) lines: usize,
}

impl Size {
    /// What pages are measured on. Three refresh tokens hang on each grant: 300,000.
    pub(crate) const LARGE: Self = Self { clients: 100_000, people: 1_000, grants: 100_000, lines: 1_000_000 };

    /// That part of it; people are the least that gets less.
    pub(crate) fn part(self, of: usize) -> Self {
        let people = (self.people / of).max(80);
        Self { clients: self.clients / of, people, grants: self.grants / of, lines: self.lines / of }
    }
}

/// A client, as much as what hangs on it needs to know.
#[derive(Clone)]
struct Known {
    id: ClientId,
    name: String,
    group: String,
    redirect_uri: String,
    created: Time,
    /// The last use; `None` when nobody ever used it.
    used: Option<Time>,
    has_secret: bool,
}

/// A grant, as much as the log needs to know.
#[derive(Clone)]
struct Given {
    id: GrantId,
    client: usize,
    person: usize,
    audience: &'static str,
    created: Time,
    used: Time,
    ended: Option<Time>,
}

/// What has been written so far.
struct Book<'s> {
    store: &'s Store,
    size: Size,
    now: Time,
    dice: Dice,
    people: Vec<(UserId, String)>,
    clients: Vec<Known>,
    grants: Vec<Given>,
}

/// Makes a database at that path and fills it; its master key goes beside it. Never touches a file that is there.
pub(crate) async fn make(path: &Path, size: Size, now: Time) -> anyhow::Result<()> {
    ensure!(!Store::exists(path), "{} is there already; name a file that is not", path.display());
    let mut sources = Sources::default();
    sources.env.insert("DOORBOOK_PUBLIC_URL".into(), "http://127.0.0.1:8000".into());
    sources.env.insert("DATABASE_URL".into(), path.display().to_string());
    let loaded = Config::load(&Overrides::default(), &sources);
    let config = loaded.map_err(|refused| anyhow::anyhow!("{:?}", refused.errors))?.config;
    let call = Call::inside(now, "filling");
    let desk = first_run::open(config, &call, Opening::Server).await?;
    fill(&desk.store, size, now).await?;
    Ok(audit::seal(&desk, &call).await?)
}

/// Fills a database that is open and has nothing in it.
pub(crate) async fn fill(store: &Store, size: Size, now: Time) -> StoreResult<()> {
    let mut book =
        Book { store, size, now, dice: Dice::new(), people: Vec::new(), clients: Vec::new(), grants: Vec::new() };
    book.write_people().await?;
    book.write_rest().await?;
    book.write_clients().await?;
    book.write_waits().await?;
    book.write_grants().await?;
    book.write_log().await
}

impl Book<'_> {
    /// Writes rows, so many to a transaction.
    async fn write<T, F>(&self, rows: Vec<T>, put: F) -> StoreResult<()>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &T) -> StoreResult<()> + Copy + Send + 'static,
    {
        let mut rows = rows.into_iter();
        loop {
            let some: Vec<T> = rows.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                return Ok(());
            }
            self.store.record(move |tx| some.iter().try_for_each(|row| put(tx, row))).await?;
        }
    }

    /// A moment of the last so many days, as people work: by day more than by night, lately more than long ago.
    fn moment(&mut self, days: u64) -> Time {
        const BUSY: [u64; 24] = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 17, 13, 16, 18, 17, 14, 10, 7, 5, 4, 3, 2, 1];
        let (one, other) = (self.dice.below(days), self.dice.below(days));
        let day = i64::try_from(if self.dice.one_in(3) { one } else { one.min(other) }).unwrap_or(0);
        let hour = i64::try_from(self.dice.weighted(&BUSY)).unwrap_or(0);
        let second = i64::try_from(self.dice.below(3_600)).unwrap_or(0);
        let midnight = Time::from_unix(self.now.unix().div_euclid(86_400) * 86_400);
        let at = midnight - Span::days(day) + Span::seconds(hour * 3_600 + second);
        if at > self.now { at - Span::days(1) } else { at }
    }

    /// A moment between two others.
    fn between(&mut self, from: Time, to: Time) -> Time {
        let span = u64::try_from(to.since(from).as_seconds()).unwrap_or(0);
        from + Span::seconds(i64::try_from(self.dice.below(span.max(1))).unwrap_or(0))
    }

    /// An address that nobody has.
    fn address(&mut self) -> String {
        let last = self.dice.below(254) + 1;
        match self.dice.below(8) {
            0 => format!("2001:db8:{:x}::{last:x}", self.dice.below(4_096)),
            1 | 2 => format!("203.0.113.{last}"),
            3 | 4 => format!("198.51.100.{last}"),
            _ => format!("192.0.2.{last}"),
        }
    }
}
