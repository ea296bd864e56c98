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
    time::{MissedTickBehavior, interval},
};

use self::follow::Presence;
use crate::{
    base::call::Call,
    clock::Clock,
    flows::{Desk, audit, keys, traffic},
    store::StoreResult,
};

/// How often what other processes wrote is looked for.
const FOLLOW: Duration = Duration::from_millis(200);
/// How often refusals are written down.
const NOTE: Duration = Duration::from_secs(1);
/// How often uses of grants are written down, the audit log is sealed, and replies are wiped whose time is over.
const USES: Duration = Duration::from_secs(15);
/// How often what has ended is removed, and keys move on.
const EXPIRE: Duration = Duration::from_secs(60);
/// How often unused registrations are looked for.
const COLLECT: Duration = Duration::from_secs(600);

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
    let job = |name, period, work: fn(Arc<Desk>, Call) -> Run| {
        tokio::spawn(repeat(name, period, stopped.clone(), clock.clone(), desk.clone(), work))
    };
    let running = vec![
        tokio::spawn(follow::always(presence, desk.clone(), clock.clone(), stopped.clone())),
        job("write refusals down", NOTE, |desk, _| Box::pin(async move { desk.write_refusals().await.map(drop) })),
        job("write attempts down", NOTE, |desk, _| Box::pin(async move { desk.write_attempts().await })),
        job("write counts down", NOTE, |desk, _| Box::pin(async move { desk.write_tallies().await })),
        job("write traffic down", USES, |desk, call| {
            Box::pin(async move { traffic::write_down(&desk, call.now).await })
        }),
        job("write uses down", USES, |desk, _| Box::pin(async move { desk.write_uses().await })),
        job("seal the audit log", USES, |desk, call| Box::pin(async move { audit::seal(&desk, &call).await })),
        job("wipe replies", USES, |desk, call| Box::pin(async move { expire::replies(&desk, &call).await })),
        job("remove what has ended", EXPIRE, |desk, call| Box::pin(async move { expire::all(&desk, &call).await })),
        job("retire unused clients", COLLECT, |desk, call| Box::pin(async move { collect::all(&desk, &call).await })),
        job("move keys on", EXPIRE, |desk, call| Box::pin(async move { keys::advance(&desk, &call).await })),
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
            audit::seal(&self.desk, &Call::inside(self.clock.now(), "stop")).await
        };
        if let Err(error) = written.await {
            log::error!("what was in memory could not be written down: {error}");
        }
    }
}

/// One run of a job.
type Run = std::pin::Pin<Box<dyn Future<Output = StoreResult<()>> + Send>>;

async fn repeat(
    name: &'static str,
    period: Duration,
    mut stopped: watch::Receiver<bool>,
    clock: Clock,
    desk: Arc<Desk>,
    work: fn(Arc<Desk>, Call) -> Run,
) {
    let mut turns = interval(period);
    // At multiples of its period: so that what is due in the same second wakes the server once.
    turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = turns.tick() => (),
            _ = stopped.changed() => return,
        }
        let call = Call::inside(clock.now(), format!("job: {name}"));
        if let Err(error) = work(desk.clone(), call).await {
            log::error!("the job to {name} failed and is tried again in {} s: {error}", period.as_secs());
        }
    }
}
