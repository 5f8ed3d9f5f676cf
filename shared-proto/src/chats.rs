//! Bodies of chat-api.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::event::EventFrame;
use crate::{ChatId, ChatName, ChatUri, ClientId, MessageId, MessageText, Seq, Timestamp, User, Username};

/// The word that successful classic calls carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// It was done.
    #[default]
    Success,
}

/// `POST /api/chats/`.
#[derive(Clone, Debug, Default, Deserialize, TS)]
pub struct CreateChat {
    /// Without one, clients show the members' names.
    #[serde(default)]
    #[ts(optional)]
    pub name: Option<ChatName>,
}

/// The answer to [`CreateChat`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ChatCreated {
    /// It was done.
    pub status: Status,
    /// The new chat's address and link.
    pub uri: ChatUri,
    /// A sentence for people.
    pub message: String,
}

/// `PATCH /api/chats/{uri}/`: joins (one's own username) or invites (a member names somebody else).
#[derive(Clone, Debug, Deserialize, TS)]
pub struct JoinChat {
    /// Who shall be a member.
    pub username: Username,
}

/// The answer to [`JoinChat`], the same when the person was a member already.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ChatJoined {
    /// It was done.
    pub status: Status,
    /// Everybody in the chat, the owner first, then by time of joining.
    pub members: Vec<User>,
    /// "NAME joined the chat".
    pub message: String,
    /// Who is a member now.
    pub user: User,
}

/// `GET /api/chats/`: mine, the latest first.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ChatList {
    /// One page.
    pub chats: Vec<Chat>,
    /// Pass as `before` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<String>,
}

/// A chat as one of its members sees it: `GET /api/chats/{uri}/`, and in [`ChatList`].
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Chat {
    /// Address and link.
    pub uri: ChatUri,
    /// Null when nobody named it.
    pub name: Option<ChatName>,
    /// The newest event's position.
    pub seq: Seq,
    /// The newest message, if there is one.
    pub last_message: Option<Message>,
    /// The owner first, then by time of joining; at most 100.
    pub members: Vec<User>,
    /// How many there are in all.
    pub member_count: i32,
    /// When it was started.
    pub created_at: Timestamp,
}

/// A message, the same in history and in `message.created` events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Unique over all chats.
    pub id: MessageId,
    /// The position of its creation; messages are ordered by it.
    pub seq: Seq,
    /// Who said it.
    pub user: User,
    /// What was said.
    pub message: MessageText,
    /// When it was committed.
    pub at: Timestamp,
    /// The sender's own name for it, by which its client recognises it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client_id: Option<ClientId>,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reply_to: Option<MessageId>,
}

/// `GET /api/chats/{uri}/messages/`: one page, oldest first within it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct History {
    /// The chat's key.
    pub id: ChatId,
    /// The chat.
    pub uri: ChatUri,
    /// The position of the chat when the page was read: events after it are not in the page.
    pub seq: Seq,
    /// The page.
    pub messages: Vec<Message>,
    /// Where to go on: pass as `before` (or as `after`, if that was asked). Absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub next: Option<Seq>,
}

/// `POST /api/chats/{uri}/messages/`.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct SendMessage {
    /// What to say.
    pub message: MessageText,
    /// Makes a retry safe: the same id never becomes a second message.
    #[serde(default)]
    #[ts(optional)]
    pub client_id: Option<ClientId>,
    /// A message of the same chat.
    #[serde(default)]
    #[ts(optional)]
    pub reply_to: Option<MessageId>,
}

/// The answer to [`SendMessage`]: 201, or 200 when this `client_id` was there already.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MessageSent {
    /// It was done.
    pub status: Status,
    /// The chat.
    pub uri: ChatUri,
    /// What was said, as stored.
    pub message: MessageText,
    /// Who said it.
    pub user: User,
    /// The message.
    pub id: MessageId,
    /// Its position.
    pub seq: Seq,
}

/// `GET /api/chats/{uri}/events/?after=`: what one has missed, in order.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct EventsPage {
    /// The chat's newest position.
    pub seq: Seq,
    /// Directly after `after`, without gaps; exactly as sockets get them.
    pub events: Vec<EventFrame>,
    /// There are more: ask again, after the last one's seq.
    pub more: bool,
}
