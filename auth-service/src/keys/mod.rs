//! Signing keys: made at the first start, sealed in the database, shared by all replicas.

mod operate;
mod publish;
mod sealing;
mod store;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use service_kit::db::Db;
use service_kit::settings::Tokens;
use service_kit::token::{Identity, Jwk, Jwks, Verifier};
use service_kit::{Error, Result, StartError, chain, clock};
use shared_proto::Timestamp;
use shared_proto::auth::Claims;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub(crate) use operate::{KeyState, list, retire, rotate};
pub(crate) use publish::publish;
pub(crate) use sealing::{Sealing, secret};
use store::StoredKey;

/// How often the keys are read again, so that all replicas agree.
const READ_EVERY: Duration = Duration::from_secs(10);
/// Tokens with unknown key ids make us read the keys at most this often.
const UNKNOWN_EVERY: Duration = Duration::from_secs(2);

/// The keys in use. All are published and verify; the newest of those whose time has come signs.
pub(crate) struct Keyring {
    db: Db,
    sealing: Arc<Sealing>,
    verifier: Verifier,
    current: ArcSwap<Current>,
    read_for_unknown: Mutex<Option<Instant>>,
}

struct Current {
    /// The newest first.
    signing: Vec<Signing>,
    jwks: Jwks,
}

struct Signing {
    kid: String,
    key: EncodingKey,
    /// Microseconds.
    from: i64,
}

impl Keyring {
    /// Reads the keys, or makes the first one.
    pub(crate) async fn open(db: Db, sealing: Arc<Sealing>, tokens: &Tokens) -> Result<Self, StartError> {
        let failed = |e: Error| StartError::new(format!("signing keys: {}", chain(&e)));
        let first = new_key(&sealing, clock::now()).map_err(failed)?;
        let stored = db.write(move |conn| store::in_use_or_first(conn, &first)).await.map_err(failed)?;
        let current = Current::of(&sealing, &stored).ok_or_else(|| {
            StartError::new(
                "settings: keys.secret does not open the signing keys in the database; give the one they were made with",
            )
        })?;
        let verifier = Verifier::local(tokens);
        verifier.set_keys(&current.jwks);
        Ok(Self { db, sealing, verifier, current: ArcSwap::from_pointee(current), read_for_unknown: Mutex::default() })
    }

    /// Verifies with the keys in use, always the current ones.
    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs an access token.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        let current = self.current.load();
        let now = clock::now().micros();
        // Without an older one that could, the only key signs before its time.
        let signing = current.signing.iter().find(|key| key.from <= now).or(current.signing.last());
        let signing = signing.ok_or(Error::Internal("there is no signing key", None))?;
        let header = Header { kid: Some(signing.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &signing.key).map_err(|e| Error::internal("a token can't be signed", e))
    }

    /// Whose token this is (see [`Verifier::verify`]); says nothing of the session. Reads the keys again for one that
    /// another replica may have made.
    pub(crate) async fn verify(&self, token: &str) -> Result<Identity> {
        if let Ok(header) = jsonwebtoken::decode_header(token)
            && let Some(kid) = header.kid
            && !self.knows(&kid)
        {
            self.read_for(&kid).await?;
        }
        self.verifier.verify(token).await
    }

    /// Reads the keys from time to time, for ever.
    pub(crate) async fn keep_current(&self) {
        loop {
            tokio::time::sleep(READ_EVERY).await;
            if let Err(error) = self.read().await {
                tracing::warn!(error = chain(&error), "signing keys were not read again; going on with those known");
            }
        }
    }

    fn knows(&self, kid: &str) -> bool {
        self.current.load().jwks.keys.iter().any(|key| key.kid == kid)
    }

    /// One at a time; those who wait use what it brought.
    async fn read_for(&self, kid: &str) -> Result<()> {
        let mut read = self.read_for_unknown.lock().await;
        if self.knows(kid) || read.is_some_and(|at| at.elapsed() < UNKNOWN_EVERY) {
            return Ok(());
        }
        *read = Some(Instant::now());
        self.read().await
    }

    async fn read(&self) -> Result<()> {
        let stored = self.db.read(store::in_use).await?;
        let current = Current::of(&self.sealing, &stored)
            .ok_or(Error::Internal("the signing keys in the database don't open under keys.secret", None))?;
        self.verifier.set_keys(&current.jwks);
        self.current.store(Arc::new(current));
        Ok(())
    }
}

impl Current {
    /// `None` when there is no key, or one does not open.
    fn of(sealing: &Sealing, stored: &[StoredKey]) -> Option<Self> {
        let signing = |key: &StoredKey| {
            let private_key = sealing.open(&key.kid, &key.private_key)?;
            Some(Signing { kid: key.kid.clone(), key: EncodingKey::from_ed_der(&private_key), from: key.signs_from })
        };
        let signing: Vec<Signing> = stored.iter().map(signing).collect::<Option<_>>()?;
        let keys = stored.iter().map(published).collect();
        (!signing.is_empty()).then_some(Self { signing, jwks: Jwks { keys } })
    }
}

fn published(key: &StoredKey) -> Jwk {
    Jwk {
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        alg: "EdDSA".into(),
        r#use: "sig".into(),
        kid: key.kid.clone(),
        x: key.x.clone(),
    }
}

/// A key that signs from a moment on.
fn new_key(sealing: &Sealing, from: Timestamp) -> Result<StoredKey> {
    let failed = |e| Error::internal("a signing key can't be made", e);
    let pair = Ed25519KeyPair::generate().map_err(failed)?;
    // Given at the command line, where one that begins with `-` would be an option.
    let kid = nanoid::nanoid!(24, &nanoid::alphabet::HEX_LOWERCASE);
    Ok(StoredKey {
        x: URL_SAFE_NO_PAD.encode(pair.public_key()),
        private_key: sealing.seal(&kid, pair.to_pkcs8().map_err(failed)?.as_ref())?,
        created_at: clock::now().micros(),
        signs_from: from.micros(),
        kid,
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::Ed25519KeyPair;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use service_kit::clock;
    use shared_proto::ErrorCode;
    use shared_proto::auth::Claims;

    use crate::testing::Installation;
    use crate::users::store::by_name;

    #[actix_web::test]
    async fn all_processes_of_an_installation_share_its_keys() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let token = home.sign_in("alice").await.token;
        let replica = home.open_again(None).await.unwrap();
        replica.keys.verify(&token).await.unwrap();
        assert_eq!(replica.keys.current.load().jwks.keys.len(), 1);
    }

    #[actix_web::test]
    async fn a_token_that_we_would_not_have_made_is_refused_whoever_signed_it() {
        let home = Installation::new().await;
        let keys = &home.state.keys;
        let now = clock::now().seconds();
        let good = Claims {
            iss: "chatire".into(),
            aud: "chatire".into(),
            sub: "1".into(),
            username: "alice".to_owned().try_into().unwrap(),
            sid: "s".parse().unwrap(),
            iat: now,
            exp: now + 300,
            jti: "j".into(),
        };
        let token = keys.sign(&good).unwrap();
        keys.verify(&token).await.unwrap();
        let refused = async |token: &str| keys.verify(token).await.unwrap_err().code();
        let wrong = [
            (Claims { iss: "other".into(), ..good.clone() }, ErrorCode::TokenInvalid),
            (Claims { aud: "other".into(), ..good.clone() }, ErrorCode::TokenInvalid),
            (Claims { sub: "nobody".into(), ..good.clone() }, ErrorCode::TokenInvalid),
            (Claims { exp: now - 60, ..good.clone() }, ErrorCode::TokenExpired),
            (Claims { iat: now + 60, ..good.clone() }, ErrorCode::TokenInvalid),
        ];
        for (claims, code) in wrong {
            assert_eq!(refused(&keys.sign(&claims).unwrap()).await, code, "{claims:?}");
        }

        // HMAC with what everybody knows, in each form that a confused verifier could take for the key.
        let published = keys.current.load().jwks.keys[0].clone();
        let raw = URL_SAFE_NO_PAD.decode(&published.x).unwrap();
        for secret in [published.x.as_bytes(), &raw, b""] {
            let header = Header { kid: Some(published.kid.clone()), ..Header::new(Algorithm::HS256) };
            let forged = jsonwebtoken::encode(&header, &good, &EncodingKey::from_secret(secret)).unwrap();
            assert_eq!(refused(&forged).await, ErrorCode::TokenInvalid);
        }
        for length in 0..token.len() {
            assert_eq!(refused(&token[..length]).await, ErrorCode::TokenInvalid, "cut after {length}");
        }
        let own = Ed25519KeyPair::generate().unwrap();
        let own = EncodingKey::from_ed_der(own.to_pkcs8().unwrap().as_ref());
        for kid in [Some(published.kid.clone()), Some("unknown".into()), None] {
            let header = Header { kid, ..Header::new(Algorithm::EdDSA) };
            let forged = jsonwebtoken::encode(&header, &good, &own).unwrap();
            assert_eq!(refused(&forged).await, ErrorCode::TokenInvalid);
        }
    }

    #[actix_web::test]
    async fn a_wrong_secret_is_said_at_start() {
        let home = Installation::new().await;
        let wrong = home.open_again(Some("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=")).await;
        let line = wrong.err().unwrap().to_string();
        assert!(line.contains("keys.secret does not open"), "{line}");
    }

    #[actix_web::test]
    async fn a_key_made_by_another_replica_is_found_when_a_token_names_it() {
        let home = Installation::new().await;
        home.sign_up("alice").await;
        let token = home.sign_in("alice").await.token;
        let session = home.state.keys.verify(&token).await.unwrap().session;
        let name = "alice".to_owned().try_into().unwrap();
        let alice = home.state.db.read(move |c| by_name(c, &name)).await.unwrap().unwrap();

        let replica = home.open_again(None).await.unwrap();
        let newer = super::new_key(&replica.keys.sealing, clock::now()).unwrap();
        let kid = newer.kid.clone();
        replica.db.write(move |conn| super::store::add(conn, &newer)).await.unwrap();
        replica.keys.read().await.unwrap();
        let token = replica.access.issue(&replica.keys, &alice, session.clone()).unwrap();

        assert!(!home.state.keys.knows(&kid));
        assert_eq!(home.state.keys.verify(&token).await.unwrap().session, session);
        assert!(home.state.keys.knows(&kid));
    }
}
