//! Reactions: `/api/chats/{uri}/messages/{id}/reactions/{emoji}/`. Each emoji once per person.

mod put;
pub(crate) mod store;
mod take_back;

pub(crate) use put::put;
pub(crate) use take_back::take_back;

use service_kit::{Error, Result};
use shared_proto::{ChatUri, Emoji, MessageId};

use crate::{chats, messages};

/// What stands in the path.
fn parse(path: &(String, String, String)) -> Result<(ChatUri, MessageId, Emoji)> {
    let emoji = Emoji::try_from(path.2.clone()).map_err(|e| Error::invalid("emoji", e.to_string()))?;
    Ok((chats::store::parse(&path.0)?, messages::parse(&path.1)?, emoji))
}
