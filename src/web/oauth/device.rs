//! `POST /device_authorization` (RFC 8628 section 3.1).

use actix_web::{HttpResponse, web::Data};

use crate::{
    flows::{Desk, device},
    web::{
        extract::{AuthHeader, CallFrom, FormBody},
        reply::Refused,
    },
};

/// A device without a browser begins to wait for a person.
pub async fn device_authorization(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    AuthHeader(header): AuthHeader,
    FormBody(form): FormBody,
) -> Result<HttpResponse, Refused> {
    let reply = device::begin(&desk, &call, header.as_deref(), &form).await?;
    Ok(HttpResponse::Ok().json(reply))
}
