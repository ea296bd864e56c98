//! `GET /.well-known/oauth-authorization-server` (RFC 8414 section 3) and `GET /.well-known/openid-configuration` (OpenID Connect
//! Discovery section 4): one document under both names.

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{
    oauth::error,
    web::{document::Documents, reply::Refused},
};

/// The metadata of this server.
pub async fn metadata(documents: Data<Documents>, req: HttpRequest) -> HttpResponse {
    documents.metadata().answer(&req)
}

/// The same for clients that want to know who signed in, where they may.
pub async fn openid(documents: Data<Documents>, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let document = documents.openid().ok_or_else(error::not_found)?;
    Ok(document.answer(&req))
}
