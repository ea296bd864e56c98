//! Asks a running server whether it can work.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use crate::{
    config::Config,
    outbound::http::{Http, HttpError},
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the server of this configuration listens, as seen from this machine.
pub fn own_address(config: &Config) -> String {
    let ip = match config.bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}{}", SocketAddr::new(ip, config.bind.port()), config.issuer.path())
}

/// Whether the server there is ready.
pub async fn ask(url: &str) -> Result<(), HttpError> {
    Http::new(PATIENCE)?.get(&format!("{url}/readyz")).await
}
