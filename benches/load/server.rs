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

use crate::http::{self, Connection};

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
    log: PathBuf,
    child: Child,
}

impl Server {
    /// Starts it with its files in `folder`, at that address or on a free port, and waits until it answers.
    pub(crate) fn start(which: Which, folder: &Path, workers: usize, at: Option<SocketAddr>) -> anyhow::Result<Self> {
        let address = match at {
            Some(address) => address,
            None => TcpListener::bind("127.0.0.1:0")?.local_addr()?,
        };
        let bind = address.to_string();
        let database = folder.join(format!("{}.db", which.name()));
        let mut command = match which {
            Which::Doorbook => Command::new(env!("CARGO_BIN_EXE_doorbook")),
            Which::Bare | Which::Mini => Command::new(std::env::current_exe()?),
        };
        match which {
            Which::Doorbook => command
                .env_clear()
                .env("DOORBOOK_BIND", &bind)
                .env("DOORBOOK_PUBLIC_URL", format!("http://{bind}"))
                .env("DATABASE_URL", &database)
                .env("DOORBOOK_RATE_LIMIT", "off")
                .env("DOORBOOK_MOST_CLIENTS", "10000000")
                .env("DOORBOOK_WORKERS", workers.to_string()),
            Which::Bare | Which::Mini => command
                .args(["--serve", which.name(), "--bind", &bind, "--workers", &workers.to_string(), "--database"])
                .arg(&database),
        };
        let log_path = folder.join(format!("{}.log", which.name()));
        let log = fs::File::options().create(true).append(true).open(&log_path)?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let start = Instant::now();
        let child = command.spawn().with_context(|| format!("{} does not start", which.name()))?;
        let mut server = Self { which, address, started_in: Duration::ZERO, log: log_path, child };
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
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Ends the process.
    pub(crate) fn stop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// User and system seconds that the process has used (fields 14 and 15 of /proc/PID/stat, in hundredths).
    pub(crate) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, after_name) = stat.rsplit_once(')').context("/proc/PID/stat looks strange")?;
        let ticks: Vec<f64> =
            after_name.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() / 100.0)
    }

    /// How long its threads have run, to the nanosecond (/proc/PID/task/TID/schedstat).
    pub(crate) fn ran(&self) -> anyhow::Result<Duration> {
        let mut ran = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let Ok(stat) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
            ran += Duration::from_nanos(stat.split_whitespace().next().unwrap_or_default().parse()?);
        }
        Ok(ran)
    }

    /// Resident memory in megabytes.
    pub(crate) fn resident_megabytes(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
