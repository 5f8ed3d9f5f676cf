//! Cookies (RFC 6265): out of scripts' reach, and sent to nothing but the one endpoint that needs them.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderName, SET_COOKIE};

const SECONDS_A_DAY: i64 = 86_400;

/// How a cookie is set, read and cleared.
#[derive(Debug)]
pub(crate) struct Cookie {
    name: &'static str,
    attributes: String,
    max_age: i64,
}

impl Cookie {
    /// For an endpoint at `path`; `secure` lets browsers send it over https only.
    pub(crate) fn new(name: &'static str, path: &str, secure: bool, days: i64) -> Self {
        let secure = if secure { "; Secure" } else { "" };
        let attributes = format!("Path={path}; HttpOnly; SameSite=Strict{secure}");
        Self { name, attributes, max_age: days * SECONDS_A_DAY }
    }

    /// A header that sets it.
    pub(super) fn set(&self, value: &str) -> (HeaderName, String) {
        (SET_COOKIE, format!("{}={value}; Max-Age={}; {}", self.name, self.max_age, self.attributes))
    }

    /// A header that makes the browser forget it.
    pub(crate) fn clear(&self) -> (HeaderName, String) {
        (SET_COOKIE, format!("{}=; Max-Age=0; {}", self.name, self.attributes))
    }

    /// Its value, when the request carries one.
    pub(super) fn sent<'a>(&self, request: &'a HttpRequest) -> Option<&'a str> {
        let lines = request.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn refresh_token(path: &str, secure: bool) -> Cookie {
        Cookie::new("refresh_token", path, secure, 30)
    }

    #[test]
    fn the_cookie_is_limited_to_its_path_and_hidden_from_scripts() {
        let (_, set) = refresh_token("/auth/jwt/refresh/", false).set("abc");
        assert_eq!(set, "refresh_token=abc; Max-Age=2592000; Path=/auth/jwt/refresh/; HttpOnly; SameSite=Strict");
        let (_, cleared) = refresh_token("/r", true).clear();
        assert_eq!(cleared, "refresh_token=; Max-Age=0; Path=/r; HttpOnly; SameSite=Strict; Secure");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let sent_with = |lines: &[&str]| {
            let mut request = TestRequest::default();
            for line in lines {
                request = request.append_header((COOKIE, *line));
            }
            refresh_token("/", false).sent(&request.to_http_request()).map(str::to_owned)
        };
        assert_eq!(sent_with(&["a=b; refresh_token=xyz; c=d"]).as_deref(), Some("xyz"));
        assert_eq!(sent_with(&["a=b", "refresh_token=xyz"]).as_deref(), Some("xyz"));
        assert_eq!(sent_with(&["not_refresh_token=xyz", "refresh_token="]), None);
        assert_eq!(sent_with(&[]), None);
    }
}
