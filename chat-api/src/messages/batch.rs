//! Storing a batch of sends in one transaction.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use diesel::prelude::*;
use service_kit::db::Conn;
use service_kit::{Error, Result, clock, each_backend};
use shared_proto::chats::Message;
use shared_proto::event::Event;
use shared_proto::{ChatId, ChatUri, ErrorCode, MessageId, Seq, Timestamp, User, UserId};

use super::store::MessageRow;
use super::{NewMessage, Sent};
use crate::chats::store::{not_a_member, not_found};
use crate::events::{self, Appended, Locked};
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
    pub(super) appended: Vec<Appended>,
}

#[derive(Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
struct NewRow<'a> {
    chat_id: i64,
    seq: i64,
    sender_id: i64,
    client_id: Option<&'a str>,
    text: &'a str,
    reply_to: Option<i64>,
    at: i64,
}

/// What the transaction knows before it writes.
struct Known {
    chats: HashMap<ChatUri, Locked>,
    /// Chats that are there but held by another transaction.
    held: HashSet<String>,
    members: HashSet<(ChatId, UserId)>,
    people: HashMap<UserId, User>,
    replied_to: HashMap<MessageId, ChatId>,
    /// By `(sender, client_id)`: stored by an earlier try.
    earlier: HashMap<(i64, String), MessageRow>,
}

/// What is to be done with one message.
enum Plan {
    /// Stored as the chat's next message.
    Store { chat: ChatId, seq: Seq },
    /// An earlier try stored it.
    Earlier(Box<MessageRow>),
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
    outbox: bool,
) -> Result<Done> {
    let mut known = look(conn, batch, locking)?;
    if Instant::now() > deadline {
        return Err(Error::Unavailable("the database", Some("it took too long to get to the chats".into())));
    }
    let plans = plan(&mut known, batch);
    let now = clock::now();
    let ids = insert(conn, batch, &plans, now)?;
    let mut appended = Vec::new();
    let mut newest: HashMap<ChatId, (Seq, MessageId)> = HashMap::new();
    let mut results: Vec<Option<Result<Sent>>> = Vec::with_capacity(batch.len());
    for (new, plan) in batch.iter().zip(plans) {
        let result = match plan {
            Plan::Held => None,
            Plan::Refuse(error) => Some(Err(error)),
            Plan::SameAs(first) => results[first].as_ref().map(|result| match result {
                Ok(sent) => Ok(Sent { fresh: false, ..sent.clone() }),
                Err(error) => Err(Error::refused(error.code(), error.detail())),
            }),
            Plan::Earlier(row) => Some(again(new, *row, &known)),
            Plan::Store { chat, seq } => {
                let id = ids.get(&(chat, seq)).copied();
                let id = id.ok_or(Error::Internal("a stored message has no id", None))?;
                let message = made(new, id, seq, now, &known)?;
                let locked = Locked { id: chat, uri: new.chat.clone(), seq };
                appended.push(events::encode(&locked, Event::MessageCreated(message.clone()), None, now)?);
                newest.insert(chat, (seq, id));
                Some(Ok(Sent { message, fresh: true }))
            }
        };
        results.push(result);
    }
    if !appended.is_empty() {
        events::insert(conn, &appended, now, outbox)?;
        let moved: Vec<_> = newest.into_iter().map(|(chat, (seq, id))| (chat, seq, Some(id))).collect();
        events::advance(conn, &moved, now)?;
    }
    Ok(Done { results, appended })
}

/// Locks the chats first; what is read after that can't change before the commit.
fn look(conn: &mut Conn, batch: &[NewMessage], locking: Locking) -> Result<Known> {
    let uris: HashSet<&str> = batch.iter().map(|m| m.chat.as_str()).collect();
    let there: Vec<(i64, String)> = each_backend!(conn, c => chats::table
        .filter(chats::uri.eq_any(&uris))
        .select((chats::id, chats::uri))
        .load(c))?;
    let ids: Vec<i64> = there.iter().map(|(id, _)| *id).collect();
    let locked = match locking {
        Locking::Skip => events::lock_free_ones(conn, &ids)?,
        Locking::Wait => events::lock(conn, &ids)?,
    };
    let mut senders: Vec<i64> = batch.iter().map(|m| m.sender.0).collect();
    senders.sort_unstable();
    senders.dedup();
    let members: Vec<(i64, i64)> = each_backend!(conn, c => members::table
        .filter(members::chat_id.eq_any(&ids).and(members::user_id.eq_any(&senders)))
        .select((members::chat_id, members::user_id))
        .load(c))?;
    let client_ids: Vec<&str> = batch.iter().filter_map(|m| Some(m.client_id.as_ref()?.as_str())).collect();
    let earlier: Vec<MessageRow> = if client_ids.is_empty() {
        Vec::new()
    } else {
        each_backend!(conn, c => messages::table
            .filter(messages::sender_id.eq_any(&senders).and(messages::client_id.eq_any(&client_ids)))
            .select(MessageRow::as_select())
            .load(c))?
    };
    let replies: Vec<i64> = batch.iter().filter_map(|m| Some(m.reply_to?.0)).collect();
    let replied_to: Vec<(i64, i64)> = if replies.is_empty() {
        Vec::new()
    } else {
        each_backend!(conn, c => messages::table
            .filter(messages::id.eq_any(&replies))
            .select((messages::id, messages::chat_id))
            .load(c))?
    };
    let ours: HashSet<ChatId> = locked.iter().map(|chat| chat.id).collect();
    let held = there.into_iter().filter(|(id, _)| locking == Locking::Skip && !ours.contains(&ChatId(*id)));
    Ok(Known {
        held: held.map(|(_, uri)| uri).collect(),
        chats: locked.into_iter().map(|chat| (chat.uri.clone(), chat)).collect(),
        members: members.into_iter().map(|(chat, user)| (ChatId(chat), UserId(user))).collect(),
        people: users::by_ids(conn, &senders)?,
        replied_to: replied_to.into_iter().map(|(id, chat)| (MessageId(id), ChatId(chat))).collect(),
        earlier: earlier.into_iter().filter_map(|row| Some(((row.sender_id, row.client_id.clone()?), row))).collect(),
    })
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
        return if known.held.contains(new.chat.as_str()) { Plan::Held } else { Plan::Refuse(not_found(&new.chat)) };
    };
    if !known.members.contains(&(chat.id, new.sender)) {
        return Plan::Refuse(not_a_member(&new.chat));
    }
    let name = new.client_id.as_ref().map(|id| (new.sender.0, id.as_str().to_owned()));
    if let Some(row) = name.and_then(|name| known.earlier.get(&name)) {
        return if row.chat_id == chat.id.0 && row.text == new.text.as_str() && row.reply_to == new.reply_to.map(|r| r.0)
        {
            Plan::Earlier(Box::new(row.clone()))
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
    let returned: Vec<(i64, i64, i64)> = each_backend!(conn, c => diesel::insert_into(messages::table)
        .values(&rows)
        .returning((messages::id, messages::chat_id, messages::seq))
        .get_results(c))?;
    Ok(returned.into_iter().map(|(id, chat, seq)| ((ChatId(chat), Seq(seq)), MessageId(id))).collect())
}

fn made(new: &NewMessage, id: MessageId, seq: Seq, at: Timestamp, known: &Known) -> Result<Message> {
    Ok(Message {
        id,
        seq,
        user: sender(new, known)?,
        message: new.text.clone(),
        at,
        client_id: new.client_id.clone(),
        reply_to: new.reply_to,
    })
}

fn again(new: &NewMessage, row: MessageRow, known: &Known) -> Result<Sent> {
    Ok(Sent { message: row.with_sender(sender(new, known)?)?, fresh: false })
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
