//! The web client, inside the binary.

use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
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

/// Only our own scripts, styles, pictures and sockets: nothing from anywhere else, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The forms that the build leaves beside each file, the smallest first.
const FORMS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

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
        Some(file) => answer(&request, path, file),
        // A missing script must not become a page: browsers would say something misleading.
        None if path.starts_with("assets/") => HttpResponse::NotFound().finish(),
        None => match Files::get("index.html") {
            Some(page) => answer(&request, "index.html", page),
            None => HttpResponse::ServiceUnavailable()
                .body("This binary was built without the web client. Build both: make run"),
        },
    }
}

fn answer(request: &HttpRequest, path: &str, plain: EmbeddedFile) -> HttpResponse {
    let (file, encoding) = smallest(request, path, plain);
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..12]));
    // Names of assets carry a hash of their content: they never change.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((ETAG, tag.as_str()))
        .insert_header((VARY, "accept-encoding"));
    if request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return answer.status(StatusCode::NOT_MODIFIED).finish();
    }
    if let Some(encoding) = encoding {
        answer.insert_header((CONTENT_ENCODING, encoding));
    }
    answer
        .content_type(mime_guess::from_path(path).first_or_octet_stream().as_ref())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(file.data.into_owned())
}

/// The file in the smallest form that there is and that the browser takes, and the name of that form.
fn smallest(request: &HttpRequest, path: &str, plain: EmbeddedFile) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let found = FORMS
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| Some((Files::get(&format!("{path}.{ending}"))?, encoding)));
    match found {
        Some((file, encoding)) => (file, Some(encoding)),
        None => (plain, None),
    }
}

/// Whether an `Accept-Encoding` names the encoding, and not to refuse it (`br;q=0`).
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|offer| {
        let (name, quality) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = quality.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).is_some_and(|q: f32| q <= 0.0);
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn an_encoding_is_used_only_if_it_is_asked_for() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("GZIP;q=0.5", "gzip"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("gzip", "br"));
        assert!(!accepts("", "gzip"));
        assert!(!accepts("broken", "br"));
    }
}
