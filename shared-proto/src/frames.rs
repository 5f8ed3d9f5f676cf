//! WebSocket frames of protocol 1: JSON text, `type` first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::auth::Secret;
use crate::event::EventFrame;
use crate::{ChatName, ChatUri, ClientId, ErrorCode, MessageId, MessageText, Seq, SessionId, User, UserId, Username};

/// The version a `hello` must name.
pub const PROTOCOL: u32 = 1;

/// From the client.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame, within 5 seconds.
    Hello(Hello),
    /// A fresh access token, before the old one ends.
    Auth {
        /// For the same user and session.
        token: Secret,
    },
    /// Say something. Answered by `ack` or `error` with the same `client_id`.
    Send(Send),
    /// One is writing something. Say it again every few seconds while it is so; nothing says that it is over.
    Typing {
        /// Where.
        chat: ChatUri,
    },
    /// One has read up to here. Marks only move on; the other members who look at the chat see it.
    Read {
        /// Where.
        chat: ChatUri,
        /// Up to and including this event.
        seq: Seq,
    },
    /// The chat that one looks at: its `typing`, `read` and `presence` come to this socket, and no other chat's.
    Focus {
        /// Null: none.
        #[serde(default)]
        chat: Option<ChatUri>,
    },
    /// Asks for a `pong`.
    Ping,
}

impl ClientFrame {
    /// Reads a frame. Only an object is one: serde by itself would also take a list, field by field.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        if !text.trim_start().starts_with('{') {
            return Err(serde::de::Error::custom("a frame is a JSON object"));
        }
        serde_json::from_str(text)
    }
}

/// Who connects, and what it has already.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct Hello {
    /// The access token.
    pub token: Secret,
    /// Must be 1.
    pub protocol: u32,
    /// For each chat the last position the client has: it continues right after it. Chats not named start
    /// from the positions in `ready`.
    #[serde(default)]
    #[ts(as = "Option<std::collections::HashMap<String, i32>>", optional)]
    #[schema(value_type = std::collections::HashMap<String, Seq>, required = false)]
    pub resume: BTreeMap<ChatUri, Seq>,
}

/// A message to be sent. The text is checked apart from the frame, so that a bad text is an `error` for this
/// `client_id` and not the end of the socket.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct Send {
    /// Where.
    pub chat: ChatUri,
    /// The sender's own name for it; a retry with the same one is safe.
    pub client_id: ClientId,
    /// What to say; see [`MessageText`] for its limits.
    pub message: String,
    /// A message of the same chat.
    #[serde(default)]
    #[ts(optional)]
    pub reply_to: Option<MessageId>,
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to `hello`: live from here on.
    Ready {
        /// Who one is.
        user: User,
        /// The session the token belongs to.
        session: SessionId,
        /// A ping comes at least this often; a silence of twice as long means that the connection is dead.
        heartbeat_ms: u32,
        /// All of one's chats and where each stands.
        chats: Vec<ReadyChat>,
    },
    /// It is committed.
    Ack {
        /// Which send.
        client_id: ClientId,
        /// Where.
        chat: ChatUri,
        /// The message.
        id: MessageId,
        /// Its position.
        seq: Seq,
    },
    /// Something was refused.
    Error {
        /// What to decide by.
        code: ErrorCode,
        /// A sentence for people.
        message: String,
        /// The send it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        client_id: Option<ClientId>,
        /// When it is worth another try.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        retry_after_ms: Option<u32>,
    },
    /// Somebody is writing something. Forget it after some seconds, or when a message of theirs comes.
    Typing {
        /// Where.
        chat: ChatUri,
        /// Who.
        user: UserId,
        /// Their name.
        username: Username,
    },
    /// How far people have read. One's own marks come to all of one's sockets, those of others where one looks.
    Read {
        /// Where.
        chat: ChatUri,
        /// The marks that have moved.
        marks: Vec<Mark>,
    },
    /// Who of a chat's members is online: everybody at first, then what changes.
    Presence {
        /// Where.
        chat: ChatUri,
        /// Whoever is not in `online` is offline; otherwise only those named have changed.
        whole: bool,
        /// These are.
        online: Vec<UserId>,
        /// These are not any more.
        offline: Vec<UserId>,
    },
    /// Too much was missed to be replayed: load the chat by HTTP, then go on from `seq`.
    Reset {
        /// Which chat.
        chat: ChatUri,
        /// Events after this one follow.
        seq: Seq,
    },
    /// The server wants to restart: connect anew after this many milliseconds.
    Reconnect {
        /// Each client gets its own, so that not all come at once.
        after_ms: u32,
    },
    /// The answer to `ping`.
    Pong,
}

/// How far somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Mark {
    /// Who.
    pub user: UserId,
    /// Up to and including this event.
    pub seq: Seq,
}

/// Everything a socket can get: a frame of its own or a chat's event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(untagged)]
pub enum Incoming {
    /// Something durable happened in a chat.
    Event(EventFrame),
    /// Everything else.
    Frame(ServerFrame),
}

/// A chat in `ready`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ReadyChat {
    /// Address and link.
    pub uri: ChatUri,
    /// Null when nobody named it.
    pub name: Option<ChatName>,
    /// Live events follow right after this position (or after the one in `resume`).
    pub seq: Seq,
    /// How far one has read.
    pub read_seq: Seq,
}

impl Send {
    /// The text, when it is one that may be sent.
    pub fn text(&self) -> Result<MessageText, crate::Invalid> {
        MessageText::try_from(self.message.clone())
    }
}
