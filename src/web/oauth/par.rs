//! `POST /par` (RFC 9126 section 2).

use actix_web::{HttpResponse, http::StatusCode, web::Data};

use crate::{
    flows::{Desk, par},
    web::{
        extract::{AuthHeader, CallFrom, DpopHeaders, FormBody},
        reply::{self, Refused},
    },
};

/// An authorization request is handed in before its browser comes.
pub async fn par(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    AuthHeader(header): AuthHeader,
    proofs: DpopHeaders,
    FormBody(form): FormBody,
) -> Result<HttpResponse, Refused> {
    let pushed = par::push(&desk, &call, header.as_deref(), &proofs.texts(), form).await?;
    let answer = reply::json(StatusCode::CREATED, &pushed);
    Ok(reply::with_nonce(answer, proofs.next_nonce(&desk, &call)))
}
