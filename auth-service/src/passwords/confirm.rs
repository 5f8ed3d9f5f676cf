//! Whoever is signed in shows that it is still them.

use service_kit::{Error, Result};
use shared_proto::auth::Secret;
use shared_proto::{ErrorCode, FieldError};

use super::Password;
use crate::audit::{self, Deed};
use crate::sessions::SignedIn;
use crate::state::State;
use crate::users::store::password_hash;

/// Goes on only with the account's password; a missing one is a wrong one. Returns the hash that it was compared with.
pub(crate) async fn confirm(state: &State, me: &SignedIn, given: Option<&Secret>) -> Result<String> {
    let user = me.account.id;
    let hash = state.db.read(move |conn| password_hash(conn, user)).await?.ok_or_else(wrong)?;
    let password = given.and_then(Password::given).ok_or_else(wrong)?;
    let guess = state.limits.failures.of_user(user);
    state.limits.check(&state.db, vec![guess.clone()]).await?;
    if !state.passwords.compare(password, Some(hash.clone())).await?.is_right {
        audit::note(Deed::PasswordNotConfirmed, Some(user), Some(&me.session), &me.client);
        return Err(wrong());
    }
    let limits = state.limits;
    state.db.write(move |conn| limits.give_back(conn, &guess)).await?;
    Ok(hash)
}

fn wrong() -> Error {
    let message = "this is not your password".to_owned();
    Error::Refused {
        code: ErrorCode::WrongPassword,
        detail: format!("current_password: {message}"),
        errors: vec![FieldError { field: "current_password".to_owned(), message }],
        retry_after: None,
    }
}
