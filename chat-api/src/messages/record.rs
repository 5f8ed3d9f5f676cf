//! What follows from messages that were stored: their events, mentions, the senders' read marks, and where their chats
//! stand now. Written for a whole batch at once.

use std::collections::HashMap;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::sqlite::SqliteConnection;
use service_kit::Result;
use service_kit::db::{Conn, prepared};
use shared_proto::event::Event;
use shared_proto::messages::Message;
use shared_proto::{ChatId, MessageId, Seq, Timestamp, UserId};

use super::NewMessage;
use super::mentions::{self, MentionRow};
use crate::events::{self, Appended};
use crate::publish::{self, Committed, Publisher};

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// A message to be stored.
struct NewRow<'a> {
    id: i64,
    chat_id: i64,
    seq: i64,
    sender_id: i64,
    client_id: Option<&'a str>,
    text: &'a str,
    reply_to: Option<i64>,
}

/// The record of a batch.
#[derive(Default)]
pub(super) struct Record<'a> {
    stored: Vec<NewRow<'a>>,
    appended: Vec<Appended>,
    newest: HashMap<ChatId, (Seq, MessageId)>,
    /// Who says something has read what stands before it.
    read: HashMap<(ChatId, UserId), Seq>,
    mentions: Vec<MentionRow>,
}

impl<'a> Record<'a> {
    /// A message that is to be stored. In the order of seqs.
    pub(super) fn add(&mut self, new: &'a NewMessage, message: Message, chat: ChatId) -> Result<()> {
        let (id, seq, at) = (message.id, message.seq, message.at);
        self.stored.push(NewRow {
            id: id.0,
            chat_id: chat.0,
            seq: seq.0,
            sender_id: new.sender.0,
            client_id: new.client_id(),
            text: new.text.as_str(),
            reply_to: new.reply_to.map(|r| r.0),
        });
        self.mentions.extend(message.mentions.iter().map(|mention| MentionRow::of(mention, id, chat, seq)));
        self.newest.insert(chat, (seq, id));
        self.read.insert((chat, new.sender), seq);
        let event = events::encode(chat, new.chat.clone(), seq, Event::MessageCreated(message), None, at)?;
        self.appended.push(Appended { origin: new.origin.clone(), ..event });
        Ok(())
    }

    /// Writes everything, the row of the outbox too, and returns what is to be announced.
    pub(super) fn write(self, conn: &mut Conn, now: Timestamp, publisher: &Publisher) -> Result<Committed> {
        if self.appended.is_empty() {
            return Ok(Committed { events: self.appended, kept: None });
        }
        let row = publisher.row(&self.appended, now);
        let kept = match conn {
            Conn::Pg(c) => self.at_once(c, now, row)?,
            Conn::Sqlite(c) => {
                self.one_by_one(c, now)?;
                events::insert(conn, &self.appended)?;
                row.map(|row| row.insert(conn)).transpose()?
            }
        };
        mentions::insert(conn, &self.mentions)?;
        Ok(Committed { events: self.appended, kept })
    }

    /// One statement for five tables: each trip to the server keeps everybody else waiting.
    fn at_once(&self, conn: &mut PgConnection, now: Timestamp, row: Option<publish::NewRow>) -> Result<Option<i64>> {
        // A message's row and its event's come in the same order.
        let of_new = |field: fn(&NewRow<'_>) -> i64| self.stored.iter().map(field).collect::<Vec<i64>>();
        let frames: Vec<&str> = self.appended.iter().map(events::text).collect::<Result<_>>()?;
        let kind = shared_proto::event::EventKind::MessageCreated.as_str();
        let kept = prepared(
            "WITH new AS (SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) \
               AS new (id, chat_id, seq, sender_id, client_id, text, reply_to, frame)), \
             stored AS (INSERT INTO messages (id, chat_id, seq, sender_id, client_id, text, reply_to, at) \
               OVERRIDING SYSTEM VALUE SELECT id, chat_id, seq, sender_id, client_id, text, reply_to, $9 FROM new), \
             said AS (INSERT INTO events (chat_id, seq, kind, frame) SELECT chat_id, seq, $10, frame FROM new), \
             read AS (UPDATE members SET read_seq = new.seq FROM unnest($11, $12, $13) AS new (chat_id, user_id, seq) \
               WHERE members.chat_id = new.chat_id AND members.user_id = new.user_id AND members.read_seq < new.seq), \
             moved AS (UPDATE chats SET last_seq = new.seq, last_message_id = new.message, last_at = $14 \
               FROM unnest($15, $16, $17) AS new (id, seq, message) WHERE chats.id = new.id) \
             INSERT INTO outbox (places, due_at) SELECT * FROM (VALUES ($18, $19)) AS new (places, due_at) \
               WHERE places IS NOT NULL RETURNING id",
        )
        .bind::<Array<BigInt>, _>(of_new(|row| row.id))
        .bind::<Array<BigInt>, _>(of_new(|row| row.chat_id))
        .bind::<Array<BigInt>, _>(of_new(|row| row.seq))
        .bind::<Array<BigInt>, _>(of_new(|row| row.sender_id))
        .bind::<Array<Nullable<Text>>, _>(self.stored.iter().map(|row| row.client_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(self.stored.iter().map(|row| row.text).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(self.stored.iter().map(|row| row.reply_to).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(frames)
        .bind::<BigInt, _>(now.micros())
        .bind::<Text, _>(kind)
        .bind::<Array<BigInt>, _>(self.read.keys().map(|(chat, _)| chat.0).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(self.read.keys().map(|(_, user)| user.0).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(self.read.values().map(|seq| seq.0).collect::<Vec<_>>())
        .bind::<BigInt, _>(now.micros())
        .bind::<Array<BigInt>, _>(self.newest.keys().map(|chat| chat.0).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(self.newest.values().map(|(seq, _)| seq.0).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(self.newest.values().map(|(_, message)| message.0).collect::<Vec<_>>())
        .bind::<Nullable<Text>, _>(row.as_ref().map(|row| &row.places))
        .bind::<Nullable<BigInt>, _>(row.as_ref().map(|row| row.due_at))
        .get_result(conn)
        .optional()?;
        Ok(kept.map(|kept: Kept| kept.id))
    }

    /// Here trips cost nothing, and what is said in one statement for many rows is parsed anew each time.
    fn one_by_one(&self, conn: &mut SqliteConnection, now: Timestamp) -> Result<()> {
        for row in &self.stored {
            prepared(
                "INSERT INTO messages (id, chat_id, seq, sender_id, client_id, text, reply_to, at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind::<BigInt, _>(row.id)
            .bind::<BigInt, _>(row.chat_id)
            .bind::<BigInt, _>(row.seq)
            .bind::<BigInt, _>(row.sender_id)
            .bind::<Nullable<Text>, _>(row.client_id)
            .bind::<Text, _>(row.text)
            .bind::<Nullable<BigInt>, _>(row.reply_to)
            .bind::<BigInt, _>(now.micros())
            .execute(conn)?;
        }
        for (chat, (seq, message)) in &self.newest {
            prepared("UPDATE chats SET last_seq = $1, last_message_id = $2, last_at = $3 WHERE id = $4")
                .bind::<BigInt, _>(seq.0)
                .bind::<BigInt, _>(message.0)
                .bind::<BigInt, _>(now.micros())
                .bind::<BigInt, _>(chat.0)
                .execute(conn)?;
        }
        for ((chat, user), seq) in &self.read {
            prepared("UPDATE members SET read_seq = $1 WHERE chat_id = $2 AND user_id = $3 AND read_seq < $4")
                .bind::<BigInt, _>(seq.0)
                .bind::<BigInt, _>(chat.0)
                .bind::<BigInt, _>(user.0)
                .bind::<BigInt, _>(seq.0)
                .execute(conn)?;
        }
        Ok(())
    }
}
