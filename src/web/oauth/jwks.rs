//! `GET /jwks` (RFC 7517 section 5).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{flows::Desk, web::state::Document};

/// All keys that may still verify.
pub async fn jwks(desk: Data<Desk>, req: HttpRequest) -> HttpResponse {
    Document::text(desk.keys.ring().jwks().to_owned()).answer(&req)
}
