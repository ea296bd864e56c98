//! Whether the server lives, whether it can work, and who may read its figures.

use std::net::IpAddr;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::Serialize;

use super::{
    arrival,
    extract::{Bearer, bearer},
    reply,
};
use crate::{
    oauth::{error, why::Why},
    observe::metrics::{self, Metrics},
};

/// `{"status":"ok"}`, with what is missing when something is.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
}

/// `GET /health`, `/healthz`: the process answers.
pub async fn alive() -> HttpResponse {
    reply::json(StatusCode::OK, &Health { status: "ok", missing: None })
}

/// `GET /readyz`: 200, or 503 with what is missing, in words of ours.
pub fn ready(missing: Option<&'static str>) -> HttpResponse {
    match missing {
        None => reply::json(StatusCode::OK, &Health { status: "ready", missing: None }),
        Some(_) => reply::json(StatusCode::SERVICE_UNAVAILABLE, &Health { status: "not ready", missing }),
    }
}

/// `GET /metrics`: for programs on this machine, and for whoever brings the token that `is_token` knows. To everybody else the
/// page does not exist.
pub fn figures(
    req: &HttpRequest,
    ip: Option<IpAddr>,
    is_token: impl Fn(&str) -> bool,
    metrics: &Metrics,
) -> HttpResponse {
    let here = ip.is_some_and(|ip| ip.is_loopback()) && !arrival::is_forwarded(req);
    let known = matches!(bearer(req), Bearer::Token(token) if is_token(token));
    if !here && !known {
        return reply::refusal(&error::not_found());
    }
    match metrics.exposition() {
        Ok(text) => HttpResponse::Ok().content_type(metrics::CONTENT_TYPE).body(text),
        Err(error) => {
            log::error!("the figures cannot be written: {error}");
            reply::refusal(&error::server_error().describe(Why::Broken.words()))
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{body::to_bytes, test::TestRequest};

    use super::*;

    #[test]
    fn figures_are_for_this_machine_and_for_the_token() {
        let metrics = Metrics::new().unwrap();
        type Headers = &'static [(&'static str, &'static str)];
        let cases: &[(&str, Headers, u16)] = &[
            ("127.0.0.1", &[], 200),
            ("::1", &[], 200),
            ("127.0.0.1", &[("x-forwarded-for", "127.0.0.1")], 404),
            ("192.0.2.1", &[], 404),
            ("192.0.2.1", &[("authorization", "Bearer right")], 200),
            ("192.0.2.1", &[("authorization", "Bearer wrong")], 404),
            ("192.0.2.1", &[("authorization", "Basic right")], 404),
        ];
        for (ip, headers, status) in cases {
            let mut req = TestRequest::default();
            for header in *headers {
                req = req.append_header(*header);
            }
            let answer = figures(&req.to_http_request(), ip.parse().ok(), |token| token == "right", &metrics);
            assert_eq!(answer.status(), *status, "{ip} {headers:?}");
        }
    }

    #[actix_web::test]
    async fn readiness_names_what_is_missing() {
        for (answer, status, body) in [
            (alive().await, 200, r#"{"status":"ok"}"#),
            (ready(None), 200, r#"{"status":"ready"}"#),
            (ready(Some("the database")), 503, r#"{"status":"not ready","missing":"the database"}"#),
        ] {
            assert_eq!(answer.status(), status);
            assert_eq!(to_bytes(answer.into_body()).await.unwrap(), body);
        }
    }
}
