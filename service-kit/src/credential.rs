//! The internal listeners' guard.

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use shared_proto::ErrorCode;
use shared_proto::auth::Secret;
use subtle::ConstantTimeEq;

use crate::{Error, StartError};

/// What a service expects of those who call its internal listener; registered as app data.
#[derive(Clone, Debug)]
pub struct Expected(Secret);

impl Expected {
    /// Refuses credentials of fewer than 16 characters.
    pub fn new(credential: Secret) -> Result<Self, StartError> {
        if credential.expose().len() < 16 {
            return Err(StartError::new("settings: internal.credential must have at least 16 characters"));
        }
        Ok(Self(credential))
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
        let good = request
            .app_data::<Expected>()
            .is_some_and(|expected| bool::from(expected.0.expose().as_bytes().ct_eq(sent)));
        std::future::ready(if good {
            Ok(FromInside(()))
        } else {
            Err(Error::refused(ErrorCode::TokenInvalid, "The internal credential is missing or wrong."))
        })
    }
}
