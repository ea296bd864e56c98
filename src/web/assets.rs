//! The files inside the binary: stylesheet, script, icon. Their names carry a hash of their content, so that a
//! browser may keep them for a year and still gets the new one after an update. Nothing is fetched from elsewhere.
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// Where the files live below the public URL.
pub const PATH: &str = "/assets";

/// One embedded file under its hashed name.
struct Asset {
    name: String,
    hashed: String,
    tag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| {
            let hash = Files::get(&name)?.metadata.sha256_hash();
            let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            let (stem, ending) = name.rsplit_once('.')?;
            Some(Asset {
                hashed: format!("{stem}.{short}.{ending}"),
                tag: format!("\"{short}\""),
                name: name.to_string(),
            })
        })
        .collect()
});

/// The path of an embedded file below the public URL, e.g. `/assets/style.0a1b2c3d4e5f6071.css`.
pub fn href(name: &str) -> String {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => format!("{PATH}/{}", asset.hashed),
        None => format!("{PATH}/{name}"),
    }
}

/// `GET /assets/{name}`: a file under its hashed name. Another hash is another file, so an old name is 404.
pub async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.iter().find(|asset| asset.hashed == *name) else {
        return HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("No such file\n");
    };
    let Some(file) = Files::get(&asset.name) else {
        return HttpResponse::NotFound().finish();
    };
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut reply = match known {
        Some(tags) if tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == asset.tag) => {
            HttpResponse::NotModified()
        }
        _ => HttpResponse::Ok(),
    };
    reply.insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    reply.insert_header((ETAG, asset.tag.clone()));
    reply.insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    reply.insert_header((CONTENT_TYPE, mime_guess::from_path(&asset.name).first_or_octet_stream().to_string()));
    reply.body(file.data.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[actix_web::test]
    async fn a_file_is_kept_for_a_year_and_not_sent_twice() {
        let path = href("style.css");
        let name = path.strip_prefix("/assets/").unwrap().to_owned();
        assert!(name.starts_with("style.") && name.ends_with(".css") && name.len() > 16);
        let first = serve(TestRequest::default().to_http_request(), web::Path::from(name.clone())).await;
        assert_eq!(first.status(), 200);
        assert_eq!(first.headers().get(CACHE_CONTROL).unwrap(), "public, max-age=31536000, immutable");
        let tag = first.headers().get(ETAG).unwrap().clone();
        let again = TestRequest::default().insert_header((IF_NONE_MATCH, tag)).to_http_request();
        assert_eq!(serve(again, web::Path::from(name)).await.status(), 304);
        let other = serve(TestRequest::default().to_http_request(), web::Path::from("../Cargo.toml".to_owned())).await;
        assert_eq!(other.status(), 404);
    }
}
