//! The web client, inside the binary.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::{EmbeddedFile, RustEmbed};
use service_kit::host::{Service, Task};
use service_kit::shutdown::Shutdown;

/// `web/dist` as it was when the binary was built; development builds read the folder itself.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Only our own scripts, styles and sockets: nothing from anywhere else, nothing inline.
const POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'; \
     script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Serves the web client's files, and its first page for every path that is not a file.
#[derive(Debug)]
pub(crate) struct WebClient;

impl Service for WebClient {
    fn name(&self) -> &'static str {
        "web"
    }

    fn routes(&self, cfg: &mut ServiceConfig) {
        cfg.default_service(web::to(serve));
    }

    fn run(self: Arc<Self>, _: Shutdown) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(std::future::ready(())) as Task
    }
}

async fn serve(request: HttpRequest) -> HttpResponse {
    let path = request.path().trim_start_matches('/');
    let for_services = ["api/", "auth/", "ws/", ".well-known/", "internal/"].iter().any(|part| path.starts_with(part));
    if for_services && path != "auth/" {
        return HttpResponse::NotFound().finish();
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return HttpResponse::MethodNotAllowed().finish();
    }
    match Files::get(path).filter(|_| !path.is_empty()) {
        Some(file) => answer(&request, path, &file),
        // A missing script must not become a page: browsers would say something misleading.
        None if path.starts_with("assets/") => HttpResponse::NotFound().finish(),
        None => match Files::get("index.html") {
            Some(page) => answer(&request, "index.html", &page),
            None => HttpResponse::ServiceUnavailable()
                .body("This binary was built without the web client. Build both: make run"),
        },
    }
}

fn answer(request: &HttpRequest, path: &str, file: &EmbeddedFile) -> HttpResponse {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..12]));
    // Names of assets carry a hash of their content: they never change.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    if request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
    }
    HttpResponse::Ok()
        .content_type(mime_guess::from_path(path).first_or_octet_stream().as_ref())
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((ETAG, tag))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(file.data.clone().into_owned())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
