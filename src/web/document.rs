//! Documents of the protocol: made when what they say changes, and sent as they are until then, head and body.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, PoisonError, RwLock},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, EntityTag, Header as _, HeaderMap, HeaderName, HeaderValue, IfNoneMatch},
    },
    web::Bytes,
};
use serde::Serialize;

use super::headers::{self, Kind};
use crate::{
    flows::Desk,
    oauth::metadata::{self, Pages},
};

const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What this server says of itself, each made anew when what it is made from changed.
pub struct Documents {
    desk: Arc<Desk>,
    metadata: Made,
    key_set: Made,
}

impl Documents {
    /// The documents of a server with that desk.
    pub fn new(desk: Arc<Desk>) -> Self {
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
            let document = metadata::document(&config.issuer, &config.policy, &rules, &book, &pages);
            Document::json(&document, config.issuer.is_https())
        })
    }

    /// The same for clients that want to know who signed in, where they may.
    pub fn openid(&self) -> Option<Arc<Document>> {
        self.desk.config.policy.has_openid().then(|| self.metadata())
    }

    /// The keys in force.
    pub fn key_set(&self) -> Arc<Document> {
        let (keys, https) = (&self.desk.keys, self.desk.config.issuer.is_https());
        self.key_set.after(keys.exchanged(), || Document::text(keys.ring().jwks().to_owned(), https))
    }
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

/// A document of the protocol that may be kept for a while.
pub struct Document {
    head: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    tag: EntityTag,
}

impl Document {
    /// A value as JSON. `https` is whether people reach this server over TLS.
    pub fn json(value: &impl Serialize, https: bool) -> Self {
        Self::text(serde_json::to_string(value).unwrap_or_default(), https)
    }

    /// A text that is JSON already.
    fn text(body: String, https: bool) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let tag = EntityTag::new_strong(format!("{:016x}", hasher.finish()));
        let mut head = HeaderMap::new();
        head.insert(header::CACHE_CONTROL, KEPT);
        head.insert(header::CONTENT_TYPE, JSON);
        if let Ok(tag) = HeaderValue::try_from(tag.to_string()) {
            head.insert(header::ETAG, tag);
        }
        headers::dress(&mut head, Kind::Document, https);
        headers::share(&mut head);
        Self { head: head.into_iter().collect(), body: Bytes::from(body), tag }
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
        for (name, value) in &self.head {
            if !known || *name != header::CONTENT_TYPE {
                headers.append(name.clone(), value.clone());
            }
        }
        answer
    }
}
