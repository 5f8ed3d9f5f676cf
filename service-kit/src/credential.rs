//! What the services know each other by, and the internal listeners' guard.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use shared_proto::ErrorCode;
use shared_proto::auth::Secret;
use subtle::{Choice, ConstantTimeEq};

use crate::{Error, StartError};

/// The setting `internal.credential`: one secret, or several with commas between them. The first is sent, all are accepted, so
/// that it can be changed while everything runs: first all accept the new one, then all send it, then nobody accepts the old.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "String")]
pub struct Credentials(Vec<Secret>);

impl From<String> for Credentials {
    fn from(text: String) -> Self {
        Self(text.split(',').map(|each| Secret::new(each.trim())).collect())
    }
}

impl Credentials {
    /// What is sent to other services.
    pub fn sent(&self) -> Secret {
        self.0.first().cloned().unwrap_or_else(|| Secret::new(""))
    }
}

/// What a service expects of those who call its internal listener; registered as app data.
#[derive(Clone, Debug)]
pub struct Expected(Vec<Secret>);

impl Expected {
    /// Refuses credentials of fewer than 16 characters.
    pub fn new(credentials: &Credentials) -> Result<Self, StartError> {
        if credentials.0.iter().any(|each| each.expose().len() < 16) {
            return Err(StartError::new("settings: internal.credential must have at least 16 characters"));
        }
        Ok(Self(credentials.0.clone()))
    }

    /// Compares with all, whichever it is, so that the time tells nothing.
    fn includes(&self, sent: &[u8]) -> bool {
        let each = self.0.iter().map(|expected| expected.expose().as_bytes().ct_eq(sent));
        bool::from(each.fold(Choice::from(0), |any, one| any | one))
    }
}

/// Proof that the request carries the internal credential. A handler that takes one can't be called without.
#[derive(Debug)]
pub struct FromInside(());

impl FromRequest for FromInside {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let sent = request.headers().get(AUTHORIZATION).map_or(&[][..], |v| v.as_bytes());
        let sent = sent.strip_prefix(b"Bearer ").unwrap_or_default();
        let good = request.app_data::<Expected>().is_some_and(|expected| expected.includes(sent));
        std::future::ready(if good {
            Ok(FromInside(()))
        } else {
            Err(Error::refused(ErrorCode::TokenInvalid, "The internal credential is missing or wrong."))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Credentials {
        Credentials::from(text.to_owned())
    }

    #[test]
    fn the_first_is_sent_and_all_are_accepted() {
        let credentials = given("the-new-one-of-today,the-old-one-of-before");
        assert_eq!(credentials.sent().expose(), "the-new-one-of-today");
        let expected = Expected::new(&credentials).unwrap();
        assert!(expected.includes(b"the-new-one-of-today") && expected.includes(b"the-old-one-of-before"));
        for wrong in
            [&b""[..], b"the-new-one-of-toda", b"the-new-one-of-today,the-old-one-of-before", b"another-one-of-16"]
        {
            assert!(!expected.includes(wrong));
        }
    }

    #[test]
    fn none_may_be_short_or_missing() {
        for bad in ["", "short", ",the-old-one-of-before", "the-new-one-of-today,", "the-new-one-of-today,short"] {
            assert!(Expected::new(&given(bad)).is_err(), "{bad}");
        }
    }
}
