//! What the transaction that stores a batch of sends knows before it writes.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Result, each_backend};
use shared_proto::messages::Mention;
use shared_proto::{ChatId, ChatUri, MessageId};

use super::NewMessage;
use super::batch::Locking;
use super::looked::{self, Looked};
use super::mentions::{self, Candidates, Named};
use crate::events::{self, Locked};
use crate::schema::{chats, messages};

/// Everything that decides about the sends of a batch. The chats are locked: it can't change before the commit.
pub(super) struct Known {
    pub(super) chats: HashMap<ChatUri, Locked>,
    /// Chats that are there but held by another transaction.
    pub(super) held: HashSet<String>,
    /// About each message; `None` where the chat is not locked.
    pub(super) looked: Vec<Option<Looked>>,
    pub(super) replied_to: HashMap<MessageId, ChatId>,
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
        let chat_of = |new: &NewMessage| chats.get(&new.chat).map(|chat| chat.id);
        let sends: Vec<(ChatId, &NewMessage)> = batch.iter().filter_map(|new| Some((chat_of(new)?, new))).collect();
        let mut looked = looked::look(conn, &sends)?.into_iter();
        let looked = batch.iter().map(|new| chat_of(new).and_then(|_| looked.next())).collect();
        let candidates = |new: &NewMessage| chat_of(new).map(|_| mentions::candidates(new.text.as_str()));
        let names: Vec<Vec<Candidates>> = batch.iter().map(|new| candidates(new).unwrap_or_default()).collect();
        let named = Named::look_up(conn, &ids, &names)?;
        let mentions = batch.iter().zip(&names).map(|(new, names)| match chat_of(new) {
            Some(chat) => named.in_message(chat, names),
            None => Vec::new(),
        });
        Ok(Self { mentions: mentions.collect(), held, looked, replied_to: replied_to(conn, batch)?, chats })
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
