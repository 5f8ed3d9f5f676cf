//! Queries about reactions.

use std::collections::HashMap;

use diesel::dsl::count;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::messages::Reaction;
use shared_proto::{Emoji, MessageId, Timestamp, UserId};

use crate::schema::reactions;
use crate::{numbers, stored};

/// `false` when it was there already.
pub(super) fn add(conn: &mut Conn, message: MessageId, user: UserId, emoji: &Emoji, at: Timestamp) -> Result<bool> {
    let added = each_backend!(conn, c => diesel::insert_into(reactions::table)
        .values((
            reactions::message_id.eq(message.0),
            reactions::emoji.eq(emoji.as_str()),
            reactions::user_id.eq(user.0),
            reactions::at.eq(at.micros()),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added > 0)
}

/// `false` when there was none.
pub(super) fn delete(conn: &mut Conn, message: MessageId, user: UserId, emoji: &Emoji) -> Result<bool> {
    let gone = reactions::table.find((message.0, emoji.as_str(), user.0));
    Ok(each_backend!(conn, c => diesel::delete(gone).execute(c))? > 0)
}

pub(crate) fn delete_all(conn: &mut Conn, message: MessageId) -> Result<()> {
    let gone = reactions::table.filter(reactions::message_id.eq(message.0));
    each_backend!(conn, c => diesel::delete(gone).execute(c))?;
    Ok(())
}

/// How many different emoji stand under a message.
pub(super) fn different(conn: &mut Conn, message: MessageId) -> Result<i64> {
    Ok(each_backend!(conn, c => reactions::table
        .filter(reactions::message_id.eq(message.0))
        .select(count(reactions::emoji).aggregate_distinct())
        .get_result(c))?)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    message_id: i64,
    #[diesel(sql_type = Text)]
    emoji: String,
    #[diesel(sql_type = BigInt)]
    user_id: i64,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many people are named of each emoji.
const NAMED: i64 = 10;

/// Of some messages, as the asker sees them; in the order in which each emoji came first.
pub(crate) fn of(conn: &mut Conn, messages: &[i64], asker: UserId) -> Result<HashMap<i64, Vec<Reaction>>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let query = format!(
        "SELECT message_id, emoji, user_id, place, count FROM (SELECT message_id, emoji, user_id, \
         row_number() OVER (PARTITION BY message_id, emoji ORDER BY at, user_id) AS place, \
         count(*) OVER (PARTITION BY message_id, emoji) AS count, \
         min(at) OVER (PARTITION BY message_id, emoji) AS first \
         FROM reactions WHERE message_id IN ({})) AS r \
         WHERE place <= {NAMED} OR user_id = $1 ORDER BY message_id, first, emoji, place",
        numbers(messages)
    );
    let rows: Vec<Row> = each_backend!(conn, c => diesel::sql_query(query).bind::<BigInt, _>(asker.0).load(c))?;
    let mut found: HashMap<i64, Vec<Reaction>> = HashMap::new();
    for row in rows {
        let of_message = found.entry(row.message_id).or_default();
        if of_message.last().is_none_or(|last| last.emoji.as_str() != row.emoji) {
            let count = i32::try_from(row.count).unwrap_or(i32::MAX);
            of_message.push(Reaction { emoji: stored(row.emoji)?, count, users: Vec::new(), mine: false });
        }
        if let Some(reaction) = of_message.last_mut() {
            reaction.mine |= row.user_id == asker.0;
            if row.place <= NAMED {
                reaction.users.push(UserId(row.user_id));
            }
        }
    }
    Ok(found)
}
