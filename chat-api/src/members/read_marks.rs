//! Read marks that move on, whoever moves them, and telling those who look at the chat.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use service_kit::Result;
use service_kit::bus::Bus;
use service_kit::db::{Conn, prepared};
use shared_proto::bus::Transient;
use shared_proto::internal::ReadItem;
use shared_proto::{ChatId, Seq, UserId};

use super::store;
use crate::chats::store as chats;
use crate::state::State;

/// Before those marks are tried once more that somebody else was just moving.
const ONCE_MORE: Duration = Duration::from_millis(50);

/// A mark that has moved.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(super) struct Moved {
    #[diesel(sql_type = BigInt)]
    pub(super) chat_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) user_id: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) read_seq: i64,
}

/// Moves marks on, and tells; returns how many have moved. Those of chats that somebody is not in, and those that are further already, stay.
pub(crate) async fn advance(state: &State, items: Vec<ReadItem>) -> Result<usize> {
    let count = items.len();
    let wanted = items.clone();
    let mut moved = state.db.write(move |conn| move_on(conn, &wanted)).await?;
    tell(&state.bus, &moved);
    if moved.len() < count {
        tokio::time::sleep(ONCE_MORE).await;
        let late = state.db.write(move |conn| move_on(conn, &items)).await?;
        tell(&state.bus, &late);
        moved.extend(late);
    }
    Ok(moved.len())
}

/// Tells the gateways.
pub(super) fn tell(bus: &Bus, moved: &[Moved]) {
    let reads = moved.iter().map(|moved| Transient::Read {
        chat: ChatId(moved.chat_id),
        user: UserId(moved.user_id),
        seq: Seq(moved.read_seq),
    });
    bus.publish_transient(reads.collect());
}

/// Marks whose rows somebody holds are passed over: whoever waits for several rows, while others do, may wait for ever.
fn move_on(conn: &mut Conn, items: &[ReadItem]) -> Result<Vec<Moved>> {
    match conn {
        Conn::Pg(c) => {
            let uris: Vec<&str> = items.iter().map(|item| item.chat.as_str()).collect();
            let (users, seqs): (Vec<i64>, Vec<i64>) = items.iter().map(|item| (item.user.0, item.seq.0)).unzip();
            Ok(prepared(
                "WITH wanted AS (SELECT m.chat_id, m.user_id, least(w.seq, c.last_seq) AS seq \
                 FROM unnest($1, $2, $3) AS w (uri, user_id, seq) \
                 JOIN chats c ON c.uri = w.uri AND c.deleted_at IS NULL \
                 JOIN members m ON m.chat_id = c.id AND m.user_id = w.user_id \
                 WHERE m.read_seq < least(w.seq, c.last_seq) FOR NO KEY UPDATE OF m SKIP LOCKED) \
                 UPDATE members SET read_seq = wanted.seq FROM wanted \
                 WHERE members.chat_id = wanted.chat_id AND members.user_id = wanted.user_id \
                 RETURNING members.chat_id, members.user_id, members.read_seq",
            )
            .bind::<Array<Text>, _>(uris)
            .bind::<Array<BigInt>, _>(users)
            .bind::<Array<BigInt>, _>(seqs)
            .load(c)?)
        }
        Conn::Sqlite(_) => {
            let mut moved = Vec::new();
            for item in items {
                let Ok((chat, _)) = chats::for_member(conn, &item.chat, item.user) else { continue };
                moved.extend(store::set_read(conn, &chat, item.user, item.seq.min(chat.seq()))?);
            }
            Ok(moved)
        }
    }
}
