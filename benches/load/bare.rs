//! The first yardstick, the limit of the framework: an actix-web server that answers constants.

use actix_web::{App, HttpResponse, HttpServer, http::header::CONTENT_TYPE, web};

/// About as long as a short metadata document.
const JSON: &str = r#"{"issuer":"http://127.0.0.1","authorization_endpoint":"http://127.0.0.1/authorize","token_endpoint":"http://127.0.0.1/token","registration_endpoint":"http://127.0.0.1/register","response_types_supported":["code"],"grant_types_supported":["authorization_code"],"code_challenge_methods_supported":["S256"]}"#;

/// Serves until it is killed.
pub(crate) async fn serve(bind: &str, workers: usize) -> anyhow::Result<()> {
    let app = || {
        App::new()
            .route("/.well-known/oauth-authorization-server", web::get().to(json))
            .route("/verify", web::get().to(headers))
    };
    HttpServer::new(app).workers(workers).bind(bind)?.run().await?;
    Ok(())
}

async fn json() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(JSON)
}

async fn headers() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("x-user-id", "local:ada"))
        .insert_header(("x-user-name", "ada"))
        .insert_header(("x-auth-scope", "mcp"))
        .finish()
}
