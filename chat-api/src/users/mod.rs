//! chat-api's own small copy of names. auth-service owns the accounts; names come here with tokens, with what it
//! announces on the bus ([`feed`]), and when somebody who is not known yet is invited.

pub(crate) mod feed;
mod store;

pub(crate) use store::{UserRow, by_ids, find, find_by_name, get, remember, remember_asker, remember_asker_and};

use service_kit::{Error, Result};
use shared_proto::internal::UserFound;
use shared_proto::{ErrorCode, User, Username};

use crate::state::State;

/// Somebody by name: from our own copy, else from auth-service, once.
pub(crate) async fn find_or_ask(state: &State, name: Username) -> Result<User> {
    if name.is_of_deleted() {
        return Err(Error::refused(ErrorCode::UserNotFound, format!("There is no user {name}.")));
    }
    let looked_for = name.clone();
    if let Some(user) = state.db.read(move |conn| find_by_name(conn, &looked_for)).await? {
        return Ok(user);
    }
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("username", name.as_str()).finish();
    let found: Result<UserFound> = state.auth.get(&format!("/internal/users/?{query}")).await;
    let UserFound { user } = found.map_err(|e| match e.code() {
        ErrorCode::UserNotFound => Error::refused(ErrorCode::UserNotFound, format!("There is no user {name}.")),
        _ => e,
    })?;
    let copy = user.clone();
    state.db.write(move |conn| remember(conn, &copy)).await?;
    Ok(user)
}
