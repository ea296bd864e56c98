//! What all workers share: built once, before the first of them starts.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, PoisonError, RwLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, EntityTag, Header as _, HeaderValue, IfNoneMatch},
    },
    web::{Bytes, Data},
};
use serde::Serialize;

use super::{
    admin::live::Live,
    arrival::{Arrivals, ProxyHeaders},
    extract, health,
    limit::{Limits, Rates},
    once::Once,
    reply::Refused,
};
use crate::{
    clock::Clock,
    config,
    flows::Desk,
    oauth::metadata::{self, Pages},
    observe::metrics::Metrics,
    store::standing,
};

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

const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A document of the protocol that may be kept for a while.
pub struct Document {
    body: Bytes,
    tag: EntityTag,
    tag_header: HeaderValue,
}

/// A document that was made from what changes now and then, and the number of the change it was made after.
#[derive(Default)]
struct Made(RwLock<Option<(u64, Arc<Document>)>>);

impl Made {
    /// The document after that change. The number is read before what it is made from: what changes meanwhile is looked at once
    /// more rather than never.
    fn after(&self, change: u64, make: impl FnOnce() -> Document) -> Arc<Document> {
        let made = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, document)) = made.filter(|(at, _)| *at == change) {
            return document;
        }
        let document = Arc::new(make());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((change, Arc::clone(&document)));
        document
    }
}

/// What this server says of itself, each made anew when what it is made from changed.
pub struct Documents {
    desk: Arc<Desk>,
    metadata: Made,
    key_set: Made,
}

impl Documents {
    fn new(desk: Arc<Desk>) -> Self {
        Self { desk, metadata: Made::default(), key_set: Made::default() }
    }

    /// The metadata after the policy of registration and the register in force.
    pub fn metadata(&self) -> Arc<Document> {
        let (standing, config) = (self.desk.store.standing(), &self.desk.config);
        self.metadata.after(standing.published_generation(), || {
            let links = &config.links;
            let pages = Pages {
                service_documentation: links.documentation.clone(),
                policy: links.policy.clone(),
                terms: links.terms.clone(),
            };
            let (rules, book) = (standing.registration(), standing.register());
            Document::json(&metadata::document(&config.issuer, &config.policy, &rules, &book, &pages))
        })
    }

    /// The same for clients that want to know who signed in, where they may.
    pub fn openid(&self) -> Option<Arc<Document>> {
        self.desk.config.policy.has_openid().then(|| self.metadata())
    }

    /// The keys in force.
    pub fn key_set(&self) -> Arc<Document> {
        let keys = &self.desk.keys;
        self.key_set.after(keys.exchanged(), || Document::text(keys.ring().jwks().to_owned()))
    }
}

impl Document {
    /// A value as JSON.
    pub fn json(value: &impl Serialize) -> Self {
        Self::text(serde_json::to_string(value).unwrap_or_default())
    }

    /// A text that is JSON already.
    pub fn text(body: String) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let tag = EntityTag::new_strong(format!("{:016x}", hasher.finish()));
        let tag_header = HeaderValue::try_from(tag.to_string()).unwrap_or(HeaderValue::from_static("\"\""));
        Self { body: Bytes::from(body), tag, tag_header }
    }

    /// The answer: the document, or that it has not changed.
    pub fn answer(&self, req: &HttpRequest) -> HttpResponse {
        let asked = req.headers().contains_key(header::IF_NONE_MATCH).then(|| IfNoneMatch::parse(req));
        let known = match asked {
            Some(Ok(IfNoneMatch::Any)) => true,
            Some(Ok(IfNoneMatch::Items(tags))) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            Some(Err(_)) | None => false,
        };
        let mut answer = match known {
            true => HttpResponse::new(StatusCode::NOT_MODIFIED),
            false => HttpResponse::with_body(StatusCode::OK, BoxBody::new(self.body.clone())),
        };
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, KEPT);
        headers.insert(header::ETAG, self.tag_header.clone());
        if !known {
            headers.insert(header::CONTENT_TYPE, JSON);
        }
        answer
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
