//! Messages: saying (in shared transactions), reading, changing and deleting them.

mod batch;
mod committer;
mod delete;
mod edit;
mod history;
mod in_flight;
mod known;
mod looked;
mod mentions;
mod record;
mod send;
mod show;
pub(crate) mod store;

pub(crate) use committer::Committer;
pub(crate) use delete::delete;
pub(crate) use edit::edit;
pub(crate) use history::{HistoryPage, history};
pub(crate) use send::send;
pub(crate) use show::show;

use std::sync::Arc;

use service_kit::{Error, Result};
use shared_proto::bus::Origin;
use shared_proto::{ChatUri, ClientId, ErrorCode, MessageId, MessageText, Seq, User, UserId};

/// A message somebody wants to send. Whether they may is decided in the transaction that stores it.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) sender: UserId,
    pub(crate) chat: ChatUri,
    pub(crate) client_id: Option<ClientId>,
    pub(crate) text: MessageText,
    pub(crate) reply_to: Option<MessageId>,
    /// Where it comes from, for logs and traces.
    pub(crate) origin: Option<Arc<Origin>>,
}

impl NewMessage {
    fn client_id(&self) -> Option<&str> {
        self.client_id.as_ref().map(ClientId::as_str)
    }
}

/// A message that is committed.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: MessageId,
    pub(crate) seq: Seq,
    pub(crate) user: User,
    /// `false` when an earlier try with the same `client_id` had stored it.
    pub(crate) fresh: bool,
}

/// A message's id in a path. What can't be one is none.
pub(crate) fn parse(id: &str) -> Result<MessageId> {
    id.parse().map_err(|_| Error::refused(ErrorCode::MessageNotFound, format!("{id:?} is no message's id.")))
}
