//! `DELETE /api/chats/{uri}/`: ends a chat for everybody. For owners.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::Result;
use service_kit::token::Identity;
use shared_proto::User;
use shared_proto::chats::Role;
use shared_proto::event::Event;

use super::store::{self, ChatRow};
use crate::change::Change;
use crate::state::State;
use crate::{members, users};

pub(crate) async fn delete(asker: Identity, uri: Path<String>, state: Data<State>) -> Result<HttpResponse> {
    let uri = store::parse(&uri)?;
    state
        .change(move |change| {
            let mut chat = store::lock(change.conn, &uri)?;
            members::store::require_role(change.conn, &chat, asker.user, Role::Owner, "delete the chat")?;
            let by = users::get(change.conn, asker.user)?;
            end(change, &mut chat, by)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// From here on there is no such chat. Its rows are [purged](super::purge) later, in small steps.
pub(crate) fn end(change: &mut Change<'_>, chat: &mut ChatRow, by: User) -> Result<()> {
    change.append(chat, Event::ChatDeleted { by }, None)?;
    store::set_deleted(change.conn, chat, change.now)
}
