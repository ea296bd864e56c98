//! Exceptions to the rule that addresses named by strangers must be public: hosts that the administrator vouches for.

use std::net::IpAddr;

use ipnet::IpNet;

/// A host that may stand at an address that is not public.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exception {
    /// The host, in lower case.
    pub host: String,
    /// Where it may stand; `None`: anywhere.
    pub network: Option<IpNet>,
}

impl Exception {
    /// Reads `host` or `host=network`.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, network) = match text.split_once('=') {
            Some((host, network)) => (host, Some(read_network(network)?)),
            None => (text, None),
        };
        let host = host.to_ascii_lowercase();
        let good = !host.is_empty()
            && host.len() <= 253
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
        good.then_some(Self { host, network })
    }

    /// Whether it lets that host stand there.
    pub fn covers(&self, host: &str, address: IpAddr) -> bool {
        self.host == host && self.network.is_none_or(|network| network.contains(&address))
    }
}

fn read_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_alone_or_with_its_network() {
        for (text, host, address, covered) in [
            ("a.internal", "a.internal", "10.0.0.1", Some(true)),
            ("A.internal=10.0.0.0/8", "a.internal", "10.9.9.9", Some(true)),
            ("a.internal=10.0.0.0/8", "a.internal", "192.168.0.1", Some(false)),
            ("a.internal=10.0.0.1", "a.internal", "10.0.0.2", Some(false)),
            ("a.internal", "b.internal", "10.0.0.1", Some(false)),
            ("a.internal=ten", "", "10.0.0.1", None),
            ("https://a.internal", "", "10.0.0.1", None),
            ("", "", "10.0.0.1", None),
        ] {
            let read = Exception::parse(text);
            assert_eq!(read.map(|e| e.covers(host, address.parse().unwrap())), covered, "{text}");
        }
    }
}
