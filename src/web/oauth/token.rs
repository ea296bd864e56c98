//! `POST /token` (RFC 6749 section 3.2).

use actix_web::{HttpResponse, web::Data};

use crate::{
    flows::{Desk, token},
    web::{
        extract::{AuthHeader, CallFrom, DpopHeaders, FormBody},
        reply::{self, Refused},
    },
};

/// A code or a refresh token becomes an access token.
pub async fn token(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    AuthHeader(header): AuthHeader,
    proofs: DpopHeaders,
    FormBody(form): FormBody,
) -> Result<HttpResponse, Refused> {
    let reply = token::exchange(&desk, &call, header.as_deref(), &proofs.texts(), &form).await?;
    let answer = HttpResponse::Ok().content_type("application/json").body(reply);
    Ok(reply::with_nonce(answer, proofs.next_nonce(&desk, &call)))
}
