//! `POST /introspect` (RFC 7662 section 2).

use actix_web::{HttpResponse, http::StatusCode, web::Data};

use crate::{
    flows::{Desk, introspect},
    web::{
        extract::{AuthHeader, CallFrom, FormBody},
        reply::{self, Refused},
    },
};

/// What a token is good for.
pub async fn introspect(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    AuthHeader(header): AuthHeader,
    FormBody(form): FormBody,
) -> Result<HttpResponse, Refused> {
    let known = introspect::introspect(&desk, &call, header.as_deref(), &form).await?;
    Ok(reply::written(StatusCode::OK, known.into_bytes()))
}
