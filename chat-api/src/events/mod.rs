//! Durable events: how each gets its place, and is stored with what it is about.
//!
//! The chat's row is locked before anything else ([`lock`]), so that seqs are given one by one, without gaps, in the
//! order of commits; chats are locked in the order of their ids, so that transactions over several chats never wait
//! for each other in a circle.

mod store;
mod sync;

use bytes::Bytes;
use service_kit::bus::Envelope;
use service_kit::db::Conn;
use service_kit::{Error, Result};
use shared_proto::event::{Event, EventFrame, EventTag};
use shared_proto::{ChatId, ChatUri, Seq, Timestamp, UserId};

pub(crate) use store::{advance, after, insert, lock, lock_free_ones};
pub(crate) use sync::sync;

/// A chat whose next seqs are ours to give until the transaction ends.
#[derive(Clone, Debug)]
pub(crate) struct Locked {
    pub(crate) id: ChatId,
    pub(crate) uri: ChatUri,
    /// The last seq given.
    pub(crate) seq: Seq,
}

/// An event that has its place, ready to be stored and, after the commit, announced.
pub(crate) type Appended = Envelope;

/// Encodes an event at the chat's next place: once for the outbox, the bus, the socket and the sync endpoint.
pub(crate) fn encode(chat: &Locked, event: Event, user: Option<UserId>, at: Timestamp) -> Result<Appended> {
    let kind = event.kind();
    let frame = EventFrame { r#type: EventTag::Event, chat: chat.uri.clone(), seq: chat.seq, at, event };
    let frame = serde_json::to_vec(&frame).map_err(|e| Error::internal("an event can't be encoded", e))?;
    Ok(Envelope { chat: chat.id, seq: chat.seq, kind, user, frame: Bytes::from(frame) })
}

/// Gives one event the chat's next place and stores it.
pub(crate) fn append(
    conn: &mut Conn,
    mut chat: Locked,
    event: Event,
    user: Option<UserId>,
    at: Timestamp,
    outbox: bool,
) -> Result<Appended> {
    chat.seq = chat.seq.next();
    let appended = encode(&chat, event, user, at)?;
    insert(conn, std::slice::from_ref(&appended), at, outbox)?;
    advance(conn, &[(chat.id, chat.seq, None)], at)?;
    Ok(appended)
}
