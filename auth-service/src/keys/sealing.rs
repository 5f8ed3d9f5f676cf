//! Private keys and keys of second factors at rest: AES-256-GCM under a secret that is not in the database.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use service_kit::{Error, Result, StartError};
use shared_proto::auth::Secret;

/// Seals and opens private keys. What is sealed under one key id does not open under another.
pub(crate) struct Sealing(RandomizedNonceKey);

/// The setting `keys.secret`: 32 bytes in base64, standard or url-safe, with padding or without.
pub(crate) fn secret(setting: &Secret) -> Result<[u8; 32], StartError> {
    let standard = setting.expose().trim().trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = STANDARD_NO_PAD.decode(standard).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| {
        StartError::new(
            "settings: keys.secret must be 32 bytes in base64; make one with `openssl rand -base64 32` and keep it",
        )
    })
}

impl Sealing {
    pub(crate) fn new(secret: &[u8; 32]) -> Result<Self, StartError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, secret);
        key.map(Self).map_err(|e| StartError::new(format!("private keys can't be sealed: {e}")))
    }

    /// Nonce, ciphertext and tag in one.
    pub(crate) fn seal(&self, kid: &str, private_key: &[u8]) -> Result<Vec<u8>> {
        let mut text = private_key.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(kid), &mut text)
            .map_err(|e| Error::internal("a private key can't be sealed", e))?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    /// `None` when it was sealed under another secret or key id, or was changed.
    pub(crate) fn open(&self, kid: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        Some(self.0.open_in_place(nonce, Aad::from(kid), &mut text).ok()?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealing(byte: u8) -> Sealing {
        Sealing::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_only_under_the_same_secret_and_key_id() {
        let sealed = sealing(1).seal("a", b"private").unwrap();
        assert_eq!(sealing(1).open("a", &sealed).as_deref(), Some(&b"private"[..]));
        assert_eq!(sealing(2).open("a", &sealed), None);
        assert_eq!(sealing(1).open("b", &sealed), None);
        assert_eq!(sealing(1).open("a", &sealed[..5]), None);
    }

    #[test]
    fn a_secret_is_taken_in_every_form_of_base64() {
        for good in ["-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8=", "+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/8"] {
            assert!(secret(&Secret::new(good)).is_ok(), "{good} was refused");
        }
        for bad in ["", "short", "dG9vIHNob3J0", "not base64 at all!"] {
            assert!(secret(&Secret::new(bad)).is_err(), "{bad} was taken");
        }
    }
}
