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
        extract::{CallFrom, DpopHeaders},
        reply::{self, Refused},
    },
};

/// Who the person of a token is.
pub async fn userinfo(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    proofs: DpopHeaders,
    req: HttpRequest,
) -> Result<HttpResponse, Refused> {
    // What is not readable text is no token either, and is judged as such.
    let authorization: Vec<&str> =
        req.headers().get_all(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default()).collect();
    let asked = Asked { method: req.method().as_str(), authorization: &authorization, proofs: &proofs.texts() };
    let known = userinfo::tell(&desk, &call, &asked).await?;
    Ok(reply::with_nonce(reply::json(StatusCode::OK, &known), proofs.next_nonce(&desk, &call)))
}
