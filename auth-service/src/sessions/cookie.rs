//! The refresh cookie (RFC 6265): out of scripts' reach, and sent to nothing but the refresh endpoint.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderName, SET_COOKIE};

const NAME: &str = "refresh_token";
const SECONDS_A_DAY: i64 = 86_400;

/// How the cookie is set and cleared.
#[derive(Debug)]
pub(crate) struct RefreshCookie {
    attributes: String,
    max_age: i64,
}

impl RefreshCookie {
    /// For an endpoint at `path`; `secure` lets browsers send it over https only.
    pub(crate) fn new(path: &str, secure: bool, days: i64) -> Self {
        let secure = if secure { "; Secure" } else { "" };
        Self { attributes: format!("Path={path}; HttpOnly; SameSite=Strict{secure}"), max_age: days * SECONDS_A_DAY }
    }

    /// A header that sets it.
    pub(super) fn set(&self, token: &str) -> (HeaderName, String) {
        (SET_COOKIE, format!("{NAME}={token}; Max-Age={}; {}", self.max_age, self.attributes))
    }

    /// A header that makes the browser forget it.
    pub(crate) fn clear(&self) -> (HeaderName, String) {
        (SET_COOKIE, format!("{NAME}=; Max-Age=0; {}", self.attributes))
    }
}

/// The cookie's value, when the request carries one.
pub(super) fn sent(request: &HttpRequest) -> Option<&str> {
    let lines = request.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_cookie_is_limited_to_its_path_and_hidden_from_scripts() {
        let (_, set) = RefreshCookie::new("/auth/jwt/refresh/", false, 30).set("abc");
        assert_eq!(set, "refresh_token=abc; Max-Age=2592000; Path=/auth/jwt/refresh/; HttpOnly; SameSite=Strict");
        let (_, cleared) = RefreshCookie::new("/r", true, 30).clear();
        assert_eq!(cleared, "refresh_token=; Max-Age=0; Path=/r; HttpOnly; SameSite=Strict; Secure");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let sent_with = |lines: &[&str]| {
            let mut request = TestRequest::default();
            for line in lines {
                request = request.append_header((COOKIE, *line));
            }
            sent(&request.to_http_request()).map(str::to_owned)
        };
        assert_eq!(sent_with(&["a=b; refresh_token=xyz; c=d"]).as_deref(), Some("xyz"));
        assert_eq!(sent_with(&["a=b", "refresh_token=xyz"]).as_deref(), Some("xyz"));
        assert_eq!(sent_with(&["not_refresh_token=xyz", "refresh_token="]), None);
        assert_eq!(sent_with(&[]), None);
    }
}
