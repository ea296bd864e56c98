//! How a request arrived: when, from whom, under which name, and what a proxy that we trust says about it. The only place that
//! believes forwarding headers; nothing here allocates, because the gate passes through it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicU64, Ordering},
};

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
};
use ipnet::IpNet;

use crate::{
    base::time::Time,
    clock::Clock,
    oauth::{error, error::OAuthError, why::Why},
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
/// Nobody has more proxies in a row.
const MOST_HOPS: usize = 32;
/// The number of a process's first call: large, so that those of the next billions have as many digits.
const FIRST: u64 = 1_000_000_000;

/// Which headers the proxy in front of the gate sets. Only these are read: the others may come from anybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ProxyHeaders {
    /// Traefik and Caddy: `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`.
    #[default]
    Traefik,
    /// nginx: `X-Original-URL` and `X-Original-Method`.
    Nginx,
}

/// What is needed to tell how a request arrived. Made once and shared by all workers.
pub struct Arrivals {
    clock: Clock,
    trusted: Vec<IpNet>,
    proxy: ProxyHeaders,
    started: i64,
    count: AtomicU64,
}

/// The name of a call: the moment this process started and a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestId {
    started: i64,
    number: u64,
}

impl RequestId {
    /// The name: of one length, so that later ones sort behind and the log's index of them grows at its end.
    pub fn text(self) -> String {
        let mut text = String::with_capacity(24);
        text.push_str(itoa::Buffer::new().format(self.started));
        text.push('-');
        text.push_str(itoa::Buffer::new().format(self.number));
        text
    }
}

/// How one request arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When. Read once per request.
    pub now: Time,
    /// The same in milliseconds since the epoch.
    pub millis: i64,
    /// The client's address, as far as trusted proxies vouch for it.
    pub ip: Option<IpAddr>,
    /// Names the call.
    pub id: RequestId,
}

impl Arrival {
    /// The client's address as text, empty where it is not known. Each answer that is logged asks for it, and IPv4's own way
    /// there takes three times as long.
    pub fn ip_text(&self) -> String {
        let ip = match self.ip {
            Some(IpAddr::V4(ip)) => ip,
            Some(IpAddr::V6(ip)) => return ip.to_string(),
            None => return String::new(),
        };
        let mut text = String::with_capacity("255.255.255.255".len());
        for octet in ip.octets() {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(itoa::Buffer::new().format(octet));
        }
        text
    }
}

/// What a trusted proxy asks the gate about, as text that nobody has judged yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forwarded<'r> {
    /// `http` or `https` (a WebSocket's `ws` and `wss` are these too).
    pub scheme: &'static str,
    /// The host, with a port when one was sent.
    pub host: &'r str,
    /// Path and query as the client sent them.
    pub target: &'r str,
    /// The method; empty when the proxy did not say.
    pub method: &'r str,
}

impl Arrivals {
    /// Trusts the proxies in `trusted`, and at the gate the headers of `proxy`.
    pub fn new(clock: Clock, trusted: Vec<IpNet>, proxy: ProxyHeaders) -> Self {
        let started = clock.now_millis();
        Self { clock, trusted, proxy, started, count: AtomicU64::new(FIRST) }
    }

    /// Takes note of a new request. Who calls it keeps that with the request (`extract::note`) where anybody asks later.
    pub fn arrive(&self, req: &HttpRequest) -> Arrival {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let millis = self.clock.now_millis();
        let now = Time::from_unix(millis.div_euclid(1_000));
        Arrival { now, millis, ip: self.client(req), id: RequestId { started: self.started, number } }
    }

    /// The clock that all of this runs by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What the proxy says that the client asked for: `None` when the request comes from nobody we trust or speaks of no other
    /// request; a refusal when what it says is doubled or incomplete.
    pub fn forwarded<'r>(&self, req: &'r HttpRequest) -> Result<Option<Forwarded<'r>>, OAuthError> {
        if !peer(req).is_some_and(|ip| self.trusts(ip)) {
            return Ok(None);
        }
        match self.proxy {
            ProxyHeaders::Traefik => of_traefik(req.headers()),
            ProxyHeaders::Nginx => of_nginx(req.headers()),
        }
    }

    /// The host that the client asked for: `X-Forwarded-Host` when a trusted proxy sent one, else `Host`. For the choice of a
    /// protected resource's document, and for nothing else.
    pub fn host<'r>(&self, req: &'r HttpRequest) -> Option<&'r str> {
        let vouched = peer(req).is_some_and(|ip| self.trusts(ip));
        match one(req.headers(), FORWARDED_HOST) {
            Ok(Some(host)) if vouched => Some(host).filter(|host| is_host(host)),
            Err(_) if vouched => None,
            _ => host_header(req),
        }
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&ip))
    }

    /// Walks from the connection towards the client, for as long as the address reached is a trusted proxy's: the result is
    /// the rightmost address that is not trusted.
    fn client(&self, req: &HttpRequest) -> Option<IpAddr> {
        let mut client = peer(req)?;
        let lines = req.headers().get_all(FORWARDED_FOR).count();
        let line = |n: usize| req.headers().get_all(FORWARDED_FOR).nth(n).and_then(|value| value.to_str().ok());
        let hops = (0..lines).rev().flat_map(|n| line(n).unwrap_or("unreadable").rsplit(','));
        for hop in hops.take(MOST_HOPS) {
            match address(hop) {
                Some(ip) if self.trusts(client) => client = ip,
                _ => break,
            }
        }
        Some(client)
    }
}

/// The address at the other end of the connection.
#[expect(clippy::disallowed_methods, reason = "this is the room that knows the trusted proxies")]
fn peer(req: &HttpRequest) -> Option<IpAddr> {
    req.peer_addr().map(|peer| peer.ip().to_canonical())
}

/// One member of `X-Forwarded-For`: an address, some proxies add the port. IPv4 in IPv6's clothes is IPv4.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let ip = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    Some(ip.to_canonical())
}

/// The value of a header that may appear once.
fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(name);
    match (values.next().map(HeaderValue::as_bytes), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if value.is_ascii() => std::str::from_utf8(value).map(Some).map_err(|_| malformed()),
        _ => Err(malformed()),
    }
}

fn malformed() -> OAuthError {
    error::invalid_request(Why::TargetMalformed)
}

fn of_traefik(headers: &HeaderMap) -> Result<Option<Forwarded<'_>>, OAuthError> {
    let Some(target) = one(headers, FORWARDED_URI)? else {
        return Ok(None);
    };
    let proto = one(headers, FORWARDED_PROTO)?.and_then(scheme).ok_or_else(malformed)?;
    let host = one(headers, FORWARDED_HOST)?.filter(|host| is_host(host)).ok_or_else(malformed)?;
    let method = one(headers, FORWARDED_METHOD)?.unwrap_or_default();
    Ok(Some(Forwarded { scheme: proto, host, target, method }))
}

fn of_nginx(headers: &HeaderMap) -> Result<Option<Forwarded<'_>>, OAuthError> {
    let Some(url) = one(headers, ORIGINAL_URL)? else {
        return Ok(None);
    };
    let (proto, rest) = url.split_once("://").ok_or_else(malformed)?;
    let slash = rest.find('/').ok_or_else(malformed)?;
    let (host, target) = rest.split_at(slash);
    if !is_host(host) {
        return Err(malformed());
    }
    let method = one(headers, ORIGINAL_METHOD)?.unwrap_or_default();
    Ok(Some(Forwarded { scheme: scheme(proto).ok_or_else(malformed)?, host, target, method }))
}

fn scheme(text: &str) -> Option<&'static str> {
    match text {
        "https" | "wss" => Some("https"),
        "http" | "ws" => Some("http"),
        _ => None,
    }
}

/// Whether the text can be a host with or without a port: one value, not a list, and no way out of the authority.
fn is_host(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    !text.is_empty() && text.bytes().all(allowed)
}

/// The one `Host` of a request, in whichever form HTTP/1.1 and HTTP/2 send it.
fn host_header(req: &HttpRequest) -> Option<&str> {
    let header = one(req.headers(), header::HOST).ok()?;
    let authority = req.uri().authority().map(|authority| authority.as_str());
    match (header, authority) {
        (Some(host), Some(authority)) if host != authority => None,
        (host, authority) => host.or(authority),
    }
}

/// Local mode's fence: lets only those in who reach this server under its own name and without a proxy or tunnel, so that no
/// web page and no stranger gets at the local sign-in by another name (DNS rebinding). `authority` is the public URL's.
pub fn local_fence(req: &HttpRequest, authority: &str) -> Result<(), OAuthError> {
    let refuse = |why: Why| Err(error::access_denied(why).describe(why.words()));
    if is_forwarded(req) {
        return refuse(Why::LocalForwarded);
    }
    let mut hosts = req.headers().get_all(&header::HOST).map(HeaderValue::as_bytes);
    let named = req.uri().authority().map(|authority| authority.as_str().as_bytes());
    let (host, second) = (hosts.next().or(named), hosts.next());
    let is_ours = |host: &[u8]| host == authority.as_bytes() || host.eq_ignore_ascii_case(authority.as_bytes());
    if second.is_some() || !host.is_some_and(is_ours) || !named.is_none_or(is_ours) {
        return refuse(Why::LocalHost);
    }
    Ok(())
}

/// Whether anything on the way says that it passed this request on. Nothing is believed by it.
pub fn is_forwarded(req: &HttpRequest) -> bool {
    req.headers().keys().any(|name| is_forwarding(name.as_str()))
}

fn is_forwarding(name: &str) -> bool {
    let is_known = matches!(
        name,
        "forwarded"
            | "via"
            | "x-real-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "true-client-ip"
            | "cf-connecting-ip"
            | "fly-client-ip"
    );
    is_known || name.starts_with("x-forwarded") || name.starts_with("x-original-")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn arrivals(proxy: ProxyHeaders) -> Arrivals {
        let trusted = ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].map(|net| net.parse().unwrap());
        Arrivals::new(Clock::manual(Time::from_unix(1_000)), trusted.to_vec(), proxy)
    }

    fn request(peer: &str, headers: &[(&str, &str)]) -> HttpRequest {
        let mut req = TestRequest::default();
        if let Ok(ip) = peer.parse::<IpAddr>() {
            req = req.peer_addr(SocketAddr::new(ip, 40_000));
        }
        for (name, value) in headers {
            req = req.append_header((*name, *value));
        }
        req.to_http_request()
    }

    #[test]
    fn the_client_is_the_rightmost_address_that_is_not_trusted() {
        let long = "10.0.0.1,".repeat(100) + "10.0.0.1";
        let cases: &[(&str, &[&str], &str)] = &[
            ("203.0.113.9", &[], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["6.6.6.6, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            ("127.0.0.1", &["6.6.6.6", "198.51.100.1", "10.1.2.3"], "198.51.100.1"),
            ("127.0.0.1", &["10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &["6.6.6.6, nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["6.6.6.6, \u{fc}"], "127.0.0.1"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("::1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("::1", &["[2001:db8::7]"], "2001:db8::7"),
            ("::1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("127.0.0.1", &[&long], "10.0.0.1"),
            ("none", &["198.51.100.1"], "none"),
        ];
        for (peer, lines, client) in cases {
            let headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
            let arrival = arrivals(ProxyHeaders::Traefik).arrive(&request(peer, &headers));
            let seen = arrival.ip.map_or_else(|| "none".to_owned(), |ip| ip.to_string());
            assert_eq!(seen, *client, "{peer} {lines:?}");
        }
    }

    #[test]
    fn every_call_has_a_name_of_its_own() {
        let arrivals = arrivals(ProxyHeaders::Traefik);
        let req = request("127.0.0.1", &[]);
        let (one, two) = (arrivals.arrive(&req), arrivals.arrive(&req));
        assert_eq!((one.id.text().as_str(), two.id.text().as_str()), ("1000000-1000000000", "1000000-1000000001"));
        assert_eq!(one.now, Time::from_unix(1_000));
    }

    #[test]
    fn an_address_reads_as_everywhere() {
        for ip in ["192.0.2.7", "127.0.0.1", "255.255.255.255", "0.0.0.0", "2001:db8::7", "::1"] {
            let arrival = arrivals(ProxyHeaders::Traefik).arrive(&request(ip, &[]));
            assert_eq!(arrival.ip_text(), ip);
        }
        assert_eq!(arrivals(ProxyHeaders::Traefik).arrive(&request("none", &[])).ip_text(), "");
    }

    #[test]
    fn fwd_03_the_gate_hears_only_trusted_proxies_and_only_their_headers() {
        const TRAEFIK: &[(&str, &str)] = &[
            ("x-forwarded-method", "POST"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "mcp.example"),
            ("x-forwarded-uri", "/mcp?x=1"),
        ];
        const NGINX: &[(&str, &str)] =
            &[("x-original-url", "https://mcp.example/mcp?x=1"), ("x-original-method", "POST")];
        let said = Forwarded { scheme: "https", host: "mcp.example", target: "/mcp?x=1", method: "POST" };
        for (proxy, right, wrong) in [(ProxyHeaders::Traefik, TRAEFIK, NGINX), (ProxyHeaders::Nginx, NGINX, TRAEFIK)] {
            let arrivals = arrivals(proxy);
            assert_eq!(arrivals.forwarded(&request("10.0.0.2", right)), Ok(Some(said)));
            assert_eq!(arrivals.forwarded(&request("10.0.0.2", wrong)), Ok(None));
            assert_eq!(arrivals.forwarded(&request("203.0.113.9", right)), Ok(None));
            assert_eq!(arrivals.forwarded(&request("none", right)), Ok(None));
        }
    }

    #[test]
    fn fwd_05_doubled_and_incomplete_forwarding_is_refused() {
        const GOOD: [(&str, &str); 3] =
            [("x-forwarded-proto", "wss"), ("x-forwarded-host", "[2001:db8::7]:8443"), ("x-forwarded-uri", "/")];
        let traefik = arrivals(ProxyHeaders::Traefik);
        let req = request("127.0.0.1", &GOOD);
        let seen = traefik.forwarded(&req).unwrap().unwrap();
        assert_eq!((seen.scheme, seen.host, seen.method), ("https", "[2001:db8::7]:8443", ""));
        for extra in GOOD {
            let headers = [GOOD[0], GOOD[1], GOOD[2], extra];
            assert_eq!(traefik.forwarded(&request("127.0.0.1", &headers)).unwrap_err().why(), Why::TargetMalformed);
        }
        for (proto, host) in [("gopher", "a"), ("https", "a, b"), ("https", "a/b"), ("https", "a@b"), ("https", "")] {
            let headers = [("x-forwarded-proto", proto), ("x-forwarded-host", host), ("x-forwarded-uri", "/")];
            assert!(traefik.forwarded(&request("127.0.0.1", &headers)).is_err(), "{proto} {host}");
        }
        assert!(traefik.forwarded(&request("127.0.0.1", &[("x-forwarded-uri", "/")])).is_err());
        for url in ["mcp.example/", "https://mcp.example", "https:///", "https://a@b/", "ftp://a/"] {
            let nginx = arrivals(ProxyHeaders::Nginx);
            assert!(nginx.forwarded(&request("127.0.0.1", &[("x-original-url", url)])).is_err(), "{url}");
        }
    }

    #[test]
    fn the_host_is_the_forwarded_one_only_from_a_trusted_proxy() {
        let arrivals = arrivals(ProxyHeaders::Traefik);
        let both = [("host", "auth.example"), ("x-forwarded-host", "mcp.example")];
        assert_eq!(arrivals.host(&request("10.0.0.2", &both)), Some("mcp.example"));
        assert_eq!(arrivals.host(&request("203.0.113.9", &both)), Some("auth.example"));
        assert_eq!(arrivals.host(&request("10.0.0.2", &both[..1])), Some("auth.example"));
        let doubled = [both[0], both[1], both[1]];
        assert_eq!(arrivals.host(&request("10.0.0.2", &doubled)), None);
    }

    #[test]
    fn local_mode_lets_nobody_in_under_another_name() {
        type Headers = &'static [(&'static str, &'static str)];
        let cases: &[(Headers, Option<Why>)] = &[
            (&[("host", "127.0.0.1:8000")], None),
            (&[("host", "localhost:8000")], Some(Why::LocalHost)),
            (&[("host", "evil.example")], Some(Why::LocalHost)),
            (&[("host", "127.0.0.1:8000"), ("host", "127.0.0.1:8000")], Some(Why::LocalHost)),
            (&[], Some(Why::LocalHost)),
            (&[("host", "127.0.0.1:8000"), ("x-forwarded-for", "203.0.113.9")], Some(Why::LocalForwarded)),
            (&[("host", "127.0.0.1:8000"), ("forwarded", "for=203.0.113.9")], Some(Why::LocalForwarded)),
            (&[("host", "127.0.0.1:8000"), ("cf-connecting-ip", "203.0.113.9")], Some(Why::LocalForwarded)),
        ];
        for (headers, why) in cases {
            let refused = local_fence(&request("127.0.0.1", headers), "127.0.0.1:8000").err();
            assert_eq!(refused.as_ref().map(OAuthError::why), *why, "{headers:?}");
            assert!(refused.is_none_or(|error| error.status() == 403));
        }
    }
}
