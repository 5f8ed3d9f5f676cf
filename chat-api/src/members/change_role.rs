//! `PATCH /api/chats/{uri}/members/{user}/`: gives somebody another role, or hands the chat over. For owners.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::{ChangeMember, Member, Role};
use shared_proto::event::Event;
use shared_proto::{ChatUri, User, UserId};

use super::store;
use crate::change::Change;
use crate::chats::store::{self as chats, ChatRow};
use crate::state::State;
use crate::users;

pub(crate) async fn change_role(
    asker: Identity,
    path: Path<(String, String)>,
    Body(wanted): Body<ChangeMember>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let (uri, user) = (chats::parse(&path.0)?, super::parse(&path.1)?);
    let member = state.change(move |change| give(change, &asker, &uri, user, wanted.role)).await?;
    Ok(HttpResponse::Ok().json(member))
}

fn give(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, target: UserId, role: Role) -> Result<Member> {
    let mut chat = chats::lock(change.conn, uri)?;
    store::require_role(change.conn, &chat, asker.user, Role::Owner, "change roles")?;
    let before = store::require_target(change.conn, &chat, target)?;
    let user = users::get(change.conn, target)?;
    if before.role() != role {
        if target == asker.user {
            return Err(Error::invalid("role", "an owner stays the owner until handing the chat over to somebody"));
        }
        let by = users::get(change.conn, asker.user)?;
        if role == Role::Owner {
            set(change, &mut chat, &by, Role::Admin, &by)?;
        }
        set(change, &mut chat, &user, role, &by)?;
    }
    Ok(store::require_target(change.conn, &chat, target)?.as_seen(user))
}

/// Sets a role, with the event that says so.
pub(super) fn set(change: &mut Change<'_>, chat: &mut ChatRow, user: &User, role: Role, by: &User) -> Result<()> {
    store::set_role(change.conn, chat, user.id, role)?;
    change.append(chat, Event::MemberRole { user: user.clone(), role, by: by.clone() }, None)
}
