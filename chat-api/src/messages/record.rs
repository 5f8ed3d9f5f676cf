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
use crate::publish::{Committed, NewRow, Publisher};
use crate::schema::{chats, members};

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The record of a batch.
#[derive(Default)]
pub(super) struct Record {
    appended: Vec<Appended>,
    newest: HashMap<ChatId, (Seq, MessageId)>,
    /// Who says something has read what stands before it.
    read: HashMap<(ChatId, UserId), Seq>,
    mentions: Vec<MentionRow>,
}

impl Record {
    /// A message that was stored. In the order of seqs.
    pub(super) fn add(&mut self, new: &NewMessage, message: Message, chat: ChatId) -> Result<()> {
        let (id, seq, at) = (message.id, message.seq, message.at);
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
        mentions::insert(conn, &self.mentions)?;
        let row = publisher.row(&self.appended, now);
        let kept = match conn {
            Conn::Pg(c) => self.at_once(c, now, row)?,
            Conn::Sqlite(c) => {
                self.one_by_one(c, now)?;
                events::insert(conn, &self.appended)?;
                row.map(|row| row.insert(conn)).transpose()?
            }
        };
        Ok(Committed { events: self.appended, kept })
    }

    /// One statement for four tables: each trip to the server keeps everybody else waiting.
    fn at_once(&self, conn: &mut PgConnection, now: Timestamp, row: Option<NewRow>) -> Result<Option<i64>> {
        let of_events = |field: fn(&Appended) -> i64| self.appended.iter().map(field).collect::<Vec<i64>>();
        let frames: Vec<&str> = self.appended.iter().map(events::text).collect::<Result<_>>()?;
        let kind = shared_proto::event::EventKind::MessageCreated.as_str();
        let kept = prepared(
            "WITH said AS (INSERT INTO events (chat_id, seq, kind, frame) \
               SELECT chat_id, seq, $1, frame FROM unnest($2, $3, $4) AS new (chat_id, seq, frame)), \
             read AS (UPDATE members SET read_seq = new.seq FROM unnest($5, $6, $7) AS new (chat_id, user_id, seq) \
               WHERE members.chat_id = new.chat_id AND members.user_id = new.user_id AND members.read_seq < new.seq), \
             moved AS (UPDATE chats SET last_seq = new.seq, last_message_id = new.message, last_at = $8 \
               FROM unnest($9, $10, $11) AS new (id, seq, message) WHERE chats.id = new.id) \
             INSERT INTO outbox (places, due_at) SELECT * FROM (VALUES ($12, $13)) AS new (places, due_at) \
               WHERE places IS NOT NULL RETURNING id",
        )
        .bind::<Text, _>(kind)
        .bind::<Array<BigInt>, _>(of_events(|e| e.chat.0))
        .bind::<Array<BigInt>, _>(of_events(|e| e.seq.0))
        .bind::<Array<Text>, _>(frames)
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

    fn one_by_one(&self, conn: &mut SqliteConnection, now: Timestamp) -> Result<()> {
        for (chat, (seq, message)) in &self.newest {
            diesel::update(chats::table.find(chat.0))
                .set((chats::last_seq.eq(seq.0), chats::last_at.eq(now.micros()), chats::last_message_id.eq(message.0)))
                .execute(conn)?;
        }
        for ((chat, user), seq) in &self.read {
            diesel::update(members::table.find((chat.0, user.0)))
                .filter(members::read_seq.lt(seq.0))
                .set(members::read_seq.eq(seq.0))
                .execute(conn)?;
        }
        Ok(())
    }
}
