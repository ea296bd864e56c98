//! What a server does by itself, beside its requests: each job has its rhythm, runs once at a time, and a run that fails is
//! tried again at its next turn.

mod collect;
mod expire;
mod follow;
#[cfg(test)]
mod tests;

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval_at},
};

use self::follow::Presence;
use crate::{
    base::{call::Call, upkeep::JobRun},
    clock::Clock,
    flows::{Desk, activity, audit, checks, keys, traffic},
    store::StoreResult,
};

/// How often what other processes wrote is looked for.
const FOLLOW: Duration = Duration::from_millis(200);
/// How often refusals and counts are written down, and notices sent.
const NOTE: Duration = Duration::from_secs(1);
/// How often attempts to register and uses of grants are written down, the audit log is sealed, and replies are wiped whose time is over.
const USES: Duration = Duration::from_secs(15);
/// How often what has ended is removed, who is active is counted, and keys move on.
const EXPIRE: Duration = Duration::from_secs(60);
/// How often unused registrations are looked for.
const COLLECT: Duration = Duration::from_secs(600);
/// How often the server looks at what it needs, and how long after its start it first does: by then its proxy is there, too.
const LOOK: Duration = Duration::from_secs(3_600);
const SETTLED: Duration = Duration::from_secs(60);

/// The jobs of a running server.
pub struct Jobs {
    desk: Arc<Desk>,
    clock: Clock,
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

/// Starts them all on the runtime of the caller.
pub fn start(desk: &Arc<Desk>, clock: &Clock) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let presence = Presence::new(clock);
    let since = Instant::now();
    let start = |name, period, work: fn(Arc<Desk>, Call) -> Run, wait: Duration| {
        let job = Job { name, period, since, work, desk: desk.clone(), clock: clock.clone() };
        tokio::spawn(job.repeat(wait, stopped.clone()))
    };
    let job = |name, period, work| start(name, period, work, Duration::ZERO);
    let running = vec![
        tokio::spawn(follow::always(presence, desk.clone(), clock.clone(), stopped.clone())),
        job("write refusals down", NOTE, |desk, _| Box::pin(async move { desk.write_refusals().await })),
        job("send notices", NOTE, |desk, call| Box::pin(async move { Ok(desk.send_notices(&call).await) })),
        job("write counts down", NOTE, |desk, _| Box::pin(async move { desk.write_tallies().await.map(uncounted) })),
        job("write attempts down", USES, |desk, _| Box::pin(async move { desk.write_attempts().await.map(uncounted) })),
        job("write traffic down", USES, |desk, call| {
            Box::pin(async move { traffic::write_down(&desk, call.now).await.map(uncounted) })
        }),
        job("write uses down", USES, |desk, _| Box::pin(async move { desk.write_uses().await.map(uncounted) })),
        job("seal the audit log", USES, |desk, call| {
            Box::pin(async move { audit::seal(&desk, &call).await.map(uncounted) })
        }),
        job("wipe replies", USES, |desk, call| Box::pin(async move { expire::replies(&desk, &call).await })),
        job("remove what has ended", EXPIRE, |desk, call| Box::pin(async move { expire::all(&desk, &call).await })),
        job("count who is active", EXPIRE, |desk, call| {
            Box::pin(async move { activity::note(&desk, call.now).await.map(uncounted) })
        }),
        job("retire unused clients", COLLECT, |desk, call| Box::pin(async move { collect::all(&desk, &call).await })),
        job("move keys on", EXPIRE, |desk, call| {
            Box::pin(async move { keys::advance(&desk, &call).await.map(uncounted) })
        }),
        job("write runs down", EXPIRE, |desk, _| Box::pin(async move { desk.write_runs().await })),
        start(
            "look at what it needs",
            LOOK,
            |desk, call| Box::pin(async move { checks::look(&desk, &call).await.map(|found| found.len()) }),
            SETTLED,
        ),
    ];
    Jobs { desk: desk.clone(), clock: clock.clone(), stop, running }
}

impl Jobs {
    /// Lets each finish its run, then writes down what is still in memory, and seals the audit log.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for job in self.running {
            if job.await.is_err() {
                log::error!("a job panicked");
            }
        }
        let written = async {
            self.desk.write_refusals().await?;
            self.desk.write_attempts().await?;
            self.desk.write_tallies().await?;
            traffic::write_down(&self.desk, self.clock.now()).await?;
            self.desk.write_uses().await?;
            activity::note(&self.desk, self.clock.now()).await?;
            self.desk.write_runs().await?;
            audit::seal(&self.desk, &Call::inside(self.clock.now(), "stop")).await
        };
        if let Err(error) = written.await {
            log::error!("what was in memory could not be written down: {error}");
        }
    }
}

/// One run of a job. It gives how much it wrote down or removed.
type Run = std::pin::Pin<Box<dyn Future<Output = StoreResult<usize>> + Send>>;

/// Of a job that counts nothing.
const fn uncounted((): ()) -> usize {
    0
}

/// Something that is done again and again.
struct Job {
    name: &'static str,
    period: Duration,
    /// When the server started.
    since: Instant,
    work: fn(Arc<Desk>, Call) -> Run,
    desk: Arc<Desk>,
    clock: Clock,
}

impl Job {
    /// Runs it after that wait, and then at each multiple of its period until the server stops. What has nothing to wait for
    /// has run once by then, however soon the server stops.
    async fn repeat(self, wait: Duration, mut stopped: watch::Receiver<bool>) {
        let first = if wait.is_zero() { self.period } else { wait };
        // At multiples of its period since the same moment: so that what is due in the same second wakes the server once.
        let mut turns = interval_at(self.since + first, self.period);
        turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
        if wait.is_zero() {
            self.run().await;
        }
        loop {
            tokio::select! {
                _ = turns.tick() => self.run().await,
                _ = stopped.changed() => return,
            }
        }
    }

    async fn run(&self) {
        let call = Call::inside(self.clock.now(), format!("job: {}", self.name));
        let (began, began_at) = (Instant::now(), call.now);
        let done = (self.work)(self.desk.clone(), call).await;
        self.desk.runs.note(JobRun {
            name: self.name.to_owned(),
            began_at,
            took_ms: began.elapsed().as_millis() as i64,
            done: *done.as_ref().unwrap_or(&0) as i64,
            failure: done.as_ref().err().map(ToString::to_string),
        });
        if let Err(error) = done {
            log::error!("the job to {} failed and is tried again in {} s: {error}", self.name, self.period.as_secs());
        }
    }
}
