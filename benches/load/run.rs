//! One run over the rows: the servers, who has been let in there, and what has been seen so far.

use std::{path::Path, thread, time::Duration};

use anyhow::{Context, bail};
use clap::ValueEnum;

use crate::{
    Options,
    drive::{Line, Tally, drive},
    own,
    server::{Server, Which},
    sides::{Side, Work, alternate},
    table::{Figures, Row},
    workloads::{Guests, Part, Workload},
};

/// A run.
pub(crate) struct Run<'a> {
    options: Options,
    folder: &'a Path,
    servers: Vec<(Server, Guests)>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl<'a> Run<'a> {
    /// Starts the servers and lets guests in.
    pub(crate) fn prepare(options: Options, folder: &'a Path) -> anyhow::Result<Self> {
        let mut run = Self { options, folder, servers: Vec::new(), rows: Vec::new(), notes: Vec::new() };
        for which in [Which::Bare, Which::Mini, Which::Doorbook] {
            let server = Server::start(which, folder, run.options.workers, None)?;
            if which == Which::Doorbook {
                let (began, megabytes) = (server.started_in.as_millis(), server.process().resident_megabytes()?);
                run.notes.push(format!("start on an empty folder: {began} ms; {megabytes:.1} MB then"));
                if run.options.workloads.is_empty() {
                    run.notes.push(idle(&server, Duration::from_secs_f64(run.options.idle))?);
                }
            }
            let guests = Guests::arrive_at(&server, run.options.connections)
                .with_context(|| format!("nobody is let in at {}", which.name()))?;
            run.servers.push((server, guests));
        }
        Ok(run)
    }

    /// Measures what was asked for: the rows, and what else was seen.
    pub(crate) fn all(mut self) -> anyhow::Result<(Vec<Row>, Vec<String>)> {
        let named = std::mem::take(&mut self.options.workloads);
        let workloads = if named.is_empty() { Workload::value_variants().to_vec() } else { named };
        let mut most: f64 = 0.0;
        for workload in workloads {
            if workload == Workload::GateFirstSight {
                self.forget()?;
            }
            self.measure(workload)?;
            most = most.max(self.server(Which::Doorbook)?.0.process().resident_megabytes()?);
        }
        self.notes.push(format!("memory after any of the rows: {most:.1} MB at most"));
        Ok((self.rows, self.notes))
    }

    fn server(&mut self, which: Which) -> anyhow::Result<&mut (Server, Guests)> {
        self.servers.iter_mut().find(|(server, _)| server.which == which).context("a server is missing")
    }

    /// Lets everybody who takes part in a row take turns, and notes the row.
    fn measure(&mut self, workload: Workload) -> anyhow::Result<()> {
        let ours = Part::Served(Which::Doorbook);
        let parts = [ours].into_iter().chain(workload.others());
        let mut sides = parts.map(|part| self.side(workload, part)).collect::<anyhow::Result<Vec<_>>>()?;
        alternate(&mut sides, Duration::from_secs_f64(self.options.seconds))?;
        let name = workload.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        for side in &sides {
            if let Some(error) = &side.tally.first_error {
                let (errors, who) = (side.tally.errors, side.part.name());
                self.notes.push(format!("{name} at {who}: {errors} errors, the first: {error}"));
            }
        }
        let goal = workload.goal();
        let figures = |part: Part| sides.iter().find(|side| side.part == part).map(Figures::of);
        for part in workload.others() {
            let (Some(doorbook), Some(other)) = (figures(ours), figures(part)) else { continue };
            let other = (part.name().to_owned(), other);
            let goal = (part == goal.against).then_some((goal.must, goal.aim));
            let row = Row { name: name.clone(), doorbook, other, by: workload.goal().by, goal };
            println!("{}", row.glimpse());
            self.rows.push(row);
        }
        for side in sides {
            if let Part::Served(which) = side.part {
                self.server(which)?.1.take_back(side.into_lines());
            }
        }
        Ok(())
    }

    fn side(&mut self, workload: Workload, part: Part) -> anyhow::Result<Side> {
        let folder = self.folder;
        let work = match part {
            Part::Served(which) => self.served(workload, which, workload == Workload::GateUnderWrites)?,
            Part::GateAlone => self.served(workload, Which::Doorbook, false)?,
            Part::FewClients => bail!("not in this run"),
            Part::Argon2id => Work::Own(own::argon2id()?),
            Part::Es256 => Work::Own(own::es256()?),
            Part::SingleCommits => Work::Own(own::single_commits(&folder.join("single.db"))?),
        };
        Ok(Side::new(part, work))
    }

    fn served(&mut self, workload: Workload, which: Which, with_writes: bool) -> anyhow::Result<Work> {
        let connections = workload.connections(self.options.connections);
        let (server, guests) = self.server(which)?;
        let lines = |workload: Workload| Line::all(workload.turns(server, guests, connections));
        let beside = if with_writes { lines(Workload::Register) } else { Vec::new() };
        Ok(Work::Served { process: server.process(), address: server.address, lines: lines(workload), beside })
    }

    /// Starts Doorbook again, so that it has seen no token; before that it issues enough of them.
    fn forget(&mut self) -> anyhow::Result<()> {
        let (time, connections) = (Duration::from_secs_f64(self.options.seconds), self.options.connections);
        let (server, guests) = self.server(Which::Doorbook)?;
        if guests.unseen.is_empty() {
            let mut lines = Line::all(Workload::Refresh.turns(server, guests, connections));
            drive(server.address, &mut lines, time, &mut Tally::default())?;
            guests.take_back(lines);
        }
        server.restart()?;
        let note = format!("start with what was written until then: {} ms", server.started_in.as_millis());
        self.notes.push(note);
        Ok(())
    }
}

/// What a server costs that nobody asks anything.
fn idle(server: &Server, time: Duration) -> anyhow::Result<String> {
    let process = server.process();
    let (used, slept) = (process.cpu_time()?, process.sleeps()?);
    thread::park_timeout(time);
    let seconds = time.as_secs_f64();
    let share = process.cpu_time()?.since(&used) as f64 / 1e9 / seconds * 100.0;
    let wakes = process.sleeps()?.since(&slept) as f64 / seconds;
    Ok(format!("idle for {seconds:.0} seconds: {share:.3} % CPU, {wakes:.1} wake-ups a second"))
}
