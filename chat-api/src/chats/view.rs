//! Chats as one of their members sees them. However many there are, it takes the same few statements.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};
use service_kit::db::Conn;
use service_kit::{Error, Result, each_backend};
use shared_proto::chats::Chat;
use shared_proto::messages::Message;
use shared_proto::{ChatUri, MessageId, Seq, Timestamp, User, UserId};

use super::store::{self, ChatRow};
use crate::members::store::MemberRow;
use crate::schema::members;
use crate::{messages, numbers, users};

/// Members shown of each chat in a list, and of one that is looked at alone.
const IN_LIST: i64 = 10;
const ALONE: i64 = 100;

/// One chat, for a member.
pub(super) fn of_one(conn: &mut Conn, uri: &ChatUri, asker: UserId) -> Result<Chat> {
    let row = store::for_member(conn, uri, asker)?;
    of(conn, &[row], asker, ALONE)?.pop().ok_or(Error::Internal("a chat vanished while being read", None))
}

/// Some chats of a member, in the same order.
pub(super) fn of_list(conn: &mut Conn, rows: &[(ChatRow, MemberRow)], asker: UserId) -> Result<Vec<Chat>> {
    of(conn, rows, asker, IN_LIST)
}

fn of(conn: &mut Conn, rows: &[(ChatRow, MemberRow)], asker: UserId, shown: i64) -> Result<Vec<Chat>> {
    let ids: Vec<i64> = rows.iter().map(|(chat, _)| chat.id).collect();
    let newest: Vec<i64> = rows.iter().filter_map(|(chat, _)| chat.last_message_id).collect();
    let mut messages: HashMap<MessageId, Message> =
        messages::store::by_ids(conn, &newest, asker)?.into_iter().map(|message| (message.id, message)).collect();
    let unread = unread(conn, &ids, asker)?;
    let mut people = people(conn, &ids, shown)?;
    rows.iter()
        .map(|(chat, member)| {
            let unread = unread.get(&chat.id).copied().unwrap_or_default();
            Ok(Chat {
                uri: chat.uri()?,
                kind: chat.kind(),
                name: chat.name()?,
                link: chat.link()?,
                role: member.role(),
                seq: chat.seq(),
                read_seq: Seq(member.read_seq),
                unread: unread.messages,
                mentions: unread.mentions,
                last_message: chat.last_message_id.and_then(|id| messages.remove(&MessageId(id))),
                members: people.remove(&chat.id).unwrap_or_default(),
                member_count: chat.member_count,
                created_at: Timestamp::from_micros(chat.created_at),
                active_at: Timestamp::from_micros(chat.last_at),
            })
        })
        .collect()
}

#[derive(Clone, Copy, Default)]
struct Unread {
    messages: i32,
    mentions: i32,
}

#[derive(QueryableByName)]
struct UnreadRow {
    #[diesel(sql_type = BigInt)]
    chat_id: i64,
    #[diesel(sql_type = BigInt)]
    messages: i64,
    #[diesel(sql_type = BigInt)]
    mentions: i64,
}

/// What others said after one's read mark, counted to 100 and no further: however far behind one is, it costs the
/// same. One's own messages are never behind one's mark.
fn unread(conn: &mut Conn, chats: &[i64], asker: UserId) -> Result<HashMap<i64, Unread>> {
    if chats.is_empty() {
        return Ok(HashMap::new());
    }
    let query = format!(
        "SELECT m.chat_id AS chat_id, \
         (SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.chat_id = m.chat_id AND x.seq > m.read_seq \
          AND x.sender_id <> m.user_id AND x.deleted_at IS NULL LIMIT 100) a) AS messages, \
         (SELECT count(*) FROM (SELECT 1 FROM mentions x WHERE x.user_id = m.user_id AND x.chat_id = m.chat_id \
          AND x.seq > m.read_seq LIMIT 100) b) AS mentions \
         FROM members m WHERE m.user_id = $1 AND m.chat_id IN ({})",
        numbers(chats)
    );
    let rows: Vec<UnreadRow> = each_backend!(conn, c => diesel::sql_query(query).bind::<BigInt, _>(asker.0).load(c))?;
    let small = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let counted =
        rows.iter().map(|row| (row.chat_id, Unread { messages: small(row.messages), mentions: small(row.mentions) }));
    Ok(counted.collect())
}

#[derive(QueryableByName)]
struct MemberOf {
    #[diesel(sql_type = BigInt)]
    chat_id: i64,
    #[diesel(sql_type = BigInt)]
    user_id: i64,
}

/// The first members of each chat, in order.
fn people(conn: &mut Conn, chats: &[i64], shown: i64) -> Result<HashMap<i64, Vec<User>>> {
    let rows: Vec<MemberOf> = match conn {
        Conn::Pg(c) => diesel::sql_query(
            "SELECT wanted.chat_id, first.user_id FROM unnest($1) AS wanted (chat_id), \
             LATERAL (SELECT user_id FROM members WHERE members.chat_id = wanted.chat_id \
             ORDER BY role, joined_at, user_id LIMIT $2) AS first",
        )
        .bind::<Array<BigInt>, _>(chats)
        .bind::<BigInt, _>(shown)
        .load(c)?,
        Conn::Sqlite(c) => {
            let mut rows = Vec::new();
            for &chat_id in chats {
                let ids: Vec<i64> = members::table
                    .filter(members::chat_id.eq(chat_id))
                    .order((members::role, members::joined_at, members::user_id))
                    .select(members::user_id)
                    .limit(shown)
                    .load(c)?;
                rows.extend(ids.into_iter().map(|user_id| MemberOf { chat_id, user_id }));
            }
            rows
        }
    };
    let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
    let known = users::by_ids(conn, &ids)?;
    let mut people: HashMap<i64, Vec<User>> = HashMap::new();
    for row in rows {
        people.entry(row.chat_id).or_default().extend(known.get(&UserId(row.user_id)).cloned());
    }
    Ok(people)
}
