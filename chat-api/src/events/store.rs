//! Queries about events, the outbox and a chat's seq.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use serde_json::value::RawValue;
use service_kit::db::{Conn, prepared};
use service_kit::{Error, Result, each_backend};
use shared_proto::internal::StoredEvent;
use shared_proto::{ChatId, Seq, Timestamp, UserId};

use super::{Appended, Locked};
use crate::schema::{chats, events};
use crate::stored;

/// Takes the seqs of the chats at these addresses for this transaction, in the order of ids. Those that another
/// transaction holds are waited for, or left out with `skip_held`. Chats that are gone are left out.
pub(crate) fn lock_all(conn: &mut Conn, uris: &[&str], skip_held: bool) -> Result<Vec<Locked>> {
    let all = chats::table.filter(chats::deleted_at.is_null()).select((chats::id, chats::uri, chats::last_seq));
    let wanted = all.filter(chats::uri.eq_any(uris)).order(chats::id);
    let rows: Vec<(i64, String, i64)> = match conn {
        Conn::Pg(c) if skip_held => wanted.for_no_key_update().skip_locked().load(c)?,
        Conn::Pg(c) => wanted.for_no_key_update().load(c)?,
        // The whole database is ours since BEGIN IMMEDIATE. One by one: a list would be parsed and planned each time.
        Conn::Sqlite(c) => {
            let found = uris.iter().map(|uri| all.filter(chats::uri.eq(*uri)).get_result(c).optional());
            found.filter_map(QueryResult::transpose).collect::<QueryResult<_>>()?
        }
    };
    rows.into_iter().map(|(id, uri, seq)| Ok(Locked { id: ChatId(id), uri: stored(uri)?, seq: Seq(seq) })).collect()
}

/// Stores events.
pub(crate) fn insert(conn: &mut Conn, appended: &[Appended]) -> Result<()> {
    match conn {
        Conn::Pg(c) => {
            let (chats, seqs): (Vec<i64>, Vec<i64>) = appended.iter().map(|e| (e.chat.0, e.seq.0)).unzip();
            let kinds: Vec<&str> = appended.iter().map(|e| e.kind.as_str()).collect();
            let users: Vec<Option<i64>> = appended.iter().map(|e| e.user.map(|u| u.0)).collect();
            let frames: Vec<&str> = appended.iter().map(text).collect::<Result<_>>()?;
            // As arrays: the statement is the same however many there are, and short to read.
            prepared(
                "INSERT INTO events (chat_id, seq, kind, user_id, frame) SELECT * FROM unnest($1, $2, $3, $4, $5)",
            )
            .bind::<Array<BigInt>, _>(chats)
            .bind::<Array<BigInt>, _>(seqs)
            .bind::<Array<Text>, _>(kinds)
            .bind::<Array<Nullable<BigInt>>, _>(users)
            .bind::<Array<Text>, _>(frames)
            .execute(c)?;
        }
        Conn::Sqlite(c) => {
            for event in appended {
                prepared("INSERT INTO events (chat_id, seq, kind, user_id, frame) VALUES ($1, $2, $3, $4, $5)")
                    .bind::<BigInt, _>(event.chat.0)
                    .bind::<BigInt, _>(event.seq.0)
                    .bind::<Text, _>(event.kind.as_str())
                    .bind::<Nullable<BigInt>, _>(event.user.map(|u| u.0))
                    .bind::<Text, _>(text(event)?)
                    .execute(c)?;
            }
        }
    }
    Ok(())
}

/// The frame as the text that it is.
pub(crate) fn text(event: &Appended) -> Result<&str> {
    std::str::from_utf8(&event.frame).map_err(|e| Error::internal("an encoded event is no text", e))
}

/// Moves a chat on. With `brought_up` it also comes first in the lists of its members.
pub(crate) fn advance(conn: &mut Conn, chat: ChatId, seq: Seq, brought_up: Option<Timestamp>) -> Result<()> {
    let row = chats::table.find(chat.0);
    each_backend!(conn, c => match brought_up {
        Some(at) => diesel::update(row).set((chats::last_seq.eq(seq.0), chats::last_at.eq(at.micros()))).execute(c),
        None => diesel::update(row).set(chats::last_seq.eq(seq.0)).execute(c),
    })?;
    Ok(())
}

/// A chat's events directly after a seq, in order.
pub(crate) fn after(conn: &mut Conn, chat: ChatId, after: Seq, limit: i64) -> Result<Vec<StoredEvent>> {
    let rows: Vec<(i64, String, Option<i64>, String)> = each_backend!(conn, c => events::table
        .filter(events::chat_id.eq(chat.0).and(events::seq.gt(after.0)))
        .order(events::seq)
        .select((events::seq, events::kind, events::user_id, events::frame))
        .limit(limit)
        .load(c))?;
    rows.into_iter()
        .map(|(seq, kind, user, frame)| {
            let Ok(kind) = kind.parse();
            Ok(StoredEvent { seq: Seq(seq), kind, user: user.map(UserId), frame: raw(frame)? })
        })
        .collect()
}

/// A stored frame, to be written as it is.
fn raw(frame: String) -> Result<Box<RawValue>> {
    RawValue::from_string(frame).map_err(|e| Error::internal("a stored event is no JSON", e))
}
