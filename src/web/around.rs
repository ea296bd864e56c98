//! What happens around every handler, in order: take from the bucket, answer, dress the answer, count it, log it. One
//! middleware, so that a request pays for one.

use std::{rc::Rc, sync::Arc, time::Instant};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
    web::Data,
};

use super::{
    arrival::{self, Arrival},
    extract,
    headers::{self, Kind},
    limit::{LimitName, Limits},
    pages::about,
    reply::{self, Refused},
    unread,
    view::Site,
};
use crate::{
    base::time::Span,
    flows::desk::{Tallies, UNREAD},
    oauth::{
        error::{OAuthError, temporarily_unavailable},
        why::Why,
    },
    observe::{
        log::{self, Access},
        metrics::{Metrics, RouteFigures},
    },
};

/// What the route table says about a route, as far as it concerns what is around the handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Manner {
    /// The route's name in the figures.
    pub name: &'static str,
    /// What its answers are.
    pub kind: Kind,
    /// Its limit.
    pub limit: LimitName,
    /// Whether programs of any origin may read its answers.
    pub cors: bool,
}

/// A manner with everything it needs at hand; made once per route and worker.
pub struct Around {
    manner: Manner,
    https: bool,
    fence: Option<String>,
    site: Option<Site>,
    limits: Data<Limits>,
    metrics: Data<Metrics>,
    tallies: Arc<Tallies>,
    figures: RouteFigures,
}

impl Around {
    /// `https` is whether people reach this server over TLS. `fence` is the name under which alone it may be reached, in
    /// local mode. `site` is for routes whose answers are pages.
    pub fn new(
        manner: Manner,
        https: bool,
        fence: Option<String>,
        site: Option<Site>,
        limits: &Data<Limits>,
        metrics: &Data<Metrics>,
        tallies: &Arc<Tallies>,
    ) -> Rc<Self> {
        let figures = metrics.route(manner.name);
        let (limits, metrics, tallies) = (limits.clone(), metrics.clone(), tallies.clone());
        Rc::new(Self { manner, https, fence, site, limits, metrics, tallies, figures })
    }

    /// Whether the request gets as far as the handler.
    fn admit(&self, req: &HttpRequest) -> Result<(), OAuthError> {
        if let Some(authority) = &self.fence {
            arrival::local_fence(req, authority)?;
        }
        // A browser's question before the request costs nothing, the request itself does.
        if self.manner.limit == LimitName::None || *req.method() == Method::OPTIONS {
            return Ok(());
        }
        let arrival = extract::arrival(req).map_err(Refused::into_error)?;
        self.limits.check(self.manner.limit, arrival.ip)
    }

    /// A refusal of ours: to a person as a page, to a program as JSON.
    fn refusal(&self, error: &OAuthError) -> HttpResponse<BoxBody> {
        match &self.site {
            Some(site) => about::turned_away(site, error),
            None if self.manner.kind == Kind::Api => reply::explained(error),
            None => reply::refusal(error),
        }
    }

    fn finish(&self, answer: &mut HttpResponse<BoxBody>) {
        // What the gate lets through is bare, and a document comes dressed.
        if answer.status() == StatusCode::OK && matches!(self.manner.kind, Kind::Gate | Kind::Document) {
            return;
        }
        let is_html = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/html");
        // Where nothing is, people get a page.
        let is_page =
            self.manner.kind == Kind::Answer && answer.headers().get(header::CONTENT_TYPE).is_some_and(is_html);
        let kind = if is_page { Kind::Page } else { self.manner.kind };
        headers::dress(answer.headers_mut(), kind, self.https);
        if self.manner.cors && !is_page {
            headers::share(answer.headers_mut());
        }
    }
}

impl Around {
    /// Counts an answer and logs it. How the request arrived is asked only where it is said.
    fn note(
        &self,
        answer: &HttpResponse<BoxBody>,
        method: &Method,
        path: &str,
        arrival: impl FnOnce() -> Result<Arrival, Refused>,
        began: Instant,
    ) {
        let (took, status) = (began.elapsed(), answer.status());
        self.figures.count(status.as_u16(), took);
        let why = answer.extensions().get::<Why>().copied();
        let counted_only = matches!(self.manner.kind, Kind::Gate | Kind::Health | Kind::Asset | Kind::Document);
        let quiet = counted_only && status.is_success();
        if why.is_none() && !log::is_heard(quiet) {
            return;
        }
        let Ok(arrival) = arrival() else { return };
        if let Some(why) = why {
            self.metrics.refused(why.slug());
            if let Some((_, name)) = UNREAD.iter().find(|(unread, _)| *unread == why) {
                self.tallies.add(name, arrival.now);
            }
        }
        log::access(&Access {
            method: method.as_str(),
            path,
            status: status.as_u16(),
            micros: took.as_micros(),
            ip: &arrival.ip_text(),
            request: &arrival.id.text(),
            why: why.map_or("-", Why::slug),
            quiet,
        });
    }
}

/// Serves one request: `resource.wrap(from_fn(move |req, next| serve(around.clone(), req, next)))`.
pub async fn serve(
    around: Rc<Around>,
    mut req: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let body = unread::hold(&mut req);
    // Only behind pages is there something that can fail beside the handler: the session.
    let asked = match around.site {
        Some(_) => Some((req.method().clone(), req.path().to_owned(), extract::arrival(req.request())?)),
        None => None,
    };
    let mut answer = match around.admit(req.request()) {
        Ok(()) => match next.call(req).await {
            Ok(answer) => answer,
            Err(error) => {
                let mut answer = around.refusal(&session_failed());
                around.finish(&mut answer);
                if let Some((method, path, arrival)) = asked {
                    ::log::error!("{}: {error}", arrival.id.text());
                    around.note(&answer, &method, &path, || Ok(arrival), began);
                }
                return Err(InternalError::from_response(error, answer).into());
            }
        },
        Err(refused) => req.into_response(around.refusal(&refused)),
    };
    if let Some(unread) = body {
        answer = unread::hang_up_after(answer, unread);
    }
    around.finish(answer.response_mut());
    let request = answer.request();
    around.note(answer.response(), request.method(), request.path(), || extract::arrival(request), began);
    Ok(answer)
}

/// Mostly the database is locked or full for a while; what it was is in the log.
fn session_failed() -> OAuthError {
    temporarily_unavailable(Why::Busy).with_retry_after(Span::seconds(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::{App, HttpServer, middleware::from_fn, test, web};

    use super::*;
    use crate::{
        base::time::Time,
        clock::Clock,
        oauth::error,
        web::{
            arrival::{Arrivals, ProxyHeaders},
            extract::{CallFrom, FormBody},
            limit::{Rate, Rates},
            reply::Refused,
        },
    };

    const TOKEN: Manner = Manner { name: "token", kind: Kind::Token, limit: LimitName::Token, cors: true };

    async fn refuses(_: CallFrom) -> Result<HttpResponse, Refused> {
        Err(error::invalid_grant(Why::CodeUnknown).into())
    }

    #[actix_web::test]
    async fn a_refusal_is_dressed_shared_counted_and_in_the_end_limited() {
        let metrics = Data::new(Metrics::new().unwrap());
        let rates = Rates { token: Rate { burst: 1, every: Duration::from_secs(9) }, ..Rates::default() };
        let limits = Data::new(Limits::new(&rates, true, Vec::new()));
        let arrivals = Arrivals::new(Clock::manual(Time::from_unix(1_000)), Vec::new(), ProxyHeaders::Traefik);
        let around = Around::new(TOKEN, true, None, None, &limits, &metrics, &Arc::default());
        let app = test::init_service(
            App::new().app_data(Data::new(arrivals)).service(
                web::resource("/token")
                    .route(web::post().to(refuses))
                    .route(web::method(Method::OPTIONS).to(async || headers::preflight("POST")))
                    .default_service(web::to(async || reply::method_not_allowed(reply::refusal, "POST, OPTIONS")))
                    .wrap(from_fn(move |req, next| serve(Rc::clone(&around), req, next))),
            ),
        )
        .await;
        let send = async |method: &str| {
            let req = test::TestRequest::with_uri("/token?code=secret").method(method.parse().unwrap());
            test::call_service(&app, req.to_request()).await
        };
        let preflight = send("OPTIONS").await;
        assert_eq!(preflight.status(), 204);
        assert_eq!(preflight.headers().get("access-control-allow-methods").unwrap(), "POST");
        for (method, status) in [("POST", 400), ("GET", 429)] {
            let answer = send(method).await;
            assert_eq!(answer.status(), status);
            for (name, value) in [
                ("access-control-allow-origin", "*"),
                ("access-control-expose-headers", "www-authenticate, retry-after, dpop-nonce"),
                ("cache-control", "no-store"),
                ("pragma", "no-cache"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(answer.headers().get(name).unwrap(), value, "{name}");
            }
            assert!(answer.headers().get("server").is_none());
        }
        let text = metrics.exposition().unwrap();
        for line in [
            r#"doorbook_http_requests_total{route="token",status="4xx"} 2"#,
            r#"doorbook_refusals_total{reason="too_many"} 1"#,
            r#"doorbook_refusals_total{reason="code_unknown"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }

    #[actix_web::test]
    async fn what_the_gate_lets_through_is_bare_and_a_document_comes_dressed() {
        let (limits, metrics) = (Limits::new(&Rates::default(), false, Vec::new()), Metrics::new().unwrap());
        let (limits, metrics) = (Data::new(limits), Data::new(metrics));
        let finished = |kind: Kind, status: StatusCode| {
            let around = Around::new(Manner { kind, ..TOKEN }, true, None, None, &limits, &metrics, &Arc::default());
            let mut answer = HttpResponse::new(status);
            around.finish(&mut answer);
            answer.headers().clone()
        };
        for kind in [Kind::Gate, Kind::Document] {
            assert!(finished(kind, StatusCode::OK).is_empty(), "{kind:?}");
            for status in [StatusCode::NO_CONTENT, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
                let headers = finished(kind, status);
                assert_eq!(headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff", "{kind:?} {status}");
            }
        }
        assert_eq!(finished(Kind::Gate, StatusCode::UNAUTHORIZED).get(header::CACHE_CONTROL).unwrap(), "no-store");
    }

    /// What a server says on a connection that sends this head and then so many chunks of a body, until it hangs up; and how
    /// many bytes of the body it and the network took.
    async fn said_to(head: &str, chunks: usize) -> (String, usize) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let figures = Data::new(Metrics::new().unwrap());
        let limits = Data::new(Limits::new(&Rates::default(), true, Vec::new()));
        let arrivals = Data::new(Arrivals::new(Clock::System, Vec::new(), ProxyHeaders::Traefik));
        let server = HttpServer::new(move || {
            let around = Around::new(TOKEN, false, None, None, &limits, &figures, &Arc::default());
            let resource = web::resource("/").route(web::post().to(async |_: FormBody| HttpResponse::Ok()));
            let resource = resource.wrap(from_fn(move |req, next| serve(Rc::clone(&around), req, next)));
            App::new().app_data(arrivals.clone()).service(resource)
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        let (mut from, mut to) = tokio::net::TcpStream::connect(address).await.unwrap().into_split();
        let head = format!("POST / HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n");
        let taken = Rc::new(std::cell::Cell::new(0));
        let counter = Rc::clone(&taken);
        let sending = actix_web::rt::spawn(async move {
            to.write_all(head.as_bytes()).await.unwrap();
            let chunk = format!("1000\r\n{}\r\n", "a".repeat(4_096));
            for _ in 0..chunks {
                to.write_all(chunk.as_bytes()).await.unwrap();
                counter.set(counter.get() + chunk.len());
            }
            std::future::pending::<()>().await;
        });
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), from.read_to_end(&mut answer))
            .await
            .expect("the server hangs up")
            .ok();
        sending.abort();
        handle.stop(false).await;
        running.await.unwrap().unwrap();
        (String::from_utf8(answer).unwrap(), taken.get())
    }

    #[actix_web::test]
    async fn dos_02_nobody_listens_to_an_endless_body() {
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        for (head, chunks, status) in [
            (format!("{form}content-length: 20000000"), 0, "413"),
            (format!("{form}transfer-encoding: chunked"), 100_000, "413"),
            ("content-type: text/plain\r\ntransfer-encoding: chunked".to_owned(), 100_000, "400"),
        ] {
            let (answer, taken) = said_to(&head, chunks).await;
            assert!(taken < 16_000_000, "{taken} bytes taken");
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
            assert!(answer.contains(r#"{"error":"invalid_request""#), "{answer}");
        }
    }
}
