//! Which pages may speak to us (RFC 6454).

use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header::{HOST, ORIGIN};
use shared_proto::ErrorCode;

use crate::{Error, Result, StartError};

/// The pages that may open sockets, sign in and refresh tokens: those of the public URL, those that the operator named,
/// and those that this very server sent (their origin is the host that they ask, so that `127.0.0.1` and the
/// machine's name on the local network need no setting). Programs send no Origin and may: they have no user's cookies.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// From the settings `public_url` and `allowed_origins`.
    pub fn new(public_url: &str, further: &[String]) -> Result<Self, StartError> {
        let mut allowed = vec![parse("public_url", public_url)?];
        for url in further {
            allowed.push(parse("allowed_origins", url)?);
        }
        Ok(Self(allowed))
    }

    /// Refuses a request from a foreign page with `origin_forbidden`.
    pub fn check(&self, request: &HttpRequest) -> Result<()> {
        let Some(sent) = request.headers().get(ORIGIN) else { return Ok(()) };
        let sent = sent.to_str().unwrap_or("null");
        let host = request.headers().get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        let own = sent.split_once("://").is_some_and(|(_, place)| place.eq_ignore_ascii_case(host));
        if own || self.0.iter().any(|allowed| allowed.eq_ignore_ascii_case(sent)) {
            return Ok(());
        }
        let detail = format!("Pages of {sent} may not do that; the operator can allow them (allowed_origins).");
        Err(Error::refused(ErrorCode::OriginForbidden, detail))
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

    fn allows(sent: Option<&'static str>) -> bool {
        let further = ["http://other.example:81".to_owned(), "http://[::1]:8000".to_owned()];
        let allowed = AllowedOrigins::new("https://Chat.example.org:443/somewhere", &further).unwrap();
        let mut request = TestRequest::default().insert_header((HOST, "10.0.0.1:8000"));
        if let Some(sent) = sent {
            request = request.insert_header((ORIGIN, sent));
        }
        allowed.check(&request.to_http_request()).is_ok()
    }

    #[test]
    fn our_own_pages_and_programs_pass_and_nobody_else() {
        assert!(allows(None));
        for ours in [
            "https://chat.example.org",
            "http://other.example:81",
            "http://[::1]:8000",
            "http://10.0.0.1:8000",
            "https://10.0.0.1:8000",
        ] {
            assert!(allows(Some(ours)), "{ours} was refused");
        }
        for foreign in [
            "null",
            "",
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://chat.example.org.evil.test",
            "https://evil.test/https://chat.example.org",
            "http://10.0.0.1:8001",
        ] {
            assert!(!allows(Some(foreign)), "{foreign} passed");
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused_at_start() {
        for url in ["", "chat.example.org", "ftp://chat.example.org", "not a url"] {
            assert!(AllowedOrigins::new(url, &[]).is_err(), "{url:?} was taken");
            assert!(AllowedOrigins::new("https://chat.example.org", &[url.to_owned()]).is_err(), "{url:?} was taken");
        }
    }
}
