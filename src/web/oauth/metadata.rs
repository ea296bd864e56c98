//! `GET /.well-known/oauth-authorization-server` (RFC 8414 section 3).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::web::state::Document;

/// The metadata of this server.
pub async fn metadata(document: Data<Document>, req: HttpRequest) -> HttpResponse {
    document.answer(&req)
}
