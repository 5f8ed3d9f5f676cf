//! The internal listeners: what gateways ask chat-api, and what chat-api asks auth-service. Never routed by the
//! edge, always with the internal credential.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::EventKind;
use crate::frames::ReadyChat;
use crate::{ChatId, ChatUri, ClientId, ErrorCode, MessageId, MessageText, Seq, SessionId, User, UserId};

/// `POST /internal/sends/`: sends that waited at the same moment, in one request. At most 500.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sends {
    /// In the order they came.
    pub items: Vec<SendItem>,
    /// Where the trace of each item goes on (W3C `traceparent`). Empty when none is traced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<Option<String>>,
}

/// One send, by a user whose token the gateway has verified.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendItem {
    /// Who says it.
    pub user: UserId,
    /// Where.
    pub chat: ChatUri,
    /// The sender's own name for it.
    pub client_id: ClientId,
    /// What.
    pub message: MessageText,
    /// A message of the same chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

/// The answer to [`Sends`]: one result for each item, in the same order. One bad send fails alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendResults {
    /// As many as items.
    pub results: Vec<SendResult>,
}

/// What became of one send.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendResult {
    /// Committed, now or by an earlier try with the same `client_id`.
    Ok {
        /// The message.
        id: MessageId,
        /// Its position.
        seq: Seq,
    },
    /// Refused, or not possible now.
    Err {
        /// What to decide by.
        code: ErrorCode,
        /// A sentence for people.
        message: String,
    },
}

/// `POST /internal/users/chats/`: the chats of some users, and who they are. At most 500 users.
#[derive(Debug, Serialize, Deserialize)]
pub struct UsersChatsQuery {
    /// Whose.
    pub users: Vec<UserId>,
}

/// The answer to [`UsersChatsQuery`]; users that never had a chat have an empty entry.
#[derive(Debug, Serialize, Deserialize)]
pub struct UsersChats {
    /// In the order asked.
    pub users: Vec<UserChats>,
}

/// One user's chats.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserChats {
    /// Whose.
    pub id: UserId,
    /// Their names, when chat-api has heard of them.
    pub user: Option<User>,
    /// Where they are a member.
    pub chats: Vec<ChatPosition>,
}

/// A chat and where it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChatPosition {
    /// Its key on the bus.
    pub id: ChatId,
    /// What clients see of it.
    #[serde(flatten)]
    pub chat: ReadyChat,
}

/// `POST /internal/reads/`: read marks that moved on over sockets. At most 500. Those of chats that somebody is not in, or
/// that were further already, are passed over.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reads {
    /// At most one for each chat and user.
    pub items: Vec<ReadItem>,
}

/// The answer to [`Reads`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadsMoved {
    /// How many marks have moved.
    pub moved: usize,
}

/// One read mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadItem {
    /// Whose.
    pub user: UserId,
    /// Where.
    pub chat: ChatUri,
    /// Up to and including this event.
    pub seq: Seq,
}

/// `POST /internal/chats/members/`: who is in some chats. At most 500 chats.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChatsMembersQuery {
    /// Which.
    pub chats: Vec<ChatId>,
}

/// The answer to [`ChatsMembersQuery`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ChatsMembers {
    /// In the order asked. A chat that is gone has nobody.
    pub chats: Vec<ChatMembers>,
}

/// Who is in a chat.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChatMembers {
    /// Which.
    pub chat: ChatId,
    /// In no order.
    pub members: Vec<UserId>,
}

/// `POST /internal/events/`: what came after a position, for many chats at once. At most 500 chats.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventsQuery {
    /// Which chats, after which positions.
    pub after: Vec<EventsAfter>,
    /// At most this many events for each chat (1–1,000).
    pub limit: i64,
}

/// One chat of an [`EventsQuery`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EventsAfter {
    /// Which chat.
    pub chat: ChatId,
    /// Events with a higher seq than this.
    pub after: Seq,
}

/// The answer to [`EventsQuery`]. Chats that are gone are left out.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventsAnswer {
    /// One entry a chat.
    pub chats: Vec<ChatEvents>,
}

/// What came in one chat.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChatEvents {
    /// Which chat.
    pub chat: ChatId,
    /// The asked position.
    pub after: Seq,
    /// Its newest position.
    pub seq: Seq,
    /// In order, without gaps, directly after the asked position; not all of them, and perhaps none, when the answer
    /// would become too large.
    pub events: Vec<StoredEvent>,
}

/// An event as it was encoded when it happened, with what a gateway must know of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredEvent {
    /// Its position.
    pub seq: Seq,
    /// Its kind.
    pub kind: EventKind,
    /// The user whose membership changes, in `member.*` events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The client's frame, byte for byte.
    pub frame: Box<RawValue>,
}

/// `GET /internal/sessions/revoked/?since=` on auth-service: sessions that ended lately, for a gateway that may
/// have missed it.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokedSessions {
    /// Their ids.
    pub sessions: Vec<SessionId>,
}

/// `GET /internal/users/changed/?since=&after=` on auth-service: whose names changed since a moment (Unix seconds), by
/// id, for a chat-api that may have missed it. At most 500; ask again with `after` the last id while there are some.
#[derive(Debug, Serialize, Deserialize)]
pub struct UsersChanged {
    /// As others see them.
    pub users: Vec<User>,
}

/// `GET /internal/users/?username=` on auth-service.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserFound {
    /// Without the e-mail address.
    pub user: User,
}
