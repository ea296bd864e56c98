//! `POST /register` (RFC 7591 section 3).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use crate::{
    flows::{Desk, register},
    web::{
        extract::{Bearer, CallFrom, JsonBody, bearer},
        reply::{self, Refused},
    },
};

/// A client signs the book.
pub async fn register(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    req: HttpRequest,
    JsonBody(body): JsonBody,
) -> Result<HttpResponse, Refused> {
    let token = match bearer(&req) {
        Bearer::Token(token) => Some(token),
        Bearer::Absent | Bearer::Other | Bearer::Malformed => None,
    };
    let client = register::sign(&desk, &call, token, &body).await?;
    Ok(reply::json(StatusCode::CREATED, &client))
}
