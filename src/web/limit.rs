//! Token buckets per client address, one kind for each limit that the route table names. Memory is bounded: addresses whose
//! bucket is full again are forgotten, and when too many are remembered at once, neighbours share a bucket.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use ipnet::IpNet;

use crate::{
    base::time::Span,
    oauth::{error, error::OAuthError, why::Why},
};

/// So many addresses are told apart per limit.
const MOST: usize = 50_000;
/// How many requests pass between two looks at how many addresses are remembered.
const LOOK_EVERY: u32 = 1_024;
/// How much more an address that many people share may ask.
const SHARED_FACTOR: u32 = 10;

/// The limit of a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitName {
    /// None: the gate, metadata, health.
    None,
    /// Registration and its management.
    Register,
    /// Token, revocation, introspection.
    Token,
    /// Authorization and what follows it.
    Authorize,
    /// Pages.
    Page,
    /// The dashboard's API.
    Api,
    /// Where somebody could guess a short secret: holds even when limits are switched off.
    Guess,
}

/// A full bucket and how fast it fills again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// How many requests at once.
    pub burst: u32,
    /// After which time there is room for one more.
    pub every: Duration,
}

impl Rate {
    /// A burst, and then so many a second.
    pub const fn per_second(burst: u32, n: u32) -> Self {
        let n = if n == 0 { 1 } else { n };
        Self { burst, every: Duration::from_nanos(1_000_000_000 / n as u64) }
    }
}

/// The rates of all limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// For [`LimitName::Register`].
    pub register: Rate,
    /// For [`LimitName::Token`].
    pub token: Rate,
    /// For [`LimitName::Authorize`].
    pub authorize: Rate,
    /// For [`LimitName::Page`].
    pub page: Rate,
    /// For [`LimitName::Api`].
    pub api: Rate,
    /// For [`LimitName::Guess`].
    pub guess: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            register: Rate::per_second(60, 1),
            token: Rate::per_second(300, 20),
            authorize: Rate::per_second(60, 5),
            page: Rate::per_second(120, 10),
            api: Rate::per_second(300, 20),
            guess: Rate { burst: 10, every: Duration::from_secs(10) },
        }
    }
}

/// All limits of one server.
pub struct Limits {
    on: bool,
    shared: Vec<IpNet>,
    register: Limit,
    token: Limit,
    authorize: Limit,
    page: Limit,
    api: Limit,
    guess: Limit,
}

impl Limits {
    /// Limits at these rates. `on` switches all but guessing; addresses in `shared` get buckets ten times as wide.
    pub fn new(rates: &Rates, on: bool, shared: Vec<IpNet>) -> Self {
        Self {
            on,
            shared,
            register: Limit::new(rates.register),
            token: Limit::new(rates.token),
            authorize: Limit::new(rates.authorize),
            page: Limit::new(rates.page),
            api: Limit::new(rates.api),
            guess: Limit::new(rates.guess),
        }
    }

    /// Takes one from the address's bucket; a refusal says when to come back.
    pub fn check(&self, name: LimitName, ip: Option<IpAddr>) -> Result<(), OAuthError> {
        let (limit, may_be_wide) = match name {
            LimitName::Guess => (&self.guess, false),
            _ if !self.on => return Ok(()),
            LimitName::None => return Ok(()),
            LimitName::Register => (&self.register, true),
            LimitName::Token => (&self.token, true),
            LimitName::Authorize => (&self.authorize, true),
            LimitName::Page => (&self.page, true),
            LimitName::Api => (&self.api, true),
        };
        let wide = may_be_wide && ip.is_some_and(|ip| self.shared.iter().any(|net| net.contains(&ip)));
        let bucket = if wide { &limit.wide } else { &limit.usual };
        bucket.take(ip).map_err(|wait| error::too_many(Why::TooMany, wait))
    }

    /// Forgets addresses whose buckets are full again, and ends a crowd that has gone.
    pub fn sweep(&self) {
        for limit in [&self.register, &self.token, &self.authorize, &self.page, &self.api, &self.guess] {
            limit.usual.sweep();
            limit.wide.sweep();
        }
    }
}

/// One limit: the usual buckets, and those of addresses that many share.
struct Limit {
    usual: Buckets,
    wide: Buckets,
}

impl Limit {
    fn new(rate: Rate) -> Self {
        let wide = Rate { burst: rate.burst.saturating_mul(SHARED_FACTOR), every: rate.every / SHARED_FACTOR };
        Self { usual: Buckets::new(rate), wide: Buckets::new(wide) }
    }
}

/// One bucket per address.
struct Buckets {
    limiter: DefaultKeyedRateLimiter<u64>,
    asked: AtomicU32,
    crowded: AtomicBool,
}

impl Buckets {
    fn new(rate: Rate) -> Self {
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(rate.every).unwrap_or_else(|| Quota::per_second(burst)).allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), asked: AtomicU32::new(1), crowded: AtomicBool::new(false) }
    }

    fn take(&self, ip: Option<IpAddr>) -> Result<(), Span> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY) {
            self.look_around();
        }
        let crowded = self.crowded.load(Ordering::Relaxed);
        self.limiter.check_key(&key_of(ip, crowded)).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.limiter.clock().now());
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Span::seconds(i64::try_from(seconds).unwrap_or(i64::MAX).max(1))
        })
    }

    fn look_around(&self) {
        if self.limiter.len() > MOST {
            self.limiter.retain_recent();
        }
        self.crowded.store(self.limiter.len() > MOST, Ordering::Relaxed);
    }

    fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        self.look_around();
    }
}

/// What has a bucket of its own: an IPv4 address or an IPv6 network of 64 bits. In a crowd, IPv4 networks of 16 bits, and IPv6
/// networks of 32 bits folded into 16: at most twice 65,536. The upper bits keep the kinds apart; no IPv6 network that is in
/// use begins with as many zeros.
fn key_of(ip: Option<IpAddr>, crowded: bool) -> u64 {
    match ip {
        None => 0,
        Some(IpAddr::V4(ip)) if crowded => 2 << 32 | u64::from(ip.to_bits() >> 16),
        Some(IpAddr::V4(ip)) => 1 << 32 | u64::from(ip.to_bits()),
        Some(IpAddr::V6(ip)) => {
            let network = (ip.to_bits() >> 64) as u64;
            let folded = ((network >> 48) ^ (network >> 32)) & 0xffff;
            if crowded { 3 << 32 | folded } else { network }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn limits(on: bool) -> Limits {
        let slow = Rate { burst: 2, every: Duration::from_secs(100) };
        let rates = Rates { register: slow, token: slow, authorize: slow, page: slow, api: slow, guess: slow };
        Limits::new(&rates, on, vec!["160.79.104.0/21".parse().unwrap()])
    }

    #[test]
    fn a_bucket_runs_dry_and_says_when_to_come_back() {
        let limits = limits(true);
        for _ in 0..2 {
            assert!(limits.check(LimitName::Register, ip("192.0.2.1")).is_ok());
        }
        let error = limits.check(LimitName::Register, ip("192.0.2.1")).unwrap_err();
        assert_eq!((error.status(), error.code()), (429, "temporarily_unavailable"));
        let wait = error.retry_after().unwrap().as_seconds();
        assert!((99..=100).contains(&wait), "{wait}");
        assert!(limits.check(LimitName::Register, ip("192.0.2.2")).is_ok());
        assert!(limits.check(LimitName::Token, ip("192.0.2.1")).is_ok());
        assert!(limits.check(LimitName::None, ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn ipv6_neighbours_share_and_hosted_ranges_have_more() {
        let limits = limits(true);
        for host in ["2001:db8::1", "2001:db8::2"] {
            assert!(limits.check(LimitName::Page, ip(host)).is_ok());
        }
        assert!(limits.check(LimitName::Page, ip("2001:db8::3")).is_err());
        assert!(limits.check(LimitName::Page, ip("2001:db8:0:1::1")).is_ok());
        for _ in 0..20 {
            assert!(limits.check(LimitName::Page, ip("160.79.104.9")).is_ok());
        }
        assert!(limits.check(LimitName::Page, ip("160.79.104.9")).is_err());
    }

    #[test]
    fn guessing_stays_limited_when_limits_are_off() {
        let limits = limits(false);
        let tries = |name: LimitName| (0..5).filter(|_| limits.check(name, ip("192.0.2.1")).is_ok()).count();
        assert_eq!(tries(LimitName::Token), 5);
        assert_eq!(tries(LimitName::Guess), 2);
    }

    #[test]
    fn dos_07_a_crowd_does_not_fill_the_memory() {
        let limits = limits(true);
        for n in 0..60_000_u32 {
            let ip = IpAddr::from((u128::from(n) | 0x2001_0db8_0000_0000).rotate_left(64).to_be_bytes());
            let _ = limits.check(LimitName::Token, Some(ip));
        }
        assert!(limits.token.usual.limiter.len() <= MOST + LOOK_EVERY as usize + 1);
        assert!(limits.token.usual.crowded.load(Ordering::Relaxed));
        assert!(limits.check(LimitName::Token, ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn kinds_of_keys_do_not_meet() {
        let keys = [
            key_of(None, false),
            key_of(ip("0.0.0.0"), false),
            key_of(ip("0.0.0.0"), true),
            key_of(ip("2000::"), true),
            key_of(ip("2000::"), false),
            key_of(ip("255.255.255.255"), false),
            key_of(ip("255.255.255.255"), true),
        ];
        for (n, key) in keys.iter().enumerate() {
            assert!(!keys[..n].contains(key));
        }
    }
}
