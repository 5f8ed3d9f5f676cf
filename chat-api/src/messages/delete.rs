//! `DELETE /api/chats/{uri}/messages/{id}/`: takes back what one has said; admins may delete anybody's. Its place stays.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::chats::Role;
use shared_proto::event::Event;
use shared_proto::{ChatUri, ErrorCode, MessageId, Seq, Timestamp};

use super::{mentions, store};
use crate::change::Change;
use crate::chats::store as chats;
use crate::state::State;
use crate::{events, members, reactions, users};

pub(crate) async fn delete(asker: Identity, path: Path<(String, String)>, state: Data<State>) -> Result<HttpResponse> {
    let (uri, id) = (chats::parse(&path.0)?, super::parse(&path.1)?);
    state.change(move |change| take_back(change, &asker, &uri, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn take_back(change: &mut Change<'_>, asker: &Identity, uri: &ChatUri, id: MessageId) -> Result<()> {
    let mut chat = chats::lock(change.conn, uri)?;
    let member = members::store::require(change.conn, &chat, asker.user)?;
    let row = store::find(change.conn, &chat, id)?;
    if row.sender_id != asker.user.0 && member.role() < Role::Admin {
        let detail = "Only its sender, the owner and admins may delete a message.";
        return Err(Error::refused(ErrorCode::Forbidden, detail));
    }
    if row.deleted_at.is_some() {
        return Ok(());
    }
    let by = users::get(change.conn, asker.user)?;
    change.append(&mut chat, Event::MessageDeleted { id, of: Seq(row.seq), by }, None)?;
    store::replace_text(change.conn, &row, "", chat.seq(), asker.user, change.now)?;
    let edited = row.edited_at.map(Timestamp::from_micros);
    store::set_times(change.conn, &row, edited, Some(change.now))?;
    mentions::delete(change.conn, id)?;
    reactions::store::delete_all(change.conn, id)?;
    let row = store::find(change.conn, &chat, id)?;
    let places = store::places(change.conn, &row)?;
    let gone = store::complete(change.conn, vec![row], asker.user)?.pop();
    let gone = gone.ok_or(Error::Internal("a message vanished while being deleted", None))?;
    events::rewrite(change.conn, chat.id(), &places, &gone)
}
