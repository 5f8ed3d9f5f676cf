//! `DELETE /api/chats/{uri}/members/{user}/`: removes somebody, or leaves (oneself; `me` will do for the id).

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::Role;
use shared_proto::event::Event;
use shared_proto::{ChatUri, ErrorCode, User, UserId};

use super::change_role;
use super::store::{self, MemberRow, Place};
use crate::change::Change;
use crate::chats;
use crate::chats::store::ChatRow;
use crate::state::State;
use crate::users;

pub(crate) async fn remove(asker: Identity, path: Path<(String, String)>, state: Data<State>) -> Result<HttpResponse> {
    let uri = chats::store::parse(&path.0)?;
    let target = if path.1 == "me" { asker.user } else { super::parse(&path.1)? };
    if target == asker.user {
        state.change(move |change| leave(change, &asker, &uri)).await?;
    } else {
        state.change(move |change| remove_other(change, &asker, &uri, target)).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

fn remove_other(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, target: UserId) -> Result<()> {
    let mut chat = chats::store::lock(change.conn, uri)?;
    let member = store::require_role(change.conn, &chat, asker.user, Role::Admin, "remove members")?;
    let other = store::require_target(change.conn, &chat, target)?;
    must_outrank(&member, &other)?;
    take_away(change, &mut chat, asker.user, target, false)
}

/// Only who may do more may remove or ban somebody.
pub(super) fn must_outrank(member: &MemberRow, other: &MemberRow) -> Result<()> {
    if member.role() > other.role() {
        return Ok(());
    }
    let detail = "Only the owner may do that to an admin, and nobody to the owner.";
    Err(Error::refused(ErrorCode::Forbidden, detail))
}

/// Ends a membership, with the event that says so.
pub(super) fn take_away(
    change: &mut Change<'_>,
    chat: &mut ChatRow,
    by: UserId,
    target: UserId,
    banned: bool,
) -> Result<()> {
    let (user, by) = (users::get(change.conn, target)?, users::get(change.conn, by)?);
    store::delete(change.conn, chat, target)?;
    change.append(chat, Event::MemberRemoved { user, by, banned }, Some(target))
}

fn leave(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri) -> Result<()> {
    let mut chat = chats::store::lock(change.conn, uri)?;
    let member = store::require(change.conn, &chat, asker.user)?;
    chat.must_be_a_group()?;
    let user = users::get(change.conn, asker.user)?;
    go(change, &mut chat, &member, user)
}

/// An owner who leaves hands the chat over to who has been there longest, admins first; with the last one it ends.
pub(super) fn go(change: &mut Change<'_>, chat: &mut ChatRow, member: &MemberRow, user: User) -> Result<()> {
    if member.role() == Role::Owner {
        match store::page(change.conn, chat, Place::from(member), 1)?.first() {
            Some(heir) => {
                let heir = users::get(change.conn, UserId(heir.user_id))?;
                change_role::set(change, chat, &heir, Role::Owner, &user)?;
            }
            None => return chats::end(change, chat, user),
        }
    }
    store::delete(change.conn, chat, user.id)?;
    let id = user.id;
    change.append(chat, Event::MemberLeft { user }, Some(id))
}
