//! `GET /jwks` (RFC 7517 section 5).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{flows::Desk, web::state::KeySet};

/// All keys that may still verify.
pub async fn jwks(desk: Data<Desk>, keys: Data<KeySet>, req: HttpRequest) -> HttpResponse {
    keys.document(&desk).answer(&req)
}
