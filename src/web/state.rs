//! What all workers share: built once, before the first of them starts.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web::Data};

use super::{
    admin::live::Live,
    arrival::{Arrivals, ProxyHeaders},
    document::Documents,
    extract, health,
    limit::{Limits, Rates},
    once::Once,
    reply::Refused,
};
use crate::{clock::Clock, config, flows::Desk, observe::metrics::Metrics, store::standing};

/// What all workers share.
#[derive(Clone)]
pub struct App {
    /// What flows work with.
    pub desk: Arc<Desk>,
    /// How requests arrive.
    pub arrivals: Data<Arrivals>,
    /// Who may ask how often.
    pub limits: Data<Limits>,
    /// The figures.
    pub metrics: Data<Metrics>,
    /// What this server says of itself.
    pub documents: Data<Documents>,
    /// What waits to be shown once.
    pub once: Data<Once>,
    /// Who looks at what happens as it happens.
    pub live: Data<Live>,
}

impl App {
    /// Everything for a server with that desk.
    pub fn new(desk: Arc<Desk>, clock: Clock) -> Self {
        let network = &desk.config.network;
        let proxy = match desk.config.gate.headers {
            config::ProxyHeaders::Forwarded => ProxyHeaders::Traefik,
            config::ProxyHeaders::Original => ProxyHeaders::Nginx,
        };
        Self {
            arrivals: Data::new(Arrivals::new(clock, network.trusted_proxies.clone(), proxy)),
            limits: Data::new(Limits::new(&Rates::default(), network.rate_limit, network.shared_egress.clone())),
            metrics: Data::new(desk.metrics.clone()),
            documents: Data::new(Documents::new(Arc::clone(&desk))),
            once: Data::default(),
            live: Data::default(),
            desk,
        }
    }

    /// The clock that everything here runs by.
    pub fn clock(&self) -> &Clock {
        self.arrivals.clock()
    }
}

/// `GET /readyz`: whether the database can be read.
pub async fn ready(desk: Data<Desk>) -> HttpResponse {
    match desk.store.read(standing::latest).await {
        Ok(_) => health::ready(None),
        Err(error) => {
            log::error!("not ready: {error}");
            health::ready(Some("the database"))
        }
    }
}

/// `GET /metrics`.
pub async fn figures(desk: Data<Desk>, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let arrival = extract::arrival(&req)?;
    let work = desk.store.work();
    desk.metrics.writer(work.writes, work.commits, work.waiting);
    Ok(health::figures(&req, arrival.ip, |text| desk.is_metrics_token(text), &desk.metrics))
}
