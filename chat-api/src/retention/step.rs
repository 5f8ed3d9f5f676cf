//! One small step: some of a chat's oldest messages go, in one transaction.

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, clock, each_backend};
use shared_proto::{ChatId, Timestamp};

use crate::events;
use crate::schema::{chats, message_versions, messages};

/// Messages of one step: whoever speaks in the chat waits for it no longer than for another speaker.
const MESSAGES: i64 = 100;

/// What a step has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many messages are gone, and there may be more.
    Gone(usize),
    /// Somebody else is busy with the chat.
    Held,
    /// There was nothing to do.
    Nothing,
}

/// Deletes some messages of a chat that were said before this moment, the oldest first.
pub(super) fn step(conn: &mut Conn, chat: ChatId, before: Timestamp) -> Result<Step> {
    conn.transaction(|conn| {
        if !lock(conn, chat)? {
            return Ok(Step::Held);
        }
        let oldest: Vec<(i64, i64, i64)> = each_backend!(conn, c => messages::table
            .filter(messages::chat_id.eq(chat.0))
            .order(messages::seq)
            .select((messages::id, messages::seq, messages::at))
            .limit(MESSAGES)
            .load(c))?;
        // Up to the first one that stays: clocks of replicas differ a little, and what is left out now goes later.
        let gone: Vec<_> = oldest.into_iter().take_while(|(_, _, at)| *at < before.micros()).collect();
        if gone.is_empty() {
            return Ok(Step::Nothing);
        }
        let ids: Vec<i64> = gone.iter().map(|(id, ..)| *id).collect();
        let mut places: Vec<i64> = each_backend!(conn, c => message_versions::table
            .filter(message_versions::message_id.eq_any(&ids))
            .select(message_versions::seq)
            .load(c))?;
        places.extend(gone.iter().map(|(_, seq, _)| *seq));
        events::empty(conn, chat, &places, clock::now())?;
        // What belongs to them goes with them.
        each_backend!(conn, c => diesel::delete(messages::table.filter(messages::id.eq_any(&ids))).execute(c))?;
        let newest = chats::table.find(chat.0).filter(chats::last_message_id.eq_any(&ids));
        let nothing = chats::last_message_id.eq(None::<i64>);
        each_backend!(conn, c => diesel::update(newest).set(nothing).execute(c))?;
        Ok(Step::Gone(ids.len()))
    })
}

/// Takes the chat for this transaction, so that nobody edits what goes; `false` when somebody else has it, or it is gone.
fn lock(conn: &mut Conn, chat: ChatId) -> Result<bool> {
    let there = chats::table.find(chat.0).select(chats::id);
    let found: Option<i64> = match conn {
        Conn::Pg(c) => there.for_no_key_update().skip_locked().first(c).optional()?,
        // The whole database is ours since BEGIN IMMEDIATE.
        Conn::Sqlite(c) => there.first(c).optional()?,
    };
    Ok(found.is_some())
}
