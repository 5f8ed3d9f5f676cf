//! Bodies of chat-api about messages.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::chats::Status;
use crate::event::EventFrame;
use crate::{ChatId, ChatUri, ClientId, Emoji, MessageId, MessageText, Seq, Timestamp, User, UserId, Username};

/// A message, the same in history, in search and in `message.created` events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Message {
    /// Unique over all chats.
    pub id: MessageId,
    /// The position of its creation; messages are ordered by it.
    pub seq: Seq,
    /// Who said it.
    pub user: User,
    /// What was said, as last edited; null once it is deleted.
    #[schema(required)]
    pub message: Option<MessageText>,
    /// When it was committed.
    pub at: Timestamp,
    /// The sender's own name for it, by which its client recognises it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub client_id: Option<ClientId>,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub reply_to: Option<MessageId>,
    /// When it was last changed by its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub deleted_at: Option<Timestamp>,
    /// The members it names by `@username`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Mention>>")]
    pub mentions: Vec<Mention>,
    /// In the order in which each emoji came first. Never in events: a message is new there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Reaction>>")]
    pub reactions: Vec<Reaction>,
}

impl Message {
    /// What it says, unless it is deleted.
    pub fn text(&self) -> Option<&str> {
        self.message.as_ref().map(MessageText::as_str)
    }
}

/// A member that a message names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Mention {
    /// Who.
    pub id: UserId,
    /// Stands in the text behind an `@`, in any case and Unicode form.
    pub username: Username,
}

/// One emoji under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Reaction {
    /// Which.
    pub emoji: Emoji,
    /// How many people.
    pub count: i32,
    /// The first 10 of them.
    pub users: Vec<UserId>,
    /// Oneself among them.
    pub mine: bool,
}

/// `GET /api/chats/{uri}/messages/`: one page, oldest first within it.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct History {
    /// The chat's key.
    pub id: ChatId,
    /// The chat.
    pub uri: ChatUri,
    /// The position of the chat when the page was read: events after it are not in the page.
    pub seq: Seq,
    /// The page. Deleted messages keep their places.
    pub messages: Vec<Message>,
    /// The messages that are answered in the page and do not stand in it themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Message>>")]
    pub answered: Vec<Message>,
    /// Where to go on: pass as `before` (or as `after`, if that or `around` was asked). Absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub next: Option<Seq>,
    /// Only when `around` was asked: there is more on the other side, pass as `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub previous: Option<Seq>,
}

/// `POST /api/chats/{uri}/messages/`.
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
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
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct MessageSent {
    /// It was done.
    pub status: Status,
    /// The chat.
    pub uri: ChatUri,
    /// What was said, as stored at first.
    pub message: MessageText,
    /// Who said it.
    pub user: User,
    /// The message.
    pub id: MessageId,
    /// Its position.
    pub seq: Seq,
}

/// `PATCH /api/chats/{uri}/messages/{id}/`, by its sender. Answered by the [`Message`].
#[derive(Clone, Debug, Deserialize, TS, ToSchema)]
pub struct EditMessage {
    /// What it shall say from now on.
    pub message: MessageText,
}

/// `GET /api/search/?q=`: what was said, in all of one's chats or in one.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct SearchPage {
    /// The best ones first, newer ones before older ones that are as good.
    pub hits: Vec<Hit>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[ts(optional)]
    pub next: Option<i32>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Hit {
    /// Where.
    pub chat: ChatUri,
    /// Which.
    pub message: Message,
    /// The part of it that fits best.
    pub snippet: Vec<SnippetPart>,
}

/// A piece of a snippet; all of them in a row are its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct SnippetPart {
    /// As it is: to be escaped like any text.
    pub text: String,
    /// What was looked for.
    pub hit: bool,
}

/// `GET /api/chats/{uri}/events/?after=`: what one has missed, in order.
#[derive(Clone, Debug, Serialize, Deserialize, TS, ToSchema)]
pub struct EventsPage {
    /// The chat's newest position.
    pub seq: Seq,
    /// Directly after `after`, without gaps; exactly as sockets get them.
    pub events: Vec<EventFrame>,
    /// There are more: ask again, after the last one's seq.
    pub more: bool,
}
