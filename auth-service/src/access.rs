//! Access tokens: what they say, and for how long.

use service_kit::settings::Tokens;
use service_kit::{Result, clock};
use shared_proto::SessionId;
use shared_proto::auth::Claims;

use crate::keys::Keyring;
use crate::users::Account;

/// Makes access tokens.
#[derive(Debug)]
pub(crate) struct AccessTokens {
    issuer: String,
    audience: String,
    seconds: i32,
}

impl AccessTokens {
    pub(crate) fn new(tokens: &Tokens, seconds: i32) -> Self {
        Self { issuer: tokens.issuer.clone(), audience: tokens.audience.clone(), seconds }
    }

    /// How long one lives.
    pub(crate) fn seconds(&self) -> i32 {
        self.seconds
    }

    /// A token for `account` in `session`, from now on.
    pub(crate) fn issue(&self, keys: &Keyring, account: &Account, session: SessionId) -> Result<String> {
        let now = clock::now().seconds();
        keys.sign(&Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: account.id.to_string(),
            username: account.username.clone(),
            sid: session,
            iat: now,
            exp: now + i64::from(self.seconds),
            jti: nanoid::nanoid!(),
        })
    }
}
