//! E-mail addresses, as far as a program can judge them: the rest is a mail's to find out.

use service_kit::{Error, Result};

/// The longest address that can be delivered to (RFC 5321 §4.5.3.1.3).
const MOST_BYTES: usize = 254;

/// Trims an address and refuses what can't be one. Empty means "none".
pub(super) fn parse(given: Option<String>) -> Result<String> {
    let email = given.unwrap_or_default().trim().to_owned();
    let refused = |why: &str| Err(Error::invalid("email", why));
    if email.is_empty() {
        return Ok(email);
    }
    if email.len() > MOST_BYTES {
        return refused("an e-mail address has 254 bytes at most");
    }
    if email.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return refused("an e-mail address has no spaces or control characters");
    }
    match email.split_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => Ok(email),
        _ => refused("this is no e-mail address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, "")]
    #[case(Some("  "), "")]
    #[case(Some(" a@b "), "a@b")]
    #[case(Some("jörg+x@exämple.org"), "jörg+x@exämple.org")]
    fn an_address_is_trimmed_and_may_be_left_out(#[case] given: Option<&str>, #[case] kept: &str) {
        assert_eq!(parse(given.map(str::to_owned)).unwrap(), kept);
    }

    #[rstest]
    #[case("a")]
    #[case("@b")]
    #[case("a@")]
    #[case("a@b@c")]
    #[case("a b@c")]
    #[case("a\u{0}@c")]
    #[case("a\r\nBcc:x@c")]
    fn what_can_be_no_address_is_refused(#[case] given: &str) {
        assert!(parse(Some(given.to_owned())).is_err());
    }

    #[test]
    fn an_address_of_over_254_bytes_is_refused() {
        assert!(parse(Some(format!("{}@b", "a".repeat(252)))).is_ok());
        assert!(parse(Some(format!("{}@b", "a".repeat(253)))).is_err());
    }
}
