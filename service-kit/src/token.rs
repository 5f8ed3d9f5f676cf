//! Verifying access tokens (RFC 7519 in EdDSA, RFC 8037) with the keys that auth-service publishes.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use arc_swap::ArcSwap;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use shared_proto::auth::Claims;
use shared_proto::{ErrorCode, SessionId, UserId, Username};
use tokio::sync::Mutex;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::metrics::{ByLabel, Figures, describe};
use crate::settings::Tokens;
use crate::verified::{Entry, Verified};
use crate::{Error, Result, chain, clock};

/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY: u64 = 5;
/// Unknown key ids make us ask for the keys at most this often.
const REFRESH_EVERY: Duration = Duration::from_secs(2);

/// Keys are asked for again after so long, so that one that was taken away is not accepted for ever.
const KEPT_FOR: Duration = Duration::from_secs(300);

const VERIFIED: &str = "chatire_token_verifications_total";
const FIGURES: Figures = Figures {
    by_label: &[ByLabel(
        (VERIFIED, "Access tokens looked at; `unavailable` when no keys could be had to verify them."),
        "result",
        &["ok", "expired", "invalid", "unavailable"],
    )],
    ..Figures::NONE
};

/// Who is away when keys can't be had.
const KEYS: &str = "auth-service (for its keys)";

/// `/.well-known/jwks.json` (RFC 7517): the public keys in use.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Jwks {
    /// The newest first.
    pub keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 8037 §2).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    pub r#use: String,
    /// Which key.
    pub kid: String,
    /// The public key in base64url.
    pub x: String,
}

/// Who asks: a user in one session, as a verified access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub user: UserId,
    /// Its name.
    pub username: Username,
    /// The signed-in device.
    pub session: SessionId,
    /// The token ends at, in Unix seconds.
    pub expires: i64,
}

/// Verifies access tokens. Cheap to clone; keys are shared.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: ArcSwap<HashMap<String, DecodingKey>>,
    validation: Validation,
    verified: Verified,
    source: Option<Source>,
}

/// Where fresh keys come from.
struct Source {
    url: String,
    client: reqwest::Client,
    asked: Mutex<Option<Asked>>,
}

/// The last time that keys were asked for.
#[derive(Clone, Copy)]
struct Asked {
    at: Instant,
    /// Keys came: one that was not among them is nobody's. Otherwise nothing can be said of it.
    answered: bool,
}

impl Verifier {
    /// Takes keys from a JWKS address: when a token names a key that is not known yet, and, in the background, every five
    /// minutes. With auth-service away it goes on with the keys it has.
    pub fn remote(tokens: &Tokens, jwks_url: &str) -> Self {
        let source = Source { url: jwks_url.to_owned(), client: crate::http::client(), asked: Mutex::new(None) };
        Self::build(tokens, Some(source))
    }

    /// Knows only the keys given to [`Verifier::set_keys`].
    pub fn local(tokens: &Tokens) -> Self {
        Self::build(tokens, None)
    }

    fn build(tokens: &Tokens, source: Option<Source>) -> Self {
        describe(&FIGURES);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&tokens.issuer]);
        validation.set_audience(&[&tokens.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self(Arc::new(Inner { keys: ArcSwap::default(), validation, verified: Verified::default(), source }))
    }

    /// Replaces all keys. Entries that are no Ed25519 keys are left out.
    pub fn set_keys(&self, jwks: &Jwks) {
        let usable = jwks.keys.iter().filter(|k| k.kty == "OKP" && k.crv == "Ed25519");
        let keys = usable.filter_map(|k| Some((k.kid.clone(), DecodingKey::from_ed_components(&k.x).ok()?))).collect();
        self.0.keys.store(Arc::new(keys));
    }

    /// Whose token this is. Refuses anything but EdDSA under a key of ours, a wrong `iss` or `aud`, an ended token
    /// ([`ErrorCode::TokenExpired`]) and one from the future ([`ErrorCode::TokenInvalid`]).
    pub async fn verify(&self, token: &str) -> Result<Identity> {
        let result = self.look_at(token).await;
        let shown = match &result {
            Ok(_) => "ok",
            Err(error) if error.code() == ErrorCode::TokenExpired => "expired",
            Err(Error::Refused { .. }) => "invalid",
            Err(_) => "unavailable",
        };
        metrics::counter!(VERIFIED, "result" => shown).increment(1);
        result
    }

    async fn look_at(&self, token: &str) -> Result<Identity> {
        self.keep_fresh();
        let now = clock::now().seconds();
        if let Some(Entry { identity, kid }) = self.0.verified.get(token)
            && identity.expires + LEEWAY as i64 > now
            && self.0.keys.load().contains_key(&kid)
        {
            return Ok(identity);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| invalid("it can't be read"))?;
        if header.alg != Algorithm::EdDSA {
            return Err(invalid("its algorithm is not EdDSA"));
        }
        let kid = header.kid.ok_or_else(|| invalid("it names no key"))?;
        let key = self.key(&kid).await?;
        let data = jsonwebtoken::decode::<Claims>(token, &key, &self.0.validation).map_err(|e| match e.kind() {
            ErrorKind::ExpiredSignature => {
                Error::refused(ErrorCode::TokenExpired, "The access token has ended; refresh it.")
            }
            _ => invalid("it does not hold"),
        })?;
        let identity = identity(data.claims)?;
        self.0.verified.put(token, Entry { identity: identity.clone(), kid }, now);
        Ok(identity)
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey> {
        if let Some(key) = self.0.keys.load().get(kid) {
            return Ok(key.clone());
        }
        self.refresh(kid).await?;
        self.0.keys.load().get(kid).cloned().ok_or_else(|| invalid("its key is not known"))
    }

    /// One request at a time; those who wait for it use what it brought.
    async fn refresh(&self, kid: &str) -> Result<()> {
        let Some(source) = &self.0.source else { return Ok(()) };
        let mut asked = source.asked.lock().await;
        if self.0.keys.load().contains_key(kid) {
            return Ok(());
        }
        match *asked {
            Some(Asked { at, answered }) if at.elapsed() < REFRESH_EVERY => {
                if answered {
                    Ok(())
                } else {
                    Err(Error::Unavailable(KEYS, None))
                }
            }
            _ => {
                *asked = Some(Asked { at: Instant::now(), answered: false });
                self.fetch(source).await?;
                *asked = Some(Asked { at: Instant::now(), answered: true });
                Ok(())
            }
        }
    }

    /// Nobody waits for it: the keys that are known are good until others come.
    fn keep_fresh(&self) {
        let Some(source) = &self.0.source else { return };
        let Ok(mut asked) = source.asked.try_lock() else { return };
        if asked.is_none_or(|asked| asked.at.elapsed() < KEPT_FOR) {
            return;
        }
        *asked = Some(Asked { at: Instant::now(), answered: false });
        let verifier = self.clone();
        tokio::spawn(async move {
            let Some(source) = &verifier.0.source else { return };
            match verifier.fetch(source).await {
                Ok(()) => *source.asked.lock().await = Some(Asked { at: Instant::now(), answered: true }),
                Err(error) => {
                    tracing::warn!(error = chain(&error), "keys were not asked for again; going on with those known");
                }
            }
        });
    }

    async fn fetch(&self, source: &Source) -> Result<()> {
        let away = |e: reqwest::Error| Error::Unavailable(KEYS, Some(e.into()));
        let answer = source.client.get(&source.url).send().await.and_then(reqwest::Response::error_for_status);
        let jwks: Jwks = answer.map_err(away)?.json().await.map_err(away)?;
        self.set_keys(&jwks);
        Ok(())
    }
}

fn identity(claims: Claims) -> Result<Identity> {
    if claims.iat > clock::now().seconds() + LEEWAY as i64 {
        return Err(invalid("it was made in the future"));
    }
    Ok(Identity {
        user: claims.sub.parse().map_err(|_| invalid("its subject is no user"))?,
        username: claims.username,
        session: claims.sid,
        expires: claims.exp,
    })
}

fn invalid(why: &str) -> Error {
    Error::refused(ErrorCode::TokenInvalid, format!("The access token is not accepted: {why}."))
}

/// The token of an `Authorization: Bearer …` or `Authorization: JWT …` header.
pub fn from_header(request: &HttpRequest) -> Result<&str> {
    let missing = || Error::refused(ErrorCode::TokenMissing, "Send the access token: `Authorization: Bearer …`.");
    let value = request.headers().get(AUTHORIZATION).ok_or_else(missing)?;
    let (scheme, token) = value.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("jwt") {
        Ok(token.trim())
    } else {
        Err(missing())
    }
}

impl FromRequest for Identity {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verifier = request.app_data::<actix_web::web::Data<Verifier>>().cloned();
        let token = from_header(request).map(str::to_owned);
        Box::pin(async move {
            let verifier = verifier.ok_or(Error::Internal("no token verifier is registered", None))?;
            verifier.verify(&token?).await
        })
    }
}
