//! Queries about messages.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::chats::Message;
use shared_proto::{ChatId, MessageId, Seq, Timestamp, User, UserId};

use crate::schema::messages;
use crate::{stored, users};

/// A message's row.
#[derive(Queryable, Selectable, Clone, Debug)]
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
}

impl MessageRow {
    pub(crate) fn with_sender(self, user: User) -> Result<Message> {
        Ok(Message {
            id: MessageId(self.id),
            seq: Seq(self.seq),
            user,
            message: stored(self.text)?,
            at: Timestamp::from_micros(self.at),
            client_id: self.client_id.map(stored).transpose()?,
            reply_to: self.reply_to.map(MessageId),
        })
    }
}

/// One message, if there is such a one.
pub(crate) fn find(conn: &mut Conn, id: Option<i64>) -> Result<Option<Message>> {
    let Some(id) = id else { return Ok(None) };
    let row: Option<MessageRow> = each_backend!(conn, c => messages::table
        .find(id)
        .select(MessageRow::as_select())
        .first(c)
        .optional())?;
    Ok(with_senders(conn, row.into_iter().collect())?.pop())
}

/// Which side of a position a page lies on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    /// The newest ones below this seq.
    Before(Seq),
    /// The oldest ones above this seq.
    After(Seq),
}

/// At most `limit` messages of a chat up to `newest`, oldest first.
pub(crate) fn page(conn: &mut Conn, chat: ChatId, newest: Seq, side: Side, limit: i64) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = match side {
        Side::Before(seq) => {
            let mut rows: Vec<MessageRow> = each_backend!(conn, c => messages::table
                .filter(messages::chat_id.eq(chat.0))
                .filter(messages::seq.lt(seq.0.min(newest.0.saturating_add(1))))
                .order(messages::seq.desc())
                .select(MessageRow::as_select())
                .limit(limit)
                .load(c))?;
            rows.reverse();
            rows
        }
        Side::After(seq) => each_backend!(conn, c => messages::table
            .filter(messages::chat_id.eq(chat.0))
            .filter(messages::seq.gt(seq.0).and(messages::seq.le(newest.0)))
            .order(messages::seq)
            .select(MessageRow::as_select())
            .limit(limit)
            .load(c))?,
    };
    with_senders(conn, rows)
}

fn with_senders(conn: &mut Conn, rows: Vec<MessageRow>) -> Result<Vec<Message>> {
    let mut ids: Vec<i64> = rows.iter().map(|row| row.sender_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = users::by_ids(conn, &ids)?;
    rows.into_iter()
        .map(|row| {
            let user = people.get(&UserId(row.sender_id)).cloned();
            row.with_sender(user.ok_or(service_kit::Error::Internal("a message's sender is not known", None))?)
        })
        .collect()
}
