//! Tokens that only the operator could make: signed with the system's own key, and saying what no service of it says.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use diesel::sql_types::{Binary, Text};
use diesel::{Connection, PgConnection, QueryableByName, SqliteConnection};
use serde_json::{Value, json};

/// Has the newest signing key, taken out of the database with `keys.secret`.
pub struct Forger {
    kid: String,
    key: Ed25519KeyPair,
}

/// As the migrations describe it.
#[derive(QueryableByName)]
struct Sealed {
    #[diesel(sql_type = Text)]
    kid: String,
    #[diesel(sql_type = Binary)]
    private_key: Vec<u8>,
}

const NEWEST: &str =
    "SELECT kid, private_key FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC LIMIT 1";

impl Forger {
    /// Out of auth-service's database, under the URL that the service has; `secret` is `keys.secret`.
    pub fn with_key_at(url: &str, secret: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(file) => Self::with_key_in(&mut SqliteConnection::establish(file).expect("the database"), secret),
            None => Self::with_key_in(&mut PgConnection::establish(url).expect("the database"), secret),
        }
    }

    fn with_key_in<C>(database: &mut C, secret: &str) -> Self
    where
        C: Connection,
        diesel::query_builder::SqlQuery: for<'q> diesel::query_dsl::LoadQuery<'q, C, Sealed>,
    {
        let rows: Vec<Sealed> = diesel::RunQueryDsl::load(diesel::sql_query(NEWEST), database).expect("the keys");
        let Sealed { kid, private_key } = rows.into_iter().next().expect("there is a key");
        let secret = BASE64_STANDARD_NO_PAD.decode(secret.trim().trim_end_matches('=')).expect("base64");
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, &secret).expect("32 bytes");
        let (nonce, text) = private_key.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
        let mut text = text.to_vec();
        let pkcs8 = sealing.open_in_place(nonce, Aad::from(&kid), &mut text).expect("it opens under the secret");
        Self { key: Ed25519KeyPair::from_pkcs8(pkcs8).expect("a key"), kid }
    }

    /// The header that tokens have.
    pub fn header(&self) -> Value {
        json!({"typ": "JWT", "alg": "EdDSA", "kid": self.kid})
    }

    /// A token with these claims, signed as all are.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_under(&self.header(), claims)
    }

    /// A token, signed anew, that ends so many seconds later than it says.
    pub fn prolong(&self, token: &str, seconds: i64) -> String {
        let claims = token.split('.').nth(1).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
        let mut claims: Value = serde_json::from_slice(&claims.expect("base64url")).expect("JSON");
        claims["exp"] = json!(claims["exp"].as_i64().expect("a time") + seconds);
        self.sign(&claims)
    }

    /// The same under another header.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = self.key.sign(text.as_bytes());
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key, as the JWKS has it.
    pub fn public_key(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.public_key())
    }
}

/// Header and claims of a token, to which a signature belongs.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let text = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", text(header), text(claims))
}

/// A token with an HMAC (SHA-256) instead of a signature, under a key that everybody knows.
pub fn sign_by_hmac(key: &[u8], header: &Value, claims: &Value) -> String {
    let text = unsigned(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}
