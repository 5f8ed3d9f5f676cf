//! Messages: sending (in shared transactions) and reading.

mod batch;
mod committer;
mod held;
mod history;
mod send;
pub(crate) mod store;

pub(crate) use committer::Committer;
pub(crate) use history::history;
pub(crate) use send::send;

use shared_proto::chats::Message;
use shared_proto::{ChatUri, ClientId, MessageId, MessageText, UserId};

/// A message somebody wants to send. Whether they may is decided in the transaction that stores it.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) sender: UserId,
    pub(crate) chat: ChatUri,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) text: MessageText,
    pub(crate) reply_to: Option<MessageId>,
}

/// A message that is committed.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) message: Message,
    /// `false` when an earlier try with the same `client_id` had stored it.
    pub(crate) fresh: bool,
}
