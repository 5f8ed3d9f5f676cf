//! Passwords: read at the edge, judged, hashed and compared away from the workers.

mod ask_reset;
mod change;
mod confirm;
mod hashing;
mod mailing;
mod mailing_store;
mod reset;
mod store;
mod strength;
mod threads;

use std::fmt;

pub(crate) use ask_reset::{Resets, ask_reset};
pub(crate) use change::change;
pub(crate) use confirm::confirm;
pub(crate) use hashing::Passwords;
pub(crate) use mailing::keep_mailing;
#[cfg(test)]
pub(crate) use mailing::mail_due;
pub(crate) use mailing_store::standing;
pub(crate) use reset::reset;
use service_kit::{Error, Result};
use shared_proto::ErrorCode;
use shared_proto::auth::Secret;
pub(crate) use store::{drop_resets, forget_resets};
use unicode_normalization::UnicodeNormalization;

use crate::users::Account;

/// The shortest and the longest password, in Unicode scalar values.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;
/// No password that was ever taken is longer in UTF-8, in any Unicode form: not worth normalising.
const MOST_BYTES: usize = 4_096;

/// A password in NFC (RFC 8265 §4.2), so that it is the same from every keyboard; at most 128 characters.
#[derive(Clone)]
pub(crate) struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[password]")
    }
}

impl Password {
    /// For signing in. `None` when nobody can have such a password, which costs no hashing.
    pub(crate) fn given(secret: &Secret) -> Option<Self> {
        if secret.expose().len() > MOST_BYTES {
            return None;
        }
        let text: String = secret.expose().nfc().collect();
        (text.chars().count() <= *LENGTHS.end()).then_some(Self(text))
    }

    /// For an account: of the right length. Whether it is strong is judged by [`Passwords::hash_new`]. `field` is what
    /// a refusal names.
    pub(crate) fn chosen(field: &str, secret: &Secret) -> Result<Self> {
        let (least, most) = (LENGTHS.start(), LENGTHS.end());
        let too_long = || Error::invalid(field, format!("a password may have {most} characters at most"));
        let password = Self::given(secret).ok_or_else(too_long)?;
        if password.0.chars().count() < *least {
            return Err(too_weak(field, vec![format!("a password must have {least} characters at least")]));
        }
        Ok(password)
    }
}

/// What others know of an account: no password may be like it.
pub(crate) fn personal(account: &Account) -> Vec<String> {
    let texts = [account.username.as_str(), account.email.as_str(), &account.first_name, &account.last_name];
    texts.map(str::to_owned).into()
}

fn too_weak(field: &str, reasons: Vec<String>) -> Error {
    Error::Refused {
        code: ErrorCode::PasswordTooWeak,
        detail: format!("The password is too weak: {}.", reasons.join(" ").trim_end_matches('.')),
        errors: reasons
            .into_iter()
            .map(|message| shared_proto::FieldError { field: field.to_owned(), message })
            .collect(),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<Password> {
        Password::chosen("password", &Secret::new(text))
    }

    #[test]
    fn a_password_has_8_to_128_characters() {
        assert_eq!(chosen("1234567").unwrap_err().code(), ErrorCode::PasswordTooWeak);
        assert!(chosen("12345678").is_ok());
        assert!(chosen(&"é".repeat(128)).is_ok());
        assert_eq!(chosen(&"é".repeat(129)).unwrap_err().code(), ErrorCode::ValidationFailed);
        assert_eq!(chosen(&"x".repeat(60_000)).unwrap_err().code(), ErrorCode::ValidationFailed);
    }

    #[test]
    fn a_password_is_the_same_in_every_unicode_form() {
        assert_eq!(chosen("cafe\u{301} au lait").unwrap().0, chosen("café au lait").unwrap().0);
    }

    #[test]
    fn a_password_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", chosen("correct horse").unwrap()), "[password]");
    }
}
