//! Takes up what other processes wrote (a command line, another server), and says how far it has come, so that a command
//! knows when what it did is in force.

use std::{
    io, process,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
};

use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use super::FOLLOW;
use crate::{
    base::time::Time,
    clock::Clock,
    flows::{Desk, keys},
    store::{StoreError, StoreResult, servers},
};

/// This server among those that follow.
pub(super) struct Presence {
    id: String,
    /// How far it said that it has come.
    told: Option<i64>,
    /// Which keys it has taken up.
    keys: u64,
}

impl Presence {
    pub(super) fn new(clock: &Clock) -> Self {
        Self { id: format!("{}-{}", clock.now_millis(), process::id()), told: None, keys: 0 }
    }

    async fn look(&mut self, desk: &Arc<Desk>, now: Time) -> StoreResult<()> {
        if desk.store.has_news()? {
            let at = desk.clone();
            let followed = tokio::task::spawn_blocking(move || at.store.follow()).await;
            followed.unwrap_or_else(|_| Err(StoreError::Other("following panicked".into())))?;
        }
        let generation = desk.store.standing().keys_generation();
        if generation != self.keys {
            keys::reload(desk).await?;
            self.keys = generation;
        }
        let seen = desk.store.standing().seen();
        if self.told != Some(seen) {
            let id = self.id.clone();
            desk.store.record(move |tx| servers::report(tx, &id, seen, now)).await?;
            self.told = Some(seen);
        }
        Ok(())
    }
}

/// Looks whenever there may be something to take up, until it is stopped; then nobody waits for this server any more.
pub(super) async fn always(mut presence: Presence, desk: Arc<Desk>, clock: Clock, mut stopped: watch::Receiver<bool>) {
    let found = Arc::new(Notify::new());
    let (stop, watcher) = watch(desk.clone(), found.clone());
    // Said once, not five times a second.
    let mut failing = false;
    loop {
        let turn = async {
            match watcher {
                Ok(_) if !failing => found.notified().await,
                _ => sleep(FOLLOW).await,
            }
        };
        tokio::select! {
            () = turn => (),
            _ = stopped.changed() => break,
        }
        match presence.look(&desk, clock.now()).await {
            Ok(()) if failing => {
                failing = false;
                log::info!("the database can be followed again");
            }
            Err(error) if !failing => {
                failing = true;
                log::error!("the database cannot be followed; after 10 s the gate lets nobody in: {error}");
            }
            _ => (),
        }
    }
    drop(stop);
    if watcher.is_ok_and(|thread| thread.join().is_err()) {
        log::error!("the watch over the database panicked");
    }
    let id = presence.id;
    if let Err(error) = desk.store.record(move |tx| servers::gone(tx, &id)).await {
        log::warn!("this server could not sign off: {error}");
    }
}

/// A thread that looks five times a second whether there is anything to take up, and ends with its sender. A timer of the runtime
/// would wake twice for each look.
fn watch(desk: Arc<Desk>, found: Arc<Notify>) -> (mpsc::Sender<()>, io::Result<JoinHandle<()>>) {
    let (stop, stopped) = mpsc::channel();
    let mut known = None;
    let look = move || {
        let standing = desk.store.standing();
        let state = Some((standing.seen(), standing.keys_generation()));
        if !matches!(desk.store.has_news(), Ok(false)) || known != state {
            known = state;
            found.notify_one();
        }
    };
    (stop, thread::Builder::new().name("follow".into()).spawn(move || every(look, &stopped)))
}

fn every(mut look: impl FnMut(), stopped: &mpsc::Receiver<()>) {
    look();
    while stopped.recv_timeout(FOLLOW) == Err(RecvTimeoutError::Timeout) {
        look();
    }
}
