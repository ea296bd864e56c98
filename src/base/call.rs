//! What a flow knows about the request it serves: made once at the door, passed by reference.

use super::time::Time;

/// One call of Doorbook: a web request, a command line, a job's run.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it came in. The only `now` that anything behind the door sees.
    pub now: Time,
    /// The same in milliseconds, for ids that sort by time and for nothing else.
    pub millis: i64,
    /// The client's address as far as the trusted proxies vouch for it; empty for calls from this machine's command line and jobs.
    pub ip: String,
    /// Names this call in logs, audit and error pages.
    pub request_id: String,
    /// What the caller says it is (`User-Agent`), cut to 200 characters.
    pub user_agent: String,
}

impl Call {
    /// A call that comes from no network: the command line or a job.
    pub fn inside(now: Time, request_id: impl Into<String>) -> Self {
        let millis = now.unix().saturating_mul(1_000);
        Self { now, millis, ip: String::new(), request_id: request_id.into(), user_agent: String::new() }
    }
}
