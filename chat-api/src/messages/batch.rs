//! Storing a batch of sends in one transaction.

use std::collections::HashMap;
use std::time::Instant;

use service_kit::db::Conn;
use service_kit::{Error, Result, clock};
use shared_proto::messages::{Mention, Message};
use shared_proto::{ChatId, ErrorCode, MessageId, Seq, Timestamp, User, UserId};

use super::known::Known;
use super::record::Record;
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
    Store { chat: ChatId, id: MessageId, seq: Seq, user: User },
    /// An earlier try stored it.
    Earlier(MessageId, Seq, User),
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
            Plan::Earlier(id, seq, user) => Some(Ok(Sent { id, seq, user, fresh: false })),
            Plan::Store { chat, id, seq, user } => {
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
        let name = new.client_id().map(|id| (new.sender, id));
        let same = name.and_then(|name| first_of.get(&name).copied());
        plans.push(match same {
            Some(first) if batch[first].says_the_same_as(new) => Plan::SameAs(first),
            Some(_) => Plan::Refuse(conflict(new)),
            None => plan_one(known, index, new),
        });
        if let (Some(name), None) = (name, same) {
            first_of.insert(name, index);
        }
    }
    plans
}

fn plan_one(known: &mut Known, index: usize, new: &NewMessage) -> Plan {
    let (Some(chat), Some(looked)) = (known.chats.get_mut(&new.chat), known.looked[index].take()) else {
        return if known.held.contains(new.chat.as_str()) {
            Plan::Held
        } else {
            Plan::Refuse(not_found(new.chat.as_str()))
        };
    };
    let Some(user) = looked.sender else { return Plan::Refuse(not_a_member(new.chat.as_str())) };
    if let Some(row) = looked.earlier {
        return if row.chat_id == chat.id.0 && row.text == new.text.as_str() && row.reply_to == new.reply_to.map(|r| r.0)
        {
            Plan::Earlier(row.id(), Seq(row.seq), user)
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
    Plan::Store { chat: chat.id, id: looked.id, seq: chat.seq, user }
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
    let id = new.client_id().unwrap_or_default();
    let detail = format!("client_id {id:?} was used before for something else; a new message needs a new one.");
    Error::refused(ErrorCode::IdempotencyConflict, detail)
}

impl NewMessage {
    fn says_the_same_as(&self, other: &NewMessage) -> bool {
        self.chat == other.chat && self.text == other.text && self.reply_to == other.reply_to
    }
}
