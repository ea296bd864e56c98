//! `GET /.well-known/oauth-authorization-server` (RFC 8414 section 3).

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{flows::Desk, web::state::Metadata};

/// The metadata of this server.
pub async fn metadata(desk: Data<Desk>, metadata: Data<Metadata>, req: HttpRequest) -> HttpResponse {
    metadata.document(&desk).answer(&req)
}
