//! Bodies of auth-service, and what its tokens say.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{SessionId, Timestamp, User, UserId, Username};

/// A text that must not be seen: `Debug` hides it, so that it can't reach a log by accident.
#[derive(Clone, PartialEq, Eq, Deserialize, TS, ToSchema)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// `POST /auth/users/` and `/auth/users/create/`.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct SignUp {
    /// 3–30 characters, unique.
    pub username: Username,
    /// 8–128 characters, not easy to guess.
    pub password: Secret,
    /// For a forgotten password.
    #[serde(default)]
    #[ts(optional)]
    pub email: Option<String>,
}

/// The answer to [`SignUp`].
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct SignedUp {
    /// The new account.
    pub id: UserId,
    /// As it was stored (NFKC).
    pub username: Username,
    /// As it was given, or empty.
    pub email: String,
}

/// `POST /auth/jwt/create/`.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct SignIn {
    /// In any case and Unicode form.
    pub username: String,
    /// As it was set.
    pub password: Secret,
    /// `true` asks for the refresh token in the body, for clients that keep no cookies.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub refresh_in_body: bool,
}

/// `POST /auth/jwt/refresh/`. Browsers send the cookie and an empty body.
#[derive(Clone, Debug, Default, Deserialize, TS, ToSchema)]
pub struct Refresh {
    /// The refresh token, from clients that keep no cookies.
    #[serde(default)]
    #[ts(optional)]
    pub refresh_token: Option<Secret>,
}

/// A fresh access token.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct TokenGranted {
    /// The access token, a JWT.
    pub token: String,
    /// Seconds until it ends.
    pub expires_in: i32,
    /// Whose it is.
    pub user: User,
    /// Only when it was asked for in the body; else it is in the cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub refresh_token: Option<String>,
}

/// `POST /auth/jwt/verify/`; answered by 200 and the token when it is good.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct Verify {
    /// The access token.
    pub token: Secret,
}

/// `GET /auth/sessions/`.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Sessions {
    /// The newest first.
    pub sessions: Vec<Session>,
}

/// One signed-in device.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Session {
    /// For revoking it.
    pub id: SessionId,
    /// The one that asks.
    pub current: bool,
    /// The browser's or program's own name (`User-Agent`), as far as it gave one.
    pub device: String,
    /// The address it signed in from.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it last refreshed its token.
    pub last_used_at: Timestamp,
}

/// No access token lives longer than this, in seconds: so long a revoked session must be remembered.
pub const ACCESS_TOKEN_MAX_SECONDS: i64 = 900;

/// What an access token says (RFC 7519 names).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user's id, as text.
    pub sub: String,
    /// The username, so that others need not ask for it.
    pub username: Username,
    /// The session that a revocation names.
    pub sid: SessionId,
    /// Made at, Unix seconds.
    pub iat: i64,
    /// Ends at, Unix seconds.
    pub exp: i64,
    /// This very token.
    pub jti: String,
}
