//! The server: listens, says where, serves until it is told to stop, and finishes what is in flight.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{HttpServer, dev::ServerHandle};
use tokio::signal::unix::{SignalKind, signal};

use super::{app, state::App};
use crate::{clock::Clock, config::Config, flows::Desk};

/// How long a stop waits for what is in flight, in seconds.
const LAST_CALL: u64 = 8;
/// How long the head of a request may take.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How often addresses are forgotten whose limits are full again.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How long an idle connection is kept: longer than proxies keep theirs, so that they end it and not we.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the address.
    #[error("{0} is in use by another program; stop it, or set another address with --bind or DOORBOOK_BIND")]
    Taken(SocketAddr),
    /// This machine has no such address, or does not let us have it.
    #[error("{0} cannot be listened on: {1}; set another address with --bind or DOORBOOK_BIND")]
    Address(SocketAddr, io::Error),
    /// Anything else.
    #[error("the server failed: {0}")]
    Failed(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT. `claim` is the link that makes the first administrator, while there is none.
pub async fn run(desk: Arc<Desk>, clock: Clock, claim: Option<&str>) -> Result<(), ServeError> {
    let bind = desk.config.bind;
    let workers = desk.config.workers;
    let app = App::new(Arc::clone(&desk), clock);
    let (live, limits) = (app.live.clone(), app.limits.clone());
    let mut server = HttpServer::new(move || {
        let app = app.clone();
        actix_web::App::new().configure(move |config| app::mount(&app, config))
    })
    .disable_signals()
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_TIME)
    .shutdown_timeout(LAST_CALL);
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    let server = server.bind(bind).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::Taken(bind),
        _ => ServeError::Address(bind, error),
    })?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    if let Err(error) = welcome(&mut io::stdout().lock(), &desk.config, &server.addrs(), claim) {
        log::warn!("nobody reads the console: {error}");
    }
    let server = server.run();
    let handle = server.handle();
    let sweeper = tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP_EVERY).await;
            limits.sweep();
        }
    });
    let stopper = tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
        // What would never be finished.
        live.close();
        stop(&handle).await;
    });
    server.await?;
    stopper.abort();
    sweeper.abort();
    Ok(())
}

/// Serves at that listener for as long as some work goes on. It says nothing and hears no signals: for rehearsals.
pub async fn during<T>(
    desk: Arc<Desk>,
    clock: Clock,
    listener: TcpListener,
    work: impl Future<Output = T>,
) -> Result<T, ServeError> {
    let app = App::new(desk, clock);
    let server = HttpServer::new(move || {
        let app = app.clone();
        actix_web::App::new().configure(move |config| app::mount(&app, config))
    });
    let server = server.workers(1).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    let worked = async {
        let done = work.await;
        handle.stop(false).await;
        done
    };
    let (served, done) = tokio::join!(server, worked);
    served?;
    Ok(done)
}

async fn stop(handle: &ServerHandle) {
    log::info!("stopping: what is in flight has {LAST_CALL} seconds");
    handle.stop(true).await;
}

/// Says where it is. Not in the log: the claim link is for this console only.
fn welcome(out: &mut impl io::Write, config: &Config, at: &[SocketAddr], claim: Option<&str>) -> io::Result<()> {
    let issuer = &config.issuer;
    let listens: Vec<_> = at.iter().map(ToString::to_string).collect();
    writeln!(out, "Doorbook {} listens on {}", env!("CARGO_PKG_VERSION"), listens.join(" and "))?;
    writeln!(out, "  Public URL  {}", issuer.as_str())?;
    writeln!(out, "  Dashboard   {}", issuer.url("/admin"))?;
    writeln!(out, "  Metadata    {}", issuer.url("/.well-known/oauth-authorization-server"))?;
    if config.sign_in.is_local() {
        writeln!(out, "  Local mode: any name signs in, from this computer only. Set GITHUB_CLIENT_ID to go further.")?;
    }
    if let Some(link) = claim {
        writeln!(out, "  Nobody is administrator yet. Open this link within an hour to become it:\n  {link}")?;
    }
    out.flush()
}
