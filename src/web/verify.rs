//! The gate, for the proxy in front of protected servers: any method, because proxies pass on the client's.

use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};

use super::{arrival::Arrivals, extract, reply::Refused};
use crate::{
    flows::{
        Desk,
        verify::{self, Asked},
    },
    oauth::verify::Target,
};

/// Lets a request through with the identity of its token, or says what is missing.
pub async fn verify(desk: Data<Desk>, arrivals: Data<Arrivals>, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let arrival = extract::arrival(&req)?;
    let forwarded = arrivals.forwarded(&req)?;
    let target = forwarded.map(|f| Target::parse(f.scheme, f.host, f.target)).transpose()?;
    // What is not readable text is not a bearer token either, and is judged as such.
    let authorization: Vec<&str> =
        req.headers().get_all(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default()).collect();
    let asked = Asked { authorization: &authorization, target, method: forwarded.map(|f| f.method) };
    let identity = verify::ask(&desk, &asked, arrival.now, || extract::call(&req, arrival))?;
    let mut answer = HttpResponse::Ok();
    for (name, value) in identity.headers() {
        answer.insert_header((name, value));
    }
    if desk.config.gate.sends_bearer
        && let Some((_, token)) = authorization.first().and_then(|value| value.split_once(' '))
    {
        answer.insert_header(("X-Auth-Token", token.trim()));
    }
    Ok(answer.finish())
}
