//! Counters and histograms in the Prometheus text format. Built once, in a registry of their own, without globals. Labels are
//! drawn from closed sets (routes, status classes, reason codes): never a client, a person or an address.

use std::time::Duration;

use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, Result,
    TextEncoder,
};

/// `Content-Type` of the exposition.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

const SECONDS: &[f64] = &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// All figures of one server. Clones count into the same figures.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    refusals: IntCounterVec,
    tokens: IntCounterVec,
    registrations: IntCounter,
    gate: Gate,
    writer: Writer,
}

/// The figures of the gate, resolved beforehand: counting is one atomic addition.
#[derive(Clone)]
pub struct Gate {
    /// Requests let through.
    pub allowed: IntCounter,
    /// Requests refused.
    pub denied: IntCounter,
    /// Tokens whose signature was looked at, because they were seen for the first time.
    pub verified: IntCounter,
    /// Requests answered 503 because the standing could not be refreshed.
    pub unready: IntCounter,
}

/// The figures of the one writer of the database, which counts for itself.
#[derive(Clone)]
struct Writer {
    writes: IntCounter,
    commits: IntCounter,
    waiting: IntGauge,
}

/// The figures of one route, resolved when the route table is built.
#[derive(Clone)]
pub struct RouteFigures {
    by_class: [IntCounter; 5],
    seconds: Histogram,
}

impl RouteFigures {
    /// Counts an answer.
    pub fn count(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        if let Some(counter) = self.by_class.get(class) {
            counter.inc();
        }
        self.seconds.observe(took.as_secs_f64());
    }
}

impl Metrics {
    /// All figures, at zero.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let build =
            Opts::new("doorbook_build_info", "The running version.").const_label("version", env!("CARGO_PKG_VERSION"));
        let build = IntGauge::with_opts(build)?;
        build.set(1);
        registry.register(Box::new(build))?;
        let metrics = Self {
            requests: counters(
                &registry,
                "doorbook_http_requests_total",
                "Answers by route and status class.",
                &["route", "status"],
            )?,
            seconds: {
                let opts = HistogramOpts::new("doorbook_http_request_seconds", "Time from request to answer.");
                let seconds = HistogramVec::new(opts.buckets(SECONDS.to_vec()), &["route"])?;
                registry.register(Box::new(seconds.clone()))?;
                seconds
            },
            refusals: counters(&registry, "doorbook_refusals_total", "Refusals by reason code.", &["reason"])?,
            tokens: counters(
                &registry,
                "doorbook_tokens_issued_total",
                "Access tokens issued, by grant type.",
                &["grant"],
            )?,
            registrations: counter(&registry, "doorbook_registrations_total", "Clients that registered themselves.")?,
            gate: Gate {
                allowed: counter(&registry, "doorbook_gate_allowed_total", "Requests the gate let through.")?,
                denied: counter(&registry, "doorbook_gate_denied_total", "Requests the gate refused.")?,
                verified: counter(
                    &registry,
                    "doorbook_gate_verified_total",
                    "Tokens the gate saw for the first time.",
                )?,
                unready: counter(
                    &registry,
                    "doorbook_gate_unready_total",
                    "Requests while the standing was out of date.",
                )?,
            },
            writer: Writer {
                writes: counter(&registry, "doorbook_writer_writes_total", "Writes, refused ones too.")?,
                commits: counter(&registry, "doorbook_writer_commits_total", "Commits; each holds one write or many.")?,
                waiting: {
                    let waiting = IntGauge::new("doorbook_writer_queue_length", "Writes that wait for the writer.")?;
                    registry.register(Box::new(waiting.clone()))?;
                    waiting
                },
            },
            registry,
        };
        Ok(metrics)
    }

    /// The figures of a route; the same ones for the same name.
    pub fn route(&self, name: &'static str) -> RouteFigures {
        RouteFigures {
            by_class: CLASSES.map(|class| self.requests.with_label_values(&[name, class])),
            seconds: self.seconds.with_label_values(&[name]),
        }
    }

    /// The gate's own figures.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Takes over what the writer has counted since it started.
    pub fn writer(&self, writes: u64, commits: u64, waiting: u64) {
        self.writer.writes.inc_by(writes.saturating_sub(self.writer.writes.get()));
        self.writer.commits.inc_by(commits.saturating_sub(self.writer.commits.get()));
        self.writer.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    }

    /// Counts a refusal under its reason code.
    pub fn refused(&self, reason: &'static str) {
        self.refusals.with_label_values(&[reason]).inc();
    }

    /// Counts an access token, by the grant type that gave it.
    pub fn issued(&self, grant: &'static str) {
        self.tokens.with_label_values(&[grant]).inc();
    }

    /// Counts a dynamic registration.
    pub fn registered(&self) {
        self.registrations.inc();
    }

    /// The text that a Prometheus server reads.
    pub fn exposition(&self) -> Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter> {
    let counter = IntCounter::new(name, help)?;
    registry.register(Box::new(counter.clone()))?;
    Ok(counter)
}

fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
    let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(counters.clone()))?;
    Ok(counters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_in_the_exposition() {
        let metrics = Metrics::new().unwrap();
        let token = metrics.route("token");
        token.count(200, Duration::from_micros(300));
        metrics.route("token").count(201, Duration::from_micros(300));
        token.count(400, Duration::from_micros(300));
        token.count(999, Duration::ZERO);
        metrics.refused("unknown_code");
        metrics.issued("refresh_token");
        metrics.registered();
        metrics.gate().allowed.inc();
        metrics.writer(3, 2, 7);
        metrics.writer(9, 4, 1);
        let text = metrics.exposition().unwrap();
        for line in [
            r#"doorbook_http_requests_total{route="token",status="2xx"} 2"#,
            r#"doorbook_http_requests_total{route="token",status="4xx"} 1"#,
            r#"doorbook_http_requests_total{route="token",status="5xx"} 1"#,
            r#"doorbook_http_request_seconds_count{route="token"} 4"#,
            r#"doorbook_refusals_total{reason="unknown_code"} 1"#,
            r#"doorbook_tokens_issued_total{grant="refresh_token"} 1"#,
            "doorbook_registrations_total 1",
            "doorbook_gate_allowed_total 1",
            "doorbook_gate_denied_total 0",
            "doorbook_writer_writes_total 9",
            "doorbook_writer_commits_total 4",
            "doorbook_writer_queue_length 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn two_servers_in_one_process_count_apart() {
        let (one, other) = (Metrics::new().unwrap(), Metrics::new().unwrap());
        one.registered();
        assert!(other.exposition().unwrap().contains("doorbook_registrations_total 0"));
    }
}
