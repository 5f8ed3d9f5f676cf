//! Whether a code is good.

use aws_lc_rs::digest::{SHA256, digest};
use service_kit::db::Conn;
use service_kit::{Error, Result};
use shared_proto::auth::Secret;
use shared_proto::{Timestamp, UserId};
use totp_rs::{Builder, Totp};

use super::store;
use crate::keys::Sealing;

/// So stand recovery codes: no letter looks like a digit, 5 bits each.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w',
    'x', 'y', 'z', '2', '3', '4', '5', '6', '7',
];
/// Of a recovery code: 80 random bits.
const LETTERS: usize = 16;
/// The longest text that is looked at.
const MOST_BYTES: usize = 64;

/// What an account's second factor says to whoever has the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// There is none, or the code is good (and used up now).
    Met,
    /// A code is asked for.
    Missing,
    /// This code is not good.
    Wrong,
}

/// Inside a transaction. Of two that come with the same code at once, one is met.
pub(crate) fn demand(
    conn: &mut Conn,
    sealing: &Sealing,
    user: UserId,
    code: Option<&Secret>,
    now: Timestamp,
) -> Result<Demand> {
    let Some(stored) = store::find(conn, user)?.filter(|stored| stored.is_confirmed) else { return Ok(Demand::Met) };
    let Some(code) = code else { return Ok(Demand::Missing) };
    let is_good = is_of_app(conn, sealing, user, &stored.secret, code, now)? || is_recovery(conn, user, code)?;
    Ok(if is_good { Demand::Met } else { Demand::Wrong })
}

/// A code of now, or half a minute around it, later than any that was used. It is used up.
pub(super) fn is_of_app(
    conn: &mut Conn,
    sealing: &Sealing,
    user: UserId,
    secret: &[u8],
    code: &Secret,
    now: Timestamp,
) -> Result<bool> {
    let digits: String = plain(code).unwrap_or_default();
    // Names stand in the app only, not in codes.
    let totp = totp(sealing, user, "-", secret)?;
    let Some(step) = totp.check(&digits, now.seconds().unsigned_abs()) else { return Ok(false) };
    store::use_step(conn, user, i64::try_from(step).unwrap_or(i64::MAX))
}

fn is_recovery(conn: &mut Conn, user: UserId, code: &Secret) -> Result<bool> {
    match plain(code) {
        Some(letters) if letters.len() == LETTERS => store::spend_recovery(conn, user, &hash(&letters)),
        _ => Ok(false),
    }
}

/// Without what people put between the letters.
fn plain(code: &Secret) -> Option<String> {
    let text = Some(code.expose()).filter(|text| text.len() <= MOST_BYTES)?;
    Some(text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_lowercase())
}

/// The key behind `sealed`, as the app has it: SHA-1, 6 digits, 30 s, since that is what all apps can.
pub(super) fn totp(sealing: &Sealing, user: UserId, name: &str, sealed: &[u8]) -> Result<Totp> {
    let key = sealing.open(&purpose(user), sealed);
    let key = key.ok_or(Error::Internal("a second factor's key does not open under keys.secret", None))?;
    let built =
        Builder::new().with_secret(key).with_account_name(name).with_issuer(Some("Chatire")).with_skew(1).build();
    built.map_err(|e| Error::internal("a second factor's key is none", e.to_string()))
}

/// A new key, sealed.
pub(super) fn new_key(sealing: &Sealing, user: UserId) -> Result<Vec<u8>> {
    let mut key = [0; 20];
    aws_lc_rs::rand::fill(&mut key).map_err(|e| Error::internal("there are no random numbers", e))?;
    sealing.seal(&purpose(user), &key)
}

/// What is sealed for one account opens for no other.
fn purpose(user: UserId) -> String {
    format!("second factor of {user}")
}

/// A new recovery code as it is shown, and what is stored of it.
pub(super) fn new_recovery() -> (String, Vec<u8>) {
    let letters = nanoid::nanoid!(LETTERS, &ALPHABET);
    let shown: Vec<&str> = (0..LETTERS / 4).map(|group| &letters[group * 4..group * 4 + 4]).collect();
    (shown.join("-"), hash(&letters))
}

fn hash(letters: &str) -> Vec<u8> {
    digest(&SHA256, letters.as_bytes()).as_ref().to_vec()
}
