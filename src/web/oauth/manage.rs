//! `GET|PUT|DELETE /register/{client_id}` (RFC 7592 section 2).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use crate::{
    base::id::ClientId,
    flows::{Desk, manage},
    web::{
        extract::{Bearer, CallFrom, JsonBody, Tail, bearer},
        reply::{self, Refused},
    },
};

/// Reads the registration.
pub async fn read(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    Tail(id): Tail,
    req: HttpRequest,
) -> Result<HttpResponse, Refused> {
    let client = manage::read(&desk, &call, &ClientId::new(id), token(&req)).await?;
    Ok(reply::json(StatusCode::OK, &client))
}

/// Replaces it. The token is judged before the body.
pub async fn replace(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    Tail(id): Tail,
    req: HttpRequest,
    body: Result<JsonBody, Refused>,
) -> Result<HttpResponse, Refused> {
    let id = ClientId::new(id);
    let body = match body {
        Ok(JsonBody(body)) => body,
        Err(refused) => {
            manage::read(&desk, &call, &id, token(&req)).await?;
            return Err(refused);
        }
    };
    let client = manage::replace(&desk, &call, &id, token(&req), &body).await?;
    Ok(reply::json(StatusCode::OK, &client))
}

/// Deletes it.
pub async fn delete(
    desk: Data<Desk>,
    CallFrom(call): CallFrom,
    Tail(id): Tail,
    req: HttpRequest,
) -> Result<HttpResponse, Refused> {
    manage::delete(&desk, &call, &ClientId::new(id), token(&req)).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// The registration access token, from the header only.
fn token(req: &HttpRequest) -> Option<&str> {
    match bearer(req) {
        Bearer::Token(token) => Some(token),
        Bearer::Absent | Bearer::Other | Bearer::Malformed => None,
    }
}
