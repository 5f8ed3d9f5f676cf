//! A deleted account leaves all its chats.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::chats::ChatKind;
use shared_proto::{ChatUri, ErrorCode, UserId};

use super::remove::go;
use super::store;
use crate::change::Change;
use crate::chats;
use crate::schema::{chats as there, members};
use crate::state::State;
use crate::{stored, users};

/// Groups are left as if by oneself, each in a transaction of its own: nobody sees a member who is nobody, and an owner's
/// place goes to whom it would have gone to. A chat of two people stays with its history for the other one, and ends with
/// the last of them.
///
/// The same again does nothing, so that whoever died halfway, or does it at the same time, leaves nothing behind.
pub(crate) async fn depart(state: &State, user: UserId) -> Result<()> {
    for uri in state.db.read(move |conn| chats_of(conn, user)).await? {
        match state.change(move |change| leave(change, &uri, user)).await {
            // It ended meanwhile.
            Err(error) if error.code() == ErrorCode::ChatNotFound => {}
            done => done?,
        }
    }
    Ok(())
}

fn chats_of(conn: &mut Conn, user: UserId) -> Result<Vec<ChatUri>> {
    let uris: Vec<String> = each_backend!(conn, c => members::table
        .inner_join(there::table)
        .filter(members::user_id.eq(user.0).and(there::deleted_at.is_null()))
        .order(there::id)
        .select(there::uri)
        .load(c))?;
    uris.into_iter().map(stored).collect()
}

fn leave(change: &mut Change<'_>, uri: &ChatUri, user: UserId) -> Result<()> {
    let mut chat = chats::store::lock(change.conn, uri)?;
    let Some(member) = store::find(change.conn, &chat, user)? else { return Ok(()) };
    let user = users::get(change.conn, user)?;
    match chat.kind() {
        ChatKind::Group => go(change, &mut chat, &member, user),
        ChatKind::Direct => {
            let both = store::first(change.conn, &chat, 2)?;
            if both.iter().all(|one| one.username.is_of_deleted()) {
                return chats::end(change, &mut chat, user);
            }
            Ok(())
        }
    }
}
