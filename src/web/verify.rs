//! The gate, for the proxy in front of protected servers: any method, because proxies pass on the client's.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web::Data,
};
use askama::Template as _;

use super::{
    arrival::{Arrival, Arrivals},
    extract,
    pages::message::GatePage,
    reply::Refused,
};
use crate::{
    flows::{
        Desk,
        verify::{self, Asked},
    },
    oauth::verify::{HEADERS, Target},
};

/// The names of the headers that carry an identity, looked at when the program is built.
const NAMES: [HeaderName; HEADERS.len()] = {
    let [id, name, token, client, scope, email] = HEADERS;
    [
        HeaderName::from_static(id),
        HeaderName::from_static(name),
        HeaderName::from_static(token),
        HeaderName::from_static(client),
        HeaderName::from_static(scope),
        HeaderName::from_static(email),
    ]
};

/// The page stands at the address of somebody else's server: nothing of ours can be loaded there.
const CSP_GATE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");

/// Lets a request through with the identity of its token, or says what is missing: to a program as JSON, to a person who
/// came with a browser as a page.
pub async fn verify(desk: Data<Desk>, arrivals: Data<Arrivals>, req: HttpRequest) -> HttpResponse {
    let arrival = arrivals.arrive(&req);
    judge(&desk, &arrivals, &req, arrival).unwrap_or_else(|refused| {
        // Only of a refusal there is a line that names the call.
        extract::note(&req, arrival);
        if is_browser(&req) { page(&desk, &refused) } else { refused.error_response() }
    })
}

fn is_browser(req: &HttpRequest) -> bool {
    let accept = req.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|kinds| kinds.contains("text/html"))
}

/// The refusal with its status and challenge, in words for a person.
fn page(desk: &Desk, refused: &Refused) -> HttpResponse {
    let why = refused.error().why();
    let page = GatePage { home: desk.config.issuer.url("/"), host: desk.config.issuer.authority(), code: why.code() };
    let mut answer = refused.error_response();
    let Ok(text) = page.render() else { return answer };
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CSP_GATE);
    answer.set_body(BoxBody::new(text))
}

fn judge(desk: &Desk, arrivals: &Arrivals, req: &HttpRequest, arrival: Arrival) -> Result<HttpResponse, Refused> {
    let forwarded = arrivals.forwarded(req)?;
    let target = forwarded.map(|f| Target::parse(f.scheme, f.host, f.target)).transpose()?;
    // What is not readable text is not a bearer token either, and is judged as such: letter by letter, but not twice.
    let authorization: Vec<&str> = req
        .headers()
        .get_all(header::AUTHORIZATION)
        .map(|value| std::str::from_utf8(value.as_bytes()).unwrap_or_default())
        .collect();
    let proofs = extract::dpop(req);
    let method = forwarded.map(|f| f.method);
    let asked = Asked { authorization: &authorization, proofs: &proofs, target, method };
    let pass = verify::ask(desk, &asked, arrival.now, || extract::call(req, arrival))?;
    let mut answer = HttpResponse::new(StatusCode::OK);
    let headers = answer.headers_mut();
    for (name, value) in NAMES.into_iter().zip(pass.identity().values()) {
        headers.append(name, value.clone());
    }
    if desk.config.gate.sends_bearer
        && pass.has_token()
        && let Some((_, token)) = authorization.first().and_then(|value| value.split_once(' '))
    {
        let token = HeaderValue::from_str(token.trim()).map_err(|_| Refused::broken())?;
        headers.insert(HeaderName::from_static("x-auth-token"), token);
    }
    Ok(answer)
}
