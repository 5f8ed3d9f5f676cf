//! What the database knows about each send of a batch, its chat being locked: who says it, whether an earlier try stored
//! it, and the id that it gets.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::sqlite::SqliteConnection;
use service_kit::db::{Conn, prepared};
use service_kit::{Error, Result};
use shared_proto::{ChatId, MessageId, User};

use super::NewMessage;
use super::store::{self, MessageRow};
use crate::schema::{members, messages, users};
use crate::stored;
use crate::users::UserRow;

/// About one send.
pub(super) struct Looked {
    /// The sender, if they are a member.
    pub(super) sender: Option<User>,
    /// What an earlier try under the same `(sender, client_id)` stored, as it was sent: what was edited since counts as it
    /// was at first.
    pub(super) earlier: Option<MessageRow>,
    /// Nobody else's, and above those of all messages before it in its chat: it is taken while the chat is locked.
    pub(super) id: MessageId,
}

/// Looks; one answer for each send, in order.
pub(super) fn look(conn: &mut Conn, sends: &[(ChatId, &NewMessage)]) -> Result<Vec<Looked>> {
    let found = match conn {
        Conn::Pg(c) => at_once(c, sends)?,
        Conn::Sqlite(c) => one_by_one(c, sends)?,
    };
    let ids: Vec<i64> = found.iter().filter_map(|found| found.earlier).collect();
    let earlier = as_sent(conn, &ids)?;
    // A join may answer in any order, and ids must rise with seqs.
    let mut fresh: Vec<i64> = found.iter().map(|found| found.fresh).collect();
    fresh.sort_unstable();
    let looked = found.into_iter().zip(fresh).map(|(found, id)| Looked {
        sender: found.sender,
        // The same message may have been tried twice in this batch.
        earlier: found.earlier.and_then(|id| earlier.get(&id).cloned()),
        id: MessageId(id),
    });
    Ok(looked.collect())
}

/// About one send.
struct Found {
    sender: Option<User>,
    earlier: Option<i64>,
    fresh: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    fresh: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    earlier: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    username: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
}

/// One trip to the server, since each keeps everybody else waiting. Each send is looked up by itself: `sender IN (…) AND
/// client_id IN (…)` would have the database try all senders with all names.
fn at_once(conn: &mut PgConnection, sends: &[(ChatId, &NewMessage)]) -> Result<Vec<Found>> {
    if sends.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<Row> = prepared(
        "SELECT wanted.place, nextval('messages_id_seq') AS fresh, earlier.id AS earlier, \
           users.username, users.first_name, users.last_name \
         FROM unnest($1, $2, $3) WITH ORDINALITY AS wanted (chat_id, sender_id, client_id, place) \
         LEFT JOIN members ON members.chat_id = wanted.chat_id AND members.user_id = wanted.sender_id \
         LEFT JOIN users ON users.id = members.user_id \
         LEFT JOIN messages earlier ON earlier.sender_id = wanted.sender_id AND earlier.client_id = wanted.client_id",
    )
    .bind::<Array<BigInt>, _>(sends.iter().map(|(chat, _)| chat.0).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(sends.iter().map(|(_, new)| new.sender.0).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(sends.iter().map(|(_, new)| new.client_id()).collect::<Vec<_>>())
    .load(conn)?;
    rows.sort_unstable_by_key(|row| row.place);
    if rows.len() != sends.len() {
        return Err(Error::Internal("sends were looked up, and their number changed", None));
    }
    let found = rows.into_iter().zip(sends).map(|(row, (_, new))| {
        let sender = match (row.username, row.first_name, row.last_name) {
            (Some(username), Some(first_name), Some(last_name)) => {
                Some(User { id: new.sender, username: stored(username)?, email: None, first_name, last_name })
            }
            _ => None,
        };
        Ok(Found { sender, earlier: row.earlier, fresh: row.fresh })
    });
    found.collect()
}

fn one_by_one(conn: &mut SqliteConnection, sends: &[(ChatId, &NewMessage)]) -> Result<Vec<Found>> {
    // The whole database is ours since BEGIN IMMEDIATE. Before the first message there is no row.
    let last: Option<i64> =
        diesel::select(sql::<Nullable<BigInt>>("(SELECT seq FROM sqlite_sequence WHERE name = 'messages')"))
            .get_result(conn)?;
    let fresh = last.unwrap_or(0) + 1..;
    let found = sends.iter().zip(fresh).map(|((chat, new), fresh)| {
        let sender: Option<UserRow> = members::table
            .find((chat.0, new.sender.0))
            .inner_join(users::table)
            .select(UserRow::as_select())
            .first(conn)
            .optional()?;
        let earlier = match new.client_id() {
            Some(client_id) => messages::table
                .filter(messages::sender_id.eq(new.sender.0).and(messages::client_id.eq(client_id)))
                .select(messages::id)
                .first(conn)
                .optional()?,
            None => None,
        };
        Ok(Found { sender: sender.map(User::try_from).transpose()?, earlier, fresh })
    });
    found.collect()
}

/// Messages by id, with what they said at first.
fn as_sent(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, MessageRow>> {
    let mut rows = store::rows(conn, ids)?;
    let changed: Vec<i64> = rows.iter().filter(|row| row.was_changed()).map(|row| row.id).collect();
    let mut originals = store::originals(conn, &changed)?;
    for row in &mut rows {
        row.text = originals.remove(&row.id).unwrap_or_else(|| std::mem::take(&mut row.text));
    }
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
