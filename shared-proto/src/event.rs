//! Durable events: what happened in a chat, in its order, for good.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::chats::Message;
use crate::text::Invalid;
use crate::{ChatUri, Seq, Timestamp, User};

/// A durable event as it stands in the outbox, on the bus, on the socket and in the sync endpoint: encoded
/// once, by chat-api, in the transaction that makes it true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EventFrame {
    /// Always `event`.
    pub r#type: EventTag,
    /// The chat.
    pub chat: ChatUri,
    /// Its place in the chat: the one before plus one.
    pub seq: Seq,
    /// When it was committed.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// The frame type of [`EventFrame`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EventTag {
    /// The only one.
    #[default]
    Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "data")]
pub enum Event {
    /// Somebody said something.
    #[serde(rename = "message.created")]
    MessageCreated(Message),
    /// Somebody became a member.
    #[serde(rename = "member.joined")]
    MemberJoined {
        /// Who.
        user: User,
    },
}

impl Event {
    /// The kind alone, as in the bus headers.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::MessageCreated(_) => EventKind::MessageCreated,
            Event::MemberJoined { .. } => EventKind::MemberJoined,
        }
    }
}

/// An event's kind: what a gateway must know of it without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EventKind {
    /// Somebody said something.
    MessageCreated,
    /// Somebody became a member: their sockets subscribe.
    MemberJoined,
    /// A kind this version does not know. It is passed on all the same, so that gateways and chat-api can be
    /// upgraded in any order.
    Other,
}

impl EventKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::MessageCreated => "message.created",
            EventKind::MemberJoined => "member.joined",
            EventKind::Other => "other",
        }
    }
}

impl FromStr for EventKind {
    type Err = std::convert::Infallible;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(match s {
            "message.created" => EventKind::MessageCreated,
            "member.joined" => EventKind::MemberJoined,
            _ => EventKind::Other,
        })
    }
}

impl TryFrom<String> for EventKind {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let Ok(kind) = s.parse();
        Ok(kind)
    }
}

impl From<EventKind> for String {
    fn from(kind: EventKind) -> String {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
