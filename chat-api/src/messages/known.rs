//! What the transaction that stores a batch of sends knows before it writes.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use service_kit::db::{Conn, prepared};
use service_kit::{Error, Result, each_backend};
use shared_proto::messages::Mention;
use shared_proto::{ChatId, ChatUri, MessageId, User, UserId};

use super::NewMessage;
use super::batch::Locking;
use super::mentions::{self, Candidates, Named};
use super::store::{self, MessageRow};
use crate::events::{self, Locked};
use crate::members;
use crate::schema::{chats, messages};

/// Everything that decides about the sends of a batch. The chats are locked: it can't change before the commit.
pub(super) struct Known {
    pub(super) chats: HashMap<ChatUri, Locked>,
    /// Chats that are there but held by another transaction.
    pub(super) held: HashSet<String>,
    /// Those of the senders who are members of the chat they speak in.
    pub(super) members: HashMap<(ChatId, UserId), User>,
    pub(super) replied_to: HashMap<MessageId, ChatId>,
    /// By `(sender, client_id)`: stored by an earlier try, with what it said then.
    pub(super) earlier: HashMap<(i64, String), MessageRow>,
    /// Whom each message names.
    pub(super) mentions: Vec<Vec<Mention>>,
}

impl Known {
    /// Locks the chats, then looks. Each kind of thing is asked for once, for all messages.
    pub(super) fn look(conn: &mut Conn, batch: &[NewMessage], locking: Locking) -> Result<Self> {
        let uris: Vec<&str> = batch.iter().map(|m| m.chat.as_str()).collect::<HashSet<_>>().into_iter().collect();
        let locked = events::lock_all(conn, &uris, locking == Locking::Skip)?;
        let ids: Vec<i64> = locked.iter().map(|chat| chat.id.0).collect();
        let held = if locking == Locking::Skip && locked.len() < uris.len() {
            there(conn, &uris)?.into_iter().filter(|(id, _)| !ids.contains(id)).map(|(_, uri)| uri).collect()
        } else {
            HashSet::new()
        };
        let chats: HashMap<ChatUri, Locked> = locked.into_iter().map(|chat| (chat.uri.clone(), chat)).collect();
        let speakers = batch.iter().filter_map(|m| Some((chats.get(&m.chat)?.id, m.sender)));
        let speakers: HashSet<(ChatId, UserId)> = speakers.collect();
        let names: Vec<Vec<Candidates>> = batch.iter().map(|m| mentions::candidates(m.text.as_str())).collect();
        let named = Named::look_up(conn, &ids, &names)?;
        let mentions = batch.iter().zip(&names).map(|(new, names)| match chats.get(&new.chat) {
            Some(chat) => named.in_message(chat.id, names),
            None => Vec::new(),
        });
        Ok(Self {
            mentions: mentions.collect(),
            held,
            members: members::store::among(conn, &speakers)?,
            replied_to: replied_to(conn, batch)?,
            earlier: earlier(conn, batch)?,
            chats,
        })
    }

    pub(super) fn sender(&self, chat: ChatId, new: &NewMessage) -> Result<User> {
        let sender = self.members.get(&(chat, new.sender)).cloned();
        sender.ok_or(Error::Internal("a member's name is not known", None))
    }
}

/// The chats at these addresses, whoever holds them.
fn there(conn: &mut Conn, uris: &[&str]) -> Result<Vec<(i64, String)>> {
    Ok(each_backend!(conn, c => chats::table
        .filter(chats::uri.eq_any(uris).and(chats::deleted_at.is_null()))
        .select((chats::id, chats::uri))
        .load(c))?)
}

fn replied_to(conn: &mut Conn, batch: &[NewMessage]) -> Result<HashMap<MessageId, ChatId>> {
    let ids: Vec<i64> = batch.iter().filter_map(|m| Some(m.reply_to?.0)).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, i64)> = each_backend!(conn, c => messages::table
        .filter(messages::id.eq_any(&ids).and(messages::deleted_at.is_null()))
        .select((messages::id, messages::chat_id))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, chat)| (MessageId(id), ChatId(chat))).collect())
}

/// What earlier tries have stored, as it was sent: what was edited since counts as it was at first.
fn earlier(conn: &mut Conn, batch: &[NewMessage]) -> Result<HashMap<(i64, String), MessageRow>> {
    let names: Vec<(i64, &str)> =
        batch.iter().filter_map(|m| Some((m.sender.0, m.client_id.as_ref()?.as_str()))).collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let mut rows = by_client_ids(conn, &names)?;
    let changed: Vec<i64> = rows.iter().filter(|row| row.was_changed()).map(|row| row.id).collect();
    let mut originals = store::originals(conn, &changed)?;
    for row in &mut rows {
        row.text = originals.remove(&row.id).unwrap_or_else(|| std::mem::take(&mut row.text));
    }
    Ok(rows.into_iter().filter_map(|row| Some(((row.sender_id, row.client_id.clone()?), row))).collect())
}

/// Each pair is looked up by itself: `sender IN (…) AND client_id IN (…)` would have the database try all senders with
/// all names.
fn by_client_ids(conn: &mut Conn, names: &[(i64, &str)]) -> Result<Vec<MessageRow>> {
    match conn {
        Conn::Pg(c) => {
            let (senders, client_ids): (Vec<i64>, Vec<&str>) = names.iter().copied().unzip();
            Ok(prepared(
                "SELECT m.id, m.chat_id, m.seq, m.sender_id, m.client_id, m.text, m.reply_to, m.at, m.edited_at, \
                 m.deleted_at FROM unnest($1, $2) AS wanted (sender_id, client_id) \
                 JOIN messages m ON m.sender_id = wanted.sender_id AND m.client_id = wanted.client_id",
            )
            .bind::<Array<BigInt>, _>(senders)
            .bind::<Array<Text>, _>(client_ids)
            .load(c)?)
        }
        Conn::Sqlite(c) => {
            let mut rows = Vec::new();
            for (sender, client_id) in names {
                let found: Option<MessageRow> = messages::table
                    .filter(messages::sender_id.eq(sender).and(messages::client_id.eq(client_id)))
                    .select(MessageRow::as_select())
                    .first(c)
                    .optional()?;
                rows.extend(found);
            }
            Ok(rows)
        }
    }
}
