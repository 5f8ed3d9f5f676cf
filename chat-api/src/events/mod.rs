//! Durable events: how each gets its place, and is stored with what it is about.
//!
//! The chat's row is locked before anything else, so that seqs are given one by one, without gaps, in the order of
//! commits; chats are locked in the order of their ids, so that transactions over several chats never wait for each
//! other in a circle.

#[cfg(test)]
mod instructions;
mod rewrite;
mod store;
mod sync;

use bytes::Bytes;
use service_kit::bus::Envelope;
use service_kit::{Error, Result};
use shared_proto::event::{Event, EventFrame, EventTag};
use shared_proto::{ChatId, ChatUri, Seq, Timestamp, UserId};

pub(crate) use rewrite::{empty, rewrite};
pub(crate) use store::{advance, after, insert, lock_all, text};
pub(crate) use sync::{SyncPage, sync};

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

/// Encodes an event at its place: once for the outbox, the bus, the socket and the sync endpoint.
pub(crate) fn encode(
    chat: ChatId,
    uri: ChatUri,
    seq: Seq,
    event: Event,
    user: Option<UserId>,
    at: Timestamp,
) -> Result<Appended> {
    let kind = event.kind();
    let frame = EventFrame { r#type: EventTag::Event, chat: uri, seq, at, event };
    Ok(Envelope { chat, seq, kind, user, at: Some(at), origin: None, frame: Bytes::from(written(&frame)?) })
}

fn written(frame: &EventFrame) -> Result<String> {
    serde_json::to_string(frame).map_err(|e| Error::internal("an event can't be encoded", e))
}
