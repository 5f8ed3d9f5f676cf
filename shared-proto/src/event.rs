//! Durable events: what happened in a chat, in its order, for good.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::chats::Role;
use crate::messages::{Mention, Message};
use crate::text::Invalid;
use crate::{ChatLink, ChatName, ChatUri, Emoji, MessageId, MessageText, Seq, Timestamp, User};

/// A durable event as it stands in the outbox, on the bus, on the socket and in the sync endpoint: encoded
/// once, by chat-api, in the transaction that makes it true.
///
/// When a message is edited or deleted, the stored events that carry its text are rewritten in the same transaction:
/// whoever catches up later sees what it says now, and never what was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventTag {
    /// The only one.
    #[default]
    Event,
}

/// What happened. Clients skip kinds they do not know, and count their seqs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "kind", content = "data")]
pub enum Event {
    /// Somebody said something.
    #[serde(rename = "message.created")]
    MessageCreated(Message),
    /// Somebody changed what they had said.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// Which message.
        id: MessageId,
        /// The position of its creation.
        of: Seq,
        /// What it says now; null when it was deleted later on.
        #[schema(required)]
        message: Option<MessageText>,
        /// The members it names now.
        mentions: Vec<Mention>,
    },
    /// A message was deleted, by its sender or an admin.
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// Which message.
        id: MessageId,
        /// The position of its creation.
        of: Seq,
        /// Who deleted it.
        by: User,
    },
    /// Somebody put an emoji under a message.
    #[serde(rename = "reaction.added")]
    ReactionAdded {
        /// Which message.
        id: MessageId,
        /// The position of its creation.
        of: Seq,
        /// Who.
        user: User,
        /// What.
        emoji: Emoji,
    },
    /// Somebody took their emoji back.
    #[serde(rename = "reaction.removed")]
    ReactionRemoved {
        /// Which message.
        id: MessageId,
        /// The position of its creation.
        of: Seq,
        /// Who.
        user: User,
        /// What.
        emoji: Emoji,
    },
    /// Somebody became a member.
    #[serde(rename = "member.joined")]
    MemberJoined {
        /// Who.
        user: User,
        /// Who invited them; absent when they came by the link.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        #[ts(optional)]
        by: Option<User>,
    },
    /// Somebody left. The last event that their sockets get.
    #[serde(rename = "member.left")]
    MemberLeft {
        /// Who.
        user: User,
    },
    /// Somebody was removed. The last event that their sockets get.
    #[serde(rename = "member.removed")]
    MemberRemoved {
        /// Who.
        user: User,
        /// Who removed them.
        by: User,
        /// They may not come back.
        banned: bool,
    },
    /// Somebody's role changed.
    #[serde(rename = "member.role")]
    MemberRole {
        /// Whose.
        user: User,
        /// What they are now.
        role: Role,
        /// Who changed it; oneself when an owner left.
        by: User,
    },
    /// The chat has another name.
    #[serde(rename = "chat.renamed")]
    ChatRenamed {
        /// Null when it has none any more.
        #[schema(required)]
        name: Option<ChatName>,
        /// Who changed it.
        by: User,
    },
    /// The chat has another link, or none.
    #[serde(rename = "chat.link")]
    ChatLink {
        /// The link that works now.
        #[schema(required)]
        link: Option<ChatLink>,
        /// Who changed it.
        by: User,
    },
    /// The chat is gone. Its last event.
    #[serde(rename = "chat.deleted")]
    ChatDeleted {
        /// Who deleted it.
        by: User,
    },
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// An event's kind: what a gateway must know of it without reading it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum EventKind {
            $($(#[$doc])* $variant,)+
            /// A kind this version does not know. It is passed on all the same, so that gateways and chat-api can be
            /// upgraded in any order.
            Other,
        }

        impl EventKind {
            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(EventKind::$variant => $name,)+
                    EventKind::Other => "other",
                }
            }
        }

        impl FromStr for EventKind {
            type Err = std::convert::Infallible;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Ok(match s {
                    $($name => EventKind::$variant,)+
                    _ => EventKind::Other,
                })
            }
        }

        impl Event {
            /// The kind alone, as in the bus headers.
            pub fn kind(&self) -> EventKind {
                match self {
                    $(Event::$variant { .. } => EventKind::$variant,)+
                }
            }
        }
    };
}

kinds! {
    /// Somebody said something.
    MessageCreated = "message.created",
    /// Somebody changed what they had said.
    MessageEdited = "message.edited",
    /// A message was deleted.
    MessageDeleted = "message.deleted",
    /// An emoji came.
    ReactionAdded = "reaction.added",
    /// An emoji was taken back.
    ReactionRemoved = "reaction.removed",
    /// Somebody became a member: their sockets subscribe.
    MemberJoined = "member.joined",
    /// Somebody left: their sockets get nothing after it.
    MemberLeft = "member.left",
    /// Somebody was removed: their sockets get nothing after it.
    MemberRemoved = "member.removed",
    /// Somebody's role changed.
    MemberRole = "member.role",
    /// The chat has another name.
    ChatRenamed = "chat.renamed",
    /// The chat has another link.
    ChatLink = "chat.link",
    /// The chat is gone: nobody gets anything after it.
    ChatDeleted = "chat.deleted",
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
