//! `GET /.well-known/oauth-authorization-server` (RFC 8414 section 3) and `GET /.well-known/openid-configuration` (OpenID Connect
//! Discovery section 4): one document under both names.

use actix_web::{HttpRequest, HttpResponse, web::Data};

use crate::{
    flows::Desk,
    oauth::error,
    web::{reply::Refused, state::Metadata},
};

/// The metadata of this server.
pub async fn metadata(desk: Data<Desk>, metadata: Data<Metadata>, req: HttpRequest) -> HttpResponse {
    metadata.document(&desk).answer(&req)
}

/// The same for clients that want to know who signed in, where they may.
pub async fn openid(desk: Data<Desk>, metadata: Data<Metadata>, req: HttpRequest) -> Result<HttpResponse, Refused> {
    let on = desk.config.policy.has_openid();
    if on { Ok(metadata.document(&desk).answer(&req)) } else { Err(error::not_found().into()) }
}
