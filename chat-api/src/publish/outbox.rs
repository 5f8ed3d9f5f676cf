//! Queries about the outbox.

use bytes::Bytes;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};
use service_kit::bus::Envelope;
use service_kit::db::{Conn, Db};
use service_kit::{Result, clock, each_backend};
use shared_proto::{ChatId, Seq, UserId};

use crate::events::Appended;
use crate::schema::{events, outbox};

/// Events of one batch.
const BATCH: i64 = 500;
/// How long whoever leases an event has to publish it, in seconds.
const LEASE: i64 = 15;

/// Takes what is due, at most [`BATCH`], so that nobody else does for a while.
pub(super) async fn lease(db: &Db) -> Result<Vec<Appended>> {
    let now = clock::now();
    let until = now.plus_seconds(LEASE).micros();
    db.write(move |conn| {
        conn.transaction(|conn| {
            let due = outbox::table
                .filter(outbox::due_at.le(now.micros()))
                .order((outbox::due_at, outbox::chat_id, outbox::seq))
                .select((outbox::chat_id, outbox::seq))
                .limit(BATCH);
            let places: Vec<(i64, i64)> = match conn {
                Conn::Pg(c) => due.for_update().skip_locked().load(c)?,
                Conn::Sqlite(c) => due.load(c)?,
            };
            let mut leased = Vec::with_capacity(places.len());
            for (chat, seq) in places {
                leased.extend(take(conn, chat, seq, until)?);
            }
            leased.sort_by_key(|e| (e.chat, e.seq));
            Ok(leased)
        })
    })
    .await
}

fn take(conn: &mut Conn, chat: i64, seq: i64, until: i64) -> Result<Option<Appended>> {
    each_backend!(conn, c => diesel::update(outbox::table.find((chat, seq)))
        .set(outbox::due_at.eq(until))
        .execute(c))?;
    let event: Option<(String, Option<i64>, String)> = each_backend!(conn, c => events::table
        .find((chat, seq))
        .select((events::kind, events::user_id, events::frame))
        .first(c)
        .optional())?;
    Ok(event.map(|(kind, user, frame)| {
        let Ok(kind) = kind.parse();
        Envelope { chat: ChatId(chat), seq: Seq(seq), kind, user: user.map(UserId), frame: Bytes::from(frame) }
    }))
}

/// The broker has confirmed them.
pub(super) async fn delete(db: &Db, places: Vec<(ChatId, Seq)>) -> Result<()> {
    db.write(move |conn| {
        match conn {
            Conn::Pg(c) => {
                let (chats, seqs): (Vec<i64>, Vec<i64>) = places.iter().map(|(chat, seq)| (chat.0, seq.0)).unzip();
                diesel::sql_query(
                    "DELETE FROM outbox USING unnest($1, $2) AS done (chat_id, seq) \
                     WHERE outbox.chat_id = done.chat_id AND outbox.seq = done.seq",
                )
                .bind::<Array<BigInt>, _>(chats)
                .bind::<Array<BigInt>, _>(seqs)
                .execute(c)?;
            }
            Conn::Sqlite(c) => {
                for (chat, seq) in &places {
                    diesel::delete(outbox::table.find((chat.0, seq.0))).execute(c)?;
                }
            }
        }
        Ok(())
    })
    .await
}
