//! Rewriting what stored events say, when a message was edited, deleted, or has been kept for long enough: whoever catches
//! up later must not see what was taken back. Events keep their places, so that nobody finds a gap.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use service_kit::db::{Conn, prepared};
use service_kit::{Error, Result, each_backend};
use shared_proto::event::{Event, EventFrame};
use shared_proto::messages::Message;
use shared_proto::{ChatId, Timestamp};

use crate::schema::events;

/// Makes the events at these places say what `message` says now.
pub(crate) fn rewrite(conn: &mut Conn, chat: ChatId, seqs: &[i64], message: &Message) -> Result<()> {
    change(conn, chat, seqs, |event| match event {
        Event::MessageCreated(created) => {
            created.message = message.message.clone();
            created.mentions = message.mentions.clone();
            created.edited_at = message.edited_at;
            created.deleted_at = message.deleted_at;
            true
        }
        Event::MessageEdited { message: text, mentions, .. } => {
            *text = message.message.clone();
            *mentions = message.mentions.clone();
            true
        }
        _ => false,
    })
}

/// Makes the events at these places say nothing of what messages said: those are gone since `at`.
pub(crate) fn empty(conn: &mut Conn, chat: ChatId, seqs: &[i64], at: Timestamp) -> Result<()> {
    change(conn, chat, seqs, |event| match event {
        Event::MessageCreated(created) => {
            created.message = None;
            created.mentions.clear();
            created.reactions.clear();
            created.deleted_at.get_or_insert(at);
            true
        }
        Event::MessageEdited { message: text, mentions, .. } => {
            *text = None;
            mentions.clear();
            true
        }
        _ => false,
    })
}

/// `one` says whether it has changed an event.
fn change(conn: &mut Conn, chat: ChatId, seqs: &[i64], one: impl Fn(&mut Event) -> bool) -> Result<()> {
    let rows: Vec<(i64, String)> = each_backend!(conn, c => events::table
        .filter(events::chat_id.eq(chat.0).and(events::seq.eq_any(seqs)))
        .select((events::seq, events::frame))
        .load(c))?;
    let mut changed: Vec<(i64, String)> = Vec::with_capacity(rows.len());
    for (seq, frame) in rows {
        let mut frame: EventFrame =
            serde_json::from_str(&frame).map_err(|e| Error::internal("a stored event can't be read", e))?;
        if one(&mut frame.event) {
            changed.push((seq, super::written(&frame)?));
        }
    }
    store(conn, chat, &changed)
}

fn store(conn: &mut Conn, chat: ChatId, changed: &[(i64, String)]) -> Result<()> {
    match conn {
        Conn::Pg(c) => {
            let (seqs, frames): (Vec<i64>, Vec<&str>) = changed.iter().map(|(seq, frame)| (*seq, &**frame)).unzip();
            prepared(
                "UPDATE events SET frame = new.frame FROM unnest($1, $2) AS new (seq, frame) \
                 WHERE events.chat_id = $3 AND events.seq = new.seq",
            )
            .bind::<Array<BigInt>, _>(seqs)
            .bind::<Array<Text>, _>(frames)
            .bind::<BigInt, _>(chat.0)
            .execute(c)?;
        }
        Conn::Sqlite(c) => {
            for (seq, frame) in changed {
                diesel::update(events::table.find((chat.0, *seq))).set(events::frame.eq(frame)).execute(c)?;
            }
        }
    }
    Ok(())
}
