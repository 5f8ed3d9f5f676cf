//! Bodies of auth-service, and what its tokens say.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{Email, PersonName, SessionId, Timestamp, User, UserId, Username};

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
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    pub password: Secret,
    /// For a forgotten password.
    #[serde(default)]
    #[ts(optional)]
    pub email: Option<Email>,
}

/// The answer to [`SignUp`].
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct SignedUp {
    /// The new account.
    pub id: UserId,
    /// As it was stored (NFKC).
    pub username: Username,
    /// As it was given, or empty.
    pub email: Email,
}

/// `POST /auth/jwt/create/`.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct SignIn {
    /// In any case and Unicode form.
    pub username: String,
    /// As it was set.
    pub password: Secret,
    /// With a second factor: what the authenticator app shows now, or a recovery code. Without it such an account is
    /// refused with `second_factor_required`.
    #[serde(default)]
    #[ts(optional)]
    pub code: Option<Secret>,
    /// `true` asks for the refresh token in the body, for clients that keep no cookies.
    #[serde(default)]
    #[schema(required = false)]
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
    #[schema(nullable = false)]
    #[ts(optional)]
    pub refresh_token: Option<String>,
}

/// `POST /auth/jwt/verify/`; answered by 200 and the token when it is good.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct Verify {
    /// The access token.
    pub token: Secret,
}

/// The answer to [`Verify`].
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct Verified {
    /// As it was sent.
    pub token: String,
}

/// `PATCH /auth/users/me/`. What is left out, or null, stays as it is; empty takes it away.
#[derive(Clone, Debug, Default, Deserialize, TS, ToSchema)]
pub struct ChangeMe {
    /// The first name.
    #[serde(default)]
    #[ts(optional)]
    pub first_name: Option<PersonName>,
    /// The last name.
    #[serde(default)]
    #[ts(optional)]
    pub last_name: Option<PersonName>,
    /// Another address, which needs the password too: whoever reads the mail can set a new one.
    #[serde(default)]
    #[ts(optional)]
    pub email: Option<Email>,
    /// Only to change the address.
    #[serde(default)]
    #[ts(optional)]
    pub current_password: Option<Secret>,
}

/// `DELETE /auth/users/me/`: for good.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct DeleteMe {
    /// The password.
    pub current_password: Secret,
}

/// `POST /auth/users/set_password/`. Ends all other sessions.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct SetPassword {
    /// The password until now.
    pub current_password: Secret,
    /// 8–128 characters, not easy to guess.
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    pub new_password: Secret,
}

/// `POST /auth/users/reset_password/`: asks for a mail with a link.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct ResetPassword {
    /// The account's address.
    pub email: Email,
}

/// `POST /auth/users/reset_password_confirm/`. Ends all sessions.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct ResetPasswordConfirm {
    /// What stands behind `#reset=` in the mail's link. Good once, and not for long.
    pub token: Secret,
    /// 8–128 characters, not easy to guess.
    #[schema(value_type = String, min_length = 8, max_length = 128)]
    pub new_password: Secret,
}

/// `GET /auth/second_factor/`: whether signing in asks for more than the password.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct SecondFactor {
    /// Whether it does.
    pub enabled: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
}

/// `POST /auth/second_factor/`: begins to set one up.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct BeginSecondFactor {
    /// The password.
    pub current_password: Secret,
}

/// The answer to [`BeginSecondFactor`], told once. It counts only when a first code was confirmed.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct SecondFactorBegun {
    /// The key in base32, to be typed into an authenticator app.
    pub secret: String,
    /// The same as an `otpauth:` address.
    pub uri: String,
    /// The same as a QR code: an SVG image.
    pub qr_svg: String,
}

/// `POST /auth/second_factor/confirm/`: from here on signing in asks for a code.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct ConfirmSecondFactor {
    /// What the app shows.
    pub code: Secret,
}

/// The answer to [`ConfirmSecondFactor`], told once.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct RecoveryCodes {
    /// Each stands in for a code of the app, once.
    pub recovery_codes: Vec<String>,
}

/// `DELETE /auth/second_factor/`: the password alone is enough again.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct EndSecondFactor {
    /// The password.
    pub current_password: Secret,
    /// What the app shows, or a recovery code.
    pub code: Secret,
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
