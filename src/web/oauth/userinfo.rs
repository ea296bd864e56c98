//! `GET|POST /userinfo` (OpenID Connect Core section 5.3).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};

use crate::{
    flows::{
        Desk,
        userinfo::{self, Asked},
    },
    web::{
        extract::{self, CallFrom},
        reply::{self, Refused},
    },
};

/// Who the person of a token is.
pub async fn userinfo(desk: Data<Desk>, CallFrom(call): CallFrom, req: HttpRequest) -> Result<HttpResponse, Refused> {
    // What is not readable text is no token either, and is judged as such.
    let authorization: Vec<&str> =
        req.headers().get_all(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default()).collect();
    let proofs = extract::dpop(&req);
    let asked = Asked { method: req.method().as_str(), authorization: &authorization, proofs: &proofs };
    let known = userinfo::tell(&desk, &call, &asked).await?;
    Ok(reply::json(StatusCode::OK, &known))
}
