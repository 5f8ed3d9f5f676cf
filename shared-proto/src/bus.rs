//! What travels on the bus, and under which names.

use serde::{Deserialize, Serialize};

use crate::event::EventKind;
use crate::{ChatId, Seq, SessionId, UserId, Username};

/// The exchanges. A prefix in front of the names lets several installations share one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Durable events of chats, by partition, with publisher confirms.
    Events,
    /// What is worth something only now, by partition, without confirms: typing, read marks, presence.
    Transient,
    /// What every gateway must know: sessions that ended, users that changed.
    Control,
}

impl Exchange {
    /// All of them.
    pub const ALL: [Exchange; 3] = [Exchange::Events, Exchange::Transient, Exchange::Control];

    /// The name without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Exchange::Events => "chat.events",
            Exchange::Transient => "chat.transient",
            Exchange::Control => "chat.control",
        }
    }
}

/// How many partitions `chat.events` and `chat.transient` have: a small fixed set of routing keys, whatever the number of chats.
pub const PARTITIONS: u8 = 64;

/// The routing key of a chat's events, `p0` … `p63`. A message with events of several chats goes by its first one.
pub fn partition(chat: ChatId) -> String {
    // Fibonacci hashing: neighbouring ids spread over all partitions.
    let hash = (chat.0 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
    format!("p{}", hash % u64::from(PARTITIONS))
}

/// The AMQP header of a message on [`Exchange::Events`]: a JSON list of [`EventHead`]s, which say all that a gateway knows
/// of the events. Their frames are the body, one after the other, as clients get them; gateways do not read them.
pub const EVENTS_HEADER: &str = "events";

/// Another AMQP header of such a message: a JSON list of the events' times, in microseconds since 1970. It may be missing:
/// gateways only measure by it.
pub const TIMES_HEADER: &str = "times";

/// Another one: a JSON list of the events' [`Origin`]s, null where there is none. It may be missing: nobody decides anything
/// by it.
pub const ORIGINS_HEADER: &str = "origins";

/// Where something comes from, for logs and traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The id of the request; for a message over a socket, its `client_id`.
    pub request: String,
    /// Where a trace goes on (W3C Trace Context), if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// One event of a message on [`Exchange::Events`]: its chat, seq, kind, the user whose membership changes by it (in
/// `member.joined`, `member.left` and `member.removed`), and its frame's length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHead(pub ChatId, pub Seq, pub EventKind, pub Option<UserId>, pub usize);

/// What goes over [`Exchange::Transient`], as a JSON list of these. Whoever is away misses it, for good and without harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transient {
    /// Somebody is writing.
    Typing {
        /// Where.
        chat: ChatId,
        /// Who.
        user: UserId,
        /// Their name.
        username: Username,
    },
    /// Somebody has read on.
    Read {
        /// Where.
        chat: ChatId,
        /// Who.
        user: UserId,
        /// Up to and including this event.
        seq: Seq,
    },
    /// Whose sockets a gateway holds (design §9): what changed, or all of them from time to time.
    Held {
        /// Which gateway: a name that it gives itself when it starts.
        gateway: String,
        /// `came` is everybody; who is not in it is not there.
        whole: bool,
        /// Whose first socket came.
        came: Vec<UserId>,
        /// Whose last socket went, some seconds ago.
        went: Vec<UserId>,
        /// Others shall say whom they hold, since this gateway has just begun to listen.
        asks: bool,
    },
}

impl Transient {
    /// Its routing key on [`Exchange::Transient`].
    pub fn key(&self) -> String {
        match self {
            Transient::Typing { chat, .. } | Transient::Read { chat, .. } => partition(*chat),
            // Of no chat: always the same one.
            Transient::Held { .. } => partition(ChatId(0)),
        }
    }
}

/// What goes over [`Exchange::Control`], as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Control {
    /// A session has ended: its sockets are closed with 4401.
    #[serde(rename = "session.revoked")]
    SessionRevoked {
        /// Which.
        session: SessionId,
        /// Whose.
        user: UserId,
    },
    /// Somebody changed their names: chat-api asks for them. The names do not stand here, since messages may come
    /// twice and late, and an older name must not come back.
    #[serde(rename = "user.changed")]
    UserChanged {
        /// Who.
        user: UserId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn neighbouring_chats_spread_over_all_partitions() {
        let keys: HashSet<String> = (1..=1_000).map(|id| partition(ChatId(id))).collect();
        assert_eq!(keys.len(), usize::from(PARTITIONS));
    }
}
