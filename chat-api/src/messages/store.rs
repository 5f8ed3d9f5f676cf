//! Queries about messages.

use std::collections::HashMap;

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::messages::Message;
use shared_proto::{ChatId, ErrorCode, MessageId, Seq, Timestamp, User, UserId};

use super::mentions;
use crate::chats::store::ChatRow;
use crate::schema::{message_versions, messages};
use crate::{reactions, stored, users};

/// A message's row.
#[derive(Queryable, QueryableByName, Selectable, Clone, Debug)]
#[diesel(table_name = messages)]
pub(crate) struct MessageRow {
    pub(crate) id: i64,
    pub(crate) chat_id: i64,
    pub(crate) seq: i64,
    pub(crate) sender_id: i64,
    pub(crate) client_id: Option<String>,
    pub(crate) text: String,
    pub(crate) reply_to: Option<i64>,
    pub(crate) at: i64,
    pub(crate) edited_at: Option<i64>,
    pub(crate) deleted_at: Option<i64>,
}

impl MessageRow {
    pub(crate) fn id(&self) -> MessageId {
        MessageId(self.id)
    }

    /// It does not say any more what it said at first.
    pub(super) fn was_changed(&self) -> bool {
        self.edited_at.is_some() || self.deleted_at.is_some()
    }

    /// The message without mentions and reactions.
    fn said_by(self, user: User) -> Result<Message> {
        let text = if self.deleted_at.is_some() { None } else { Some(stored(self.text)?) };
        Ok(Message {
            id: MessageId(self.id),
            seq: Seq(self.seq),
            user,
            message: text,
            at: Timestamp::from_micros(self.at),
            client_id: self.client_id.map(stored).transpose()?,
            reply_to: self.reply_to.map(MessageId),
            edited_at: self.edited_at.map(Timestamp::from_micros),
            deleted_at: self.deleted_at.map(Timestamp::from_micros),
            mentions: Vec::new(),
            reactions: Vec::new(),
        })
    }
}

pub(super) fn not_found(id: MessageId) -> Error {
    let detail = format!("There is no message {id} in this chat, or it was deleted.");
    Error::refused(ErrorCode::MessageNotFound, detail)
}

/// A chat's message, deleted or not.
pub(crate) fn find(conn: &mut Conn, chat: &ChatRow, id: MessageId) -> Result<MessageRow> {
    let row: Option<MessageRow> = each_backend!(conn, c => messages::table
        .find(id.0)
        .filter(messages::chat_id.eq(chat.id))
        .select(MessageRow::as_select())
        .first(c)
        .optional())?;
    row.ok_or_else(|| not_found(id))
}

/// A chat's message that is not deleted.
pub(crate) fn find_alive(conn: &mut Conn, chat: &ChatRow, id: MessageId) -> Result<MessageRow> {
    let row = find(conn, chat, id)?;
    if row.deleted_at.is_some() { Err(not_found(id)) } else { Ok(row) }
}

/// Some messages' rows, in no order.
pub(super) fn rows(conn: &mut Conn, ids: &[i64]) -> Result<Vec<MessageRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(each_backend!(conn, c => messages::table
        .filter(messages::id.eq_any(ids))
        .select(MessageRow::as_select())
        .load(c))?)
}

/// Some messages, in no order. The caller has checked that the asker may read them.
pub(crate) fn by_ids(conn: &mut Conn, ids: &[i64], asker: UserId) -> Result<Vec<Message>> {
    let rows = rows(conn, ids)?;
    complete(conn, rows, asker)
}

/// The newest messages below a seq, or the oldest ones above one; oldest first. At most `limit`.
pub(crate) fn before(conn: &mut Conn, chat: ChatId, seq: Seq, limit: i64) -> Result<Vec<MessageRow>> {
    let mut rows: Vec<MessageRow> = each_backend!(conn, c => messages::table
        .filter(messages::chat_id.eq(chat.0).and(messages::seq.lt(seq.0)))
        .order(messages::seq.desc())
        .select(MessageRow::as_select())
        .limit(limit)
        .load(c))?;
    rows.reverse();
    Ok(rows)
}

/// See [`before`]. Nothing above `newest`.
pub(crate) fn after(conn: &mut Conn, chat: ChatId, seq: Seq, newest: Seq, limit: i64) -> Result<Vec<MessageRow>> {
    Ok(each_backend!(conn, c => messages::table
        .filter(messages::chat_id.eq(chat.0))
        .filter(messages::seq.gt(seq.0).and(messages::seq.le(newest.0)))
        .order(messages::seq)
        .select(MessageRow::as_select())
        .limit(limit)
        .load(c))?)
}

/// Rows as the asker sees them: with senders, mentions and reactions. In the same order.
pub(crate) fn complete(conn: &mut Conn, rows: Vec<MessageRow>, asker: UserId) -> Result<Vec<Message>> {
    let senders: Vec<i64> = rows.iter().map(|row| row.sender_id).collect();
    let people = users::by_ids(conn, &senders)?;
    let naming: Vec<i64> = rows.iter().filter(|row| row.text.contains('@')).map(|row| row.id).collect();
    let mut named = mentions::of(conn, &naming)?;
    let ids: Vec<i64> = rows.iter().filter(|row| row.deleted_at.is_none()).map(|row| row.id).collect();
    let mut reactions = reactions::store::of(conn, &ids, asker)?;
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            let sender = people.get(&UserId(row.sender_id)).cloned();
            let sender = sender.ok_or(Error::Internal("a message's sender is not known", None))?;
            let mut message = row.said_by(sender)?;
            message.mentions = named.remove(&id).unwrap_or_default();
            message.reactions = reactions.remove(&id).unwrap_or_default();
            Ok(message)
        })
        .collect()
}

/// What some messages said at first, for those that were changed.
pub(super) fn originals(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String)> = each_backend!(conn, c => message_versions::table
        .filter(message_versions::message_id.eq_any(ids))
        .order((message_versions::message_id, message_versions::seq.desc()))
        .select((message_versions::message_id, message_versions::text))
        .load(c))?;
    // The oldest comes last, and stays.
    Ok(rows.into_iter().collect())
}

/// Sets what a message says, keeping what it said for the audit. `seq` is the event that takes the old text away.
pub(super) fn replace_text(
    conn: &mut Conn,
    row: &MessageRow,
    text: &str,
    seq: Seq,
    by: UserId,
    at: Timestamp,
) -> Result<()> {
    each_backend!(conn, c => diesel::insert_into(message_versions::table)
        .values((
            message_versions::message_id.eq(row.id),
            message_versions::seq.eq(seq.0),
            message_versions::text.eq(&row.text),
            message_versions::by_id.eq(by.0),
            message_versions::at.eq(at.micros()),
        ))
        .execute(c))?;
    each_backend!(conn, c => diesel::update(messages::table.find(row.id)).set(messages::text.eq(text)).execute(c))?;
    Ok(())
}

/// Marks a message as edited or deleted.
pub(super) fn set_times(
    conn: &mut Conn,
    row: &MessageRow,
    edited: Option<Timestamp>,
    deleted: Option<Timestamp>,
) -> Result<()> {
    each_backend!(conn, c => diesel::update(messages::table.find(row.id))
        .set((
            messages::edited_at.eq(edited.map(Timestamp::micros)),
            messages::deleted_at.eq(deleted.map(Timestamp::micros)),
        ))
        .execute(c))?;
    Ok(())
}

/// The places of the events that carry a message's text: its creation and its edits.
pub(super) fn places(conn: &mut Conn, row: &MessageRow) -> Result<Vec<i64>> {
    let mut seqs: Vec<i64> = each_backend!(conn, c => message_versions::table
        .filter(message_versions::message_id.eq(row.id))
        .select(message_versions::seq)
        .load(c))?;
    seqs.push(row.seq);
    Ok(seqs)
}
