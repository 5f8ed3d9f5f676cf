//! `PATCH /api/chats/{uri}/messages/{id}/`: changes what one has said. Only one's own.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use service_kit::extract::Body;
use service_kit::token::Identity;
use service_kit::{Error, Result};
use shared_proto::event::Event;
use shared_proto::messages::{EditMessage, Message};
use shared_proto::{ChatUri, ErrorCode, MessageId, MessageText, Seq};

use super::mentions::{self, MentionRow, Named};
use super::store::{self, MessageRow};
use crate::change::Change;
use crate::chats::store as chats;
use crate::state::State;
use crate::{events, members};

pub(crate) async fn edit(
    asker: Identity,
    path: Path<(String, String)>,
    Body(wanted): Body<EditMessage>,
    state: Data<State>,
) -> Result<HttpResponse> {
    let (uri, id) = (chats::parse(&path.0)?, super::parse(&path.1)?);
    let message = state.change(move |change| replace(change, &asker, &uri, id, &wanted.message)).await?;
    Ok(HttpResponse::Ok().json(message))
}

fn replace(
    change: &mut Change<'_>,
    asker: &Identity,
    uri: &ChatUri,
    id: MessageId,
    text: &MessageText,
) -> Result<Message> {
    let mut chat = chats::lock(change.conn, uri)?;
    members::store::require(change.conn, &chat, asker.user)?;
    let row = store::find_alive(change.conn, &chat, id)?;
    if row.sender_id != asker.user.0 {
        return Err(Error::refused(ErrorCode::Forbidden, "Only its sender may change a message."));
    }
    if row.text == text.as_str() {
        return seen(change, row, asker);
    }
    let names = mentions::candidates(text.as_str());
    let named = Named::look_up(change.conn, &[chat.id], std::slice::from_ref(&names))?;
    let named = named.in_message(chat.id(), &names);
    let event = Event::MessageEdited { id, of: Seq(row.seq), message: Some(text.clone()), mentions: named.clone() };
    change.append(&mut chat, event, None)?;
    store::replace_text(change.conn, &row, text.as_str(), chat.seq(), asker.user, change.now)?;
    store::set_times(change.conn, &row, Some(change.now), None)?;
    mentions::delete(change.conn, id)?;
    let rows: Vec<MentionRow> =
        named.iter().map(|mention| MentionRow::of(mention, id, chat.id(), Seq(row.seq))).collect();
    mentions::insert(change.conn, &rows)?;
    let row = store::find(change.conn, &chat, id)?;
    let places = store::places(change.conn, &row)?;
    let message = seen(change, row, asker)?;
    events::rewrite(change.conn, chat.id(), &places, &message)?;
    Ok(message)
}

fn seen(change: &mut Change<'_>, row: MessageRow, asker: &Identity) -> Result<Message> {
    let message = store::complete(change.conn, vec![row], asker.user)?.pop();
    message.ok_or(Error::Internal("a message vanished while being changed", None))
}
