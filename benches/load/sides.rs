//! What is measured and what it is held against take turns in short slices, so that whatever else happens on the machine falls
//! on all of them alike. What counts is the sum over all slices.

use std::{net::SocketAddr, time::Duration};

use crate::{
    drive::{Line, Tally, drive},
    process::{self, Process},
    workloads::Part,
};

/// How long a turn is.
const SLICE: Duration = Duration::from_millis(250);

/// One side of a comparison.
pub(crate) struct Side {
    pub(crate) part: Part,
    work: Work,
    /// What happened.
    pub(crate) tally: Tally,
    /// The CPU time it took.
    pub(crate) cpu: Duration,
}

/// A loop of the generator itself: does so many things as the time allows.
pub(crate) type Loop = Box<dyn FnMut(Duration, &mut Tally) -> anyhow::Result<()>>;

/// What a side does in its turn.
pub(crate) enum Work {
    /// Drives a server, perhaps with other requests beside those that count.
    Served { process: Process, address: SocketAddr, lines: Vec<Line>, beside: Vec<Line> },
    /// Works by itself, on one thread.
    Own(Loop),
}

impl Side {
    /// A side that has not had a turn.
    pub(crate) fn new(part: Part, work: Work) -> Self {
        Self { part, work, tally: Tally::default(), cpu: Duration::ZERO }
    }

    fn take_turn(&mut self, time: Duration) -> anyhow::Result<()> {
        match &mut self.work {
            Work::Served { process, address, lines, beside } => {
                let (to, before) = (*address, process.cpu_time()?);
                std::thread::scope(|scope| {
                    let other = scope.spawn(|| drive(to, beside, time, &mut Tally::default()));
                    drive(to, lines, time, &mut self.tally)?;
                    other.join().unwrap_or_else(|_| anyhow::bail!("a thread died"))
                })?;
                self.cpu += Duration::from_nanos(process.cpu_time()?.since(&before));
            }
            Work::Own(work) => {
                let before = process::own_cpu_time()?;
                work(time, &mut self.tally)?;
                self.cpu += process::own_cpu_time()?.saturating_sub(before);
            }
        }
        Ok(())
    }

    fn has_more(&self) -> bool {
        match &self.work {
            Work::Served { lines, .. } => lines.iter().any(Line::has_more),
            Work::Own(_) => true,
        }
    }

    /// Whether what it asks can be asked once only: then nothing is lost on getting warm.
    fn is_limited(&self) -> bool {
        matches!(&self.work, Work::Served { lines, .. } if lines.iter().any(Line::is_limited))
    }

    /// The lines that asked, when it drove a server.
    pub(crate) fn into_lines(self) -> Vec<Line> {
        match self.work {
            Work::Served { lines, .. } => lines,
            Work::Own(_) => Vec::new(),
        }
    }
}

/// Lets the sides take turns until each has had that long, or one has nothing more to ask.
pub(crate) fn alternate(sides: &mut [Side], time: Duration) -> anyhow::Result<()> {
    for side in sides.iter_mut().filter(|side| !side.is_limited()) {
        side.take_turn(SLICE)?;
        (side.tally, side.cpu) = Default::default();
    }
    let rounds = time.as_millis().div_ceil(SLICE.as_millis()).max(2);
    for round in 0..rounds {
        // There and back: if the machine gets slower or faster meanwhile, that falls on both ends alike.
        let turns: Box<dyn Iterator<Item = &mut Side>> =
            if round % 2 == 0 { Box::new(sides.iter_mut()) } else { Box::new(sides.iter_mut().rev()) };
        for side in turns {
            side.take_turn(SLICE)?;
        }
        if !sides.iter().all(Side::has_more) {
            break;
        }
    }
    for side in sides {
        side.tally.took.sort_unstable();
    }
    Ok(())
}
