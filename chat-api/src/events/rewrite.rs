//! Rewriting what stored events say, when a message was edited or deleted: whoever catches up later must not see what
//! was taken back.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::ChatId;
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::Message;

use crate::schema::events;

/// Makes the events at these places say what `message` says now.
pub(crate) fn rewrite(conn: &mut Conn, chat: ChatId, seqs: &[i64], message: &Message) -> Result<()> {
    let rows: Vec<(i64, String)> = each_backend!(conn, c => events::table
        .filter(events::chat_id.eq(chat.0).and(events::seq.eq_any(seqs)))
        .select((events::seq, events::frame))
        .load(c))?;
    for (seq, frame) in rows {
        let mut frame: EventFrame =
            serde_json::from_str(&frame).map_err(|e| Error::internal("a stored event can't be read", e))?;
        match &mut frame.event {
            Event::MessageCreated(created) => {
                created.message = message.message.clone();
                created.mentions = message.mentions.clone();
                created.edited_at = message.edited_at;
                created.deleted_at = message.deleted_at;
            }
            Event::MessageEdited { message: text, mentions, .. } => {
                *text = message.message.clone();
                *mentions = message.mentions.clone();
            }
            _ => continue,
        }
        let frame = super::written(&frame)?;
        each_backend!(conn, c => diesel::update(events::table.find((chat.0, seq)))
            .set(events::frame.eq(&frame))
            .execute(c))?;
    }
    Ok(())
}
