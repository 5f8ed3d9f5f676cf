//! Which pages may speak to us (RFC 6454).

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};
use shared_proto::ErrorCode;

use crate::{Error, Result};

/// The pages that may open sockets and refresh tokens: those of the public URL, those that the operator named, and
/// those that this very server sent (their origin is the host that they ask). Programs send no Origin and may.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// From the public URL and further origins such as `https://chat.example.org`.
    pub fn new(public_url: &str, further: &[String]) -> Self {
        let all = std::iter::once(public_url).chain(further.iter().map(String::as_str));
        Self(all.map(|url| origin_of(url).to_ascii_lowercase()).collect())
    }

    /// Refuses a request from a foreign page with `origin_forbidden`.
    pub fn check(&self, request: &HttpRequest) -> Result<()> {
        let Some(origin) = request.headers().get(ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("null").to_ascii_lowercase();
        let host = request.headers().get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        let own = origin.split_once("://").is_some_and(|(_, place)| place.eq_ignore_ascii_case(host));
        if own || self.0.contains(&origin) {
            return Ok(());
        }
        let detail = format!("Pages of {origin} may not do that. The operator can allow them: allowed_origins.");
        Err(Error::refused(ErrorCode::OriginForbidden, detail))
    }
}

/// `scheme://host:port` of a URL.
fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn check(origin: Option<&'static str>) -> bool {
        let allowed = AllowedOrigins::new("https://chat.example.org/", &["http://other.example:81".to_owned()]);
        let mut request = TestRequest::default().insert_header((HOST, "10.0.0.1:8000"));
        if let Some(origin) = origin {
            request = request.insert_header((ORIGIN, origin));
        }
        allowed.check(&request.to_http_request()).is_ok()
    }

    #[test]
    fn our_own_pages_and_programs_may_and_nobody_else() {
        assert!(check(None));
        for good in ["https://chat.example.org", "http://other.example:81", "http://10.0.0.1:8000"] {
            assert!(check(Some(good)), "{good} was refused");
        }
        for bad in ["null", "", "https://evil.example", "http://chat.example.org.evil.example", "http://10.0.0.1:8001"]
        {
            assert!(!check(Some(bad)), "{bad} was let in");
        }
    }
}
