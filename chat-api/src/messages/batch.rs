//! Storing a batch of sends in one transaction.

use std::collections::HashMap;
use std::time::Instant;

use service_kit::db::Conn;
use service_kit::{Error, Result, clock};
use shared_proto::messages::{Mention, Message};
use shared_proto::{ChatId, ErrorCode, MessageId, Seq, Timestamp, User, UserId};

use super::known::Known;
use super::record::Record;
use super::store::{self, NewRow};
use super::{NewMessage, Sent};
use crate::chats::store::{not_a_member, not_found};
use crate::publish::{Committed, Publisher};

#[cfg(test)]
mod instructions;

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

/// What is to be done with one message.
enum Plan {
    /// Stored as the chat's next message.
    Store { chat: ChatId, seq: Seq },
    /// An earlier try stored it.
    Earlier(ChatId, MessageId, Seq),
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
    let mut known = Known::look(conn, batch, locking)?;
    if Instant::now() > deadline {
        return Err(Error::Unavailable("the database", Some("it took too long to get to the chats".into())));
    }
    let plans = plan(&mut known, batch);
    let now = clock::now();
    let ids = insert(conn, batch, &plans, now)?;
    let mut record = Record::default();
    let mut results: Vec<Option<Result<Sent>>> = Vec::with_capacity(batch.len());
    for (index, (new, plan)) in batch.iter().zip(plans).enumerate() {
        let result = match plan {
            Plan::Held => None,
            Plan::Refuse(error) => Some(Err(error)),
            Plan::SameAs(first) => results[first].as_ref().map(|result| match result {
                Ok(sent) => Ok(Sent { fresh: false, ..sent.clone() }),
                Err(error) => Err(Error::refused(error.code(), error.detail())),
            }),
            Plan::Earlier(chat, id, seq) => Some(Ok(Sent { id, seq, user: known.sender(chat, new)?, fresh: false })),
            Plan::Store { chat, seq } => {
                let id = ids.get(&(chat, seq)).copied();
                let id = id.ok_or(Error::Internal("a stored message has no id", None))?;
                let user = known.sender(chat, new)?;
                let mentions = std::mem::take(&mut known.mentions[index]);
                record.add(new, made(new, id, seq, now, user.clone(), mentions), chat)?;
                Some(Ok(Sent { id, seq, user, fresh: true }))
            }
        };
        results.push(result);
    }
    Ok(Done { results, committed: record.write(conn, now, publisher)? })
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
    if !known.members.contains_key(&(chat.id, new.sender)) {
        return Plan::Refuse(not_a_member(new.chat.as_str()));
    }
    let name = new.client_id.as_ref().map(|id| (new.sender.0, id.as_str().to_owned()));
    if let Some(row) = name.and_then(|name| known.earlier.get(&name)) {
        return if row.chat_id == chat.id.0 && row.text == new.text.as_str() && row.reply_to == new.reply_to.map(|r| r.0)
        {
            Plan::Earlier(chat.id, row.id(), Seq(row.seq))
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
