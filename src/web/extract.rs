//! Takes requests apart: the call, the Authorization header, bodies. The only place that reads bodies, and so the place of
//! their size and of their own deadline (the server's covers heads only).

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
    web::{Bytes, Data},
};
use futures_util::{StreamExt as _, future::Ready};

use super::{
    arrival::{Arrival, Arrivals},
    reply::Refused,
};
use crate::{
    base::call::Call,
    flows::Desk,
    oauth::{
        error::{self, OAuthError},
        params::Params,
        why::Why,
    },
};

const DPOP: HeaderName = HeaderName::from_static("dpop");
/// No body is longer.
pub(super) const MOST_BYTES: usize = 64 * 1024;
/// No body takes longer.
const MOST_TIME: Duration = Duration::from_secs(10);
/// How nearly all spell it: letter by letter only where it is spelt otherwise.
const FORM: &str = "application/x-www-form-urlencoded";
/// What is kept of a User-Agent, in characters.
const MOST_AGENT: usize = 200;

type Later<T> = Pin<Box<dyn Future<Output = Result<T, Refused>>>>;

/// The [`Call`] of this request.
pub struct CallFrom(pub Call);

impl FromRequest for CallFrom {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        futures_util::future::ready(arrival(req).map(|arrival| Self(call(req, arrival))))
    }
}

/// What stands in the query of a page's address; nothing where it is unreadable.
pub fn query(req: &HttpRequest) -> Params {
    Params::parse(req.query_string().as_bytes()).unwrap_or_default()
}

/// What stands in the path behind the part that is fixed, when that is one segment.
pub struct Tail(pub String);

impl FromRequest for Tail {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tail = req.match_info().unprocessed().strip_prefix('/');
        let segment = tail.filter(|tail| !tail.is_empty() && !tail.contains('/'));
        let tail = segment.map(|segment| Self(segment.to_owned()));
        futures_util::future::ready(tail.ok_or_else(|| error::not_found().into()))
    }
}

/// How this request arrived: noted once, by whoever asks first.
pub fn arrival(req: &HttpRequest) -> Result<Arrival, Refused> {
    if let Some(noted) = req.extensions().get::<Arrival>() {
        return Ok(*noted);
    }
    let arrivals = req.app_data::<Data<Arrivals>>().ok_or_else(Refused::broken)?;
    let arrival = arrivals.arrive(req);
    note(req, arrival);
    Ok(arrival)
}

/// Notes how it arrived for whoever asks later.
pub fn note(req: &HttpRequest, arrival: Arrival) {
    req.extensions_mut().insert(arrival);
}

/// The call of a request that arrived so.
pub fn call(req: &HttpRequest, arrival: Arrival) -> Call {
    let agent = req.headers().get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    Call {
        now: arrival.now,
        millis: arrival.millis,
        ip: arrival.ip_text(),
        request_id: arrival.id.text(),
        user_agent: agent
            .map(|text| text.chars().filter(|c| !c.is_control()).take(MOST_AGENT).collect())
            .unwrap_or_default(),
    }
}

/// What the Authorization header holds (RFC 9110 section 11.6.2). Scheme names are case-insensitive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bearer<'r> {
    /// There is no such header.
    Absent,
    /// `Bearer` and one token of the right characters (RFC 6750 section 2.1).
    Token(&'r str),
    /// Another scheme.
    Other,
    /// More than one header, or one that cannot be read.
    Malformed,
}

/// Looks for a bearer token in the Authorization header, and nowhere else.
pub fn bearer(req: &HttpRequest) -> Bearer<'_> {
    let mut values = req.headers().get_all(header::AUTHORIZATION);
    let value = match (values.next(), values.next()) {
        (None, _) => return Bearer::Absent,
        (Some(value), None) => value,
        _ => return Bearer::Malformed,
    };
    let Ok(text) = value.to_str() else {
        return Bearer::Malformed;
    };
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    match (scheme.eq_ignore_ascii_case("bearer"), rest.trim_matches(' ')) {
        (true, token) if is_token(token) => Bearer::Token(token),
        (true, _) => Bearer::Malformed,
        (false, _) if scheme.is_empty() => Bearer::Malformed,
        (false, _) => Bearer::Other,
    }
}

fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
    !body.is_empty() && body.bytes().all(allowed)
}

/// The Authorization header's text, for client authentication to judge. More than one is refused.
pub struct AuthHeader(pub Option<String>);

impl FromRequest for AuthHeader {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = req.headers().get_all(header::AUTHORIZATION);
        let text = match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => match value.to_str() {
                Ok(text) => Ok(Some(text.to_owned())),
                Err(_) => Err(error::invalid_client(Why::BasicMalformed).with_challenge(error::BASIC_CHALLENGE)),
            },
            _ => Err(error::invalid_request(Why::TwoMethods)),
        };
        futures_util::future::ready(text.map(Self).map_err(Refused::from))
    }
}

/// All `DPoP` headers (RFC 9449 section 4.1), for the rule to judge.
pub struct DpopHeaders(Vec<String>);

impl DpopHeaders {
    /// Their texts.
    pub fn texts(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    /// What the next proof of somebody who sent one must hold, where it must hold something.
    pub fn next_nonce(&self, desk: &Desk, call: &Call) -> Option<String> {
        (!self.0.is_empty()).then(|| desk.proofs.nonce(call.now)).flatten()
    }
}

impl FromRequest for DpopHeaders {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let texts = dpop(req).into_iter().map(str::to_owned).collect();
        futures_util::future::ready(Ok(Self(texts)))
    }
}

/// The texts of all `DPoP` headers; what is not readable text is no proof and is judged as such.
pub fn dpop(req: &HttpRequest) -> Vec<&str> {
    req.headers().get_all(DPOP).map(|value| value.to_str().unwrap_or_default()).collect()
}

/// The parameters of a form body (RFC 6749 appendix B).
pub struct FormBody(pub Params);

impl FromRequest for FormBody {
    type Error = Refused;
    type Future = Later<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        const WANTED: &str = "The request body must be application/x-www-form-urlencoded";
        let kind = req.content_type();
        let fits = is_plain(req) && (kind == FORM || kind.eq_ignore_ascii_case(FORM));
        let (declared, payload) = (declared(req), payload.take());
        Box::pin(async move {
            if !fits {
                return Err(error::invalid_request(Why::ContentType).describe(WANTED).into());
            }
            let body = read(payload, declared, MOST_TIME).await?;
            Ok(Self(Params::parse(&body)?))
        })
    }
}

/// The bytes of a JSON body, for registration and its management to read (RFC 7591 section 3.1).
pub struct JsonBody(pub Bytes);

impl FromRequest for JsonBody {
    type Error = Refused;
    type Future = Later<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        const WANTED: &str = "The request body must be application/json";
        let fits = is_plain(req) && is_json(req.content_type());
        let (declared, payload) = (declared(req), payload.take());
        Box::pin(async move {
            if !fits {
                return Err(error::invalid_client_metadata(Why::ContentType).describe(WANTED).into());
            }
            Ok(Self(read(payload, declared, MOST_TIME).await?))
        })
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Whether the body comes as it is: nothing is unpacked here, so that nothing small becomes large.
fn is_plain(req: &HttpRequest) -> bool {
    req.headers().get_all(header::CONTENT_ENCODING).all(|coding| coding == "identity")
}

/// The length that the head announces.
pub(super) fn declared(req: &HttpRequest) -> usize {
    let length = req.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Reads a body to its end, as long as that is neither too far nor too late.
async fn read(mut payload: Payload, declared: usize, within: Duration) -> Result<Bytes, OAuthError> {
    if declared > MOST_BYTES {
        return Err(error::body_too_large());
    }
    let whole = async {
        let mut body = Vec::with_capacity(declared);
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| error::invalid_request(Why::FormMalformed))?;
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(error::body_too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(body))
    };
    match tokio::time::timeout(within, whole).await {
        Ok(body) => body,
        Err(_) => Err(error::invalid_request(Why::BodyTooSlow).with_status(408)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{error::PayloadError, test::TestRequest};
    use futures_util::stream;

    use super::*;
    use crate::{base::time::Time, clock::Clock, web::arrival::ProxyHeaders};

    fn arrivals() -> Data<Arrivals> {
        Data::new(Arrivals::new(Clock::manual(Time::from_unix(1_000)), Vec::new(), ProxyHeaders::Traefik))
    }

    fn chunks(sizes: &'static [usize]) -> Payload {
        let chunks = sizes.iter().map(|n| Ok::<_, PayloadError>(Bytes::from(vec![b'a'; *n])));
        Payload::Stream { payload: Box::pin(stream::iter(chunks)) }
    }

    async fn form(content_type: &str, body: &'static [u8]) -> Result<FormBody, Refused> {
        let (req, mut payload) =
            TestRequest::post().insert_header(("content-type", content_type)).set_payload(body).to_http_parts();
        FormBody::from_request(&req, &mut payload).await
    }

    #[actix_web::test]
    async fn a_call_knows_when_who_and_what_and_keeps_its_name() {
        let agent = "curl/8\u{1}".to_owned() + &"x".repeat(300);
        let req = TestRequest::default()
            .app_data(arrivals())
            .peer_addr("192.0.2.7:999".parse().unwrap())
            .insert_header((
                header::USER_AGENT,
                header::HeaderValue::from_maybe_shared(agent.replace('\u{1}', "\t")).unwrap(),
            ))
            .to_http_request();
        let CallFrom(call) = CallFrom::extract(&req).await.unwrap();
        assert_eq!((call.now, call.ip.as_str()), (Time::from_unix(1_000), "192.0.2.7"));
        assert!(call.user_agent.starts_with("curl/8xxx") && call.user_agent.len() == 200);
        assert_eq!(CallFrom::extract(&req).await.unwrap().0.request_id, call.request_id);
        assert_eq!(
            CallFrom::extract(&TestRequest::default().to_http_request()).await.err().unwrap().error().status(),
            500
        );
    }

    #[test]
    fn rfc6750_2_1_one_bearer_token_in_the_header() {
        let cases: &[(&[&str], Bearer<'_>)] = &[
            (&[], Bearer::Absent),
            (&["Bearer abc.def-_~+/="], Bearer::Token("abc.def-_~+/=")),
            (&["bEARER  abc "], Bearer::Token("abc")),
            (&["Bearer abc", "Bearer abc"], Bearer::Malformed),
            (&["Bearer"], Bearer::Malformed),
            (&["Bearer "], Bearer::Malformed),
            (&["Bearer a b"], Bearer::Malformed),
            (&["Bearer a,b"], Bearer::Malformed),
            (&["Bearer ="], Bearer::Malformed),
            (&["Bearer \u{fc}"], Bearer::Malformed),
            (&[""], Bearer::Malformed),
            (&["Basic YTpi"], Bearer::Other),
            (&["Bearerabc"], Bearer::Other),
        ];
        for (values, expected) in cases {
            let mut req = TestRequest::default();
            for value in *values {
                req = req.append_header(("authorization", *value));
            }
            assert_eq!(bearer(&req.to_http_request()), *expected, "{values:?}");
        }
    }

    #[actix_web::test]
    async fn rfc6749_2_3_one_authorization_header() {
        let twice = TestRequest::default()
            .append_header(("authorization", "Basic YTpi"))
            .append_header(("authorization", "Basic YTpj"));
        let refused = AuthHeader::extract(&twice.to_http_request()).await.err().unwrap();
        assert_eq!((refused.error().code(), refused.error().why()), ("invalid_request", Why::TwoMethods));
        let once = TestRequest::default().append_header(("authorization", "Basic YTpi")).to_http_request();
        assert_eq!(AuthHeader::extract(&once).await.unwrap().0.as_deref(), Some("Basic YTpi"));
        assert!(AuthHeader::extract(&TestRequest::default().to_http_request()).await.unwrap().0.is_none());
    }

    #[actix_web::test]
    async fn a_wrong_content_type_names_the_right_one() {
        for (kind, good) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", true),
            ("application/json", false),
            ("text/plain", false),
            ("", false),
        ] {
            let answer = form(kind, b"grant_type=x").await;
            assert_eq!(answer.is_ok(), good, "{kind}");
            if let Err(refused) = answer {
                assert_eq!((refused.error().code(), refused.error().status()), ("invalid_request", 400));
                assert!(refused.error().description().contains("application/x-www-form-urlencoded"));
            }
        }
        for (kind, good) in
            [("application/json; charset=utf-8", true), ("application/scim+json", true), ("text/json", false)]
        {
            let req = TestRequest::post().insert_header(("content-type", kind)).set_payload("{}").to_http_parts();
            let (req, mut payload) = req;
            let answer = JsonBody::from_request(&req, &mut payload).await;
            assert_eq!(answer.is_ok(), good, "{kind}");
            if let Err(refused) = answer {
                assert_eq!(refused.error().code(), "invalid_client_metadata");
            }
        }
    }

    #[actix_web::test]
    async fn nothing_packed_is_unpacked() {
        let (req, mut payload) = TestRequest::post()
            .insert_header(("content-type", "application/json"))
            .insert_header(("content-encoding", "gzip"))
            .set_payload("{}")
            .to_http_parts();
        assert!(JsonBody::from_request(&req, &mut payload).await.is_err());
    }

    #[actix_web::test]
    async fn dos_01_bodies_end_at_64_kib_however_they_come() {
        let soon = Duration::from_secs(5);
        assert_eq!(read(chunks(&[65_536]), 0, soon).await.unwrap().len(), 65_536);
        assert_eq!(read(chunks(&[65_536, 1]), 0, soon).await.unwrap_err().status(), 413);
        assert_eq!(read(chunks(&[1; 9]), 20_000_000, soon).await.unwrap_err().status(), 413);
    }

    #[actix_web::test]
    async fn dos_03_bodies_have_a_deadline() {
        let silent = Box::pin(stream::pending::<Result<Bytes, PayloadError>>());
        let error = read(Payload::Stream { payload: silent }, 10, Duration::from_millis(5)).await.unwrap_err();
        assert_eq!((error.status(), error.why()), (408, Why::BodyTooSlow));
    }
}
