//! argon2id (RFC 9106) on threads of its own, a few at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use service_kit::{Error, Result, StartError};
use tokio::sync::Semaphore;

use super::threads::Threads;
use super::{Password, strength, too_weak};
use crate::figures::PASSWORD_DURATION;

/// The memory of one hash in KiB, how often it is gone over, and by how many lanes.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long a request waits for its turn; then the service is too busy for it.
const TURN: Duration = Duration::from_secs(5);

/// Makes and compares hashes. At most a few run at the same time, so that a crowd that signs in takes neither all
/// cores nor all memory. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    turns: Arc<Semaphore>,
    threads: Arc<Threads>,
    /// A hash of nothing anybody knows: compared against when there is no such user, which then costs the same.
    nobody: Arc<str>,
}

impl Passwords {
    pub(crate) fn new(at_once: usize) -> Result<Self, StartError> {
        let failed = |e: &dyn std::fmt::Display| StartError::new(format!("passwords can't be hashed: {e}"));
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| failed(&e))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut unknown = [0; 32];
        aws_lc_rs::rand::fill(&mut unknown).map_err(|e| failed(&e))?;
        let nobody = argon.hash_password(STANDARD_NO_PAD.encode(unknown).as_bytes()).map_err(|e| failed(&e))?;
        let threads = Threads::new(at_once).map_err(|e| failed(&e))?;
        Ok(Self {
            argon,
            turns: Arc::new(Semaphore::new(at_once)),
            threads: Arc::new(threads),
            nobody: nobody.to_string().into(),
        })
    }

    /// The hash to store (a PHC string). Refuses a password that is easy to guess, also for somebody who knows
    /// `personal`; `field` is what the refusal names.
    pub(crate) async fn hash_new(
        &self,
        field: &'static str,
        password: Password,
        personal: Vec<String>,
    ) -> Result<String> {
        let argon = self.argon.clone();
        self.in_turn(move || {
            let weaknesses = strength::weaknesses(&password.0, &personal);
            if !weaknesses.is_empty() {
                return Err(too_weak(field, weaknesses));
            }
            let hash = argon.hash_password(password.0.as_bytes());
            Ok(hash.map_err(|e| Error::internal("a password can't be hashed", e))?.to_string())
        })
        .await
    }

    /// Whether this is the password behind `hash`. Without a hash the answer is no, after the same time.
    pub(crate) async fn compare(&self, password: Password, hash: Option<String>) -> Result<Comparison> {
        let (argon, nobody) = (self.argon.clone(), Arc::clone(&self.nobody));
        self.in_turn(move || {
            let against = hash.as_deref().unwrap_or(&nobody);
            let is_right = match argon.verify_password(password.0.as_bytes(), against) {
                Ok(()) => hash.is_some(),
                Err(HashError::PasswordInvalid) => false,
                Err(e) => return Err(Error::internal("a stored password hash can't be read", e)),
            };
            let better = if is_right && parameters(against) != parameters(&nobody) {
                let hash = argon.hash_password(password.0.as_bytes());
                Some(hash.map_err(|e| Error::internal("a password can't be hashed", e))?.to_string())
            } else {
                None
            };
            Ok(Comparison { is_right, better })
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Clone + Send + 'static) -> Result<T> {
        const BUSY: &str = "a turn to hash the password";
        let began = Instant::now();
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|e| Error::Unavailable(BUSY, Some(e.into())))?;
        let turn = turn.map_err(|e| Error::Unavailable(BUSY, Some(e.into())))?;
        let done = self.threads.run(work).await;
        drop(turn);
        metrics::histogram!(PASSWORD_DURATION).record(began.elapsed().as_secs_f64());
        done.map_err(|e| Error::internal("hashing was interrupted", e))?
    }
}

/// What came of comparing a password.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) is_right: bool,
    /// The right password under today's parameters, when its hash was made under others.
    pub(crate) better: Option<String>,
}

/// `$argon2id$v=19$m=…,t=…,p=…` of a PHC string: how it was made, without salt and hash.
fn parameters(hash: &str) -> Vec<&str> {
    hash.split('$').take(4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared_proto::auth::Secret;

    fn password(text: &str) -> Password {
        Password::given(&Secret::new(text)).unwrap()
    }

    #[actix_web::test]
    async fn only_the_password_itself_matches_its_hash() {
        let passwords = Passwords::new(1).unwrap();
        let hash = passwords.hash_new("password", password("correct horse battery"), vec![]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let compares = async |text: &str, hash: Option<String>| passwords.compare(password(text), hash).await.unwrap();
        let right = compares("correct horse battery", Some(hash.clone())).await;
        assert!(right.is_right && right.better.is_none());
        assert!(!compares("Correct horse battery", Some(hash)).await.is_right);
        assert!(!compares("correct horse battery", None).await.is_right);
    }

    #[actix_web::test]
    async fn a_hash_of_other_parameters_is_made_anew_for_the_right_password_only() {
        let passwords = Passwords::new(1).unwrap();
        let weaker = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8 * 1024, 1, 1, None).unwrap());
        let old = weaker.hash_password(b"correct horse battery").unwrap().to_string();
        let compares = async |text: &str, hash: &str| passwords.compare(password(text), Some(hash.to_owned())).await;
        assert!(compares("wrong horse battery", &old).await.unwrap().better.is_none());
        let better = compares("correct horse battery", &old).await.unwrap().better.unwrap();
        let again = compares("correct horse battery", &better).await.unwrap();
        assert!(again.is_right && again.better.is_none());
    }
}
