//! Storing a batch of sends in one transaction.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, clock, each_backend};
use shared_proto::event::Event;
use shared_proto::messages::{Mention, Message};
use shared_proto::{ChatId, ChatUri, ErrorCode, MessageId, Seq, Timestamp, User, UserId};

use super::mentions::{self, Candidates, MentionRow, Named};
use super::store::{self, MessageRow, NewRow};
use super::{NewMessage, Sent};
use crate::chats::store::{not_a_member, not_found};
use crate::events::{self, Advance, Appended, Locked};
use crate::publish::{Committed, Publisher};
use crate::schema::{chats, members, messages};
use crate::users;

/// What to do about a chat that another transaction holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Locking {
    /// Leave its messages out.
    Skip,
    /// Wait for it, in a bounded time.
    Wait,
}

/// What became of a batch.
pub(super) struct Done {
    /// One for each message, in order; `None` for one that was left out because its chat is held.
    pub(super) results: Vec<Option<Result<Sent>>>,
    /// What is to be announced after the commit.
    pub(super) committed: Committed,
}

/// What the transaction knows before it writes.
struct Known {
    chats: HashMap<ChatUri, Locked>,
    /// Chats that are there but held by another transaction.
    held: HashSet<String>,
    members: HashSet<(ChatId, UserId)>,
    people: HashMap<UserId, User>,
    replied_to: HashMap<MessageId, ChatId>,
    /// By `(sender, client_id)`: stored by an earlier try, with what it said then.
    earlier: HashMap<(i64, String), MessageRow>,
    /// Who each message names.
    mentions: Vec<Vec<Mention>>,
}

/// What is to be done with one message.
enum Plan {
    /// Stored as the chat's next message.
    Store { chat: ChatId, seq: Seq },
    /// An earlier try stored it.
    Earlier(MessageId, Seq),
    /// The same as another one of this batch.
    SameAs(usize),
    /// Refused.
    Refuse(Error),
    /// Left out.
    Held,
}

/// Stores what may be stored; one bad send fails alone. Runs inside a transaction.
///
/// Who has not got the chats' locks by `deadline` stores nothing: the senders have gone by then.
pub(super) fn store(
    conn: &mut Conn,
    batch: &[NewMessage],
    locking: Locking,
    deadline: Instant,
    publisher: &Publisher,
) -> Result<Done> {
    let mut known = look(conn, batch, locking)?;
    if Instant::now() > deadline {
        return Err(Error::Unavailable("the database", Some("it took too long to get to the chats".into())));
    }
    let plans = plan(&mut known, batch);
    let now = clock::now();
    let ids = insert(conn, batch, &plans, now)?;
    let mut stored = Stored::default();
    let mut results: Vec<Option<Result<Sent>>> = Vec::with_capacity(batch.len());
    for (index, (new, plan)) in batch.iter().zip(plans).enumerate() {
        let result = match plan {
            Plan::Held => None,
            Plan::Refuse(error) => Some(Err(error)),
            Plan::SameAs(first) => results[first].as_ref().map(|result| match result {
                Ok(sent) => Ok(Sent { fresh: false, ..sent.clone() }),
                Err(error) => Err(Error::refused(error.code(), error.detail())),
            }),
            Plan::Earlier(id, seq) => Some(Ok(Sent { id, seq, user: sender(new, &known)?, fresh: false })),
            Plan::Store { chat, seq } => {
                let id = ids.get(&(chat, seq)).copied();
                let id = id.ok_or(Error::Internal("a stored message has no id", None))?;
                let user = sender(new, &known)?;
                let mentions = std::mem::take(&mut known.mentions[index]);
                stored.add(new, made(new, id, seq, now, user.clone(), mentions), chat)?;
                Some(Ok(Sent { id, seq, user, fresh: true }))
            }
        };
        results.push(result);
    }
    let appended = stored.write(conn, now)?;
    Ok(Done { results, committed: publisher.keep(conn, appended, now)? })
}

/// What follows from the messages that were stored, to be written for all of them at once.
#[derive(Default)]
struct Stored {
    appended: Vec<Appended>,
    newest: HashMap<ChatId, (Seq, MessageId)>,
    /// Who says something has read what stands before it.
    read: HashMap<(ChatId, UserId), Seq>,
    mentions: Vec<MentionRow>,
}

impl Stored {
    fn add(&mut self, new: &NewMessage, message: Message, chat: ChatId) -> Result<()> {
        let (id, seq, at) = (message.id, message.seq, message.at);
        self.mentions.extend(message.mentions.iter().map(|mention| MentionRow::of(mention, id, chat, seq)));
        self.newest.insert(chat, (seq, id));
        self.read.insert((chat, new.sender), seq);
        self.appended.push(events::encode(chat, new.chat.clone(), seq, Event::MessageCreated(message), None, at)?);
        Ok(())
    }

    fn write(self, conn: &mut Conn, now: Timestamp) -> Result<Vec<Appended>> {
        if self.appended.is_empty() {
            return Ok(self.appended);
        }
        events::insert(conn, &self.appended)?;
        let moved: Vec<Advance> =
            self.newest.into_iter().map(|(chat, (seq, message))| Advance { chat, seq, message }).collect();
        events::advance_all(conn, &moved, now)?;
        mentions::insert(conn, &self.mentions)?;
        crate::members::store::set_read_all(conn, &self.read)?;
        Ok(self.appended)
    }
}

/// Locks the chats first; what is read after that can't change before the commit.
fn look(conn: &mut Conn, batch: &[NewMessage], locking: Locking) -> Result<Known> {
    let uris: HashSet<&str> = batch.iter().map(|m| m.chat.as_str()).collect();
    let uris: Vec<&str> = uris.into_iter().collect();
    let locked = events::lock_all(conn, &uris, locking == Locking::Skip)?;
    let ids: Vec<i64> = locked.iter().map(|chat| chat.id.0).collect();
    let held = if locking == Locking::Skip && locked.len() < uris.len() {
        there(conn, &uris)?.into_iter().filter(|(id, _)| !ids.contains(id)).map(|(_, uri)| uri).collect()
    } else {
        HashSet::new()
    };
    let senders: Vec<i64> = batch.iter().map(|m| m.sender.0).collect::<HashSet<i64>>().into_iter().collect();
    let members: Vec<(i64, i64)> = each_backend!(conn, c => members::table
        .filter(members::chat_id.eq_any(&ids).and(members::user_id.eq_any(&senders)))
        .select((members::chat_id, members::user_id))
        .load(c))?;
    let names: Vec<Vec<Candidates>> = batch.iter().map(|m| mentions::candidates(m.text.as_str())).collect();
    let named = Named::look_up(conn, &ids, &names)?;
    let chats: HashMap<ChatUri, Locked> = locked.into_iter().map(|chat| (chat.uri.clone(), chat)).collect();
    let mentions = batch.iter().zip(&names).map(|(new, names)| match chats.get(&new.chat) {
        Some(chat) => named.in_message(chat.id, names),
        None => Vec::new(),
    });
    Ok(Known {
        mentions: mentions.collect(),
        chats,
        held,
        members: members.into_iter().map(|(chat, user)| (ChatId(chat), UserId(user))).collect(),
        people: users::by_ids(conn, &senders)?,
        replied_to: replied_to(conn, batch)?,
        earlier: earlier(conn, batch, &senders)?,
    })
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
fn earlier(conn: &mut Conn, batch: &[NewMessage], senders: &[i64]) -> Result<HashMap<(i64, String), MessageRow>> {
    let client_ids: Vec<&str> = batch.iter().filter_map(|m| Some(m.client_id.as_ref()?.as_str())).collect();
    if client_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut rows: Vec<MessageRow> = each_backend!(conn, c => messages::table
        .filter(messages::sender_id.eq_any(senders).and(messages::client_id.eq_any(&client_ids)))
        .select(MessageRow::as_select())
        .load(c))?;
    let changed: Vec<i64> = rows.iter().filter(|row| row.was_changed()).map(|row| row.id).collect();
    let mut originals = store::originals(conn, &changed)?;
    for row in &mut rows {
        row.text = originals.remove(&row.id).unwrap_or_else(|| std::mem::take(&mut row.text));
    }
    Ok(rows.into_iter().filter_map(|row| Some(((row.sender_id, row.client_id.clone()?), row))).collect())
}

fn plan(known: &mut Known, batch: &[NewMessage]) -> Vec<Plan> {
    let mut first_of: HashMap<(UserId, &str), usize> = HashMap::new();
    let mut plans = Vec::with_capacity(batch.len());
    for (index, new) in batch.iter().enumerate() {
        let name = new.client_id.as_ref().map(|id| (new.sender, id.as_str()));
        let same = name.and_then(|name| first_of.get(&name).copied());
        plans.push(match same {
            Some(first) if batch[first].says_the_same_as(new) => Plan::SameAs(first),
            Some(_) => Plan::Refuse(conflict(new)),
            None => plan_one(known, new),
        });
        if let (Some(name), None) = (name, same) {
            first_of.insert(name, index);
        }
    }
    plans
}

fn plan_one(known: &mut Known, new: &NewMessage) -> Plan {
    let Some(chat) = known.chats.get_mut(&new.chat) else {
        return if known.held.contains(new.chat.as_str()) {
            Plan::Held
        } else {
            Plan::Refuse(not_found(new.chat.as_str()))
        };
    };
    if !known.members.contains(&(chat.id, new.sender)) {
        return Plan::Refuse(not_a_member(new.chat.as_str()));
    }
    let name = new.client_id.as_ref().map(|id| (new.sender.0, id.as_str().to_owned()));
    if let Some(row) = name.and_then(|name| known.earlier.get(&name)) {
        return if row.chat_id == chat.id.0 && row.text == new.text.as_str() && row.reply_to == new.reply_to.map(|r| r.0)
        {
            Plan::Earlier(row.id(), Seq(row.seq))
        } else {
            Plan::Refuse(conflict(new))
        };
    }
    if let Some(reply_to) = new.reply_to
        && known.replied_to.get(&reply_to) != Some(&chat.id)
    {
        let detail = format!("reply_to: there is no message {reply_to} in this chat.");
        return Plan::Refuse(Error::refused(ErrorCode::MessageNotFound, detail));
    }
    chat.seq = chat.seq.next();
    Plan::Store { chat: chat.id, seq: chat.seq }
}

fn insert(
    conn: &mut Conn,
    batch: &[NewMessage],
    plans: &[Plan],
    now: Timestamp,
) -> Result<HashMap<(ChatId, Seq), MessageId>> {
    let rows: Vec<NewRow<'_>> = batch
        .iter()
        .zip(plans)
        .filter_map(|(new, plan)| match plan {
            Plan::Store { chat, seq } => Some(NewRow {
                chat_id: chat.0,
                seq: seq.0,
                sender_id: new.sender.0,
                client_id: new.client_id.as_ref().map(|id| id.as_str()),
                text: new.text.as_str(),
                reply_to: new.reply_to.map(|r| r.0),
                at: now.micros(),
            }),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let returned = store::insert(conn, &rows)?;
    Ok(returned.into_iter().map(|(id, chat, seq)| ((ChatId(chat), Seq(seq)), MessageId(id))).collect())
}

fn made(new: &NewMessage, id: MessageId, seq: Seq, at: Timestamp, user: User, mentions: Vec<Mention>) -> Message {
    Message {
        id,
        seq,
        user,
        message: Some(new.text.clone()),
        at,
        client_id: new.client_id.clone(),
        reply_to: new.reply_to,
        edited_at: None,
        deleted_at: None,
        mentions,
        reactions: Vec::new(),
    }
}

fn sender(new: &NewMessage, known: &Known) -> Result<User> {
    known.people.get(&new.sender).cloned().ok_or(Error::Internal("a member's name is not known", None))
}

fn conflict(new: &NewMessage) -> Error {
    let id = new.client_id.as_ref().map_or("", |id| id.as_str());
    let detail = format!("client_id {id:?} was used before for something else; a new message needs a new one.");
    Error::refused(ErrorCode::IdempotencyConflict, detail)
}

impl NewMessage {
    fn says_the_same_as(&self, other: &NewMessage) -> bool {
        self.chat == other.chat && self.text == other.text && self.reply_to == other.reply_to
    }
}
