//! A server as a child process: started on a free loopback port, watched through /proc, killed when dropped.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{
    http::{self, Connection},
    process::Process,
};

/// Which server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Bare,
    Mini,
    Doorbook,
}

impl Which {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Mini => "mini",
            Self::Doorbook => "doorbook",
        }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) which: Which,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first answer.
    pub(crate) started_in: Duration,
    folder: PathBuf,
    workers: usize,
    child: Child,
}

impl Server {
    /// Starts it with its files in `folder`, at that address or on a free port, and waits until it answers.
    pub(crate) fn start(which: Which, folder: &Path, workers: usize, at: Option<SocketAddr>) -> anyhow::Result<Self> {
        let address = match at {
            Some(address) => address,
            None => TcpListener::bind("127.0.0.1:0")?.local_addr()?,
        };
        let mut command = match which {
            Which::Doorbook => doorbook(folder, workers, address),
            Which::Bare | Which::Mini => yardstick(which, folder, workers, address)?,
        };
        let log = fs::File::options().create(true).append(true).open(log_of(which, folder))?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let start = Instant::now();
        let child = command.spawn().with_context(|| format!("{} does not start", which.name()))?;
        let started_in = Duration::ZERO;
        let mut server = Self { which, address, started_in, folder: folder.to_owned(), workers, child };
        server.wait_until_it_answers(start)?;
        server.started_in = start.elapsed();
        Ok(server)
    }

    fn wait_until_it_answers(&mut self, start: Instant) -> anyhow::Result<()> {
        let request = self.request("GET", "/.well-known/oauth-authorization-server", &[], "");
        loop {
            let status =
                Connection::open(self.address).and_then(|mut c| c.ask(&request).map(|answer| answer.status)).ok();
            if status == Some(200) {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(15) {
                bail!("{} did not come up ({status:?}):\n{}", self.which.name(), self.said()?);
            }
            thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// A request to this server, ready to be sent.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Vec<u8> {
        http::request(method, path, &self.address.to_string(), headers, body)
    }

    /// What it has printed.
    pub(crate) fn said(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(log_of(self.which, &self.folder))?)
    }

    /// What the command line answers to that, beside the running server.
    pub(crate) fn told(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = doorbook(&self.folder, self.workers, self.address);
        let output = command.current_dir(&self.folder).args(arguments).output()?;
        if !output.status.success() {
            bail!("doorbook {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The same server anew, with the same files at the same address.
    pub(crate) fn restart(&mut self) -> anyhow::Result<()> {
        self.stop();
        *self = Self::start(self.which, &self.folder, self.workers, Some(self.address))?;
        Ok(())
    }

    /// Ends the process.
    pub(crate) fn stop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// The process.
    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }
}

fn log_of(which: Which, folder: &Path) -> PathBuf {
    folder.join(format!("{}.log", which.name()))
}

fn database_of(which: Which, folder: &Path) -> PathBuf {
    folder.join(format!("{}.db", which.name()))
}

fn doorbook(folder: &Path, workers: usize, address: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorbook"));
    command
        .env_clear()
        .env("DOORBOOK_BIND", address.to_string())
        .env("DOORBOOK_PUBLIC_URL", format!("http://{address}"))
        .env("DATABASE_URL", database_of(Which::Doorbook, folder))
        .env("DOORBOOK_RATE_LIMIT", "off")
        .env("DOORBOOK_MOST_CLIENTS", "10000000")
        .env("DOORBOOK_WORKERS", workers.to_string());
    command
}

fn yardstick(which: Which, folder: &Path, workers: usize, address: SocketAddr) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["--serve", which.name(), "--bind", &address.to_string(), "--workers", &workers.to_string()])
        .arg("--database")
        .arg(database_of(which, folder));
    Ok(command)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
