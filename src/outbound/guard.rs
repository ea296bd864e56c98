//! The guarded fetcher: JSON from addresses that strangers name, and to those that an administrator names. `https` only; only public addresses, judged where the
//! connection is made, so that a name that changes its mind gains nothing; no redirects, no proxy, a deadline, an end to the
//! length, and a budget. Loopback is open in local mode alone, other places by exceptions that the administrator configures.

use std::{
    collections::HashMap,
    error::Error,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Certificate, RequestBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, EXPIRES, HeaderMap, HeaderName},
};
use serde_json::Value;
use time::{PrimitiveDateTime, macros::format_description};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::{Host, Url};

use super::{
    address::is_public,
    client::{self, BodyError},
};
use crate::base::{
    egress::Exception,
    time::{Span, Time},
};

/// The deadline for a whole fetch, unless the caller says otherwise.
pub const TOTAL: Duration = Duration::from_secs(5);
/// The longest body that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// Fetches in a minute.
const MOST: u32 = 120;
/// Fetches in a minute from one host.
const MOST_OF_HOST: u32 = 30;
/// Fetches at once.
const AT_ONCE: usize = 16;

/// How names become addresses.
#[derive(Clone, Debug)]
pub enum Names {
    /// As the system says.
    System,
    /// From this list alone, which may change.
    Listed(Arc<Mutex<HashMap<String, Vec<IpAddr>>>>),
}

/// What a guard allows.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether loopback may be asked, without TLS too: local mode.
    pub loopback: bool,
    /// Hosts that may stand at addresses that are not public.
    pub exceptions: Vec<Exception>,
    /// Certificate authorities to trust besides the system's, as PEM.
    pub roots: Option<Vec<u8>>,
    /// The deadline for one fetch, body included.
    pub total: Duration,
    /// How names become addresses.
    pub names: Names,
}

/// For whom something is fetched. Each has a budget of its own, so that strangers cannot starve clients that people use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lane {
    /// For anybody.
    Stranger,
    /// For a client that somebody has let in.
    Known,
}

/// Why nothing was fetched. It repeats nothing of the body.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FetchError {
    /// Not an address that may be fetched at all.
    #[error("the address is not an https URL")]
    Url,
    /// It leads somewhere that is not public.
    #[error("the address is not public")]
    Address,
    /// No connection, no TLS, or it broke off.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The deadline passed.
    #[error("the server did not answer in time")]
    TimedOut,
    /// An answer that is no success; redirects count.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// A success that does not call itself JSON, or is none.
    #[error("the answer is not JSON")]
    NotJson,
    /// A body over the limit.
    #[error("the answer is too long")]
    TooLarge,
    /// Too much was fetched lately.
    #[error("too much was fetched lately")]
    Budget,
}

/// The certificate authorities to trust besides the system's are none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no certificate in it that can be used; name a PEM file that begins with -----BEGIN CERTIFICATE-----")]
pub struct NoCertificate;

impl FetchError {
    /// Whether it may be over soon and says nothing against what was fetched before: a bot wall is no revocation.
    pub const fn is_passing(self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut | Self::Budget => true,
            Self::Status(status) => status >= 500 || status == 403 || status == 429,
            Self::Url | Self::Address | Self::NotJson | Self::TooLarge => false,
        }
    }
}

/// What was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// The body.
    pub body: Value,
    /// For how long its server says that it may be kept; `None`: it does not say.
    pub fresh_for: Option<Span>,
}

/// The fetcher.
pub struct Guard {
    /// Nothing on a system without any root certificates: there is then nobody to believe.
    client: Option<reqwest::Client>,
    rules: Arc<Rules>,
    lanes: [LaneState; 2],
}

#[derive(Debug)]
struct Rules {
    loopback: bool,
    exceptions: Vec<Exception>,
    names: Names,
}

#[derive(Debug)]
struct LaneState {
    budget: Mutex<Budget>,
    at_once: Semaphore,
}

/// What was fetched in the minute that runs.
#[derive(Debug, Default)]
struct Budget {
    minute: i64,
    all: u32,
    hosts: HashMap<String, u32>,
}

impl Guard {
    /// Makes the fetcher. Fails when the extra certificate authorities cannot be read.
    pub fn new(settings: Settings) -> Result<Self, NoCertificate> {
        let Settings { loopback, exceptions, roots, total, names } = settings;
        let rules = Arc::new(Rules { loopback, exceptions, names });
        let mut builder = client::builder(total)
            .referer(false)
            // Each fetch resolves and judges anew.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Judged(rules.clone())));
        if let Some(pem) = roots {
            builder = builder.tls_certs_merge(authorities(&pem)?);
        }
        let client = builder.build().ok();
        let lane = || LaneState { budget: Mutex::default(), at_once: Semaphore::new(AT_ONCE) };
        Ok(Self { client, rules, lanes: [lane(), lane()] })
    }

    /// GET; the answer as JSON.
    pub async fn get(&self, url: &str, lane: Lane, now: Time) -> Result<Fetched, FetchError> {
        let ask = |client: &reqwest::Client, url| {
            client.get(url).header(ACCEPT, "application/json, application/*+json;q=0.9")
        };
        let (response, _turn) = self.send(url, lane, now, ask).await?;
        read(response).await
    }

    /// POST of JSON; whether it was taken. Nothing of the answer is read.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&str, String)],
        body: &str,
        lane: Lane,
        now: Time,
    ) -> Result<(), FetchError> {
        let ask = |client: &reqwest::Client, url| {
            let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body.to_owned());
            headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
        };
        let (response, _turn) = self.send(url, lane, now, ask).await?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(FetchError::Status(status.as_u16())) }
    }

    /// The answer, and the turn that it takes for as long as it is read.
    async fn send(
        &self,
        url: &str,
        lane: Lane,
        now: Time,
        ask: impl FnOnce(&reqwest::Client, Url) -> RequestBuilder,
    ) -> Result<(Response, SemaphorePermit<'_>), FetchError> {
        let url = self.rules.judge(url)?;
        let host = url.host_str().unwrap_or_default();
        let [strangers, known] = &self.lanes;
        let lane = if lane == Lane::Known { known } else { strangers };
        let turn = lane.at_once.try_acquire().map_err(|_| FetchError::Budget)?;
        if !lane.budget.lock().unwrap_or_else(PoisonError::into_inner).takes(host, now) {
            return Err(FetchError::Budget);
        }
        let client = self.client.as_ref().ok_or(FetchError::Unreachable)?;
        let response = ask(client, url.clone()).send().await.map_err(|e| why(&e))?;
        // The resolver judged it already; a connection to anywhere else would be a fault of ours.
        let there = response.remote_addr().map(|address| address.ip());
        if there.is_some_and(|address| !self.rules.allows(host, address)) {
            return Err(FetchError::Address);
        }
        Ok((response, turn))
    }
}

impl Rules {
    /// An address that may be asked, as far as it can be told before its name is resolved.
    fn judge(&self, text: &str) -> Result<Url, FetchError> {
        let url = Url::parse(text).map_err(|_| FetchError::Url)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let loopback = self.loopback && crate::base::resource::is_loopback(&url);
        if !plain || !(url.scheme() == "https" || (url.scheme() == "http" && loopback)) {
            return Err(FetchError::Url);
        }
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchError::Url),
        };
        match literal {
            Some(address) if !self.allows(url.host_str().unwrap_or_default(), address) => Err(FetchError::Address),
            _ => Ok(url),
        }
    }

    /// Whether that host may stand there.
    fn allows(&self, host: &str, address: IpAddr) -> bool {
        is_public(address)
            || (self.loopback && address.is_loopback())
            || self.exceptions.iter().any(|exception| exception.covers(host, address))
    }
}

impl Budget {
    /// Whether one more may be fetched; if so, it counts.
    fn takes(&mut self, host: &str, now: Time) -> bool {
        let minute = now.unix().div_euclid(60);
        if self.minute != minute {
            *self = Self { minute, ..Self::default() };
        }
        let of_host = self.hosts.entry(host.to_owned()).or_default();
        if self.all >= MOST || *of_host >= MOST_OF_HOST {
            return false;
        }
        self.all += 1;
        *of_host += 1;
        true
    }
}

/// Resolves names and hands out only the addresses that may be asked: what is connected to was judged.
struct Judged(Arc<Rules>);

/// A name that leads nowhere public.
#[derive(Debug, thiserror::Error)]
#[error("the address is not public")]
struct NotPublic;

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_ascii_lowercase();
            let found: Vec<SocketAddr> = match &rules.names {
                Names::System => tokio::net::lookup_host((host.as_str(), 0)).await?.collect(),
                Names::Listed(list) => {
                    let list = list.lock().unwrap_or_else(PoisonError::into_inner);
                    list.get(&host).into_iter().flatten().map(|ip| SocketAddr::new(*ip, 0)).collect()
                }
            };
            let named = !found.is_empty();
            let allowed: Vec<_> = found.into_iter().filter(|address| rules.allows(&host, address.ip())).collect();
            if allowed.is_empty() && named {
                return Err(Box::new(NotPublic) as Box<dyn Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The certificates of a PEM file, when there are any and each can be used.
pub fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, NoCertificate> {
    let all = Certificate::from_pem_bundle(pem).map_err(|_| NoCertificate)?;
    let usable = !all.is_empty() && client::builder(TOTAL).tls_certs_only(all.clone()).build().is_ok();
    if usable { Ok(all) } else { Err(NoCertificate) }
}

async fn read(response: Response) -> Result<Fetched, FetchError> {
    let status = response.status();
    if status.as_u16() != 200 {
        return Err(FetchError::Status(status.as_u16()));
    }
    if !is_json(&text(response.headers(), &CONTENT_TYPE)) {
        return Err(FetchError::NotJson);
    }
    let fresh_for = fresh_for(response.headers());
    let body = client::body(response, LONGEST).await?;
    let body = serde_json::from_slice(&body).map_err(|_| FetchError::NotJson)?;
    Ok(Fetched { body, fresh_for })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    values.join(",").to_ascii_lowercase()
}

/// `application/json`, or any type that ends in `+json`.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// How long it may be kept, without the time that it lay in caches on the way (RFC 9111 section 4.2): by `max-age`, else by
/// `Expires`; nothing for what must not be kept.
fn fresh_for(headers: &HeaderMap) -> Option<Span> {
    let control = text(headers, &CACHE_CONTROL);
    let mut directives = control.split(',').map(str::trim);
    if directives.clone().any(|directive| matches!(directive, "no-store" | "no-cache")) {
        return Some(Span::ZERO);
    }
    let most: i64 = match directives.find_map(|directive| directive.strip_prefix("max-age=")) {
        Some(most) => most.trim_matches('"').parse().ok()?,
        None => until_expires(headers)?,
    };
    let age: i64 = text(headers, &AGE).parse().unwrap_or(0);
    Some(Span::seconds(most.saturating_sub(age.max(0)).max(0)))
}

/// The seconds from `Date` to `Expires`, both by the clock of the host (RFC 9111 section 4.2.1). What is no date has passed
/// (section 5.3).
fn until_expires(headers: &HeaderMap) -> Option<i64> {
    let format = format_description!(
        "[weekday repr:short case_sensitive:false], [day] [month repr:short case_sensitive:false] [year] [hour]:[minute]:[second] gmt"
    );
    let moment = |name| PrimitiveDateTime::parse(&text(headers, name), format).ok();
    let (given, expires) = (moment(&DATE)?, headers.contains_key(EXPIRES).then(|| moment(&EXPIRES))?);
    Some(expires.map_or(0, |expires| (expires - given).whole_seconds()))
}

impl From<BodyError> for FetchError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Broken(error) => why(&error),
            BodyError::TooLong => Self::TooLarge,
        }
    }
}

fn why(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if this.is::<NotPublic>() {
            return FetchError::Address;
        }
        cause = this.source();
    }
    if error.is_timeout() { FetchError::TimedOut } else { FetchError::Unreachable }
}

#[cfg(test)]
mod tests;
