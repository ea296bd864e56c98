//! What Linux says of a process in /proc: its CPU time, how often its threads woke up, its memory.

use std::{
    collections::HashMap,
    fs::{self, File},
    os::unix::fs::FileExt,
    str,
    time::Duration,
};

use anyhow::Context;

/// A process, by its number.
#[derive(Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

/// What each thread has used since it began, by its number.
pub(crate) struct Used<T>(HashMap<String, T>);

impl Process {
    /// The CPU time of each thread, in nanoseconds (`schedstat`: `stat` counts in hundredths of a second, too coarse for a slice).
    pub(crate) fn cpu_time(self) -> anyhow::Result<Used<u64>> {
        self.by_thread("schedstat", |text| text.split_whitespace().next()?.parse().ok())
    }

    /// How often each thread went to sleep, and so how often it woke up.
    pub(crate) fn sleeps(self) -> anyhow::Result<Used<u64>> {
        self.by_thread("status", |text| {
            let line = text.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
            line.trim().parse().ok()
        })
    }

    fn by_thread(self, file: &str, read: impl Fn(&str) -> Option<u64>) -> anyhow::Result<Used<u64>> {
        let mut used = HashMap::new();
        for thread in fs::read_dir(format!("/proc/{}/task", self.0))? {
            let thread = thread?;
            // A thread may end between the two looks.
            let Ok(text) = fs::read_to_string(thread.path().join(file)) else { continue };
            let value = read(&text).with_context(|| format!("/proc/PID/task/TID/{file} looks strange: {text}"))?;
            used.insert(thread.file_name().to_string_lossy().into_owned(), value);
        }
        Ok(Used(used))
    }

    /// Resident memory in megabytes.
    pub(crate) fn resident_megabytes(self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Used<u64> {
    /// What was used since an earlier look.
    pub(crate) fn since(&self, before: &Self) -> u64 {
        let before_of = |thread: &String| before.0.get(thread).copied().unwrap_or_default();
        self.0.iter().map(|(thread, value)| value.saturating_sub(before_of(thread))).sum()
    }
}

/// The CPU time of the thread that asks.
pub(crate) fn own_cpu_time() -> anyhow::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("schedstat looks strange")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// How long one thread was ready to run and had no core.
pub(crate) struct Queued(File);

impl Queued {
    /// Of the thread that asks.
    pub(crate) fn own() -> anyhow::Result<Self> {
        Ok(Self(File::open("/proc/thread-self/schedstat")?))
    }

    /// Since the thread began.
    pub(crate) fn so_far(&self) -> anyhow::Result<Duration> {
        let mut text = [0; 64];
        let length = self.0.read_at(&mut text, 0)?;
        let text = str::from_utf8(text.get(..length).unwrap_or_default())?;
        let nanoseconds = text.split_whitespace().nth(1).context("schedstat looks strange")?;
        Ok(Duration::from_nanos(nanoseconds.parse()?))
    }
}

/// The CPU time in seconds of this process and of its children that have ended.
pub(crate) fn own_and_children() -> anyhow::Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').context("/proc/self/stat looks strange")?;
    // Fields 14 to 17: user and system, of its own and of its children, in hundredths of a second.
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(4).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// The CPU time of the whole machine in seconds: what was busy, and all there was.
pub(crate) fn machine() -> anyhow::Result<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    // user, nice, system, idle, iowait, irq, softirq, steal, in hundredths of a second
    let ticks: Vec<f64> = line.split_whitespace().skip(1).take(8).map(str::parse).collect::<Result<_, _>>()?;
    let all: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    Ok(((all - idle) / 100.0, all / 100.0))
}
