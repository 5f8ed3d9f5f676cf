//! Which pages may sign in and refresh (RFC 6454 origins).

use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header::ORIGIN;
use service_kit::{Error, Result, StartError};
use shared_proto::ErrorCode;

/// The origins that are ours.
#[derive(Debug)]
pub(crate) struct Origins {
    allowed: Vec<String>,
}

impl Origins {
    /// Those given, or that of `public_url` when none is.
    pub(crate) fn new(public_url: &str, given: &[String]) -> Result<Self, StartError> {
        let own = parse("public_url", public_url)?;
        let mut allowed =
            given.iter().map(|url| parse("allowed_origins", url)).collect::<Result<Vec<_>, StartError>>()?;
        if allowed.is_empty() {
            allowed.push(own);
        }
        Ok(Self { allowed })
    }

    /// Refuses a request from a foreign page. Programs send no `Origin` and pass: they have no user's cookies either.
    pub(super) fn check(&self, request: &HttpRequest) -> Result<()> {
        let Some(sent) = request.headers().get(ORIGIN) else { return Ok(()) };
        if sent.to_str().is_ok_and(|sent| self.allowed.iter().any(|ours| ours.eq_ignore_ascii_case(sent))) {
            return Ok(());
        }
        Err(Error::refused(ErrorCode::OriginForbidden, "This page may not sign in here (see allowed_origins)."))
    }
}

/// Scheme, host and port, without the scheme's own port: as browsers write it.
fn parse(setting: &str, url: &str) -> Result<String, StartError> {
    let wrong =
        || StartError::new(format!("settings: {setting} has {url:?}; it must be like https://chat.example.org"));
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let (scheme, host) = (uri.scheme_str().ok_or_else(wrong)?, uri.host().ok_or_else(wrong)?);
    let usual_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(wrong()),
    };
    let port = uri.port_u16().filter(|port| *port != usual_port).map(|port| format!(":{port}"));
    Ok(format!("{scheme}://{}{}", host.to_ascii_lowercase(), port.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use rstest::rstest;

    fn allows(origins: &Origins, sent: &str) -> bool {
        origins.check(&TestRequest::default().insert_header((ORIGIN, sent)).to_http_request()).is_ok()
    }

    #[test]
    fn only_our_own_pages_and_programs_pass() {
        let origins = Origins::new("https://Chat.example.org:443/somewhere", &[]).unwrap();
        assert!(allows(&origins, "https://chat.example.org"));
        assert!(origins.check(&TestRequest::default().to_http_request()).is_ok());
        for foreign in [
            "null",
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://chat.example.org.evil.test",
            "https://evil.test/https://chat.example.org",
        ] {
            assert!(!allows(&origins, foreign), "{foreign} passed");
        }
    }

    #[test]
    fn given_origins_stand_instead_of_the_public_url() {
        let given = ["http://localhost:5173".to_owned(), "http://[::1]:8000".to_owned()];
        let origins = Origins::new("http://localhost:8080", &given).unwrap();
        assert!(allows(&origins, "http://localhost:5173"));
        assert!(allows(&origins, "http://[::1]:8000"));
        assert!(!allows(&origins, "http://localhost:8080"));
    }

    #[rstest]
    #[case("")]
    #[case("chat.example.org")]
    #[case("ftp://chat.example.org")]
    #[case("not a url")]
    fn what_is_no_web_address_is_refused_at_start(#[case] url: &str) {
        assert!(Origins::new(url, &[]).is_err());
    }
}
