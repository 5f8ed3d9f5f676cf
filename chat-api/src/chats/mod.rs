//! Chats: starting, finding, naming, sharing and ending them. Who is in them: [`crate::members`].

mod change;
mod create;
mod delete;
mod direct;
mod link;
mod list;
mod preview;
pub(crate) mod purge;
mod show;
pub(crate) mod store;
mod view;

pub(crate) use change::{Changed, change};
pub(crate) use create::create;
pub(crate) use delete::{delete, end};
pub(crate) use direct::direct;
pub(crate) use link::{close, rotate};
pub(crate) use list::{ListPage, list};
pub(crate) use preview::preview;
pub(crate) use show::show;

use service_kit::{Error, Result};
use shared_proto::{ChatLink, ChatUri};

const ADDRESS_LENGTH: usize = 15;

/// 90 bits of the operating system's randomness.
fn new_uri() -> Result<ChatUri> {
    ChatUri::try_from(nanoid::nanoid!(ADDRESS_LENGTH)).map_err(|e| Error::internal("a new address", e))
}

/// As [`new_uri`].
fn new_link() -> Result<ChatLink> {
    ChatLink::try_from(nanoid::nanoid!(ADDRESS_LENGTH)).map_err(|e| Error::internal("a new link", e))
}
