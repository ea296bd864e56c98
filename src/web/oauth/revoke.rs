//! `POST /revoke` (RFC 7009 section 2).

use actix_web::{HttpResponse, http::StatusCode, web::Data};

use crate::{
    flows::{Desk, revoke},
    web::{
        extract::{AuthHeader, CallFrom, FormBody},
        reply::{self, Refused},
    },
};

/// A client gives a token back.
pub async fn revoke(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    AuthHeader(header): AuthHeader,
    FormBody(form): FormBody,
) -> Result<HttpResponse, Refused> {
    revoke::revoke(&desk, &call, header.as_deref(), &form).await?;
    Ok(reply::empty(StatusCode::OK))
}
