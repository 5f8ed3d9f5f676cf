//! Devices that have signed in to an account before. While somebody else tries passwords for the account, its owner still
//! gets in from there: a known device has tries of its own.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service_kit::{Error, Result};
use shared_proto::UserId;

/// What the key is derived for, so that no other use of the same secret gets the same one.
const PURPOSE: &[u8] = b"chatire known device 1";

/// Makes and recognises what a device keeps: a random name, and a seal (RFC 2104) over it and the account. Nothing is
/// stored, and it lets nobody in.
pub(crate) struct KnownDevices(hmac::Key);

impl KnownDevices {
    /// All replicas have the same secret.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(HMAC_SHA256, secret), PURPOSE);
        Self(hmac::Key::new(HMAC_SHA256, derived.as_ref()))
    }

    /// For a device that has just signed in to this account.
    pub(super) fn introduce(&self, user: UserId) -> Result<String> {
        let mut name = [0; 16];
        aws_lc_rs::rand::fill(&mut name).map_err(|e| Error::internal("there are no random numbers", e))?;
        let name = URL_SAFE_NO_PAD.encode(name);
        let seal = hmac::sign(&self.0, sealed(&name, user).as_bytes());
        Ok(format!("{name}.{}", URL_SAFE_NO_PAD.encode(seal)))
    }

    /// The device's name, if it has signed in to this account before.
    pub(super) fn recognise<'a>(&self, kept: &'a str, user: UserId) -> Option<&'a str> {
        let (name, seal) = kept.split_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        hmac::verify(&self.0, sealed(name, user).as_bytes(), &seal).ok().map(|()| name)
    }
}

fn sealed(name: &str, user: UserId) -> String {
    format!("{user}:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_to_the_account_it_signed_in_to_and_to_no_other() {
        let devices = KnownDevices::new(&[7; 32]);
        let kept = devices.introduce(UserId(1)).unwrap();
        let name = devices.recognise(&kept, UserId(1)).unwrap();
        assert!(kept.starts_with(name) && name.len() == 22);
        assert_eq!(devices.recognise(&kept, UserId(2)), None);
        assert_eq!(KnownDevices::new(&[8; 32]).recognise(&kept, UserId(1)), None);
        for strange in ["", ".", "x", "x.y", &kept[..kept.len() - 1], &format!("x{kept}")] {
            assert_eq!(devices.recognise(strange, UserId(1)), None, "{strange} was recognised");
        }
    }
}
