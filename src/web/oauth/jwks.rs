//! `GET /jwks` (RFC 7517 section 5).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::web::document::Documents;

/// All keys that may still verify.
pub async fn jwks(documents: Data<Documents>, req: HttpRequest) -> HttpResponse {
    documents.key_set().answer(&req)
}
