//! `POST /register` (RFC 7591 section 3).

use actix_web::{HttpResponse, http::StatusCode, web::Data};

use crate::{
    flows::{Desk, register},
    web::{
        extract::{CallFrom, JsonBody},
        reply::{self, Refused},
    },
};

/// A client signs the book.
pub async fn register(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Refused> {
    let client = register::sign(&desk, &call, &body).await?;
    Ok(reply::json(StatusCode::CREATED, &client))
}
